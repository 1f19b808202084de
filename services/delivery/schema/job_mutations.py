"""What a company's people and riders reply: the same that its machine may, by the same path."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, FailureCode, OfferId, ProofId, RiderId
from services.contracts.partner import (
    MAX_STOP,
    Accept,
    Arrived,
    ArrivedAt,
    Decline,
    Delivered,
    Failed,
    PickedUp,
    Reply,
    ReportedStatus,
    RiderChanged,
    Status,
)
from services.delivery.commands import speaking
from services.delivery.schema.company_mutations import PEOPLE, acting
from services.delivery.schema.context import Info
from services.delivery.schema.types import Delivery
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

_MAX_REASON, _MAX_PIN = 200, 16


class TripReport(StrEnum):
    AT_PICKUP = "AT_PICKUP"
    PICKED_UP = "PICKED_UP"
    AT_DROPOFF = "AT_DROPOFF"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    DISPOSED = "DISPOSED"


described(
    TripReport,
    "What is reported of a trip as it goes on. New values may come.",
    AT_PICKUP="The rider is at the merchant's.",
    PICKED_UP="The rider has the goods.",
    AT_DROPOFF="The rider is at the door.",
    RETURNING="On the way back to the merchant.",
    RETURNED="Back at the merchant's.",
    DISPOSED="Spoilt and thrown away.",
)


@strawberry.type
class AcceptOfferPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class ChangeRiderPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class DeclineOfferPayload(Payload):
    offer_id: strawberry.ID | None = strawberry.field(default=None, description="Which was declined.")


@strawberry.type
class ReportTripPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class HandOverPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class ReportFailurePayload(Payload):
    delivery: Delivery | None = strawberry.field(
        default=None, description="Null for who does not see it any more: the job was given back."
    )


_Job = Annotated[strawberry.ID, strawberry.argument(description="Of `JobOffer.deliveryId`, or a job's id.")]
_Offer = Annotated[strawberry.ID, strawberry.argument(description="Of `JobOffer`.")]


@strawberry.type
class JobMutations:
    @refusable(
        description="A company's people, and its riders on shift for themselves: take the job. The first that comes in time has it."
    )
    async def accept_offer(
        self,
        info: Info,
        delivery_id: _Job,
        offer_id: _Offer,
        rider_id: Annotated[strawberry.ID, strawberry.argument(description="Who rides: one of the company's.")],
        idempotency_key: str,
    ) -> AcceptOfferPayload | None:
        said = Accept(
            job_id=DeliveryId.parse(delivery_id), offer_id=OfferId.parse(offer_id), rider_id=RiderId.parse(rider_id)
        )
        await _say(info, said, idempotency_key)
        return AcceptOfferPayload(delivery=await Delivery.find(info, said.job_id))

    @refusable(description="A company's people: leave the job to others.")
    async def decline_offer(
        self,
        info: Info,
        delivery_id: _Job,
        offer_id: _Offer,
        idempotency_key: str,
        reason: Annotated[
            str | None, strawberry.argument(description=f"One line of at most {_MAX_REASON} characters.")
        ] = None,
    ) -> DeclineOfferPayload | None:
        why = "" if reason is None else read_line("reason", reason, longest=_MAX_REASON)
        said = Decline(job_id=DeliveryId.parse(delivery_id), offer_id=OfferId.parse(offer_id), reason=why)
        await _say(info, said, idempotency_key)
        return DeclineOfferPayload(offer_id=strawberry.ID(str(said.offer_id)))

    @refusable(description="A company's people, and the rider of the trip: how far it is.")
    async def report_trip(
        self,
        info: Info,
        delivery_id: _Job,
        status: Annotated[TripReport, strawberry.argument(description="Where it is now.")],
        idempotency_key: str,
        stop: Annotated[
            int | None,
            strawberry.argument(
                description="Of `Delivery.pickups`: with AT_PICKUP the rider is there, with PICKED_UP has the goods of there. Without it "
                "all that was still to be fetched."
            ),
        ] = None,
    ) -> ReportTripPayload | None:
        said = _reported(DeliveryId.parse(delivery_id), status, stop)
        await _say(info, said, idempotency_key)
        return ReportTripPayload(delivery=await Delivery.find(info, said.job_id))

    @refusable(
        description="A company's people, and the rider of the trip: the buyer has the goods, as the PIN or another proof shows "
        "that is accepted of the trip."
    )
    async def hand_over(
        self,
        info: Info,
        delivery_id: _Job,
        cash_collected: Annotated[
            Rupiah, strawberry.argument(description="What was paid, be it what was to be collected or not.")
        ],
        idempotency_key: str,
        pin: Annotated[str | None, strawberry.argument(description="What the buyer shows.")] = None,
        proof_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Instead of the PIN: of `requestProofUpload`, whose file has been sent."),
        ] = None,
    ) -> HandOverPayload | None:
        if (pin is None) is (proof_id is None):
            raise BadUserInput("say either pin or proofId")
        said = Delivered(
            job_id=DeliveryId.parse(delivery_id),
            pin=None if pin is None else read_line("pin", pin, longest=_MAX_PIN),
            cash_collected_rupiah=cash_collected,
            proof_id=None if proof_id is None else ProofId.parse(proof_id),
        )
        await _say(info, said, idempotency_key)
        return HandOverPayload(delivery=await Delivery.find(info, said.job_id))

    @refusable(
        description="A company's people, and the rider of the trip: before pickup the job is given back, after it the attempt has failed."
    )
    async def report_failure(
        self,
        info: Info,
        delivery_id: _Job,
        code: Annotated[FailureCode, strawberry.argument(description="Why.")],
        idempotency_key: str,
        stop: Annotated[
            int | None,
            strawberry.argument(
                description="Of `Delivery.pickups`: there were no goods to be had there, by MERCHANT_CLOSED or GOODS_NOT_READY, and the "
                "trip goes on without it."
            ),
        ] = None,
    ) -> ReportFailurePayload | None:
        said = Failed(job_id=DeliveryId.parse(delivery_id), code=code, stop=_stop(stop))
        await _say(info, said, idempotency_key)
        return ReportFailurePayload(delivery=await Delivery.find(info, said.job_id))


def _stop(given: int | None) -> int | None:
    if given is not None and not 1 <= given <= MAX_STOP:
        raise BadUserInput(f"stop is 1 to {MAX_STOP}")
    return given


def _reported(job_id: DeliveryId, status: TripReport, stop: int | None) -> Reply:
    match status, _stop(stop):
        case _, None:
            return Status(job_id=job_id, status=ReportedStatus(status.value))
        case TripReport.AT_PICKUP, number:
            return Arrived(job_id=job_id, at=ArrivedAt.PICKUP, stop=number)
        case TripReport.PICKED_UP, number:
            return PickedUp(job_id=job_id, stop=number)
        case _:
            raise BadUserInput("stop goes with AT_PICKUP and PICKED_UP")


@strawberry.type
class RiderMutations:
    @refusable(
        description="A company's people: another of its riders goes on with a trip that is under way. Who had it stays on record."
    )
    async def change_rider(
        self,
        info: Info,
        delivery_id: _Job,
        rider_id: Annotated[strawberry.ID, strawberry.argument(description="Who goes on: one of the company's.")],
        idempotency_key: str,
    ) -> ChangeRiderPayload | None:
        said = RiderChanged(job_id=DeliveryId.parse(delivery_id), rider_id=RiderId.parse(rider_id))
        await _say(info, said, idempotency_key)
        return ChangeRiderPayload(delivery=await Delivery.find(info, said.job_id))


async def _say(info: Info, reply: Reply, key: str) -> None:
    """Raises ReplyRefused when all that was decided is committed, NotFound, RateLimited."""
    clock = asyncio.get_running_loop().time
    began = clock()
    subject = acting(info, *PEOPLE)
    async with transaction(info.context.db) as conn:
        refused = await speaking.say(
            conn, info.context.means.rules, reply, by=subject, key=key, waited_s=clock() - began
        )
    if refused is not None:
        raise refused
