"""Refusals of delivery, and the rules' exceptions that they answer."""

from __future__ import annotations

import strawberry

from services.contracts.problems import ProblemCode
from services.delivery.domain import ending, partner, quote, tariff
from services.delivery.domain.trip import DeliveryStatus
from services.delivery.schema.types import PartnerStatus
from services.graph import NotFound, Problem
from services.kit.graphql.refusals import Refusal


@strawberry.federation.type(shareable=True, description="No rider goes there, or may fetch goods there.")
class OutOfArea(Problem):
    code: ProblemCode = ProblemCode.OUT_OF_AREA
    message: str = "No rider goes there"


@strawberry.federation.type(
    shareable=True, description="These merchants do not exist, or are not known to delivery yet."
)
class MerchantUnknown(Problem):
    code: ProblemCode = ProblemCode.NOT_FOUND
    message: str = "Some of these merchants are not known"
    merchant_ids: list[strawberry.ID] = strawberry.field(
        description="Those of the merchants asked for that are not known."
    )


@strawberry.federation.type(shareable=True, description="More than a motorbike carries.")
class TooHeavy(Problem):
    code: ProblemCode = ProblemCode.TOO_HEAVY
    message: str = "More than a motorbike carries"
    limit_gram: int = strawberry.field(
        default=tariff.MAX_MASS_GRAM, description="What a rider carries at most, in grams."
    )


@strawberry.federation.type(shareable=True, description="A partner cannot be put into this status from where it is.")
class PartnerStatusRefused(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The partner cannot be put into this status"
    status: PartnerStatus = strawberry.field(description="Its present status.")


@strawberry.federation.type(shareable=True, description="A trip cannot end like this from where it is.")
class DeliveryNotEndable(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The trip cannot end like this"
    status: DeliveryStatus = strawberry.field(description="How far it is.")


REFUSALS = [
    Refusal(quote.OutOfArea, OutOfArea, lambda refused: OutOfArea(message=str(refused))),
    Refusal(
        quote.UnknownMerchants,
        MerchantUnknown,
        lambda refused: MerchantUnknown(merchant_ids=[strawberry.ID(str(each)) for each in refused.merchants]),
    ),
    Refusal(quote.TooHeavy, TooHeavy, lambda refused: TooHeavy(message=str(refused))),
    Refusal(partner.UnknownPartner, NotFound, lambda _: NotFound()),
    Refusal(ending.UnknownTrip, NotFound, lambda _: NotFound()),
    Refusal(
        ending.CannotEndSo,
        DeliveryNotEndable,
        lambda refused: DeliveryNotEndable(message=str(refused), status=refused.current),
    ),
    Refusal(partner.IllegalStatus, PartnerStatusRefused, lambda refused: PartnerStatusRefused(status=refused.current)),
]
