"""The partners' certificate: each broker shows the one that it was given, and one that does not is asked to read it anew, with no start.

Kafka looks at the file again when somebody changes its node's settings, whatever is changed: taking away one that nobody has set is enough,
and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from services.kit.database.db import reason
from services.kit.kafka.admin import Admin, Refused

LISTENER = "PARTNERS"
_KEYSTORE = "listener.name.partners.ssl.keystore.location"
_THREADS, _USUAL_THREADS = "num.network.threads", 3
_CONNECT_S, _TRIES, _EVERY_S = 5.0, 100, 0.1


@dataclass(frozen=True, slots=True)
class Given:
    """What brokers should show, in PEM."""

    pem: str

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.encode())


async def renew(admin: Admin, given: Given, say: Callable[[str], None]) -> bool:
    """Whether each broker shows it now; says a line for each that did not. Raises Refused, OSError."""
    good = True
    for node, host in sorted((await admin.brokers()).items()):
        port = _port(await admin.broker_setting(node, "listeners"))
        if port is None:
            say(f"broker {node} has no listener {LISTENER}")
            good = False
            continue
        # Each twice, as partners connect meanwhile.
        asked = 2 * int(await admin.broker_setting(node, _THREADS) or _USUAL_THREADS)
        if await shows(host, port, given.leaf, asked):
            continue
        await admin.look_again(node, _KEYSTORE)
        if await _becomes(host, port, given.leaf, asked):
            say(f"broker {node} shows the certificate that ends {_day(given.leaf)}, without a start")
        else:
            # Another name, say: Kafka takes a certificate of the same names alone while it runs.
            say(
                f"broker {node} does not show the certificate that ends {_day(given.leaf)}: start it anew (docker compose restart kafka)"
            )
            good = False
    return good


async def _becomes(host: str, port: int, wanted: x509.Certificate, asked: int) -> bool:
    for _ in range(_TRIES):
        if await shows(host, port, wanted, asked):
            return True
        await asyncio.sleep(_EVERY_S)
    return False


async def shows(host: str, port: int, wanted: x509.Certificate, asked: int) -> bool:
    """Whether so many connections one after another are shown it. A broker's network threads take them in turn, and each reads the file
    for itself: one may show the old certificate for some seconds after another shows the new one."""
    for _ in range(asked):
        if await _shown(host, port) != wanted:
            return False
    return True


async def _shown(host: str, port: int) -> x509.Certificate:
    """Whose it is, is not asked: what is compared is the certificate itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(_CONNECT_S):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        return x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    finally:
        writer.close()


def _port(listeners: str) -> int | None:
    for each in listeners.split(","):
        name, _, address = each.strip().partition("://")
        if name == LISTENER:
            return int(address.rpartition(":")[2])
    return None


def _day(certificate: x509.Certificate) -> str:
    return certificate.not_valid_after_utc.date().isoformat()


async def attempt(admin: Admin, given: Given, say: Callable[[str], None]) -> None:
    """As `renew`, where it is one thing of many: services do not wait for what partners are shown."""
    try:
        await renew(admin, given, say)
    except (Refused, OSError) as problem:  # TimeoutError among them
        say(f"the partners' certificate was not looked after: {reason(problem)}")
