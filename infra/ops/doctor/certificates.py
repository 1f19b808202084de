"""Certificates as who connects is shown them: how long they last, whom they name, and for the edge whether browsers believe them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place

_CONNECTS_WITHIN_S = 8
_PARTNERS_DAYS, _EDGE_DAYS, _LEAST_DAYS = 45, 14, 7
"""Partners' is made anew 60 days before its end at an `up`; who renews for the edge does so 30 days before."""


async def of_partners(place: Place) -> list[Finding]:
    """That of the listener, which may still have the one before."""
    at = place.settings.doctor_kafka_tls
    if not at:
        return [
            unseen("partners-certificate", "DOCTOR_KAFKA_TLS is not told: the broker has no listener with TLS here")
        ]
    host, _, port = at.rpartition(":")
    named = place.settings.kafka_public_name or "localhost"
    try:
        shown = await _shown(host, int(port), named)
    except (OSError, TimeoutError, ssl.SSLError) as error:
        return [
            page(
                "partners-tls-away",
                f"{at} does not speak TLS: {_why(error)}",
                "docker compose ps kafka; docker compose logs --tail 50 kafka",
                at,
            )
        ]
    renew = "docker compose up --wait, which makes another and has the brokers show it"
    found = list(_lasting("partners", shown, _PARTNERS_DAYS, renew))
    if not _names(shown, named):
        found.append(
            page(
                "partners-certificate-name",
                f"the listener's certificate does not name {named} (KAFKA_PUBLIC_NAME): partners are refused",
                renew,
            )
        )
    return found


async def of_the_edge(place: Place) -> list[Finding]:
    address = urlsplit(place.settings.people_issuer)
    if address.scheme != "https" or not address.hostname:
        return [
            unseen(
                "edge-certificate",
                "PEOPLE_ISSUER is no https address: nothing ends TLS in front of the gateway, or `.env` does not say where",
            )
        ]
    host, port = address.hostname, address.port or 443
    renew = f"who ends TLS for {host}: its log says why it did not renew; then reload it"
    try:
        shown = await _shown(host, port, host)
    except (OSError, TimeoutError, ssl.SSLError) as error:
        return [
            warn(
                "edge-away",
                f"{host}:{port} does not speak TLS to the doctor: {_why(error)}",
                f"curl -v {place.settings.people_issuer}/livez, from outside; the proxy's log",
                host,
            )
        ]
    found = list(_lasting("edge", shown, _EDGE_DAYS, renew))
    try:
        await _shown(host, port, host, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        found.append(
            page(
                "edge-certificate-untrusted",
                f"browsers do not believe the certificate of {host}: {error.verify_message}",
                renew,
            )
        )
    except (OSError, TimeoutError, ssl.SSLError) as error:
        found.append(unseen("edge-certificate", f"{host} was asked a second time in vain: {_why(error)}"))
    return found


def _lasting(whose: str, shown: x509.Certificate, wanted: int, renew: str) -> Iterator[Finding]:
    left = shown.not_valid_after_utc - datetime.now(UTC)
    said = f"it is good until {shown.not_valid_after_utc:%Y-%m-%d}"
    if left.total_seconds() <= 0:
        yield page(
            f"{whose}-certificate-ended",
            f"it has ended at {shown.not_valid_after_utc:%Y-%m-%d %H:%M} UTC: nobody connects",
            renew,
        )
    elif left.days < wanted:
        judged = page if left.days < _LEAST_DAYS else warn
        yield judged(f"{whose}-certificate-ends", f"{said}: {left.days} days", renew)
    else:
        yield well(f"{whose}-certificate", f"{said}: {left.days} days")


async def _shown(host: str, port: int, name: str, trusting: ssl.SSLContext | None = None) -> x509.Certificate:
    """What the server shows. Without `trusting` whoever it is: it is looked at, and nothing is sent."""
    context = trusting
    if context is None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    writer = None
    try:
        async with asyncio.timeout(_CONNECTS_WITHIN_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(der)
    finally:
        if writer is not None:
            writer.transport.abort()


def _names(shown: x509.Certificate, name: str) -> bool:
    try:
        said = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    named = {*said.get_values_for_type(x509.DNSName), *(str(each) for each in said.get_values_for_type(x509.IPAddress))}
    return name in named


def _why(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
