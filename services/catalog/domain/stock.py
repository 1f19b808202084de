"""Stock of a variant: what is there, what is kept for orders, what is short of an order's lines. In base units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from services.kit.invalid import FieldInvalid

MAX_ON_HAND = 1_000_000_000
"""A thousand tons by the gram, and within GraphQL's Int."""

V = TypeVar("V")


class StockOutOfRange(Exception):
    """`minimum` is what is reserved for orders or lies on the counter for them: less cannot be on hand."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"stock is from {minimum} to {MAX_ON_HAND} base units")
        self.minimum = minimum


class VariantIsUnknown(FieldInvalid):
    """There is none, or it is not the caller's."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "there is no such variant of the caller's")


class CountIsNeeded(FieldInvalid):
    """How much is there was not said, and is not known from before; or it is more than may be."""

    def __init__(self, field: str, most: int) -> None:
        super().__init__(field, f"1 to {most} base units")
        self.most = most


class Place(StrEnum):
    """Where goods are, as far as selling them goes. All but GONE are with the merchant, and each is in one place alone."""

    FOR_SALE = "FOR_SALE"
    RESERVED = "RESERVED"
    """Kept for an order that is not confirmed yet."""
    ON_COUNTER = "ON_COUNTER"
    """A confirmed order's, until its rider fetches them."""
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Stock:
    """`on_hand` is all that lies there: what is for sale, what is reserved and what lies on the counter."""

    on_hand: int
    reserved: int
    on_counter: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.kept

    @property
    def kept(self) -> int:
        """What lies there and belongs to orders."""
        return self.reserved + self.on_counter

    def moved(self, quantity: int, before: Place, after: Place) -> Stock:
        """Goods that left without our knowing are missing from what is for sale, as far as it goes: it is never less than nothing."""
        if (before, after) == (Place.FOR_SALE, Place.GONE):
            quantity = min(quantity, self.available)
        change = dict.fromkeys(Place, 0)
        change[before] -= quantity
        change[after] += quantity
        return Stock(
            self.on_hand - change[Place.GONE],
            self.reserved + change[Place.RESERVED],
            self.on_counter + change[Place.ON_COUNTER],
        )


def counted(stock: Stock, on_hand: int) -> Stock:
    """Stock after the merchant has counted all that lies there, what is kept for orders included. Raises StockOutOfRange."""
    if not stock.kept <= on_hand <= MAX_ON_HAND:
        raise StockOutOfRange(stock.kept)
    return Stock(on_hand, stock.reserved, stock.on_counter)


def sold_out(stock: Stock) -> Stock:
    """Nothing lies there but what is kept for orders."""
    return Stock(stock.kept, stock.reserved, stock.on_counter)


def there_again(stock: Stock, available: int | None, before: int | None, *, at: str) -> Stock:
    """`available` to be sold, or what was before it was sold out; what is for sale stays when neither is known. Raises CountIsNeeded."""
    if available is None:
        available = stock.available or before or 0
    if not 1 <= available <= MAX_ON_HAND - stock.kept:
        raise CountIsNeeded(at, MAX_ON_HAND - stock.kept)
    return Stock(stock.kept + available, stock.reserved, stock.on_counter)


def summed(lines: Iterable[tuple[V, int]]) -> dict[V, int]:
    """One quantity for each variant: an order may name the same one twice."""
    total: dict[V, int] = {}
    for variant, quantity in lines:
        total[variant] = total.get(variant, 0) + quantity
    return total


def short(wanted: Mapping[V, int], available: Mapping[V, int]) -> dict[V, int]:
    """What cannot be reserved, with what is available of it; what `available` does not name is not for sale."""
    return {
        variant: available.get(variant, 0)
        for variant, quantity in wanted.items()
        if not 1 <= quantity <= available.get(variant, 0)
    }
