"""Refusals of delivery: how each exception is told."""

from __future__ import annotations

from typing import Any

import strawberry

from services.contracts.partner import RefusalCode
from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS
from services.delivery.domain import caller, company, crew, ending, partner, quote, reply
from services.graph import Refusal, not_found
from services.kit.graphql.refusals import Answer

_REPLIES = {
    RefusalCode.OFFER_EXPIRED: ProblemCode.OFFER_EXPIRED,
    RefusalCode.OFFER_TAKEN: ProblemCode.OFFER_TAKEN,
    RefusalCode.OFFER_WITHDRAWN: ProblemCode.OFFER_WITHDRAWN,
    RefusalCode.NOT_YOUR_JOB: ProblemCode.NOT_FOUND,
    RefusalCode.NOT_YOUR_RIDER: ProblemCode.NOT_FOUND,
    RefusalCode.WRONG_PIN: ProblemCode.WRONG_PIN,
    RefusalCode.IMPLAUSIBLE: ProblemCode.IMPLAUSIBLE_CASH,
    RefusalCode.OVER_CASH_LIMIT: ProblemCode.OVER_CASH_LIMIT,
}
_FIELDS = {
    "job_id": "deliveryId",
    "offer_id": "offerId",
    "rider_id": "riderId",
    "pin": "pin",
    "cash_collected_rupiah": "cashCollected",
}


def _applied(code: ProblemCode, no: company.ApplicationInvalid, **facts: Any) -> Refusal:
    # A rider's fields are said with their path.
    field = no.field if no.field == "externalId" or "." in no.field else f"input.{no.field}"
    return Refusal(code=code, message=str(no), field=field, **facts)


REFUSALS: list[Answer[Any]] = [
    Answer(caller.NotFound, lambda _: not_found()),
    Answer(
        reply.ReplyRefused,
        # What is behind the trip already, or comes too early, is of its state.
        lambda no: Refusal(
            code=_REPLIES.get(no.code, ProblemCode.WRONG_STATE), message=no.message, field=_FIELDS.get(no.field or "")
        ),
    ),
    Answer(
        company.PartnerInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(company.OwnMatter, lambda no: Refusal(code=ProblemCode.OWN_MATTER, message=str(no))),
    Answer(
        company.OwnPartnersAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_OWN_PARTNERS, message=str(no), limit=company.MAX_OWN, unit=LimitUnit.PARTNER
        ),
    ),
    Answer(
        company.TextIsInvalid,
        lambda no: _applied(ProblemCode.INVALID_TEXT, no, minimum=1, limit=no.longest, unit=LimitUnit.CHARACTER),
    ),
    Answer(company.PhoneIsInvalid, lambda no: _applied(ProblemCode.INVALID_PHONE, no)),
    Answer(company.RegionIsUnknown, lambda no: _applied(ProblemCode.UNKNOWN_REGION, no)),
    Answer(
        crew.InvitationIsUnknown,
        lambda no: Refusal(code=ProblemCode.CODE_INVALID, message=str(no), field="code"),
    ),
    Answer(
        crew.InvitationsAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_INVITATIONS,
            message=str(no),
            limit=crew.MAX_INVITATIONS,
            unit=LimitUnit.INVITATION,
        ),
    ),
    Answer(
        crew.MembersAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_MEMBERS, message=str(no), limit=crew.MAX_MEMBERS, unit=LimitUnit.PERSON
        ),
    ),
    Answer(
        crew.RidersAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_RIDERS, message=str(no), limit=crew.MAX_RIDERS, unit=LimitUnit.RIDER
        ),
    ),
    Answer(crew.LastOwner, lambda no: Refusal(code=ProblemCode.LAST_OF_ITS_KIND, message=str(no))),
    Answer(crew.RidesAlready, lambda no: Refusal(code=ProblemCode.RIDES_ALREADY, message=str(no))),
    Answer(
        crew.CashLimitOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_PRICE,
            message=str(no),
            field="input.cashLimit",
            minimum=0,
            limit=crew.MAX_CASH_LIMIT_RUPIAH,
            unit=LimitUnit.RUPIAH,
        ),
    ),
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
