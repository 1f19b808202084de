"""What a browser keeps for us between two pages."""

from __future__ import annotations

import secrets
import time

import msgspec
from markupsafe import Markup

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
    """Of a guest's cart as the release before kept it, in the cookie alone. `quantity` is in base units."""

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
    """`csrf` is what its forms carry; `guest` opens a guest's cart, which had `guest_lines` when it was last shown; `phone` is the number
    that a code has gone to; `said` what the next page says once."""

    csrf: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(16))
    place: Place | None = None
    lines: list[GuestLine] = []
    tokens: Tokens | None = None
    phone: str = ""
    said: str = ""
    guest: str = ""
    guest_lines: int = 0

    @property
    def token(self) -> Markup:
        """What each of its forms carries."""
        return Markup('<input type="hidden" name="csrf" value="%s">') % self.csrf

    @property
    def signed_in(self) -> bool:
        return self.tokens is not None

    @property
    def cart_size(self) -> int:
        """Of a guest's cart."""
        return self.guest_lines or len(self.lines)

    def forget_guest(self) -> None:
        self.guest, self.guest_lines, self.lines = "", 0, []

    def sign_out(self) -> None:
        """What was theirs goes; the next who uses the browser is another."""
        self.tokens, self.phone, self.place = None, "", None
        self.forget_guest()
        self.csrf = secrets.token_urlsafe(16)
