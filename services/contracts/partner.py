"""The partner contract: what a partner is told on its jobs topic, and what it replies. No personal data, nothing of a rival's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId, VehicleKind
from services.contracts.job_place import JobPlace
from services.contracts.proofs import AcceptedProof, ProofId
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging.envelope import Destination, Event, Stream

MAX_REPLY_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Topics:
    """A partner's own topics: where we tell it of jobs, where it replies, where it sends positions."""

    jobs: str
    replies: str
    locations: str

    @classmethod
    def of(cls, partner: PartnerId) -> Topics:
        return cls(f"partner.{partner}.jobs.v1", f"partner.{partner}.replies.v1", f"partner.{partner}.locations.v1")

    def __iter__(self) -> Iterator[str]:
        return iter((self.jobs, self.replies, self.locations))


def partner_of(topic: str) -> PartnerId | None:
    """Whose topic it is: that is the identity of whoever wrote there."""
    parts = topic.split(".")
    try:
        return PartnerId.parse(parts[1]) if parts[0] == "partner" and len(parts) > 1 else None
    except (MalformedId, WrongKind):
        return None


class RefusalCode(StrEnum):
    """Why a partner's reply was refused. Codes are added, never renamed."""

    OFFER_EXPIRED = "OFFER_EXPIRED"
    OFFER_TAKEN = "OFFER_TAKEN"
    OFFER_WITHDRAWN = "OFFER_WITHDRAWN"
    NOT_YOUR_JOB = "NOT_YOUR_JOB"
    ALREADY_DONE = "ALREADY_DONE"
    WRONG_ORDER = "WRONG_ORDER"
    WRONG_PIN = "WRONG_PIN"
    MALFORMED = "MALFORMED"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    NOT_YOUR_RIDER = "NOT_YOUR_RIDER"
    IMPLAUSIBLE = "IMPLAUSIBLE"
    OVER_CASH_LIMIT = "OVER_CASH_LIMIT"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_STOP = "UNKNOWN_STOP"
    ID_REUSED = "ID_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_MANY_RIDERS = "TOO_MANY_RIDERS"
    PROOF_NOT_ACCEPTED = "PROOF_NOT_ACCEPTED"
    UNKNOWN_PROOF = "UNKNOWN_PROOF"


class WithdrawnReason(StrEnum):
    """Why an offer or a job is not the partner's any more."""

    OFFER_EXPIRED = "OFFER_EXPIRED"
    TAKEN = "TAKEN"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    NO_RIDER_IN_TIME = "NO_RIDER_IN_TIME"
    GIVEN_BACK = "GIVEN_BACK"
    PAUSED = "PAUSED"  # the company gets no jobs now
    ENDED_BY_OPERATIONS = "ENDED_BY_OPERATIONS"
    REASSIGNED = "REASSIGNED"  # operations gave it to another
    AREA_CLOSED = "AREA_CLOSED"  # a hazard: nobody goes there, and nobody is to blame


class JobChange(StrEnum):
    GOODS_READY = "GOODS_READY"
    ORDER_CANCELLED = "ORDER_CANCELLED"  # with the goods on their way: carry on or bring them back
    PIN_LOCKED = "PIN_LOCKED"
    CASH_CHANGED = "CASH_CHANGED"  # less is to be collected than was said
    STOP_LEFT_OUT = "STOP_LEFT_OUT"  # one merchant's goods are not to be fetched
    AREA_CLOSED = "AREA_CLOSED"  # with the goods on their way: wait outside, or report failed with AREA_CLOSED and bring them back
    AREA_OPEN = "AREA_OPEN"  # the hazard is over: carry on
    RIDER_CHANGED = "RIDER_CHANGED"  # another of your riders goes on with it
    PROOFS_CHANGED = "PROOFS_CHANGED"  # the buyer wishes to be handed it otherwise


class JobEvent(Event, frozen=True, kw_only=True):
    """`test` marks a job that no real rider may be sent on. `sent_at` is when it was told."""

    test: bool
    sent_at: datetime


class JobOffered(JobEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A job to be had until `expires_at`. The shares and the platform's make the fee. `weight_limit_gram`: it weighs no more than that.
    `parcels` are the merchants' bags, `stops` all places to go to, the door included. At a merchant's nobody has to wait longer than
    `wait_limit_s`, from when they are there or from `ready_at`, whichever is later. `joins_job_id` is a job that you have, or are offered,
    and that it goes with: its rider's way grows by `added_m` metres, and every promise is kept. `proofs` are what the handover is
    proven by; where they are not said it is the PIN. What is not known is left out."""

    type: ClassVar[str] = "partner.job_offered.v1"

    job_id: DeliveryId
    offer_id: OfferId
    pickups: list[JobPlace]
    dropoff: JobPlace
    distance_m: int
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    cash_to_collect_rupiah: int
    expires_at: datetime
    weight_limit_gram: int | None = None
    parcels: int | None = None
    stops: int | None = None
    wait_limit_s: int | None = None
    joins_job_id: DeliveryId | None = None
    added_m: int | None = None
    proofs: list[AcceptedProof] | None = None


class JobAssigned(JobEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`cash_to_collect_rupiah` is what is to be collected now, which may be less than was offered, `proofs` what is accepted now."""

    type: ClassVar[str] = "partner.job_assigned.v1"

    job_id: DeliveryId
    rider_id: RiderId
    cash_to_collect_rupiah: int | None = None
    proofs: list[AcceptedProof] | None = None


class JobChanged(JobEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`cash_to_collect_rupiah` goes with CASH_CHANGED, `merchant_name` and `stop`, its number on the job, with GOODS_READY and
    STOP_LEFT_OUT, `area` with AREA_CLOSED and AREA_OPEN, `rider_id` with RIDER_CHANGED, `proofs` with CASH_CHANGED and
    PROOFS_CHANGED."""

    type: ClassVar[str] = "partner.job_changed.v1"

    job_id: DeliveryId
    change: JobChange
    cash_to_collect_rupiah: int | None = None
    merchant_name: str | None = None
    area: str | None = None
    stop: int | None = None
    rider_id: RiderId | None = None
    proofs: list[AcceptedProof] | None = None


class JobWithdrawn(JobEvent, frozen=True, kw_only=True):
    """With `offer_id` an offer is withdrawn, without one the job itself."""

    type: ClassVar[str] = "partner.job_withdrawn.v1"

    job_id: DeliveryId
    reason: WithdrawnReason
    offer_id: OfferId | None = None


class ReportRequested(JobEvent, frozen=True, kw_only=True):
    """Nothing was heard of the trip for a while: reply with its present state. `status` is what we know."""

    type: ClassVar[str] = "partner.report_requested.v1"

    job_id: DeliveryId
    status: str


class ReplyApplied(JobEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "partner.reply_applied.v1"

    reply_id: str
    job_id: DeliveryId


class ReplyRefused(JobEvent, frozen=True, kw_only=True):
    """Nothing was changed. `message` is English, for developers; `field` is what it is about, if it is about one."""

    type: ClassVar[str] = "partner.reply_refused.v1"

    reply_id: str
    code: RefusalCode
    message: str
    job_id: DeliveryId | None = None
    field: str | None = None


class Pinged(JobEvent, frozen=True, kw_only=True):
    """Somebody of the company wanted to see whether what we tell arrives. There is nothing to do."""

    type: ClassVar[str] = "partner.pinged.v1"


TOLD = (JobOffered, JobAssigned, JobChanged, JobWithdrawn, ReportRequested, ReplyApplied, ReplyRefused, Pinged)


@dataclass(frozen=True, slots=True)
class Addressed:
    """An event for one partner, in its own topic: counted per (partner, job), so that its numbers tell nothing of others. What is about no
    job of the partner's is counted for the partner itself."""

    partner_id: PartnerId
    event: JobEvent
    job_id: DeliveryId | None

    @property
    def type(self) -> str:
        return self.event.type

    @property
    def stream(self) -> Stream:
        return Stream.FACTS

    def destination(self) -> Destination:
        key = str(self.job_id or self.partner_id)
        return Destination(topic=Topics.of(self.partner_id).jobs, aggregate=f"{self.partner_id}:{key}", key=key)

    def payload(self) -> bytes:
        return self.event.payload()


class ReportedStatus(StrEnum):
    """What a partner may say of a trip in a `status` reply."""

    ASSIGNED = "ASSIGNED"
    AT_PICKUP = "AT_PICKUP"
    PICKED_UP = "PICKED_UP"
    AT_DROPOFF = "AT_DROPOFF"
    FAILED_ATTEMPT = "FAILED_ATTEMPT"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    DISPOSED = "DISPOSED"
    DELIVERED = "DELIVERED"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what partners reply. Unknown fields are ignored."""

    type: ClassVar[str]

    job_id: DeliveryId


class NamedRider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who rides, of whom the platform need not have heard: from then on one of the company's riders. Without `external_id` the plate is the
    company's own id of them. One whom the company has by this id already is as they were entered, whatever else is said here."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    plate: Annotated[str, msgspec.Meta(min_length=1, max_length=15)]
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    vehicle: VehicleKind = VehicleKind.MOTORBIKE
    has_box: bool = False
    cash_limit_rupiah: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] | None = None
    carries_gram: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class OfRider(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what names a rider: by `rider_id`, by `external_id`, which is the company's own, or, over HTTP, as they are: `rider`."""

    rider_id: RiderId | None = None
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    rider: NamedRider | None = None

    def __post_init__(self) -> None:
        said = [name for name in ("rider_id", "external_id", "rider") if getattr(self, name) is not None]
        if not said:
            raise ValueError("Object missing required field `rider_id`")
        if len(said) > 1:
            raise ValueError(f"say who rides once, by one of {', '.join(said)} - at `$.{said[1]}`")


class Accept(OfRider, frozen=True, kw_only=True, omit_defaults=True):
    """With who rides: one of `rider_id`, `external_id` and `rider`."""

    type: ClassVar[str] = "partner.accept.v1"

    offer_id: OfferId


class RiderChanged(OfRider, frozen=True, kw_only=True, omit_defaults=True):
    """Another of the company's riders goes on with a job that is under way: one of `rider_id`, `external_id` and `rider`."""

    type: ClassVar[str] = "partner.rider_changed.v1"


class Decline(Reply, frozen=True, kw_only=True):
    type: ClassVar[str] = "partner.decline.v1"

    offer_id: OfferId
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ArrivedAt(StrEnum):
    PICKUP = "pickup"
    DROPOFF = "dropoff"


MAX_STOP = 1_000
_Stop = Annotated[int, msgspec.Meta(ge=1, le=MAX_STOP)]


class Arrived(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """`at` is `pickup` or `dropoff`. `stop`: at which pickup of several."""

    type: ClassVar[str] = "partner.arrived.v1"

    at: ArrivedAt
    stop: _Stop | None = None


class PickedUp(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """With `stop` the goods of this pickup, without one all that were still to be fetched."""

    type: ClassVar[str] = "partner.picked_up.v1"

    stop: _Stop | None = None


class Delivered(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """`pin` is what the buyer shows. Without it `proof_id`, a photo or signature that was sent of this job and is accepted of it. The cash
    is what was paid, be it what was to be collected or not."""

    type: ClassVar[str] = "partner.delivered.v1"

    pin: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    cash_collected_rupiah: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    proof_id: ProofId | None = None

    def __post_init__(self) -> None:
        if self.pin is None and self.proof_id is None:
            raise ValueError("Object missing required field `pin`")
        if self.pin is not None and self.proof_id is not None:
            raise ValueError("say by what it is proven once, by pin or proof_id - at `$.proof_id`")


class Failed(Reply, frozen=True, kw_only=True, omit_defaults=True):
    """Before pickup the job is given back; after it the attempt has failed and the goods are still with the rider. With `stop` there was
    nothing to be had at this pickup, by MERCHANT_CLOSED or GOODS_NOT_READY, and the job goes on without it."""

    type: ClassVar[str] = "partner.failed.v1"

    code: FailureCode
    stop: _Stop | None = None


class Status(Reply, frozen=True, kw_only=True):
    """The trip's present state, asked for or not."""

    type: ClassVar[str] = "partner.status.v1"

    status: ReportedStatus


REPLIES: dict[str, type[Reply]] = {
    each.type: each for each in (Accept, Decline, Arrived, PickedUp, Delivered, Failed, Status, RiderChanged)
}


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rider is, on a trip or on shift. May be dropped; the latest `at` counts. `job_id`: of which job it is said."""

    type: ClassVar[str] = "partner.position.v1"

    job_id: DeliveryId | None = None
    rider_id: RiderId
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    at: datetime


class DropCode(StrEnum):
    """Why a position is not shown to anybody. Codes are added, never renamed."""

    NOT_YOUR_JOB = "NOT_YOUR_JOB"
    NOT_YOUR_RIDER = "NOT_YOUR_RIDER"
    ALREADY_DONE = "ALREADY_DONE"
    OUT_OF_AREA = "OUT_OF_AREA"
    SUPERSEDED = "SUPERSEDED"
    NOT_ON_SHIFT = "NOT_ON_SHIFT"
    IN_FUTURE = "IN_FUTURE"
    TOO_OLD = "TOO_OLD"
    RATE_LIMITED = "RATE_LIMITED"
    LOST = "LOST"
