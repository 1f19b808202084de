"""What a browser keeps for us between two pages."""

from __future__ import annotations

import secrets
import time

import msgspec

MOST_GUEST_LINES = 12
"""A guest's cart is asked for in one document with so many places (documents/guest_cart.graphql), and fits into the cookie."""
_EARLY_S = 30


def now_s() -> int:
    """Seconds since 1970. A token's end is told in them, and web has no database to ask for the time."""
    return int(time.time())  # noqa: TID251


class Place(msgspec.Struct, omit_defaults=True):
    """Where somebody is, as they said. `label` is theirs or a kecamatan's name; "" is the spot that the phone told."""

    lat: float
    lng: float
    label: str = ""


class GuestLine(msgspec.Struct, array_like=True):
    """Of a cart that is not the graph's yet. `quantity` is in base units."""

    product: str
    variant: str
    quantity: int


class Tokens(msgspec.Struct, array_like=True):
    """`until`: seconds since 1970."""

    access: str
    refresh: str
    until: int

    @property
    def old(self) -> bool:
        """Whether it might be over before the gateway has looked at it."""
        return now_s() >= self.until - _EARLY_S


class Session(msgspec.Struct, omit_defaults=True):
    """`csrf` is what its forms carry; `phone` the number that a code has gone to; `said` what the next page says once."""

    csrf: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(16))
    place: Place | None = None
    lines: list[GuestLine] = []
    tokens: Tokens | None = None
    phone: str = ""
    said: str = ""

    @property
    def signed_in(self) -> bool:
        return self.tokens is not None

    def put(self, product: str, variant: str, quantity: int) -> bool:
        """Sets a guest's line, takes it out at 0. False when there is no room."""
        others = [line for line in self.lines if line.variant != variant]
        if quantity <= 0:
            self.lines = others
            return True
        if len(others) >= MOST_GUEST_LINES:
            return False
        known = [line.variant for line in self.lines]
        line = GuestLine(product, variant, quantity)
        if variant in known:
            self.lines[known.index(variant)] = line
        else:
            self.lines = [*others, line]
        return True

    def sign_out(self) -> None:
        """What was theirs goes; the next who uses the browser is another."""
        self.tokens, self.phone, self.lines, self.place = None, "", [], None
        self.csrf = secrets.token_urlsafe(16)
