"""What delivery tells inside the platform: facts of trips, states of partners. What partners are told is in `partner`."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from services.contracts.catalog import MerchantId
from services.contracts.export import ExportId, ExportPart
from services.contracts.ordering import OrderId
from services.contracts.places import GeoPoint, Hours
from services.contracts.proofs import ProofId as ProofId
from services.contracts.proofs import ProofKind as ProofKind
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, Stream, source_of

SOURCE = source_of("delivery")


class DeliveryId(Id, prefix="dlv"):
    pass


class OfferId(Id, prefix="off"):
    pass


class PartnerId(Id, prefix="ptn"):
    pass


class RiderId(Id, prefix="rid"):
    pass


class QuoteId(Id, prefix="quo"):
    pass


class ZoneId(Id, prefix="zon"):
    pass


class PartnerStatus(StrEnum):
    """Others hear of a company once it is looked at: one that only applies, INVITED or SENT_BACK, is delivery's to know."""

    INVITED = "INVITED"
    SENT_BACK = "SENT_BACK"
    SANDBOX = "SANDBOX"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    LEFT = "LEFT"


class PartnerRole(StrEnum):
    OWNER = "OWNER"
    DISPATCHER = "DISPATCHER"


class Place(StrEnum):
    PICKUP = "PICKUP"
    DROPOFF = "DROPOFF"


class FailureCode(StrEnum):
    """Why a trip went wrong, after ONDC's reason codes."""

    RIDER_GAVE_UP = "RIDER_GAVE_UP"
    GOODS_NOT_READY = "GOODS_NOT_READY"
    BUYER_UNREACHABLE = "BUYER_UNREACHABLE"
    BUYER_REFUSED = "BUYER_REFUSED"
    ADDRESS_NOT_FOUND = "ADDRESS_NOT_FOUND"
    ACCIDENT = "ACCIDENT"
    LOST_IN_TRANSIT = "LOST_IN_TRANSIT"
    AREA_CLOSED = "AREA_CLOSED"
    MERCHANT_CLOSED = "MERCHANT_CLOSED"
    BREAKDOWN = "BREAKDOWN"
    SPOILED_IN_TRANSIT = "SPOILED_IN_TRANSIT"


class ZoneKind(StrEnum):
    """HAZARD alone is felt by trips that are under way."""

    SERVICE = "SERVICE"
    HUB = "HUB"
    RESTRICTED = "RESTRICTED"
    HAZARD = "HAZARD"


class ZoneEffect(StrEnum):
    """DENY_PICKUP: set down and do not pick up. SERVE: where there are such zones, a stop must lie in one."""

    DENY_PICKUP = "DENY_PICKUP"
    DENY_DROPOFF = "DENY_DROPOFF"
    DENY_BOTH = "DENY_BOTH"
    SURCHARGE_PICKUP = "SURCHARGE_PICKUP"
    SURCHARGE_DROPOFF = "SURCHARGE_DROPOFF"
    SURCHARGE_BOTH = "SURCHARGE_BOTH"
    SERVE = "SERVE"


class TripPay(msgspec.Struct, frozen=True, kw_only=True):
    """What a trip pays beside its fee, by the rule of this version: who bears it is by whose fault it was."""

    rule: str
    partner_id: PartnerId
    rider_rupiah: int
    partner_rupiah: int
    rider_id: RiderId | None = None


class DeliveryEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "delivery.deliveries"

    delivery_id: DeliveryId
    order_id: OrderId

    def aggregate(self) -> DeliveryId:
        return self.delivery_id


class DeliveryRequested(DeliveryEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "delivery.delivery_requested.v1"

    fee_rupiah: int
    cash_to_collect_rupiah: int
    test: bool


class DeliveryOffered(DeliveryEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "delivery.delivery_offered.v1"

    offer_id: OfferId
    partner_id: PartnerId
    expires_at: datetime


class OfferClosed(DeliveryEvent, frozen=True, kw_only=True):
    """An offer ended without a rider: `answer` is DECLINED, TIMED_OUT, or WITHDRAWN when its partner was paused."""

    type: ClassVar[str] = "delivery.offer_closed.v1"

    offer_id: OfferId
    partner_id: PartnerId
    answer: str


class DeliveryAssigned(DeliveryEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "delivery.delivery_assigned.v1"

    partner_id: PartnerId
    rider_id: RiderId


class RiderExchanged(DeliveryEvent, frozen=True, kw_only=True):
    """Another rider of the company goes on with the trip, with its goods where they were fetched; nothing was collected yet."""

    type: ClassVar[str] = "delivery.rider_exchanged.v1"

    partner_id: PartnerId
    rider_id: RiderId
    was_rider_id: RiderId


class DeliveryUnassigned(DeliveryEvent, frozen=True, kw_only=True):
    """The partner gave the job back before pickup; it is offered anew."""

    type: ClassVar[str] = "delivery.delivery_unassigned.v1"

    partner_id: PartnerId
    code: FailureCode


class RiderArrived(DeliveryEvent, frozen=True, kw_only=True):
    """`merchant_id`: at whose stop, where a trip of several is reported stop by stop."""

    type: ClassVar[str] = "delivery.rider_arrived.v1"

    place: Place
    merchant_id: MerchantId | None = None


class GoodsFetched(DeliveryEvent, frozen=True, kw_only=True):
    """One merchant's goods are with the rider, others' are still to be fetched. `PickedUp` comes when that is over."""

    type: ClassVar[str] = "delivery.goods_fetched.v1"

    merchant_id: MerchantId


class StopFailed(DeliveryEvent, frozen=True, kw_only=True):
    """The rider was there and got no goods of this merchant: nobody goes there again, and the trip goes on with what there is."""

    type: ClassVar[str] = "delivery.stop_failed.v1"

    merchant_id: MerchantId
    code: FailureCode


class RiderWaited(DeliveryEvent, frozen=True, kw_only=True):
    """At this merchant's counter, so many minutes longer than anybody has to."""

    type: ClassVar[str] = "delivery.rider_waited.v1"

    merchant_id: MerchantId
    minutes: int
    pay: TripPay


class PickedUp(DeliveryEvent, frozen=True, kw_only=True):
    """All goods that are to be fetched have left their counters. It precedes `Delivered`, `AttemptFailed` and `DeliveryReturned`, and
    `DeliveryCancelled` and `DeliveryUnassignable` never follow it: those say that the goods are where they were."""

    type: ClassVar[str] = "delivery.picked_up.v1"


class ReportOverdue(DeliveryEvent, frozen=True, kw_only=True):
    """Nothing was heard of the trip for longer than may be; told again as long as it lasts, ever more seldom."""

    type: ClassVar[str] = "delivery.report_overdue.v1"

    partner_id: PartnerId


class Delivered(DeliveryEvent, frozen=True, kw_only=True):
    """Handed over, and by what that is known; what was told before it was said was handed over against the PIN. `proof_id` is the photo or
    the signature. The shares are the ones quoted; their sum is the fee."""

    type: ClassVar[str] = "delivery.delivered.v1"

    partner_id: PartnerId
    cash_collected_rupiah: int
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    delivered_at: datetime
    proven_by: ProofKind | None = None
    proof_id: ProofId | None = None


class AttemptFailed(DeliveryEvent, frozen=True, kw_only=True):
    """The goods are with the rider and could not be handed over."""

    type: ClassVar[str] = "delivery.attempt_failed.v1"

    code: FailureCode


class DeliveryReturned(DeliveryEvent, frozen=True, kw_only=True):
    """The trip ended without a handover: the goods are back at the merchant or, `disposed`, will not come back; with the code
    LOST_IN_TRANSIT they are lost. Whose trip it was is null in what was told before it was said. `pay` is for the way back."""

    type: ClassVar[str] = "delivery.delivery_returned.v1"

    disposed: bool
    code: FailureCode
    partner_id: PartnerId | None = None
    pay: TripPay | None = None


class SearchProlonged(DeliveryEvent, frozen=True, kw_only=True):
    """A rider is sought for so long that a person is to look at it; without one the search is given up at `until`."""

    type: ClassVar[str] = "delivery.search_prolonged.v1"

    until: datetime


class DeliveryUnassignable(DeliveryEvent, frozen=True, kw_only=True):
    """No partner took the job within its time."""

    type: ClassVar[str] = "delivery.delivery_unassignable.v1"


class DeliveryCancelled(DeliveryEvent, frozen=True, kw_only=True):
    """`pay` is for a rider who was on the way."""

    type: ClassVar[str] = "delivery.delivery_cancelled.v1"

    reason: str
    pay: TripPay | None = None


class PartnerEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "delivery.partners"
    stream: ClassVar[Stream] = Stream.STATE

    partner_id: PartnerId

    def aggregate(self) -> PartnerId:
        return self.partner_id


class PartnerMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person, by the subject of their token, who may act for the company."""

    subject: str
    role: PartnerRole


class PartnerChanged(PartnerEvent, frozen=True, kw_only=True):
    """The partner's whole state, as far as others need it. `reason` is why it was paused, or has left. `webhook_fails_since` is there when
    its people are to know that nothing gets through to their endpoint."""

    type: ClassVar[str] = "delivery.partner_changed.v1"

    name: str
    status: PartnerStatus
    members: list[PartnerMember] = msgspec.field(default_factory=list)
    reason: str | None = None
    webhook_fails_since: datetime | None = None


class VehicleKind(StrEnum):
    """What somebody rides."""

    MOTORBIKE = "MOTORBIKE"
    CARGO_TRICYCLE = "CARGO_TRICYCLE"
    CAR = "CAR"
    BICYCLE = "BICYCLE"


class RiderEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "delivery.riders"
    stream: ClassVar[Stream] = Stream.STATE

    rider_id: RiderId

    def aggregate(self) -> RiderId:
        return self.rider_id


class RiderChanged(RiderEvent, frozen=True, kw_only=True):
    """The rider's whole state: whose they are, and who that is as a person, null for who signs in nowhere. Who `ended` rides no more."""

    type: ClassVar[str] = "delivery.rider_changed.v1"

    partner_id: PartnerId
    subject: str | None
    on_shift: bool
    ended: bool


class ZoneEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "delivery.zones"
    stream: ClassVar[Stream] = Stream.STATE

    zone_id: ZoneId

    def aggregate(self) -> ZoneId:
        return self.zone_id


class ZoneChanged(ZoneEvent, frozen=True, kw_only=True):
    """The zone's whole state. `reason` is Indonesian. It holds while it is switched on, on days from `valid_from` to `valid_until` and in
    `hours`, all WIB's, each open where it is null or empty, and no more once `ended`. The boundary's last corner joins the first."""

    type: ClassVar[str] = "delivery.zone_changed.v1"

    name: str
    kind: ZoneKind
    effect: ZoneEffect
    reason: str
    boundary: list[GeoPoint]
    switched_on: bool
    ended: bool
    reason_en: str | None = None
    surcharge_rupiah: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    hours: list[Hours] = msgspec.field(default_factory=list)


class DeliveryExportPart(ExportPart, frozen=True, kw_only=True):
    """Of what delivery keeps about somebody who has asked for it."""

    type: ClassVar[str] = "delivery.export_part.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "delivery.exports"

    def aggregate(self) -> ExportId:
        return self.export_id
