"""The partner contract: what a partner is told on its jobs topic, and what it replies. No personal data, nothing of a rival's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.places import GeoPoint, name_of
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
    ID_REUSED = "ID_REUSED"
    RATE_LIMITED = "RATE_LIMITED"


class RoundedPoint(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84 degrees, to three decimals: about a hundred metres."""

    lat: float
    lng: float


class JobPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    kecamatan_code: str
    kecamatan: str
    point: RoundedPoint
    merchant_name: str | None = None  # at a pickup

    @classmethod
    def of(cls, kecamatan_code: str, point: GeoPoint, merchant_name: str | None = None) -> JobPlace:
        rounded = point.rounded()
        return cls(
            kecamatan_code=kecamatan_code,
            kecamatan=name_of(kecamatan_code),
            point=RoundedPoint(lat=rounded.lat, lng=rounded.lng),
            merchant_name=merchant_name,
        )


class WithdrawnReason(StrEnum):
    """Why an offer or a job is not the partner's any more."""

    OFFER_EXPIRED = "OFFER_EXPIRED"
    TAKEN = "TAKEN"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    NO_RIDER_IN_TIME = "NO_RIDER_IN_TIME"
    GIVEN_BACK = "GIVEN_BACK"
    PAUSED = "PAUSED"  # the company gets no jobs now
    ENDED_BY_OPERATIONS = "ENDED_BY_OPERATIONS"


class JobChange(StrEnum):
    GOODS_READY = "GOODS_READY"
    ORDER_CANCELLED = "ORDER_CANCELLED"  # with the goods on their way: carry on or bring them back
    PIN_LOCKED = "PIN_LOCKED"
    CASH_CHANGED = "CASH_CHANGED"  # less is to be collected than was said
    STOP_LEFT_OUT = "STOP_LEFT_OUT"  # one merchant's goods are not to be fetched


class JobEvent(Event, frozen=True, kw_only=True):
    """`test` marks a job that no real rider may be sent on. `sent_at` is when it was told."""

    test: bool
    sent_at: datetime


class JobOffered(JobEvent, frozen=True, kw_only=True):
    """A job to be had until `expires_at`. The shares and the platform's make the fee."""

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


class JobAssigned(JobEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`cash_to_collect_rupiah` is what is to be collected now, which may be less than was offered."""

    type: ClassVar[str] = "partner.job_assigned.v1"

    job_id: DeliveryId
    rider_id: RiderId
    cash_to_collect_rupiah: int | None = None


class JobChanged(JobEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`cash_to_collect_rupiah` goes with CASH_CHANGED, `merchant_name` with STOP_LEFT_OUT."""

    type: ClassVar[str] = "partner.job_changed.v1"

    job_id: DeliveryId
    change: JobChange
    cash_to_collect_rupiah: int | None = None
    merchant_name: str | None = None


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


TOLD = (JobOffered, JobAssigned, JobChanged, JobWithdrawn, ReportRequested, ReplyApplied, ReplyRefused)


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


class Accept(Reply, frozen=True, kw_only=True):
    type: ClassVar[str] = "partner.accept.v1"

    offer_id: OfferId
    rider_id: RiderId


class Decline(Reply, frozen=True, kw_only=True):
    type: ClassVar[str] = "partner.decline.v1"

    offer_id: OfferId
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ArrivedAt(StrEnum):
    PICKUP = "pickup"
    DROPOFF = "dropoff"


class Arrived(Reply, frozen=True, kw_only=True):
    """`at` is `pickup` or `dropoff`."""

    type: ClassVar[str] = "partner.arrived.v1"

    at: ArrivedAt


class PickedUp(Reply, frozen=True, kw_only=True):
    type: ClassVar[str] = "partner.picked_up.v1"


class Delivered(Reply, frozen=True, kw_only=True):
    """`pin` is what the buyer shows; the cash is what was paid, be it what was to be collected or not."""

    type: ClassVar[str] = "partner.delivered.v1"

    pin: Annotated[str, msgspec.Meta(max_length=16)]
    cash_collected_rupiah: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Failed(Reply, frozen=True, kw_only=True):
    """Before pickup the job is given back; after it the attempt has failed and the goods are still with the rider."""

    type: ClassVar[str] = "partner.failed.v1"

    code: FailureCode


class Status(Reply, frozen=True, kw_only=True):
    """The trip's present state, asked for or not."""

    type: ClassVar[str] = "partner.status.v1"

    status: ReportedStatus


REPLIES: dict[str, type[Reply]] = {
    each.type: each for each in (Accept, Decline, Arrived, PickedUp, Delivered, Failed, Status)
}


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rider is during a trip. May be dropped; the latest `at` counts."""

    type: ClassVar[str] = "partner.position.v1"

    job_id: DeliveryId
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
