"""Refusals of the catalog's mutations: how each exception is told."""

from __future__ import annotations

from typing import Any

from services.catalog.domain import caller, category, merchant, product, stock
from services.contracts.problems import LimitUnit, ProblemCode
from services.graph import Refusal, not_found
from services.kit.graphql.refusals import Answer

REFUSALS: list[Answer[Any]] = [
    Answer(caller.NotFound, lambda _: not_found()),
    Answer(
        stock.StockOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_QUANTITY,
            message="On hand cannot be less than what is kept for orders, nor more than the maximum",
            field="onHand",
            minimum=no.minimum,
            limit=stock.MAX_ON_HAND,
            unit=LimitUnit.BASE_UNIT,
        ),
    ),
    Answer(
        product.PriceOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_PRICE,
            message=str(no),
            field="price",
            minimum=1,
            limit=product.MAX_PRICE_RUPIAH,
            unit=LimitUnit.RUPIAH,
        ),
    ),
    Answer(
        category.CategoriesAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_CATEGORIES,
            message=str(no),
            limit=category.MAX_CATEGORIES,
            unit=LimitUnit.CATEGORY,
        ),
    ),
    Answer(
        product.ProductInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(
        merchant.MerchantInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
]
