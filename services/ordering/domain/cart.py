"""A cart's lines: what quantities may be, what they cost and weigh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from services.contracts.catalog import ProductStatus, VariantId
from services.ordering.domain.refusal import Refused

MAX_CART_LINES: Final = 50
MAX_QUANTITY: Final = 1_000_000
"""Base units of one line: a tonne, or a million pieces."""


class CartIsEmpty(Refused):
    pass


class CartIsFull(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(f"a cart has at most {limit} lines")
        self.limit = limit


class QuantityInvalid(Refused):
    def __init__(self, variant_id: VariantId, minimum: int, step: int) -> None:
        super().__init__(f"{variant_id} is sold from {minimum} up, in steps of {step}, at most {MAX_QUANTITY}")
        self.variant_id = variant_id
        self.minimum = minimum
        self.step = step


class ProductIsUnavailable(Refused):
    def __init__(self, variant_id: VariantId) -> None:
        super().__init__(f"{variant_id} is not for sale")
        self.variant_id = variant_id


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant as one cart sees it; `quantity` is what the cart has of it already."""

    variant_id: VariantId
    status: ProductStatus
    minimum: int
    step: int
    quantity: int | None
    cart_lines: int

    def changes(self, quantity: int) -> bool:
        """Whether the cart is another with this much of it. Raises ProductIsUnavailable, QuantityInvalid or CartIsFull."""
        if self.status is not ProductStatus.PUBLISHED:
            raise ProductIsUnavailable(self.variant_id)
        check_quantity(self.variant_id, quantity, minimum=self.minimum, step=self.step)
        if self.quantity is None and self.cart_lines >= MAX_CART_LINES:
            raise CartIsFull(MAX_CART_LINES)
        return self.quantity != quantity


def line_total(price_rupiah: int, quantity: int, basis: int) -> int:
    """Rupiah of `quantity` base units at `price_rupiah` per `basis` of them, half-up."""
    return (2 * price_rupiah * quantity + basis) // (2 * basis)


def line_mass(quantity: int, gram_per_base: float) -> int:
    """Grams, rounded up: a rider's limit is not to be passed by rounding."""
    return math.ceil(quantity * Fraction(str(gram_per_base)))


def check_quantity(variant_id: VariantId, quantity: int, *, minimum: int, step: int) -> None:
    """Raises QuantityInvalid."""
    if not minimum <= quantity <= MAX_QUANTITY or quantity < 1 or (quantity - minimum) % step:
        raise QuantityInvalid(variant_id, minimum, step)
