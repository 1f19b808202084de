"""What may be asked back of a line after the delivery, and until when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.reasons import ReasonCode
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.refusal import Refused

MAX_WORDS: Final = 500
MAX_PER_LINE: Final = 5
"""Claims of one line, those that came to nothing included."""

FRESH: Final = frozenset(
    ("sayur", "buah", "daging", "ikan", "telur", "tahu-tempe", "lauk", "lauk-pauk", "masakan", "kue")
)  # fmt: skip
"""Categories of what does not keep: after a day nobody can tell what it was like at the door."""
WITHIN_FRESH: Final = timedelta(hours=24)
WITHIN: Final = timedelta(hours=72)
"""Of all other goods, and of those whose category is not known."""


class NotDelivered(Refused):
    """Nobody has had the goods: there is nothing to claim, or to say of them."""

    def __init__(self, current: OrderStatus) -> None:
        super().__init__(f"the order is {current}, and nobody has had the goods")
        self.current = current


class ClaimIsLate(Refused):
    def __init__(self, until: datetime) -> None:
        super().__init__("the time to claim is over")
        self.until = until


class ClaimIsTooMuch(Refused):
    """More than the line had."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the line had {most} base units")
        self.most = most


class ClaimIsTooHigh(Refused):
    """Less than a rupiah, or more than what may still be asked."""

    def __init__(self, field: str, most_rupiah: int) -> None:
        super().__init__(f"1 to {most_rupiah} rupiah")
        self.field = field
        self.most_rupiah = most_rupiah


class ClaimsAreTooMany(Refused):
    def __init__(self) -> None:
        super().__init__(f"{MAX_PER_LINE} claims of one line, and no more")
        self.limit = MAX_PER_LINE


class ReasonDoesNotFit(Refused):
    """The code is not for this, or there was no ojek company that could bear it."""

    def __init__(self, code: ReasonCode) -> None:
        super().__init__(f"{code} does not fit here")


@dataclass(frozen=True, slots=True)
class Sold:
    """The line that is claimed of. `total_rupiah` is its price less its part of what was off the merchant's goods;
    `claimed_rupiah` is what its claims hold already, `claims` how many there were."""

    quantity: int
    total_rupiah: int
    category: str
    status: OrderStatus
    ended_at: datetime | None
    claimed_rupiah: int
    claims: int


def until(sold: Sold) -> datetime:
    """Until when it may be claimed. Of what was delivered alone."""
    assert sold.ended_at is not None
    return sold.ended_at + (WITHIN_FRESH if sold.category in FRESH else WITHIN)


def share(total_rupiah: int, quantity: int, of: int) -> int:
    """What `quantity` of a line of `of` cost, rounded half up; the whole is the whole."""
    return (2 * total_rupiah * quantity + of) // (2 * of)


def checked(sold: Sold, at: datetime, quantity: int, amount_rupiah: int | None) -> int:
    """How much is asked: what that quantity cost, unless less is said. Raises NotDelivered, ClaimIsLate, ClaimsAreTooMany, ClaimIsTooMuch
    or ClaimIsTooHigh."""
    if sold.status is not OrderStatus.COMPLETED or sold.ended_at is None:
        raise NotDelivered(sold.status)
    if at >= (last := until(sold)):
        raise ClaimIsLate(last)
    if sold.claims >= MAX_PER_LINE:
        raise ClaimsAreTooMany
    if not 1 <= quantity <= sold.quantity:
        raise ClaimIsTooMuch(sold.quantity)
    most = min(share(sold.total_rupiah, quantity, sold.quantity), sold.total_rupiah - sold.claimed_rupiah)
    asked = most if amount_rupiah is None else amount_rupiah
    if not 1 <= asked <= most:
        raise ClaimIsTooHigh("input.amount", most)
    return asked
