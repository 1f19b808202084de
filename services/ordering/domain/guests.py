"""Carts of who has not signed in, and how long any cart keeps what nobody touches. Pure but for the dice."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ordering.domain.refusal import Refused

BUYERS_KEEP: Final = timedelta(days=30)
"""Who shops once a month finds the list again; prices and goods are others by then."""
GUESTS_KEEP: Final = timedelta(days=3)
"""A shopping trip that goes on after the weekend. Nobody can be reminded of it, and it is room that anybody may take."""
FORGOTTEN_AFTER: Final = timedelta(days=14)
"""So long after its last change an empty guest's cart is told as one that was emptied by age, or taken over; then its token is nobody's."""
MAX_GUEST_LINES: Final = 30
"""With the two bounds below what guests keep standing is bounded: at most 144,000 carts with lines."""
MAX_OPENED_AN_HOUR: Final = 2_000
"""By everybody: far more than the regency's evenings, far less than a table minds."""
OPENED_AT_ONCE: Final = 60
OPENED_PER_SECOND: Final = 1 / 60
"""By one address, behind which a mobile network has hundreds of phones: sixty, and then one a minute."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


class GuestCartIsGone(Refused):
    """Its token is nobody's: never given, too old, or of a cart that somebody else has taken over."""

    def __init__(self, field: str) -> None:
        super().__init__("there is no cart of a guest with this token")
        self.field = field


class GuestCartsAreTooMany(Refused):
    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"guests open at most {MAX_OPENED_AN_HOUR} carts an hour")
        self.retry_after_ms = retry_after_ms


@dataclass(frozen=True, slots=True)
class Guest:
    """Who holds a token, known by its hash: what is stored opens nothing."""

    token_hash: bytes

    @classmethod
    def of(cls, token: str) -> Guest | None:
        """None for what is no token of ours."""
        return cls(hashlib.sha256(token.encode()).digest()) if _TOKEN.fullmatch(token) else None


def new_token() -> str:
    """192 bits, in 32 characters that an address or a cookie bears."""
    return secrets.token_urlsafe(24)


def check_opened(full_since: datetime | None, at: datetime) -> None:
    """`full_since`: when the first of the last MAX_OPENED_AN_HOUR was opened, if that was within an hour. Raises GuestCartsAreTooMany."""
    if full_since is not None:
        left = full_since + timedelta(hours=1) - at
        raise GuestCartsAreTooMany(max(1_000, int(left.total_seconds() * 1_000)))


def expires_at(updated_at: datetime, *, of_guest: bool) -> datetime:
    return updated_at + (GUESTS_KEEP if of_guest else BUYERS_KEEP)
