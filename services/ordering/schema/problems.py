"""Ordering's refusals as the graph shows them, and how domain's become these."""

from datetime import datetime
from typing import Any

import strawberry

from services.contracts.problems import ProblemCode
from services.graph import NotFound, Problem, RateLimited, TryLater
from services.kit.graphql.refusals import Refusal
from services.kit.graphql.scalars import Rupiah
from services.kit.ids import Id
from services.ordering.domain import cart, load, offer, placing, quote
from services.ordering.domain.contact import ContactInvalid
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.schema.types.enums import OrderStatus, SellerOrderStatus


@strawberry.type(description="A field of the contact cannot be right.")
class InvalidContact(Problem):
    code: ProblemCode = ProblemCode.INVALID_CONTACT
    field: str = strawberry.field(description="Which, by its name in the input.")


@strawberry.type(description="There is nothing in the cart.")
class CartEmpty(Problem):
    code: ProblemCode = ProblemCode.CART_EMPTY
    message: str = "The cart is empty"


@strawberry.type(description="A cart holds no more lines than this.")
class CartTooLarge(Problem):
    code: ProblemCode = ProblemCode.CART_TOO_LARGE
    limit: int = strawberry.field(description="The lines that a cart may have.")


@strawberry.type(description="A quantity is counted in base units, from `min` up, in steps of `step`.")
class InvalidQuantity(Problem):
    code: ProblemCode = ProblemCode.INVALID_QUANTITY
    variant_id: strawberry.ID = strawberry.field(description="Whose quantity it is.")
    min: int = strawberry.field(description="The least, in base units.")
    step: int = strawberry.field(description="Quantities rise from `min` by this, in base units.")
    max: int = strawberry.field(description="The most of one line, in base units; the same for every variant.")


@strawberry.type(description="The product is not for sale, or no longer.")
class ProductUnavailable(Problem):
    code: ProblemCode = ProblemCode.PRODUCT_UNAVAILABLE
    variant_id: strawberry.ID = strawberry.field(description="The first such line; take it out and ask again.")


@strawberry.type(description="The merchant is closed at this hour.")
class MerchantClosed(Problem):
    code: ProblemCode = ProblemCode.MERCHANT_CLOSED
    retryable: bool = True
    merchant_id: strawberry.ID = strawberry.field(description="The first of the cart's that is closed.")
    opens_at: datetime | None = strawberry.field(description="When they open next; null when they never do.")


@strawberry.type(description="The merchant does not sell at present.")
class MerchantSuspended(Problem):
    code: ProblemCode = ProblemCode.MERCHANT_SUSPENDED
    merchant_id: strawberry.ID = strawberry.field(description="The first of the cart's that does not sell.")


@strawberry.type(
    description="The total is not the one that the buyer saw. Nothing was placed; show the new one and ask again."
)
class PriceChanged(Problem):
    code: ProblemCode = ProblemCode.PRICE_CHANGED
    total: Rupiah = strawberry.field(description="What it would be now.")


@strawberry.type(description="The quote is not delivery's, or was made for another buyer, place or set of merchants.")
class QuoteInvalid(Problem):
    code: ProblemCode = ProblemCode.QUOTE_INVALID
    message: str = "Ask for a new quote"


@strawberry.type(description="The quote was good for its time only. Ask for a new one.")
class QuoteExpired(Problem):
    code: ProblemCode = ProblemCode.QUOTE_EXPIRED
    expired_at: datetime = strawberry.field(description="The moment from which it no longer held.")


@strawberry.type(description="Another order was placed with this quote. Ask for a new one.")
class QuoteUsed(Problem):
    code: ProblemCode = ProblemCode.QUOTE_USED
    message: str = "This quote has been used"


@strawberry.federation.type(
    shareable=True, description="The goods weigh more than a rider takes on this quote, or more than a cart holds."
)
class TooHeavy(Problem):
    code: ProblemCode = ProblemCode.TOO_HEAVY
    limit_gram: int = strawberry.field(description="What may be carried or held at most, in grams.")


@strawberry.type(description="The goods cost more than one order may be for. Take something out.")
class TotalTooHigh(Problem):
    code: ProblemCode = ProblemCode.TOTAL_TOO_HIGH
    maximum: Rupiah = strawberry.field(description="The most that the goods of one order may cost.")


@strawberry.type(
    description="The buyer has as many orders open that are not paid as may be, in all or with one product: each keeps goods from others."
)
class TooManyOpenOrders(Problem):
    code: ProblemCode = ProblemCode.TOO_MANY_OPEN_ORDERS
    retryable: bool = True
    maximum: int = strawberry.field(description="How many may be open at a time.")
    with_variant_id: strawberry.ID | None = strawberry.field(
        description="The cart's first line whose product is in `maximum` of them; null when it is all of them that are counted."
    )
    retry_after_ms: int = strawberry.field(
        description="Milliseconds; an order stops counting when it has been paid, delivered or cancelled."
    )


@strawberry.type(description="The order has come too far, or is over.")
class NotCancellable(Problem):
    code: ProblemCode = ProblemCode.NOT_CANCELLABLE
    status: OrderStatus = strawberry.field(description="Where the order stands instead.")


@strawberry.type(description="The seller order stands where this can no longer be done, or not yet.")
class SellerOrderWrongState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    status: SellerOrderStatus = strawberry.field(description="Where it stands instead.")


def _order_state(wrong: WrongState) -> NotCancellable | None:
    if not isinstance(wrong.current, OrderStatus):
        return None
    return NotCancellable(message=str(wrong), status=wrong.current)


def _seller_order_state(wrong: WrongState) -> SellerOrderWrongState | None:
    if not isinstance(wrong.current, SellerOrderStatus):
        return None
    return SellerOrderWrongState(message=str(wrong), status=wrong.current)


def _id(of: Id) -> strawberry.ID:
    return strawberry.ID(str(of))


REFUSALS: list[Refusal[Any, Any]] = [
    Refusal(Unknown, NotFound, lambda _: NotFound()),
    Refusal(ContactInvalid, InvalidContact, lambda no: InvalidContact(message=no.reason, field=no.field)),
    Refusal(cart.CartIsEmpty, CartEmpty, lambda _: CartEmpty()),
    Refusal(cart.CartIsFull, CartTooLarge, lambda no: CartTooLarge(message=str(no), limit=no.limit)),
    Refusal(
        cart.QuantityInvalid,
        InvalidQuantity,
        lambda no: InvalidQuantity(
            message=str(no), variant_id=_id(no.variant_id), min=no.minimum, step=no.step, max=cart.MAX_QUANTITY
        ),
    ),
    Refusal(
        cart.ProductIsUnavailable,
        ProductUnavailable,
        lambda no: ProductUnavailable(message=str(no), variant_id=_id(no.variant_id)),
    ),
    Refusal(
        offer.MerchantIsClosed,
        MerchantClosed,
        lambda no: MerchantClosed(message=str(no), merchant_id=_id(no.merchant_id), opens_at=no.opens_at),
    ),
    Refusal(
        offer.MerchantIsSuspended,
        MerchantSuspended,
        lambda no: MerchantSuspended(message=str(no), merchant_id=_id(no.merchant_id)),
    ),
    Refusal(
        placing.PriceHasChanged,
        PriceChanged,
        lambda no: PriceChanged(message=str(no), total=Rupiah(no.total_rupiah)),
    ),
    Refusal(quote.QuoteIsInvalid, QuoteInvalid, lambda _: QuoteInvalid()),
    Refusal(
        quote.QuoteIsExpired,
        QuoteExpired,
        lambda no: QuoteExpired(message="The quote has expired", expired_at=no.expired_at),
    ),
    Refusal(quote.QuoteIsUsed, QuoteUsed, lambda _: QuoteUsed()),
    Refusal(cart.CartIsTooHeavy, TooHeavy, lambda no: TooHeavy(message=str(no), limit_gram=cart.MAX_MASS_GRAM)),
    Refusal(
        cart.GoodsAreTooDear,
        TotalTooHigh,
        lambda no: TotalTooHigh(message=str(no), maximum=Rupiah(cart.MAX_GOODS_RUPIAH)),
    ),
    Refusal(
        load.OpenOrdersAtLimit,
        TooManyOpenOrders,
        lambda no: TooManyOpenOrders(
            message=str(no),
            maximum=no.maximum,
            with_variant_id=_id(no.variant_id) if no.variant_id else None,
            retry_after_ms=load.RETRY_AFTER_MS,
        ),
    ),
    Refusal(
        load.OrdersOfTheDayAtLimit,
        RateLimited,
        lambda no: RateLimited(message=str(no), retry_after_ms=no.retry_after_ms),
    ),
    Refusal(quote.IsTooHeavy, TooHeavy, lambda no: TooHeavy(message=str(no), limit_gram=no.limit_gram)),
    Refusal(placing.IsBehind, TryLater, lambda _: TryLater(retry_after_ms=10_000)),
    Refusal(WrongState, NotCancellable, _order_state),
    Refusal(WrongState, SellerOrderWrongState, _seller_order_state),
]
