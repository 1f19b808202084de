"""Refusals of delivery: how each exception is told."""

from __future__ import annotations

from typing import Any

import strawberry

from services.contracts.delivery import Place
from services.contracts.partner import DropCode, RefusalCode
from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS
from services.delivery.commands import fares, trip_rules
from services.delivery.commands.following import TripHasEnded
from services.delivery.commands.positions import NotTaken
from services.delivery.domain import (
    boundary,
    caller,
    company,
    crew,
    ending,
    incident,
    partner,
    policy,
    proof,
    quote,
    rate,
    reach,
    rehearsal,
    reply,
    searching,
    webhook,
    zone,
)
from services.graph import Refusal, not_found, too_fast, try_later
from services.kit.graphql.refusals import Answer

_REPLIES = {
    RefusalCode.OFFER_EXPIRED: ProblemCode.OFFER_EXPIRED,
    RefusalCode.OFFER_TAKEN: ProblemCode.OFFER_TAKEN,
    RefusalCode.OFFER_WITHDRAWN: ProblemCode.OFFER_WITHDRAWN,
    RefusalCode.NOT_YOUR_JOB: ProblemCode.NOT_FOUND,
    RefusalCode.NOT_YOUR_RIDER: ProblemCode.NOT_FOUND,
    RefusalCode.UNKNOWN_STOP: ProblemCode.NOT_FOUND,
    RefusalCode.WRONG_PIN: ProblemCode.WRONG_PIN,
    RefusalCode.IMPLAUSIBLE: ProblemCode.IMPLAUSIBLE_CASH,
    RefusalCode.OVER_CASH_LIMIT: ProblemCode.OVER_CASH_LIMIT,
    RefusalCode.TOO_MANY_RIDERS: ProblemCode.TOO_MANY_RIDERS,
    RefusalCode.PROOF_NOT_ACCEPTED: ProblemCode.PROOF_NOT_ACCEPTED,
    RefusalCode.UNKNOWN_PROOF: ProblemCode.NOT_FOUND,
}
_FIELDS = {
    "job_id": "deliveryId",
    "offer_id": "offerId",
    "rider_id": "riderId",
    "pin": "pin",
    "proof_id": "proofId",
    "stop": "stop",
    "code": "code",
    "cash_collected_rupiah": "cashCollected",
}


def _applied(code: ProblemCode, no: company.ApplicationInvalid, **facts: Any) -> Refusal:
    # A rider's fields are said with their path.
    field = no.field if no.field == "externalId" or "." in no.field else f"input.{no.field}"
    return Refusal(code=code, message=str(no), field=field, **facts)


_DROPPED = {
    DropCode.OUT_OF_AREA: (ProblemCode.OUT_OF_AREA, "point"),
    DropCode.IN_FUTURE: (ProblemCode.INVALID_TIME, "at"),
    DropCode.TOO_OLD: (ProblemCode.INVALID_TIME, "at"),
}


_POLICY_FIELDS = {
    "offer_s": "offerSeconds",
    "at_once": "atOnce",
    "pause_s": "pauseSeconds",
    "assign_within_s": "assignWithinSeconds",
    "reach_m": "reachM",
    "escalate_percent": "escalatePercent",
    "detour_m": "detourM",
    "valid_from": "validFrom",
}


def _policy(no: policy.PolicyIsInvalid) -> Refusal:
    least, most = no.limits or (None, None)
    field = _POLICY_FIELDS.get(no.field, no.field)
    return Refusal(
        code=ProblemCode.DISPATCH_POLICY_INVALID, message=str(no), field=f"input.{field}", minimum=least, limit=most
    )


def _not_taken(no: NotTaken) -> Refusal:
    match no.dropped.code:
        case DropCode.RATE_LIMITED:
            return too_fast(1_000, no.dropped.message)
        case DropCode.LOST:
            return try_later(1_000)
        case code:
            found, field = _DROPPED.get(code, (ProblemCode.WRONG_STATE, None))
            return Refusal(code=found, message=no.dropped.message, field=field)


def _rate(no: rate.RateIsInvalid) -> Refusal:
    least, most = no.limits or (None, None)
    unit = LimitUnit.PER_MILLE if no.limits else None
    return Refusal(
        code=ProblemCode.RATE_INVALID, message=str(no), field=f"input.{no.field}", minimum=least, limit=most, unit=unit
    )


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
        crew.CarriesOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_QUANTITY,
            message=str(no),
            field="input.carriesGram",
            minimum=1,
            limit=crew.MAX_CARRIES_GRAM,
            unit=LimitUnit.GRAM,
        ),
    ),
    Answer(
        reach.ReachIsInvalid,
        lambda no: Refusal(
            code=ProblemCode.INVALID_HOURS if no.field == "hours" else ProblemCode.REACH_INVALID,
            message=str(no),
            field=f"input.{no.field}",
        ),
    ),
    Answer(
        zone.NotServed,
        lambda no: Refusal(
            code=ProblemCode.NOT_SERVED,
            message=str(no),
            field="input.dropoff" if no.place is Place.DROPOFF else "input.merchantIds",
            reason=no.indonesian,
            reason_en=str(no),
        ),
    ),
    Answer(
        zone.ZoneIsInvalid,
        lambda no: Refusal(code=ProblemCode.ZONE_INVALID, message=str(no), field=f"input.{no.field}"),
    ),
    Answer(
        boundary.BoundaryIsInvalid,
        lambda no: Refusal(code=ProblemCode.BOUNDARY_INVALID, message=str(no), field="input.geojson"),
    ),
    Answer(
        zone.ZonesAreTooMany,
        lambda no: Refusal(code=ProblemCode.TOO_MANY_ZONES, message=str(no), limit=zone.MAX_ZONES, unit=LimitUnit.ZONE),
    ),
    Answer(
        fares.TariffIsInvalid,
        lambda no: Refusal(
            code=ProblemCode.TARIFF_INVALID, message=str(no), field=f"input.{no.field}" if no.field else None
        ),
    ),
    Answer(rate.RateIsInvalid, _rate),
    Answer(
        trip_rules.TripRuleIsInvalid,
        lambda no: Refusal(
            code=ProblemCode.TRIP_RULE_INVALID, message=str(no), field=f"input.{no.field}" if no.field else None
        ),
    ),
    Answer(policy.PolicyIsInvalid, _policy),
    Answer(zone.UnknownZone, lambda _: not_found()),
    Answer(
        zone.ZoneHasEnded,
        lambda _: Refusal(code=ProblemCode.WRONG_STATE, message="The zone has ended; enter another", status="ENDED"),
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
    Answer(webhook.UrlIsInvalid, lambda no: Refusal(code=ProblemCode.INVALID_URL, message=str(no), field="url")),
    Answer(webhook.NoWebhook, lambda _: Refusal(code=ProblemCode.NO_WEBHOOK, message="The company has no webhook")),
    Answer(
        webhook.MessageIsGone,
        lambda _: Refusal(
            code=ProblemCode.MESSAGE_GONE, message="There is no such message, or it is kept no longer", field="id"
        ),
    ),
    Answer(
        webhook.WebhookHeld,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=webhook.PausedBy.OPERATIONS),
    ),
    Answer(
        rehearsal.RehearsalsAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_TEST_JOBS, message=str(no), limit=rehearsal.MAX_OPEN, unit=LimitUnit.TEST_JOB
        ),
    ),
    Answer(rehearsal.RehearsalsAreTooFast, lambda no: too_fast(no.wait_s * 1_000, str(no))),
    Answer(NotTaken, _not_taken),
    Answer(TripHasEnded, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status)),
    Answer(searching.SearchIsOver, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status)),
    Answer(
        searching.SearchIsLongEnough,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(
        proof.ProofsAreEnough,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_PHOTOS, message=str(no), limit=proof.MAX_PROOFS, unit=LimitUnit.PHOTO
        ),
    ),
    Answer(proof.TripTakesNone, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status)),
    Answer(partner.UnknownPartner, lambda _: not_found()),
    Answer(ending.UnknownTrip, lambda _: not_found()),
    Answer(
        incident.CannotReassign, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.current)
    ),
    Answer(
        incident.HasItAlready,
        lambda _: Refusal(code=ProblemCode.WRONG_STATE, message="This rider has the trip", field="riderId"),
    ),
    Answer(ending.CannotEndSo, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.current)),
    Answer(partner.IllegalStatus, lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.current)),
]
