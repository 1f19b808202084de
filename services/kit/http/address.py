"""Where a request comes from: what limits count by when nobody is known yet."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request

HEADER = "x-forwarded-for"
HOST_HEADER = "x-forwarded-host"
_LONGEST = 64


def address_of(request: Request) -> str:
    """As the gateway says it, which is the only one that reaches a service from outside; else who is connected, or ''. Of several the
    last is believed: each who passes a request on appends whom he has seen."""
    said = request.headers.get(HEADER, "").rpartition(",")[2].strip()
    if said and len(said) <= _LONGEST and said.isascii() and said.isprintable():
        return said
    return request.client.host if request.client else ""


def comes_near(request: Request) -> bool:
    """Whether all by which the client has come here is near: the name or address that it asked, and the one that the gateway says it asked
    there. Who comes past the gateway can say anything in the second."""
    hosts = [request.headers.get("host", "")]
    if (said := request.headers.get(HOST_HEADER)) is not None:
        hosts.append(said)
    return all(is_near(_without_port(each)) for each in hosts)


def _without_port(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def is_near(host: str) -> bool:
    """An address, or a name of this machine or network, which has no dot. A foreign site can point a name of its own at 127.0.0.1, and
    would read what is there for whoever sits at the machine."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return True
