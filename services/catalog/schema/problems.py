"""Refusals of the catalog's mutations, and the exceptions that they answer."""

from __future__ import annotations

from typing import Any

import strawberry

from services.catalog import domain
from services.contracts import catalog as contract
from services.contracts.problems import ProblemCode
from services.graph import NotFound, Problem
from services.kit.graphql.scalars import Rupiah


@strawberry.type(description="What was counted cannot be: more is reserved for orders, or it is out of all measure.")
class StockOutOfRange(Problem):
    code: ProblemCode = ProblemCode.INVALID_QUANTITY
    message: str = "On hand cannot be less than what is reserved for orders, nor more than the maximum"
    minimum: int = strawberry.field(description="Base units reserved for orders that are not confirmed yet.")
    maximum: int


@strawberry.type(description="A price is at least one rupiah and within measure.")
class PriceOutOfRange(Problem):
    code: ProblemCode = ProblemCode.INVALID_PRICE
    message: str = "The price is out of its range"
    minimum: Rupiah
    maximum: Rupiah


@strawberry.type(description="The product's status does not allow this.")
class ProductInState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The product's status does not allow this"
    status: contract.ProductStatus


@strawberry.type(description="The merchant's status does not allow this.")
class MerchantInState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The merchant's status does not allow this"
    status: contract.MerchantStatus


class _NotFound(strawberry.ExceptionHandler[domain.NotFound, NotFound]):
    def handle(self, exception: domain.NotFound, **_: Any) -> NotFound:
        return NotFound()


class _StockOutOfRange(strawberry.ExceptionHandler[domain.StockOutOfRange, StockOutOfRange]):
    def handle(self, exception: domain.StockOutOfRange, **_: Any) -> StockOutOfRange:
        return StockOutOfRange(minimum=exception.minimum, maximum=domain.MAX_ON_HAND)


class _PriceOutOfRange(strawberry.ExceptionHandler[domain.PriceOutOfRange, PriceOutOfRange]):
    def handle(self, exception: domain.PriceOutOfRange, **_: Any) -> PriceOutOfRange:
        return PriceOutOfRange(minimum=Rupiah(1), maximum=Rupiah(domain.MAX_PRICE_RUPIAH))


class _ProductInState(strawberry.ExceptionHandler[domain.ProductInState, ProductInState]):
    def handle(self, exception: domain.ProductInState, **_: Any) -> ProductInState:
        return ProductInState(status=exception.status)


class _MerchantInState(strawberry.ExceptionHandler[domain.MerchantInState, MerchantInState]):
    def handle(self, exception: domain.MerchantInState, **_: Any) -> MerchantInState:
        return MerchantInState(status=exception.status)


HANDLERS = (_NotFound(), _StockOutOfRange(), _PriceOutOfRange(), _ProductInState(), _MerchantInState())
