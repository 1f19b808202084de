"""Refusals of delivery: how each exception is told."""

from __future__ import annotations

from typing import Any

import strawberry

from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS
from services.delivery.domain import ending, partner, quote
from services.graph import Refusal, not_found
from services.kit.graphql.refusals import Answer

REFUSALS: list[Answer[Any]] = [
    Answer(
        quote.OutOfArea,
        lambda no: Refusal(code=ProblemCode.OUT_OF_AREA, message=str(no)),
    ),
    Answer(
        quote.UnknownMerchants,
        lambda no: [
            Refusal(
                code=ProblemCode.NOT_FOUND,
                message="This merchant does not exist, or is not known to delivery yet",
                field="input.merchantIds",
                merchant_id=strawberry.ID(str(each)),
            )
            for each in no.merchants
        ],
    ),
    Answer(
        quote.TooHeavy,
        lambda no: Refusal(
            code=ProblemCode.TOO_HEAVY,
            message=str(no),
            field="input.massGram",
            limit=MAX_MASS_GRAM,
            unit=LimitUnit.GRAM,
        ),
    ),
    Answer(
        quote.TooManyMerchants,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_MERCHANTS,
            message=str(no),
            field="input.merchantIds",
            limit=MAX_MERCHANTS,
            unit=LimitUnit.MERCHANT,
        ),
    ),
    Answer(partner.UnknownPartner, lambda _: not_found()),
    Answer(ending.UnknownTrip, lambda _: not_found()),
    Answer(ending.CannotEndSo, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.current)),
    Answer(partner.IllegalStatus, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.current)),
]
