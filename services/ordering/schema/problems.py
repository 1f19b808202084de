"""Ordering's refusals as the graph shows them, and how domain's become these."""

from datetime import datetime
from typing import Any

import strawberry

from services.contracts.problems import ProblemCode
from services.graph import NotFound, Problem, TryLater
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain import cart as domain
from services.ordering.domain import machines
from services.ordering.schema.enums import OrderStatus, SellerOrderStatus


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
    limit: int


@strawberry.type(description="A quantity is counted in base units, from `min` up, in steps of `step`.")
class InvalidQuantity(Problem):
    code: ProblemCode = ProblemCode.INVALID_QUANTITY
    variant_id: strawberry.ID
    min: int
    step: int


@strawberry.type(description="The product is not for sale, or no longer.")
class ProductUnavailable(Problem):
    code: ProblemCode = ProblemCode.PRODUCT_UNAVAILABLE
    variant_id: strawberry.ID


@strawberry.type(description="The merchant is closed at this hour.")
class MerchantClosed(Problem):
    code: ProblemCode = ProblemCode.MERCHANT_CLOSED
    retryable: bool = True
    merchant_id: strawberry.ID
    opens_at: datetime | None


@strawberry.type(description="The merchant does not sell at present.")
class MerchantSuspended(Problem):
    code: ProblemCode = ProblemCode.MERCHANT_SUSPENDED
    merchant_id: strawberry.ID


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
    expired_at: datetime


@strawberry.type(description="Another order was placed with this quote. Ask for a new one.")
class QuoteUsed(Problem):
    code: ProblemCode = ProblemCode.QUOTE_USED
    message: str = "This quote has been used"


@strawberry.federation.type(shareable=True, description="The goods weigh more than a rider takes on this quote.")
class TooHeavy(Problem):
    code: ProblemCode = ProblemCode.TOO_HEAVY
    limit_gram: int


@strawberry.type(description="The order has come too far, or is over.")
class NotCancellable(Problem):
    code: ProblemCode = ProblemCode.NOT_CANCELLABLE
    status: OrderStatus


@strawberry.type(description="The seller order stands where this can no longer be done, or not yet.")
class SellerOrderWrongState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    status: SellerOrderStatus


class _Unknown(strawberry.ExceptionHandler[domain.Unknown, NotFound]):
    def handle(self, exception: domain.Unknown, **_: Any) -> NotFound:
        return NotFound()


class _Contact(strawberry.ExceptionHandler[domain.ContactInvalid, InvalidContact]):
    def handle(self, exception: domain.ContactInvalid, **_: Any) -> InvalidContact:
        return InvalidContact(message=exception.reason, field=exception.field)


class _Empty(strawberry.ExceptionHandler[domain.CartIsEmpty, CartEmpty]):
    def handle(self, exception: domain.CartIsEmpty, **_: Any) -> CartEmpty:
        return CartEmpty()


class _Full(strawberry.ExceptionHandler[domain.CartIsFull, CartTooLarge]):
    def handle(self, exception: domain.CartIsFull, **_: Any) -> CartTooLarge:
        return CartTooLarge(message=str(exception), limit=exception.limit)


class _Quantity(strawberry.ExceptionHandler[domain.QuantityInvalid, InvalidQuantity]):
    def handle(self, exception: domain.QuantityInvalid, **_: Any) -> InvalidQuantity:
        return InvalidQuantity(
            message=str(exception),
            variant_id=strawberry.ID(str(exception.variant_id)),
            min=exception.minimum,
            step=exception.step,
        )


class _Product(strawberry.ExceptionHandler[domain.ProductIsUnavailable, ProductUnavailable]):
    def handle(self, exception: domain.ProductIsUnavailable, **_: Any) -> ProductUnavailable:
        return ProductUnavailable(message=str(exception), variant_id=strawberry.ID(str(exception.variant_id)))


class _Closed(strawberry.ExceptionHandler[domain.MerchantIsClosed, MerchantClosed]):
    def handle(self, exception: domain.MerchantIsClosed, **_: Any) -> MerchantClosed:
        return MerchantClosed(
            message=str(exception),
            merchant_id=strawberry.ID(str(exception.merchant_id)),
            opens_at=exception.opens_at,
        )


class _Suspended(strawberry.ExceptionHandler[domain.MerchantIsSuspended, MerchantSuspended]):
    def handle(self, exception: domain.MerchantIsSuspended, **_: Any) -> MerchantSuspended:
        return MerchantSuspended(message=str(exception), merchant_id=strawberry.ID(str(exception.merchant_id)))


class _Price(strawberry.ExceptionHandler[domain.PriceHasChanged, PriceChanged]):
    def handle(self, exception: domain.PriceHasChanged, **_: Any) -> PriceChanged:
        return PriceChanged(message=str(exception), total=Rupiah(exception.total_rupiah))


class _Quote(strawberry.ExceptionHandler[domain.QuoteIsInvalid, QuoteInvalid]):
    def handle(self, exception: domain.QuoteIsInvalid, **_: Any) -> QuoteInvalid:
        return QuoteInvalid()


class _Expired(strawberry.ExceptionHandler[domain.QuoteIsExpired, QuoteExpired]):
    def handle(self, exception: domain.QuoteIsExpired, **_: Any) -> QuoteExpired:
        return QuoteExpired(message="The quote has expired", expired_at=exception.expired_at)


class _Used(strawberry.ExceptionHandler[domain.QuoteIsUsed, QuoteUsed]):
    def handle(self, exception: domain.QuoteIsUsed, **_: Any) -> QuoteUsed:
        return QuoteUsed()


class _Heavy(strawberry.ExceptionHandler[domain.IsTooHeavy, TooHeavy]):
    def handle(self, exception: domain.IsTooHeavy, **_: Any) -> TooHeavy:
        return TooHeavy(message=str(exception), limit_gram=exception.limit_gram)


class _Behind(strawberry.ExceptionHandler[domain.IsBehind, TryLater]):
    def handle(self, exception: domain.IsBehind, **_: Any) -> TryLater:
        return TryLater(retry_after_ms=10_000)


class _OrderState(strawberry.ExceptionHandler[machines.WrongState, NotCancellable]):
    def handle(self, exception: machines.WrongState, **_: Any) -> NotCancellable | None:
        if not isinstance(exception.current, machines.OrderStatus):
            return None
        return NotCancellable(message=str(exception), status=exception.current)


class _SellerOrderState(strawberry.ExceptionHandler[machines.WrongState, SellerOrderWrongState]):
    def handle(self, exception: machines.WrongState, **_: Any) -> SellerOrderWrongState | None:
        if not isinstance(exception.current, machines.SellerOrderStatus):
            return None
        return SellerOrderWrongState(message=str(exception), status=exception.current)


ANSWERS: list[strawberry.ExceptionHandler[Any, Any]] = [
    _Unknown(),
    _Contact(),
    _Empty(),
    _Full(),
    _Quantity(),
    _Product(),
    _Closed(),
    _Suspended(),
    _Price(),
    _Quote(),
    _Expired(),
    _Used(),
    _Heavy(),
    _Behind(),
    _OrderState(),
    _SellerOrderState(),
]
