"""What happens to stock beside orders: it comes, is sold at the counter, spoils, is counted, moved, loaded for a day. In base units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.catalog.domain.stock import MAX_ON_HAND, Stock
from services.kit.invalid import FieldInvalid

MAX_ITEMS: Final = 200
"""Variants in one call: a wlijo's whole load."""
MAX_TEMPLATES: Final = 20
"""Of one merchant."""
MAX_TEMPLATE_NAME: Final = 60
MAX_NOTE: Final = 120
ASSUMED: Final = MAX_ON_HAND // 2
"""What is for sale of goods that nobody counts: more than all open orders could hold."""
ASSUMED_LOW: Final = ASSUMED // 2
"""Below this it is made up again."""
LOADS_KEPT_DAYS: Final = 35
SPREAD_S: Final = 1_800
"""All merchants' days are over at once; what is told of it is told within so long."""

_WIB: Final = ZoneInfo("Asia/Jakarta")


class StockMode(StrEnum):
    TRACKED = "TRACKED"
    DAILY = "DAILY"
    UNTRACKED = "UNTRACKED"


class StockMovementCause(StrEnum):
    """Why stock changed; those from PLACED on are an order's."""

    OPENED = "OPENED"
    UNEXPLAINED = "UNEXPLAINED"
    COUNTED = "COUNTED"
    RECEIVED = "RECEIVED"
    SOLD = "SOLD"
    SPOILED = "SPOILED"
    MOVED = "MOVED"
    LOADED = "LOADED"
    RESET = "RESET"
    MODE = "MODE"
    ASSUMED = "ASSUMED"
    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    LEFT_OUT = "LEFT_OUT"
    REPLACED = "REPLACED"
    FETCHED = "FETCHED"
    CANCELLED = "CANCELLED"
    UNFETCHED = "UNFETCHED"
    TIME_IS_UP = "TIME_IS_UP"


class TooFewLieThere(FieldInvalid):
    """`left` of it could be taken from there: what lies there and is not kept for orders."""

    def __init__(self, field: str, left: int) -> None:
        super().__init__(field, f"only {left} base units can be taken from there")
        self.left = left


class QuantityIsOutOfRange(FieldInvalid):
    def __init__(self, field: str, least: int, most: int) -> None:
        super().__init__(field, f"{least} to {most} base units")
        self.least = least
        self.most = most


class ModeForbids(FieldInvalid):
    """What is not counted has no movements but orders'; a daily load lies in one place."""

    def __init__(self, field: str, mode: StockMode) -> None:
        super().__init__(field, f"its stock is {mode}")
        self.mode = mode


class GoodsLieElsewhere(FieldInvalid):
    """Some of it lies in other places, and has to be moved, sold or counted away first."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "some of it lies in other places")


class NothingToLoad(Exception):
    """There was no load before today."""


class TemplatesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a merchant has at most {MAX_TEMPLATES} templates")


@dataclass(frozen=True, slots=True)
class Lot:
    """A variant's stock and what of it lies in the place that is meant: `at` of a place, None where its merchant trades. `elsewhere` is
    what lies in all places but the latter."""

    stock: Stock
    mode: StockMode = StockMode.TRACKED
    elsewhere: int = 0
    at: int | None = None

    @property
    def here(self) -> int:
        """Without what lies on the counter, which is orders' already."""
        return self.stock.on_hand - self.stock.on_counter - self.elsewhere if self.at is None else self.at


@dataclass(frozen=True, slots=True)
class Change:
    """The whole afterwards, and by how much what lies in the place has become more."""

    stock: Stock
    by: int


def _check_counts(lot: Lot, field: str) -> None:
    if lot.mode is StockMode.UNTRACKED or (lot.mode is StockMode.DAILY and lot.at is not None):
        raise ModeForbids(field, lot.mode)


def _by(lot: Lot, by: int) -> Change:
    return Change(Stock(lot.stock.on_hand + by, lot.stock.reserved, lot.stock.on_counter), by)


def received(lot: Lot, quantity: int, *, at: str) -> Change:
    """Raises ModeForbids or QuantityIsOutOfRange."""
    _check_counts(lot, at)
    most = MAX_ON_HAND - lot.stock.on_hand
    if not 1 <= quantity <= most:
        raise QuantityIsOutOfRange(at, 1, most)
    return _by(lot, quantity)


def taken(lot: Lot, quantity: int, *, at: str) -> Change:
    """Sold at the counter, or spoilt: never what is kept for orders. Raises ModeForbids, QuantityIsOutOfRange or TooFewLieThere."""
    _check_counts(lot, at)
    _check_positive(quantity, at)
    left = min(lot.here, lot.stock.available)
    if quantity > left:
        raise TooFewLieThere(at, left)
    return _by(lot, -quantity)


def counted(lot: Lot, found: int, *, at: str, most: int = MAX_ON_HAND) -> Change:
    """`found` is all that lies there; where its merchant trades, what lies on the counter is part of it. Raises ModeForbids or
    QuantityIsOutOfRange."""
    _check_counts(lot, at)
    present = lot.here + (lot.stock.on_counter if lot.at is None else 0)
    least = max(lot.stock.on_counter if lot.at is None else 0, lot.stock.kept - (lot.stock.on_hand - present))
    most = min(most, MAX_ON_HAND - (lot.stock.on_hand - present))
    if not least <= found <= most:
        raise QuantityIsOutOfRange(at, least, most)
    return _by(lot, found - present)


def moved(lot: Lot, quantity: int, *, at: str) -> None:
    """That so many may leave the place for another, orders' goods too: they stay with the merchant. Raises ModeForbids,
    QuantityIsOutOfRange or TooFewLieThere."""
    if lot.mode is not StockMode.TRACKED:
        raise ModeForbids(at, lot.mode)
    _check_positive(quantity, at)
    if quantity > lot.here:
        raise TooFewLieThere(at, lot.here)


def loaded(lot: Lot, quantity: int, *, at: str) -> Stock:
    """So many for sale today, beside what is kept for orders. Raises GoodsLieElsewhere or QuantityIsOutOfRange."""
    if lot.elsewhere:
        raise GoodsLieElsewhere(at)
    most = MAX_ON_HAND - lot.stock.kept
    if not 1 <= quantity <= most:
        raise QuantityIsOutOfRange(at, 1, most)
    return Stock(lot.stock.kept + quantity, lot.stock.reserved, lot.stock.on_counter)


def in_mode(lot: Lot, mode: StockMode, available: int | None) -> Stock:
    """Stock when it is kept in this mode: of what is not counted enough is for sale, of what was not until now as much as is said, else
    nothing. Raises GoodsLieElsewhere or QuantityIsOutOfRange."""
    if mode is not StockMode.TRACKED and lot.elsewhere:
        raise GoodsLieElsewhere("mode")
    most = MAX_ON_HAND - lot.stock.kept - lot.elsewhere
    if available is not None and not 0 <= available <= most:
        raise QuantityIsOutOfRange("available", 0, most)
    if mode is StockMode.UNTRACKED:
        there = lot.stock.available if lot.mode is mode else ASSUMED
    elif available is not None:
        there = available
    else:
        there = 0 if lot.mode is StockMode.UNTRACKED else lot.stock.available
    if there + lot.stock.kept < lot.elsewhere + lot.stock.on_counter:
        raise QuantityIsOutOfRange("available", lot.elsewhere + lot.stock.on_counter - lot.stock.kept, most)
    return Stock(lot.stock.kept + there, lot.stock.reserved, lot.stock.on_counter)


def _check_positive(quantity: int, at: str) -> None:
    if not 1 <= quantity <= MAX_ON_HAND:
        raise QuantityIsOutOfRange(at, 1, MAX_ON_HAND)


def day_is_over(today: date, merchant: UUID) -> datetime:
    """When it is told that a merchant's load of this day (WIB) is over: soon after midnight, not all merchants' at once."""
    midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), _WIB)
    return midnight + timedelta(seconds=merchant.int % SPREAD_S)
