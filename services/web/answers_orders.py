"""Of `answers`, what is about orders that were placed, and about a seller's own shop."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from services.web.answers import Answered, CartSize, Contact, Hours, PageInfo, Point, Products, Said, Seller, Variant
from services.web.answers_packing import Question
from services.web.answers_photos import Proof


class SellerPart(Answered, frozen=True, kw_only=True):
    merchant: Seller | None


class OrderRow(Answered, frozen=True, kw_only=True):
    order_code: str
    status: str
    placed_at: datetime
    total: int
    seller_orders: list[SellerPart]


class OrderRowEdge(Answered, frozen=True, kw_only=True):
    node: OrderRow


class OrderRows(Answered, frozen=True, kw_only=True):
    edges: list[OrderRowEdge]
    page_info: PageInfo


class OrdersOf(Answered, frozen=True, kw_only=True):
    orders: OrderRows
    cart: CartSize


class OrdersPage(Answered, frozen=True, kw_only=True):
    me: OrdersOf | None = None


class Qris(Answered, frozen=True, kw_only=True):
    state: str
    content: str | None
    expires_at: datetime | None
    pay_by: datetime | None


class Refund(Answered, frozen=True, kw_only=True):
    amount: int
    status: str


class Payment(Answered, frozen=True, kw_only=True):
    status: str
    method: str
    amount: int
    cash_collected: int | None
    qris: Qris | None
    refunds: list[Refund]


class Cancellation(Answered, frozen=True, kw_only=True):
    reason: str
    borne_by: str


class CancellationRequest(Answered, frozen=True, kw_only=True):
    answer: str


class OrderLine(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    quantity_text: str
    total: int
    price_text: str = ""
    estimated: bool = False
    cap_total: int | None = None
    note: str | None = None
    when_short: str = ""
    state: str = ""
    packed_text: str | None = None
    final_total: int = 0


class Rider(Answered, frozen=True, kw_only=True):
    name: str
    plate: str


class Pickup(Answered, frozen=True, kw_only=True):
    status: str
    rider: Rider | None


class Handover(Answered, frozen=True, kw_only=True):
    way: str
    slot_from: datetime | None
    slot_to: datetime | None
    place: str | None


class SellerOrder(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    accept_by: datetime | None
    ready_at: datetime | None
    reject_reason: str | None
    left_at: datetime | None = None
    goods_total: int
    lines: list[OrderLine]
    merchant: Seller | None = None
    order_code: str = ""
    placed_at: datetime | None = None
    dropoff_kecamatan_code: str = ""
    pickup: Pickup | None = None
    handover: Handover | None = None
    note: str | None = None
    on_kasbon: bool = False


class Partner(Answered, frozen=True, kw_only=True):
    name: str


class Position(Answered, frozen=True, kw_only=True):
    at: datetime
    point: Point


class Estimate(Answered, frozen=True, kw_only=True):
    at: datetime
    margin_s: int


class Step(Answered, frozen=True, kw_only=True):
    at: datetime
    status: str


class TripStop(Answered, frozen=True, kw_only=True):
    """One seller's stop of a trip."""

    stop: int
    merchant_name: str
    arrived_at: datetime | None
    fetched_at: datetime | None
    left_out_at: datetime | None
    failure: str | None

    @property
    def is_open(self) -> bool:
        return self.fetched_at is None and self.left_out_at is None


class Delivery(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    handover_pin: str | None
    partner: Partner | None
    rider: Rider | None
    position: Position | None
    history: list[Step]
    pickups: list[TripStop]
    estimate: Estimate | None = None
    tracking_token: str | None = None
    wants_person_since: datetime | None = None
    seek_until: datetime | None = None
    dropoff_wish: str | None = None
    proven_by: str | None = None
    proofs: list[Proof] = msgspec.field(default_factory=list)


class Tracked(Answered, frozen=True, kw_only=True):
    status: str
    partner_name: str | None
    rider_name: str | None
    plate: str | None
    position: Position | None
    estimate: Estimate | None
    history: list[Step]


class TrackedPage(Answered, frozen=True, kw_only=True):
    tracked_delivery: Tracked | None = None


class Discount(Answered, frozen=True, kw_only=True):
    name: str
    amount: int
    borne_by: str


class Order(Answered, frozen=True, kw_only=True):
    id: str
    order_code: str
    version: int
    status: str
    placed_at: datetime
    goods_total: int
    delivery_fee: int
    discounts: list[Discount]
    total: int
    placed_total: int
    answer_by: datetime | None
    payment: Payment
    cancellation: Cancellation | None
    cancellation_request: CancellationRequest | None
    handover: Handover
    counter_code: str | None
    contact: Contact | None
    seller_orders: list[SellerOrder]
    questions: list[Question]
    delivery: Delivery | None


class OrderPage(Answered, frozen=True, kw_only=True):
    order_by_code: Order | None = None


class FollowOrder(Answered, frozen=True, kw_only=True):
    order_changed: Order | None = None


class Shop(Answered, frozen=True, kw_only=True):
    name: str
    slug: str
    status: str
    status_reason: str | None
    open_now: bool


class Shops(Answered, frozen=True, kw_only=True):
    my_merchants: list[Shop] | None = None


class SellerOrderEdge(Answered, frozen=True, kw_only=True):
    node: SellerOrder


class SellerOrders(Answered, frozen=True, kw_only=True):
    edges: list[SellerOrderEdge]


class Today(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    status: str
    open_now: bool
    opens_next_at: datetime | None
    auto_accept: bool
    orders: SellerOrders | None


class ShopToday(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Today | None = None


class Changed(Answered, frozen=True, kw_only=True):
    id: str
    version: int


class MerchantOrders(Answered, frozen=True, kw_only=True):
    reset: bool
    orders: list[Changed]


class ShopChanges(Answered, frozen=True, kw_only=True):
    merchant_orders: MerchantOrders | None = None


class Goods(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    products: Products


class ShopGoods(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Goods | None = None


class Asked(Answered, frozen=True, kw_only=True):
    code: str
    name: str
    kind: str
    unit: str | None
    choices: list[str]
    required: bool


class AskingCategory(Answered, frozen=True, kw_only=True):
    code: str
    name: str
    attributes: list[Asked]


class Retired(Answered, frozen=True, kw_only=True):
    id: str
    label: str


class Change(Answered, frozen=True, kw_only=True):
    what: str
    about: str | None
    before: str | None
    after: str | None
    actor: str
    by_name: str | None
    at: datetime


class ChangeEdge(Answered, frozen=True, kw_only=True):
    node: Change


class Changes(Answered, frozen=True, kw_only=True):
    edges: list[ChangeEdge]


class Detailed(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    status: str
    archived_at: datetime | None
    harvested_on: date | None
    fresh_until: datetime | None
    is_past_fresh: bool
    origin_group: str | None
    region_mark: str | None
    category: AskingCategory
    attributes: list[Said]
    variants: list[Variant]
    retired_variants: list[Retired]
    history: Changes


class ShopName(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str


class ShopProduct(Answered, frozen=True, kw_only=True):
    merchant_by_slug: ShopName | None = None
    product_by_slug: Detailed | None = None


class Closure(Answered, frozen=True, kw_only=True):
    id: str
    starts_at: datetime
    ends_at: datetime
    note: str | None


class HandoverLimits(Answered, frozen=True, kw_only=True):
    pickups_per_hour: int
    deliveries_per_hour: int


class Opening(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    open_now: bool
    opens_next_at: datetime | None
    always_open: bool
    hours: list[Hours]
    closures: list[Closure]
    handover_limits: HandoverLimits | None = None


class ShopHours(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Opening | None = None
