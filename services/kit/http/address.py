"""Where a request comes from: what limits count by when nobody is known yet."""

from __future__ import annotations

from starlette.requests import Request

HEADER = "x-forwarded-for"
_LONGEST = 64


def address_of(request: Request) -> str:
    """As the gateway says it, which is the only one that reaches a service from outside; else who is connected, or ''. Of several the
    last is believed: each who passes a request on appends whom he has seen."""
    said = request.headers.get(HEADER, "").rpartition(",")[2].strip()
    if said and len(said) <= _LONGEST and said.isascii() and said.isprintable():
        return said
    return request.client.host if request.client else ""
