"""Stock of a variant: what is there, what is kept for orders, what is short of an order's lines. In base units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

MAX_ON_HAND = 1_000_000_000
"""A thousand tons by the gram, and within GraphQL's Int."""

V = TypeVar("V")


class StockOutOfRange(Exception):
    """`minimum` is what is reserved for orders: less cannot be on hand."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"stock is from {minimum} to {MAX_ON_HAND} base units")
        self.minimum = minimum


class Effect(StrEnum):
    """What a reservation's step does to the stock of each of its lines."""

    NOTHING = "NOTHING"
    RESERVE = "RESERVE"
    FREE = "FREE"
    """What was reserved is for sale again."""
    TAKE_OUT = "TAKE_OUT"
    """What was reserved leaves the stock."""
    SELL = "SELL"
    """What was for sale leaves the stock."""
    PUT_BACK = "PUT_BACK"
    """What had left the stock is for sale again."""


@dataclass(frozen=True, slots=True)
class Stock:
    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    def after(self, effect: Effect, quantity: int) -> Stock:
        match effect:
            case Effect.NOTHING:
                return self
            case Effect.RESERVE:
                return Stock(self.on_hand, self.reserved + quantity)
            case Effect.FREE:
                return Stock(self.on_hand, self.reserved - quantity)
            case Effect.TAKE_OUT:
                return Stock(self.on_hand - quantity, self.reserved - quantity)
            case Effect.SELL:
                return Stock(self.on_hand - quantity, self.reserved)
            case Effect.PUT_BACK:
                return Stock(self.on_hand + quantity, self.reserved)


def counted(stock: Stock, on_hand: int) -> Stock:
    """Stock after the merchant has counted it, what is reserved included. Raises StockOutOfRange."""
    if not stock.reserved <= on_hand <= MAX_ON_HAND:
        raise StockOutOfRange(stock.reserved)
    return Stock(on_hand, stock.reserved)


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
