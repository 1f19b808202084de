"""Rules of the catalog: what a reservation becomes, what may be sold and shown, what a merchant may set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from services.contracts.catalog import MerchantStatus, ProductStatus

MAX_ON_HAND = 1_000_000_000  # base units: a thousand tons by the gram, and within GraphQL's Int
MAX_PRICE_RUPIAH = 1_000_000_000
MAX_REASON_CHARACTERS = 500


class NotFound(Exception):
    """What was named does not exist, or is not the caller's."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a merchant's member by the subject of the token ('' for nobody's member), or the platform's operators."""

    member: str = ""
    ops: bool = False


# Reservations


class ReservationState(StrEnum):
    """NONE is an order that catalog has not heard of; every other state is a row."""

    NONE = "NONE"
    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"


class Input(StrEnum):
    PLACED = "PLACED"
    """An order was placed, and its lines are all in stock."""
    PLACED_SHORT = "PLACED_SHORT"
    """An order was placed, and something is short or no longer for sale."""
    CONFIRMED = "CONFIRMED"
    """An order was confirmed; where nothing is held for it any more: and its lines are all in stock."""
    CONFIRMED_SHORT = "CONFIRMED_SHORT"
    """An order was confirmed, nothing is held for it any more, and something is short by now."""
    CANCELLED = "CANCELLED"
    """The order ended while its goods were with the merchants."""
    CANCELLED_UNDERWAY = "CANCELLED_UNDERWAY"
    """The order ended after a rider had taken the goods."""
    TIME_IS_UP = "TIME_IS_UP"


class Effect(StrEnum):
    """What happens to the stock of every line."""

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


class Tell(StrEnum):
    NOTHING = "NOTHING"
    HELD = "HELD"
    REFUSED = "REFUSED"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Step:
    to: ReservationState
    effect: Effect = Effect.NOTHING
    tell: Tell = Tell.NOTHING


_S, _I = ReservationState, Input
_NEVER_HELD = Step(_S.RELEASED, tell=Tell.RELEASED)

# Ordering tells of one order in order, so what comes before PLACED or against an earlier word is nobody's normal day. Such inputs
# are answered all the same: with the present truth where ordering believes that goods are kept for it, with silence elsewhere.
RESERVATION: Mapping[tuple[ReservationState, Input], Step] = {
    (_S.NONE, _I.PLACED): Step(_S.HELD, Effect.RESERVE, Tell.HELD),
    (_S.NONE, _I.PLACED_SHORT): Step(_S.REFUSED, tell=Tell.REFUSED),
    (_S.NONE, _I.CONFIRMED): _NEVER_HELD,
    (_S.NONE, _I.CONFIRMED_SHORT): _NEVER_HELD,
    (_S.NONE, _I.CANCELLED): _NEVER_HELD,
    (_S.NONE, _I.CANCELLED_UNDERWAY): _NEVER_HELD,
    (_S.NONE, _I.TIME_IS_UP): Step(_S.NONE),
    (_S.HELD, _I.PLACED): Step(_S.HELD),
    (_S.HELD, _I.PLACED_SHORT): Step(_S.HELD),
    (_S.HELD, _I.CONFIRMED): Step(_S.COMMITTED, Effect.TAKE_OUT, Tell.COMMITTED),  # also past its time: it still holds
    (_S.HELD, _I.CONFIRMED_SHORT): Step(_S.COMMITTED, Effect.TAKE_OUT, Tell.COMMITTED),
    (_S.HELD, _I.CANCELLED): Step(_S.RELEASED, Effect.FREE, Tell.RELEASED),
    (_S.HELD, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED, Effect.TAKE_OUT, Tell.RELEASED),
    (_S.HELD, _I.TIME_IS_UP): Step(_S.EXPIRED, Effect.FREE, Tell.EXPIRED),
    (_S.COMMITTED, _I.PLACED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.PLACED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CANCELLED): Step(_S.RELEASED, Effect.PUT_BACK, Tell.RELEASED),
    # The goods are on the road, or spoilt: the merchant counts again when they come back.
    (_S.COMMITTED, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.COMMITTED, _I.TIME_IS_UP): Step(_S.COMMITTED),
    (_S.RELEASED, _I.PLACED): Step(_S.RELEASED),
    (_S.RELEASED, _I.PLACED_SHORT): Step(_S.RELEASED),
    (_S.RELEASED, _I.CONFIRMED): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.RELEASED, _I.CONFIRMED_SHORT): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.RELEASED, _I.CANCELLED): Step(_S.RELEASED),
    (_S.RELEASED, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED),
    (_S.RELEASED, _I.TIME_IS_UP): Step(_S.RELEASED),
    (_S.EXPIRED, _I.PLACED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.PLACED_SHORT): Step(_S.EXPIRED),
    # The end of the hold and the confirmation have crossed: what was freed is taken again while it is there.
    (_S.EXPIRED, _I.CONFIRMED): Step(_S.COMMITTED, Effect.SELL, Tell.COMMITTED),
    (_S.EXPIRED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, tell=Tell.REFUSED),
    (_S.EXPIRED, _I.CANCELLED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.CANCELLED_UNDERWAY): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.TIME_IS_UP): Step(_S.EXPIRED),
    (_S.REFUSED, _I.PLACED): Step(_S.REFUSED),
    (_S.REFUSED, _I.PLACED_SHORT): Step(_S.REFUSED),
    (_S.REFUSED, _I.CONFIRMED): Step(_S.REFUSED, tell=Tell.RELEASED),
    (_S.REFUSED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, tell=Tell.RELEASED),
    (_S.REFUSED, _I.CANCELLED): Step(_S.REFUSED),
    (_S.REFUSED, _I.CANCELLED_UNDERWAY): Step(_S.REFUSED),
    (_S.REFUSED, _I.TIME_IS_UP): Step(_S.REFUSED),
}


def step(state: ReservationState, heard: Input) -> Step:
    return RESERVATION[state, heard]


@dataclass(frozen=True, slots=True)
class Stock:
    """Of one variant, in base units."""

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


# What is for sale


def for_sale(product: ProductStatus, merchant: MerchantStatus) -> bool:
    return product is ProductStatus.PUBLISHED and merchant is MerchantStatus.ACTIVE


PUBLIC_MERCHANTS = (MerchantStatus.ACTIVE, MerchantStatus.SUSPENDED, MerchantStatus.CLOSED)
"""Shown to anybody who has the id: they have been public, and old orders point to them."""

PUBLIC_PRODUCTS = (ProductStatus.PUBLISHED, ProductStatus.HIDDEN)


class Action(StrEnum):
    PUBLISH = "PUBLISH"
    HIDE = "HIDE"
    SUSPEND = "SUSPEND"
    REACTIVATE = "REACTIVATE"


class ProductInState(Exception):
    """The product's status forbids what was asked."""

    def __init__(self, status: ProductStatus) -> None:
        super().__init__(f"the product is {status}")
        self.status = status


class MerchantInState(Exception):
    """The merchant's status forbids what was asked."""

    def __init__(self, status: MerchantStatus) -> None:
        super().__init__(f"the merchant is {status}")
        self.status = status


_P, _M, _A = ProductStatus, MerchantStatus, Action

# A state that is already what was asked for stays; None is a refusal.
PRODUCT: Mapping[tuple[ProductStatus, Action], ProductStatus | None] = {
    (_P.DRAFT, _A.PUBLISH): _P.PUBLISHED,
    (_P.DRAFT, _A.HIDE): None,
    (_P.PUBLISHED, _A.PUBLISH): _P.PUBLISHED,
    (_P.PUBLISHED, _A.HIDE): _P.HIDDEN,
    (_P.HIDDEN, _A.PUBLISH): _P.PUBLISHED,
    (_P.HIDDEN, _A.HIDE): _P.HIDDEN,
    (_P.BLOCKED, _A.PUBLISH): None,  # by the platform, so not the merchant's to undo
    (_P.BLOCKED, _A.HIDE): None,
}
MERCHANT: Mapping[tuple[MerchantStatus, Action], MerchantStatus | None] = {
    (_M.APPLIED, _A.SUSPEND): None,
    (_M.APPLIED, _A.REACTIVATE): None,
    (_M.VERIFIED, _A.SUSPEND): None,
    (_M.VERIFIED, _A.REACTIVATE): None,
    (_M.ACTIVE, _A.SUSPEND): _M.SUSPENDED,
    (_M.ACTIVE, _A.REACTIVATE): _M.ACTIVE,
    (_M.SUSPENDED, _A.SUSPEND): _M.SUSPENDED,
    (_M.SUSPENDED, _A.REACTIVATE): _M.ACTIVE,
    (_M.CLOSED, _A.SUSPEND): None,
    (_M.CLOSED, _A.REACTIVATE): None,
}


def product_after(status: ProductStatus, action: Action) -> ProductStatus:
    """Raises ProductInState."""
    to = PRODUCT[status, action]
    if to is None:
        raise ProductInState(status)
    return to


def merchant_after(status: MerchantStatus, action: Action) -> MerchantStatus:
    """Raises MerchantInState."""
    to = MERCHANT[status, action]
    if to is None:
        raise MerchantInState(status)
    return to


# What a merchant may set


class StockOutOfRange(Exception):
    """`minimum` is what is reserved for orders: less cannot be on hand."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"stock is from {minimum} to {MAX_ON_HAND} base units")
        self.minimum = minimum


class PriceOutOfRange(Exception):
    def __init__(self) -> None:
        super().__init__(f"a price is from 1 to {MAX_PRICE_RUPIAH} rupiah")


class ReasonOutOfRange(Exception):
    """A reason is 1 to MAX_REASON_CHARACTERS characters that can be read."""


def counted(stock: Stock, on_hand: int) -> Stock:
    """Stock after the merchant has counted it, what is reserved included. Raises StockOutOfRange."""
    if not stock.reserved <= on_hand <= MAX_ON_HAND:
        raise StockOutOfRange(stock.reserved)
    return Stock(on_hand, stock.reserved)


def price(rupiah: int) -> int:
    """Raises PriceOutOfRange."""
    if not 1 <= rupiah <= MAX_PRICE_RUPIAH:
        raise PriceOutOfRange
    return rupiah


def reason(text: str) -> str:
    """Raises ReasonOutOfRange."""
    stripped = text.strip()
    if not 1 <= len(stripped) <= MAX_REASON_CHARACTERS or "\0" in stripped:
        raise ReasonOutOfRange
    return stripped


V = TypeVar("V")


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
