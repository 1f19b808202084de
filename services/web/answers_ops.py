"""What is answered to operators about orders that want a person; as answers.py."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, PageInfo
from services.web.answers_dispatch import CompanyList, Named


class MarkedPart(Answered, frozen=True, kw_only=True):
    merchant: Named | None


class MarkedOrderRow(Answered, frozen=True, kw_only=True):
    status: str
    total: int
    test: bool
    seller_orders: list[MarkedPart]


class Marked(Answered, frozen=True, kw_only=True):
    mark: str
    order_code: str
    placed_at: datetime
    order: MarkedOrderRow | None


class MarkedEdge(Answered, frozen=True, kw_only=True):
    node: Marked


class MarkedList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[MarkedEdge] = msgspec.field(default_factory=list)


class OpsOrders(Answered, frozen=True, kw_only=True):
    orders_wanting_a_person: MarkedList | None = None
    partners: CompanyList | None = None


class Paid(Answered, frozen=True, kw_only=True):
    status: str
    method: str
    amount: int
    cash_collected: int | None


class Cancelled(Answered, frozen=True, kw_only=True):
    reason: str
    borne_by: str


class Part(Answered, frozen=True, kw_only=True):
    status: str
    reject_reason: str | None
    goods_total: int
    merchant: Named | None


class Entry(Answered, frozen=True, kw_only=True):
    at: datetime
    status: str
    what: str
    actor: str
    reason: str | None


class Settled(Answered, frozen=True, kw_only=True):
    mark: str
    because: str
    at: datetime
    by_me: bool


class Timer(Answered, frozen=True, kw_only=True):
    kind: str
    due_at: datetime
    is_overdue: bool
    attempts: int
    error: str | None


class Transfer(Answered, frozen=True, kw_only=True):
    kind: str
    debit: str
    credit: str
    amount: int
    at: datetime


class Told(Answered, frozen=True, kw_only=True):
    type: str
    count: int
    told_at: datetime
    sent_at: datetime | None


class OrderLife(Answered, frozen=True, kw_only=True):
    state: str
    mark: str | None
    settled: list[Settled]
    timers: list[Timer]
    transfers: list[Transfer]
    told: list[Told]


class Step(Answered, frozen=True, kw_only=True):
    at: datetime
    status: str
    cause: str


class Offer(Answered, frozen=True, kw_only=True):
    partner_name: str | None
    state: str
    offered_at: datetime
    closed_at: datetime | None


class Reply(Answered, frozen=True, kw_only=True):
    partner_name: str | None
    type: str
    code: str | None
    at: datetime


class Deed(Answered, frozen=True, kw_only=True):
    outcome: str | None
    failure: str | None
    cash: int | None
    from_partner_name: str | None
    to_partner_name: str | None
    with_goods: bool | None
    reason: str
    at: datetime
    by_me: bool


class TripLife(Answered, frozen=True, kw_only=True):
    steps: list[Step]
    offers: list[Offer]
    replies: list[Reply]
    deeds: list[Deed]
    timers: list[Timer]
    told: list[Told]


class Trip(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    fee: int
    cash_to_collect: int
    partner: Named | None
    life: TripLife | None


class WholeOrder(Answered, frozen=True, kw_only=True):
    """`delivery` is None too where delivery is away: the answer is partial then."""

    id: str
    order_code: str
    status: str
    test: bool
    placed_at: datetime
    total: int
    payment: Paid | None
    cancellation: Cancelled | None
    seller_orders: list[Part]
    entries: list[Entry]
    life: OrderLife | None
    delivery: Trip | None = None


class Rides(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    on_shift: bool | None


class RidesEdge(Answered, frozen=True, kw_only=True):
    node: Rides


class RidesList(Answered, frozen=True, kw_only=True):
    edges: list[RidesEdge] = msgspec.field(default_factory=list)


class WithRiders(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    riders: RidesList


class OpsOrder(Answered, frozen=True, kw_only=True):
    order_by_code: WholeOrder | None = None
    partners: CompanyList | None = None
    partner: WithRiders | None = None


class ChannelOffer(Answered, frozen=True, kw_only=True):
    expires_at: datetime


class ChannelWebhook(Answered, frozen=True, kw_only=True):
    url: str
    status: str
    paused_by: str | None
    failing_since: datetime | None
    rests_until: datetime | None
    delivered_at: datetime | None
    waiting: int
    waiting_since: datetime | None


class Channels(Answered, frozen=True, kw_only=True):
    """`is_connected`: its topics are there."""

    id: str
    name: str
    status: str
    status_reason: str | None
    is_connected: bool | None
    unanswered_offers: int | None
    heard_at: datetime | None
    offers: list[ChannelOffer]
    webhook: ChannelWebhook | None


class ChannelsEdge(Answered, frozen=True, kw_only=True):
    node: Channels


class ChannelsList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[ChannelsEdge] = msgspec.field(default_factory=list)


class OpsChannels(Answered, frozen=True, kw_only=True):
    partners: ChannelsList | None = None
