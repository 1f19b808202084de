"""What catalog tells. States of merchants and products, facts of stock reservations."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar

import msgspec

from services.contracts.export import ExportId, ExportPart
from services.contracts.places import Closure, GeoPoint, Hours
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, Stream, source_of

SOURCE = source_of("catalog")


class MerchantId(Id, prefix="mer"):
    pass


class ProductId(Id, prefix="prd"):
    pass


class StopId(Id, prefix="stp"):
    """Where a wlijo stops on her round of one weekday."""


class RoundId(Id, prefix="rnd"):
    """One round of a wlijo, from its start to its end."""


class WishId(Id, prefix="wsh"):
    """That somebody wants to know when a wlijo comes near."""


class VariantId(Id, prefix="var"):
    pass


class MediaId(Id, prefix="med"):
    """A photo of goods, of a merchant or of a document."""


class ReservationId(Id, prefix="rsv"):
    pass


class LicenceId(Id, prefix="lic"):
    pass


class MerchantKind(StrEnum):
    FIXED_STALL = "FIXED_STALL"
    WLIJO = "WLIJO"
    HOME = "HOME"
    FARMER_GROUP = "FARMER_GROUP"
    HUB = "HUB"


class MerchantStatus(StrEnum):
    """Others hear of a merchant once it is VERIFIED: who only applies is catalog's to know."""

    APPLIED = "APPLIED"
    SENT_BACK = "SENT_BACK"
    VERIFIED = "VERIFIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class ProductStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"
    BLOCKED = "BLOCKED"


class MemberRole(StrEnum):
    OWNER = "OWNER"
    STAFF = "STAFF"


class UnitKind(StrEnum):
    """What a base unit is: a piece, a gram or a millilitre."""

    COUNT = "COUNT"
    MASS = "MASS"
    VOLUME = "VOLUME"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person, by the subject of their token, who may act for the merchant."""

    subject: str
    role: MemberRole


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where a wlijo stops in each week's round: `weekday` is of the day on which the round begins (Monday is 0), `arrives` WIB; a time
    before the round's first is past midnight. What is ordered until `order_until_s` seconds before is brought along, of at most
    `orders` orders a day; 0 takes none."""

    stop_id: StopId
    weekday: int
    arrives: time
    label: str
    point: GeoPoint
    orders: int = 0
    order_until_s: int = 0


class MerchantEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.merchants"
    stream: ClassVar[Stream] = Stream.STATE

    merchant_id: MerchantId

    def aggregate(self) -> MerchantId:
        return self.merchant_id


class MerchantChanged(MerchantEvent, frozen=True, kw_only=True):
    """The merchant's whole state."""

    type: ClassVar[str] = "catalog.merchant_changed.v1"

    name: str
    kind: MerchantKind
    status: MerchantStatus
    kecamatan_code: str
    pickup_point: GeoPoint
    hours: list[Hours]
    always_open: bool
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int
    members: list[Member]
    closures: list[Closure] = msgspec.field(default_factory=list)
    """Those that were not over when it was told."""
    stops: list[Stop] = msgspec.field(default_factory=list)
    """Of all weekdays, in the order of each round."""
    serves_radius_m: int | None = None
    """It has its goods brought so far from `pickup_point`, through the air; null for any distance."""
    serves_kecamatan: list[str] = msgspec.field(default_factory=list)
    """It has its goods brought to these alone; to any when there are none."""
    umkm_class: str | None = None  # MIKRO, KECIL or MENENGAH (PP 7/2021); null in what was told before it was said


class RoundEvent(Event, frozen=True, kw_only=True):
    """That a wlijo is on her way, and is no more. No place is told."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.rounds"

    merchant_id: MerchantId
    round_id: RoundId

    def aggregate(self) -> MerchantId:
        return self.merchant_id


class RoundStarted(RoundEvent, frozen=True, kw_only=True):
    """`day` is that of the weekly round which she walks: after midnight it may be the day before."""

    type: ClassVar[str] = "catalog.round_started.v1"

    day: date
    started_at: datetime


class RoundEnded(RoundEvent, frozen=True, kw_only=True):
    """`by_itself`: nothing was heard of her for long, her day was over, or she may not sell any more."""

    type: ClassVar[str] = "catalog.round_ended.v1"

    ended_at: datetime
    by_itself: bool


class WlijoNear(Event, frozen=True, kw_only=True):
    """A wlijo on her round has come near to where somebody (`subject`) wants to know it: once a day for each wish. Ids alone, no place."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.wishes"
    type: ClassVar[str] = "catalog.wlijo_near.v1"

    wish_id: WishId
    subject: str
    merchant_id: MerchantId
    round_id: RoundId
    near_at: datetime

    def aggregate(self) -> WishId:
        return self.wish_id


class ApplicationOutcome(StrEnum):
    VERIFIED = "VERIFIED"
    SENT_BACK = "SENT_BACK"
    WITHDRAWN = "WITHDRAWN"


class ApplicationFault(StrEnum):
    """What has to be corrected in an application that was sent back; how, its merchant reads in the officer's words."""

    NAME = "NAME"
    CONTACT = "CONTACT"
    PLACE = "PLACE"
    SIZE = "SIZE"
    OTHER = "OTHER"


class ApplicationEvent(Event, frozen=True, kw_only=True):
    """That somebody asks to sell, for those who have to look at it: ids alone, for who only asks is nobody's business. `applicant` is the
    subject of their token."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.applications"

    merchant_id: MerchantId
    applicant: str

    def aggregate(self) -> MerchantId:
        return self.merchant_id


class ApplicationWaits(ApplicationEvent, frozen=True, kw_only=True):
    """For an officer, since then; told anew when one that was sent back is made again."""

    type: ClassVar[str] = "catalog.application_waits.v1"

    since: datetime


class ApplicationSettled(ApplicationEvent, frozen=True, kw_only=True):
    """It waits no more. `fault` is there when it was sent back."""

    type: ClassVar[str] = "catalog.application_settled.v1"

    outcome: ApplicationOutcome
    settled_at: datetime
    fault: ApplicationFault | None = None


class SaleUnit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a variant is sold. `base_per_unit` base units make one (1 ikat = 1 piece, 1 kg = 1,000 g); quantities are integers of base units,
    at least `min`, in steps of `step`, and no more than `max` in one order, where there is one."""

    code: str
    label: str
    kind: UnitKind
    base_per_unit: int
    step: int
    min: int
    max: int | None = None


class CatchWeight(msgspec.Struct, frozen=True, kw_only=True):
    """How pieces are priced that are weighed when they are packed: `price_rupiah` of `price_basis` grams. Until then a piece costs what
    its variant says, by its usual mass; the buyer pays at most `overrun_percent` more."""

    price_rupiah: int
    price_basis: int
    overrun_percent: int


class VariantState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    variant_id: VariantId
    sku: str
    label: str
    unit: SaleUnit
    price_rupiah: int
    price_basis: int  # the price is for so many base units
    gram_per_base: float  # mass of one base unit, for the trip's mass limit
    catch_weight: CatchWeight | None = None
    """None: it costs what it costs. Else `price_rupiah` is the estimate of a piece, and `price_basis` one."""


class ProductEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.products"
    stream: ClassVar[Stream] = Stream.STATE

    product_id: ProductId

    def aggregate(self) -> ProductId:
        return self.product_id


class ProductChanged(ProductEvent, frozen=True, kw_only=True):
    """The product's whole state, its variants that are offered and their prices included; stock is not told here. What is archived is
    HIDDEN."""

    type: ClassVar[str] = "catalog.product_changed.v1"

    merchant_id: MerchantId
    name: str
    category: str
    status: ProductStatus
    variants: list[VariantState]
    commodity: str | None = None
    """What it is compared with, by the code of the platform's list."""
    fresh_until: datetime | None = None
    """Until when it keeps, of what says when it was harvested."""
    origin_desa_code: str | None = None
    origin_group: str | None = None
    region_mark: str | None = None
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    """What it says of itself, by the code of the attribute: a number without needless zeros, true or false."""
    lacks_licence: bool = False
    """It is BLOCKED because a licence that it needs is missing or over; it comes back by itself."""


class LevelEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.levels"
    stream: ClassVar[Stream] = Stream.STATE

    variant_id: VariantId

    def aggregate(self) -> VariantId:
        return self.variant_id


class LevelChanged(LevelEvent, frozen=True, kw_only=True):
    """How much of a variant is for sale, in base units, up to what is enough for any cart: more is told as that much, and a change
    above it is not told at all. It says what is known; what is held is said by a reservation alone."""

    type: ClassVar[str] = "catalog.level_changed.v1"

    available: int


class ReservationEvent(Event, frozen=True, kw_only=True):
    """One reservation holds all lines of one order. `order_id` is ordering's opaque id, as text."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.reservations"

    reservation_id: ReservationId
    order_id: str

    def aggregate(self) -> ReservationId:
        return self.reservation_id


class StockHeld(ReservationEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "catalog.stock_held.v1"

    expires_at: datetime


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: VariantId
    quantity: int
    available: int


class StockRefused(ReservationEvent, frozen=True, kw_only=True):
    """Nothing was held: at least these lines are short, or are no longer for sale (available 0)."""

    type: ClassVar[str] = "catalog.stock_refused.v1"

    short: list[Shortage]


class StockCommitted(ReservationEvent, frozen=True, kw_only=True):
    """The goods of a confirmed order are out of the sale: on the counter, or with their rider already."""

    type: ClassVar[str] = "catalog.stock_committed.v1"


class StockReleased(ReservationEvent, frozen=True, kw_only=True):
    """The order was cancelled. The goods are for sale again, unless a rider had taken them (`restocked` is false then). Of a confirmed
    order it is told once delivery has said which of both."""

    type: ClassVar[str] = "catalog.stock_released.v1"

    restocked: bool = True


class StockExpired(ReservationEvent, frozen=True, kw_only=True):
    """The hold ran out before the order was confirmed or cancelled."""

    type: ClassVar[str] = "catalog.stock_expired.v1"


class CatalogExportPart(ExportPart, frozen=True, kw_only=True):
    """Of what catalog keeps about somebody who has asked for it."""

    type: ClassVar[str] = "catalog.export_part.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.exports"

    def aggregate(self) -> ExportId:
        return self.export_id
