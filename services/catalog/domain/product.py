"""A product: what its merchant may do with it, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.contracts.catalog import ProductStatus

MAX_PRICE_RUPIAH = 1_000_000_000
WAS_WITHIN_DAYS: Final = 30
"""What something was said to cost is the lowest price of so many days before it became cheaper, while it was for sale without a break:
Directive 98/6/EC, article 6a. Raised before it is lowered it was not dearer (UU 8/1999, pasal 11 huruf f)."""
WAS_ASKED_DAYS: Final = 7
"""So long it was for sale before, at least: whoever names a price for an hour has not asked for it."""
WAS_SHOWN_DAYS: Final = 30
"""So long it is cheaper than before; then that is its price."""


class ProductAction(StrEnum):
    PUBLISH = "PUBLISH"
    HIDE = "HIDE"
    ARCHIVE = "ARCHIVE"
    RESTORE = "RESTORE"


class ProductInState(Exception):
    """The product's status forbids what was asked."""

    def __init__(self, status: ProductStatus | State) -> None:
        super().__init__(f"the product is {status}")
        self.status = status


class PriceOutOfRange(Exception):
    def __init__(self) -> None:
        super().__init__(f"a price is from 1 to {MAX_PRICE_RUPIAH} rupiah")


class State(StrEnum):
    """A product's status as its merchant knows it. Elsewhere archived goods are hidden: an installed app, and the release before, know
    no other word."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"
    ARCHIVED = "ARCHIVED"
    BLOCKED = "BLOCKED"

    @property
    def status(self) -> ProductStatus:
        return ProductStatus.HIDDEN if self is State.ARCHIVED else ProductStatus(self.value)


_P, _A = State, ProductAction

# A state that is already what was asked for stays; None is a refusal.
TABLE: Mapping[tuple[State, ProductAction], State | None] = {
    (_P.DRAFT, _A.PUBLISH): _P.PUBLISHED,
    (_P.DRAFT, _A.HIDE): None,
    (_P.PUBLISHED, _A.PUBLISH): _P.PUBLISHED,
    (_P.PUBLISHED, _A.HIDE): _P.HIDDEN,
    (_P.HIDDEN, _A.PUBLISH): _P.PUBLISHED,
    (_P.HIDDEN, _A.HIDE): _P.HIDDEN,
    (_P.BLOCKED, _A.PUBLISH): None,  # by the platform, so not the merchant's to undo
    (_P.BLOCKED, _A.HIDE): None,
    (_P.ARCHIVED, _A.PUBLISH): None,  # a draft first: what it says may be old
    (_P.ARCHIVED, _A.HIDE): None,
    (_P.DRAFT, _A.ARCHIVE): _P.ARCHIVED,
    (_P.PUBLISHED, _A.ARCHIVE): _P.ARCHIVED,
    (_P.HIDDEN, _A.ARCHIVE): _P.ARCHIVED,
    (_P.ARCHIVED, _A.ARCHIVE): _P.ARCHIVED,
    (_P.BLOCKED, _A.ARCHIVE): None,  # it would come back as a draft, which nobody blocks
    (_P.DRAFT, _A.RESTORE): _P.DRAFT,
    (_P.PUBLISHED, _A.RESTORE): None,
    (_P.HIDDEN, _A.RESTORE): None,
    (_P.ARCHIVED, _A.RESTORE): _P.DRAFT,
    (_P.BLOCKED, _A.RESTORE): None,
}


def after(state: State, action: ProductAction) -> State:
    """Raises ProductInState."""
    to = TABLE[state, action]
    if to is None:
        raise ProductInState(state)
    return to


def price(rupiah: int) -> int:
    """Raises PriceOutOfRange."""
    if not 1 <= rupiah <= MAX_PRICE_RUPIAH:
        raise PriceOutOfRange
    return rupiah
