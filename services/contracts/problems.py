"""The codes of refusals, one list for all services: a client that knows it knows every refusal.

Codes are added, never renamed or given another meaning; a code that nothing raises is not in the list.
"""

from enum import StrEnum


class ProblemCode(StrEnum):
    """Each is described where the graph shows it: services/graph.py."""

    NOT_FOUND = "NOT_FOUND"
    WRONG_STATE = "WRONG_STATE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    TRY_LATER = "TRY_LATER"

    MERCHANT_CLOSED = "MERCHANT_CLOSED"
    MERCHANT_SUSPENDED = "MERCHANT_SUSPENDED"
    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE"

    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_CONTACT = "INVALID_CONTACT"
    CART_EMPTY = "CART_EMPTY"
    CART_TOO_LARGE = "CART_TOO_LARGE"
    PRICE_CHANGED = "PRICE_CHANGED"
    NOT_CANCELLABLE = "NOT_CANCELLABLE"

    QUOTE_INVALID = "QUOTE_INVALID"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    QUOTE_USED = "QUOTE_USED"
    OUT_OF_AREA = "OUT_OF_AREA"
    TOO_HEAVY = "TOO_HEAVY"
