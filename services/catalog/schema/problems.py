"""Refusals of the catalog's mutations, and the exceptions that they answer."""

from __future__ import annotations

import strawberry

from services.catalog.domain import caller, merchant, product, stock
from services.contracts.catalog import MerchantStatus, ProductStatus
from services.contracts.problems import ProblemCode
from services.graph import NotFound, Problem
from services.kit.graphql.refusals import Refusal
from services.kit.graphql.scalars import Rupiah


@strawberry.type(description="What was counted cannot be: more is kept for orders, or it is out of all measure.")
class StockOutOfRange(Problem):
    code: ProblemCode = ProblemCode.INVALID_QUANTITY
    message: str = "On hand cannot be less than what is kept for orders, nor more than the maximum"
    minimum: int = strawberry.field(description="Base units kept for orders: reserved, and on the counter.")
    maximum: int = strawberry.field(description="Base units; the same for every variant.")


@strawberry.type(description="A price is at least one rupiah and within measure.")
class PriceOutOfRange(Problem):
    code: ProblemCode = ProblemCode.INVALID_PRICE
    message: str = "The price is out of its range"
    minimum: Rupiah = strawberry.field(description="The least that `priceBasis` base units may cost.")
    maximum: Rupiah = strawberry.field(description="The most that `priceBasis` base units may cost.")


@strawberry.type(description="The product's status does not allow this.")
class ProductInState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The product's status does not allow this"
    status: ProductStatus = strawberry.field(
        description="The one that forbids it; BLOCKED is not the merchant's to end."
    )


@strawberry.type(description="The merchant's status does not allow this.")
class MerchantInState(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The merchant's status does not allow this"
    status: MerchantStatus = strawberry.field(
        description="The one that forbids it: APPLIED and VERIFIED do not sell yet, CLOSED has ended."
    )


REFUSALS = [
    Refusal(caller.NotFound, NotFound, lambda _: NotFound()),
    Refusal(
        stock.StockOutOfRange,
        StockOutOfRange,
        lambda refused: StockOutOfRange(minimum=refused.minimum, maximum=stock.MAX_ON_HAND),
    ),
    Refusal(
        product.PriceOutOfRange,
        PriceOutOfRange,
        lambda _: PriceOutOfRange(minimum=Rupiah(1), maximum=Rupiah(product.MAX_PRICE_RUPIAH)),
    ),
    Refusal(product.ProductInState, ProductInState, lambda refused: ProductInState(status=refused.status)),
    Refusal(merchant.MerchantInState, MerchantInState, lambda refused: MerchantInState(status=refused.status)),
]
