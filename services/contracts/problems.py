"""The codes of refusals, one list for all services: a client that knows it knows every refusal.

Codes are added, never renamed or given another meaning; a code that nothing raises is not in the list.
"""

from enum import StrEnum
from typing import Self


class ProblemCode(StrEnum):
    """Each with its description, as the graph shows it."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        code = str.__new__(cls, value)
        code._value_ = value
        code.description = description
        return code

    NOT_FOUND = "NOT_FOUND", "It does not exist, or the caller may not see it."
    WRONG_STATE = "WRONG_STATE", "Its present state does not allow this."
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED", "The key was used before with another body."
    RATE_LIMITED = "RATE_LIMITED", "Too many requests of this caller; wait and repeat."
    TRY_LATER = "TRY_LATER", "The platform is behind; repeat with the same key."

    MERCHANT_CLOSED = "MERCHANT_CLOSED", "The merchant is not open now."
    MERCHANT_SUSPENDED = "MERCHANT_SUSPENDED", "The merchant may not sell at present."
    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE", "The product is not on sale."

    INVALID_QUANTITY = "INVALID_QUANTITY", "The quantity is below the least or no multiple of the step."
    INVALID_PRICE = "INVALID_PRICE", "The price is out of its range."
    INVALID_CONTACT = "INVALID_CONTACT", "A part of the contact cannot be used."
    CART_EMPTY = "CART_EMPTY", "There is nothing in the cart."
    CART_TOO_LARGE = "CART_TOO_LARGE", "The cart has as many lines as it may."
    TOTAL_TOO_HIGH = "TOTAL_TOO_HIGH", "The goods cost more than one order may be for."
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS", "The buyer has as many unpaid orders open as may be."
    PRICE_CHANGED = "PRICE_CHANGED", "The total is another than the buyer has seen."
    NOT_CANCELLABLE = "NOT_CANCELLABLE", "The order has gone too far to be cancelled."

    QUOTE_INVALID = "QUOTE_INVALID", "The quote was not made for this order."
    QUOTE_EXPIRED = "QUOTE_EXPIRED", "The quote held until a time that is over."
    QUOTE_USED = "QUOTE_USED", "An order was placed with this quote already."
    OUT_OF_AREA = "OUT_OF_AREA", "Nobody delivers between these places."
    TOO_HEAVY = "TOO_HEAVY", "It weighs more than a rider carries."
