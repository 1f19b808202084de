"""Caddy's configuration, out of what ops say in `.env`: who answers the internet for the gateway, and by which certificate. Pure.

Caddy gets a certificate and renews it by itself. It reads this file anew when it is another one, so what changes here counts within a
second, with no start and no connection cut.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import PublicFormat

NAME = "Caddyfile"
SECRETS = "/run/secrets"
"""Where the container sees what is made here."""
WAYS = ("acme", "files", "internal")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_MAIL = re.compile(r"[^\s@{}\"`]+@[^\s@{}\"`]+")
_ADDRESS = re.compile(r"https://[^\s{}\"`]+")
_HIDDEN = "/metrics /metrics/* /readyz /readyz/* /livez /livez/*"
_NUMBERS = ("EDGE_HSTS_SECONDS", "LIMIT_HEAD_BYTES", "LIMIT_BODY_BYTES", "LIMIT_UPLOAD_BYTES")
_LOOPBACK = ("127.", "::1", "localhost")
_BODY, _HEAD = 13 * 1024 * 1024, 64 * 1024
_ROOM = 64 * 1024
"""What is a little too long is the gateway's to refuse, which says it as the API does."""


class NotWhole(Exception):
    """Settings that do not go together: the message has a line for each thing, which names them."""


@dataclass(frozen=True, slots=True)
class Own:
    """A certificate that ops have from somewhere, with its chain, and its key: both PEM."""

    certificate: str
    key: str

    @property
    def mark(self) -> str:
        """In the names of its files, so that another certificate makes another configuration."""
        return hashlib.sha256((self.certificate + self.key).encode()).hexdigest()[:12]

    def check(self, names: list[str]) -> datetime:
        """When it ends. Raises NotWhole."""
        try:
            leaf = x509.load_pem_x509_certificates(self.certificate.encode())[0]
            key = serialization.load_pem_private_key(self.key.encode(), None)
            covered = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, x509.ExtensionNotFound) as error:
            raise NotWhole(f"keep/edge/certificate.pem or key.pem is not what it should be: {error}") from error
        said, wanted = (
            each.public_bytes(serialization.Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            for each in (leaf.public_key(), key.public_key())
        )
        if said != wanted:
            raise NotWhole("keep/edge/key.pem is not the key of keep/edge/certificate.pem")
        known = {name.lower() for name in covered.get_values_for_type(x509.DNSName)}
        known |= {str(address) for address in covered.get_values_for_type(x509.IPAddress)}
        if missing := [name for name in names if not {name, f"*.{name.partition('.')[2]}"} & known]:
            raise NotWhole(f"keep/edge/certificate.pem is not for {', '.join(missing)}")
        return leaf.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Ports:
    """Where it listens in its container, and where the gateway does."""

    http: int = 80
    https: int = 443
    health: int = 8081
    gateway: str = "gateway 4000"


def configuration(
    settings: Mapping[str, str],
    own: Own | None = None,
    acme_ca: str = "",
    ports: Ports | None = None,
    secrets: str = SECRETS,
) -> dict[str, str]:
    """File name -> text, the configuration last. `own` is read where EDGE_CERTIFICATES says `files`. Raises NotWhole."""
    if wrong := [*_wrong(settings, own)]:
        raise NotWhole("\n".join(wrong))
    at = ports or Ports()
    names, way = _names(settings), _way(settings)
    files: dict[str, str] = {}
    tls: list[str] = []
    if way == "files" and own is not None:
        files = {f"certificate-{own.mark}.pem": own.certificate, f"key-{own.mark}.pem": own.key}
        tls = ["tls " + " ".join(f"{secrets}/{name}" for name in files)]
    elif way == "internal":
        tls = ["tls internal"]
    elif acme_ca:
        files = {"acme_ca.pem": acme_ca}
    site = [*tls, *_headers(settings, way), *_bounds(settings), *_passing(settings, at), *_away()]
    blocks = [
        _block("", [*_global(settings, way, at, bool(acme_ca), secrets), *_servers(settings)]),
        _block(", ".join(f"{name}:{at.https}" for name in names), site),
        # Whether it works, for the engine alone.
        _block(f"http://127.0.0.1:{at.health}", ["bind 127.0.0.1", "respond 200"]),
    ]
    return {**files, NAME: "\n".join(blocks)}


def warnings(settings: Mapping[str, str], own: Own | None, now: datetime | None = None) -> list[str]:
    """What ops should know, and what stops nothing."""
    said: list[str] = []
    names = _names(settings)
    issuer = settings.get("PEOPLE_ISSUER") or ""
    if names != ["localhost"] and not any(issuer.startswith(f"https://{name}") for name in names):
        said.append(f"PEOPLE_ISSUER is {issuer or 'not set'}: browsers reach the edge at https://{names[0]}")
    if own is not None and settings.get("EDGE_CERTIFICATES") == "files":
        left = own.check(names) - (now or datetime.now(UTC))
        if left.days < 14:
            said.append(
                f"keep/edge/certificate.pem ends in {left.days} days"
                if left.days >= 0
                else "keep/edge/certificate.pem has ended"
            )
    return said


def _wrong(settings: Mapping[str, str], own: Own | None) -> Iterator[str]:
    """All of it, in the order of `.env.example`: what cannot be read, and what does not go with another."""
    looks: list[Callable[[Mapping[str, str]], object]] = [
        _names,
        _bind,
        _way,
        lambda told: _own(told, own),
        _mail,
        _acme_url,
    ]
    looks += [partial(_number, name=name, default=0) for name in _NUMBERS]
    looks += [partial(_seconds, name=name, default=1) for name in ("HEAD_SECONDS", "IDLE_SECONDS")]
    for look in looks:
        try:
            look(settings)
        except NotWhole as problem:
            yield str(problem)


def _way(settings: Mapping[str, str]) -> str:
    by_itself = "internal" if not settings.get("EDGE_NAME") or settings["EDGE_NAME"].lower() == "localhost" else "acme"
    way = settings.get("EDGE_CERTIFICATES") or by_itself
    if way not in WAYS:
        raise NotWhole(f"EDGE_CERTIFICATES is one of {', '.join(WAYS)}")
    return way


def _own(settings: Mapping[str, str], own: Own | None) -> None:
    if settings.get("EDGE_CERTIFICATES") != "files":
        return
    if own is None:
        raise NotWhole("EDGE_CERTIFICATES=files wants keep/edge/certificate.pem (with its chain) and keep/edge/key.pem")
    with contextlib.suppress(_NoName):  # which is said by itself
        own.check(_names(settings))


class _NoName(NotWhole):
    """What a certificate cannot be held against."""


def _names(settings: Mapping[str, str]) -> list[str]:
    names = (settings.get("EDGE_NAME") or "localhost").lower().replace(",", " ").split()
    if wrong := [name for name in names if not _HOST.fullmatch(name)]:
        raise _NoName(f"EDGE_NAME holds what is no host's name: {', '.join(wrong)}")
    return names


def _bind(settings: Mapping[str, str]) -> None:
    bind = settings.get("GATEWAY_BIND") or "127.0.0.1"
    if settings.get("EDGE_NAME") and not bind.startswith(_LOOPBACK):
        raise NotWhole(f"GATEWAY_BIND is {bind}: with an edge nobody comes past it, so leave it out")


def _mail(settings: Mapping[str, str]) -> str:
    mail = settings.get("EDGE_MAIL") or ""
    if mail and not _MAIL.fullmatch(mail):
        raise NotWhole("EDGE_MAIL is no mail address")
    return mail


def _acme_url(settings: Mapping[str, str]) -> str:
    url = settings.get("EDGE_ACME_URL") or ""
    if url and not _ADDRESS.fullmatch(url):
        raise NotWhole("EDGE_ACME_URL is no https:// address of a directory")
    return url


def _global(settings: Mapping[str, str], way: str, at: Ports, own_ca: bool, secrets: str) -> list[str]:
    # Nobody configures it but this file.
    lines = ["admin off", f"http_port {at.http}", f"https_port {at.https}"]
    if way == "internal":
        lines.append("skip_install_trust")
    if mail := _mail(settings):
        lines.append(f"email {mail}")
    if url := _acme_url(settings):
        lines.append(f"acme_ca {url}")
        if own_ca and way == "acme":
            lines.append(f"acme_ca_root {secrets}/acme_ca.pem")
    return lines


def _servers(settings: Mapping[str, str]) -> list[str]:
    # Of a body's time the gateway is the judge (BODY_SECONDS, UPLOAD_SECONDS): a limit on reading here would end long answers too.
    times = ["timeouts {", f"\tread_header {_seconds(settings, 'HEAD_SECONDS', 10)}s", "\tidle 2m", "}"]
    size = _number(settings, "LIMIT_HEAD_BYTES", _HEAD)
    return ["servers {", "\tprotocols h1 h2", *(f"\t{line}" for line in times), f"\tmax_header_size {size}", "}"]


def _headers(settings: Mapping[str, str], way: str) -> list[str]:
    lines, lasts = ["-Server"], _number(settings, "EDGE_HSTS_SECONDS", 31_536_000)
    # A browser that knows it lets nobody past a certificate that is only for trying.
    if way != "internal" and lasts:
        lines.append(f'Strict-Transport-Security "max-age={lasts}"')
    return ["header {", *(f"\t{line}" for line in lines), "\tdefer", "}"]


def _bounds(settings: Mapping[str, str]) -> list[str]:
    longest = max(_number(settings, "LIMIT_UPLOAD_BYTES", _BODY), _number(settings, "LIMIT_BODY_BYTES", 0)) + _ROOM
    return [f"@inner path {_HIDDEN}", "respond @inner 404", "request_body {", f"\tmax_size {longest}", "}"]


def _passing(settings: Mapping[str, str], at: Ports) -> list[str]:
    """No flush_interval: events are passed on at once without it, and with -1 the gateway would never learn that a client has left."""
    # The gateway ends a connection that was idle for so long: one that is used just then would be a call lost.
    idle = _seconds(settings, "IDLE_SECONDS", 5)
    return [
        "reverse_proxy {",
        f"\tdynamic a {at.gateway} {{",
        "\t\trefresh 5s",
        "\t}",
        # A gateway that is being replaced: what was not sent to it yet goes to the next.
        "\tlb_try_duration 5s",
        "\tlb_try_interval 100ms",
        # Open WebSockets outlive another configuration.
        "\tstream_close_delay 1h",
        "\ttransport http {",
        "\t\tversions 1.1",
        "\t\tdial_timeout 2s",
        f"\t\tkeepalive {idle - 1}s" if idle > 1 else "\t\tkeepalive off",
        "\t\tcompression off",
        "\t}",
        "}",
    ]  # fmt: skip


def _away() -> list[str]:
    """What is said while no gateway answers: to apps as the gateway would, to people in their words."""
    error = '{\\"errors\\":[{\\"message\\":\\"The platform is not available.\\",\\"extensions\\":{\\"code\\":\\"SERVICE_UNAVAILABLE\\"}}]}'
    people = "Pasar sedang tidak menjawab, coba lagi sebentar. / The market does not answer right now, try again in a moment."
    return [
        "handle_errors {",
        "\theader -Server",
        "\t@away expression {err.status_code} in [502, 503, 504]",
        "\thandle @away {",
        "\t\theader Retry-After 5",
        "\t\t@graph path /graphql",
        "\t\thandle @graph {",
        "\t\t\theader Content-Type application/json",
        f'\t\t\trespond "{error}" 503',
        "\t\t}",
        f'\t\trespond "{people}" 503',
        "\t}",
        "\trespond {err.status_code}",
        "}",
    ]


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([f"{head} {{".lstrip(), *(f"\t{line}" for line in lines), "}", ""])


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise NotWhole(f"{name} is malformed: a whole number is wanted")
    return int(text)


def _seconds(settings: Mapping[str, str], name: str, default: int) -> int:
    try:
        return max(1, int(float(settings.get(name) or default)))
    except ValueError:
        raise NotWhole(f"{name} is malformed: seconds are wanted") from None
