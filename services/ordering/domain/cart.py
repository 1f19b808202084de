"""A cart's lines: what quantities may be, what they cost and weigh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from services.contracts.catalog import ProductStatus, VariantId
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS
from services.ordering.domain.ids import CartLineId
from services.ordering.domain.refusal import Refused
from services.ordering.domain.wishes import NOTHING, WhenShort, Wish

MAX_CART_LINES: Final = 50
MAX_QUANTITY: Final = 1_000_000
"""Base units of one line: a tonne, or a million pieces."""
MAX_GOODS_RUPIAH: Final = 1_000_000_000
"""Of all that a cart holds or an order is for: a billion, far more than anybody pays at a door."""


class CartIsEmpty(Refused):
    pass


class CartIsTooLarge(Refused):
    """The cart as a whole, whichever of its lines is the one too many."""

    of_each = False


class CartIsFull(CartIsTooLarge):
    def __init__(self, limit: int) -> None:
        super().__init__(f"a cart has at most {limit} lines")
        self.limit = limit


class MerchantsAreTooMany(CartIsTooLarge):
    """Than one trip goes to; or than one, of whom something is collected."""

    def __init__(self, merchants: int, limit: int = MAX_MERCHANTS) -> None:
        super().__init__(f"{merchants} merchants are more than the {limit} that one order may be of")
        self.limit = limit


class CartIsTooHeavy(CartIsTooLarge):
    def __init__(self, mass_gram: int) -> None:
        super().__init__(f"{mass_gram} g are more than the {MAX_MASS_GRAM} g that a rider carries")


class GoodsAreTooDear(CartIsTooLarge):
    def __init__(self, goods_rupiah: int) -> None:
        super().__init__(f"goods for {goods_rupiah} rupiah are more than the {MAX_GOODS_RUPIAH} of one order")


class QuantityInvalid(Refused):
    """`line_id` is the cart's line that has it, None while it is only asked for."""

    def __init__(
        self, variant_id: VariantId, minimum: int, step: int, maximum: int, line_id: CartLineId | None
    ) -> None:
        super().__init__(f"{variant_id} is sold from {minimum} up, in steps of {step}, at most {maximum}")
        self.maximum = maximum
        self.variant_id = variant_id
        self.line_id = line_id
        self.minimum = minimum
        self.step = step


class ProductIsUnavailable(Refused):
    """`line_id` is the cart's line that has it, None while it is only asked for."""

    def __init__(self, variant_id: VariantId, line_id: CartLineId | None = None) -> None:
        super().__init__(f"{variant_id} is not for sale")
        self.variant_id = variant_id
        self.line_id = line_id


class LicenceIsMissing(ProductIsUnavailable):
    """It comes back for sale by itself, once its merchant has the licence."""


def off_sale(variant_id: VariantId, *, lacks_licence: bool, line_id: CartLineId | None = None) -> ProductIsUnavailable:
    """What is said of goods that are not PUBLISHED."""
    return (LicenceIsMissing if lacks_licence else ProductIsUnavailable)(variant_id, line_id)


@dataclass(frozen=True, slots=True)
class Price:
    """For `basis` base units."""

    rupiah: int
    basis: int

    def is_as(self, other: Price) -> bool:
        """3 for one is 6 for two."""
        return self.rupiah * other.basis == other.rupiah * self.basis


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant as one cart sees it; `quantity` is what the cart has of it already, `other_…` what its other lines make,
    `other_merchants` how many others than this one's merchant the cart is of. `seen`, `note` and `when_short` are of the line that is
    there."""

    variant_id: VariantId
    status: ProductStatus
    minimum: int
    step: int
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    quantity: int | None
    cart_lines: int
    other_merchants: int
    other_rupiah: int
    other_gram: int
    maximum: int | None = None
    lacks_licence: bool = False
    seen: Price | None = None
    note: str | None = None
    when_short: WhenShort | None = None
    of_erased: bool = False
    """Its buyer was erased: nothing new becomes theirs."""

    @property
    def price(self) -> Price:
        return Price(self.price_rupiah, self.price_basis)

    def changes(self, quantity: int, wish: Wish = NOTHING, *, at_most: int = MAX_CART_LINES) -> bool:
        """Whether the cart is another with this much of it, by this wish, at this price: who sets a line has seen today's. Raises
        ProductIsUnavailable, QuantityInvalid, CartIsFull, MerchantsAreTooMany, CartIsTooHeavy or GoodsAreTooDear. Less of what is there is
        never too much: prices may have risen since."""
        if self.status is not ProductStatus.PUBLISHED:
            raise off_sale(self.variant_id, lacks_licence=self.lacks_licence)
        check_quantity(self.variant_id, quantity, minimum=self.minimum, step=self.step, maximum=self.maximum)
        if self.quantity is None and self.cart_lines >= at_most:
            raise CartIsFull(at_most)
        if self.quantity is None:
            check_merchants(self.other_merchants + 1)
        if quantity > (self.quantity or 0):
            check_mass(self.other_gram + line_mass(quantity, self.gram_per_base))
            check_goods(self.other_rupiah + line_total(self.price_rupiah, quantity, self.price_basis))
        note = self.note if wish.note is None else wish.note or None
        when_short = wish.when_short or self.when_short
        return (self.quantity, self.seen, self.note, self.when_short) != (quantity, self.price, note, when_short)


def check_merchants(merchants: int) -> None:
    """Raises MerchantsAreTooMany."""
    if merchants > MAX_MERCHANTS:
        raise MerchantsAreTooMany(merchants)


def check_mass(mass_gram: int) -> None:
    """Raises CartIsTooHeavy."""
    if mass_gram > MAX_MASS_GRAM:
        raise CartIsTooHeavy(mass_gram)


def check_goods(goods_rupiah: int) -> None:
    """Raises GoodsAreTooDear."""
    if goods_rupiah > MAX_GOODS_RUPIAH:
        raise GoodsAreTooDear(goods_rupiah)


def line_total(price_rupiah: int, quantity: int, basis: int) -> int:
    """Rupiah of `quantity` base units at `price_rupiah` per `basis` of them, half-up."""
    return (2 * price_rupiah * quantity + basis) // (2 * basis)


def line_mass(quantity: int, gram_per_base: float) -> int:
    """Grams, rounded up: a rider's limit is not to be passed by rounding."""
    return math.ceil(quantity * Fraction(str(gram_per_base)))


def check_quantity(
    variant_id: VariantId,
    quantity: int,
    *,
    minimum: int,
    step: int,
    maximum: int | None = None,
    line_id: CartLineId | None = None,
) -> None:
    """`maximum` is what its merchant sells in one order at most. Raises QuantityInvalid."""
    most = MAX_QUANTITY if maximum is None else min(maximum, MAX_QUANTITY)
    if not minimum <= quantity <= most or quantity < 1 or (quantity - minimum) % step:
        raise QuantityInvalid(variant_id, minimum, step, most, line_id)
