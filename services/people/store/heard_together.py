"""What was heard of the market, read once and written once for many events."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from services.contracts.catalog import MerchantId
from services.contracts.delivery import (
    DeliveryAssigned,
    DeliveryEvent,
    DeliveryId,
    DeliveryOffered,
    OfferId,
    PartnerId,
    RiderExchanged,
    RiderId,
)
from services.contracts.ordering import HandoverWay, OrderId, OrderPlaced, SellerOrderId
from services.kit.database.db import Transaction
from services.kit.database.step import Step
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging import timers
from services.kit.messaging.envelope import Envelope, Event, unpack
from services.people.store.heard_rows import Company, Offer, Order, Part

_KNOWN: Final = """
WITH known AS MATERIALIZED (
    SELECT order_id, code, buyer, cash_rupiah, is_over, way, slot_from, xmin::text AS version FROM heard_order
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id"""
_EARLY: Final = "early_event WHERE order_id = ANY($2::uuid[])"
_REST: Final = """
SELECT 'order' AS what, row_to_json(known)::text AS row FROM known
UNION ALL SELECT 'early', json_build_object(
    'order_id', order_id, 'envelope', translate(encode(envelope, 'base64'), E'\\n', ''))::text FROM early
UNION ALL SELECT 'part', row_to_json(p)::text FROM (
    SELECT seller_order_id, order_id, merchant_id, goods_rupiah, accept_within_s, is_answered FROM heard_part
    WHERE order_id = ANY($1::uuid[]) ORDER BY seller_order_id) AS p
UNION ALL SELECT 'merchant', row_to_json(m)::text FROM (
    SELECT merchant_id, name, accept_within_s, members FROM heard_merchant WHERE merchant_id = ANY($3::uuid[])
    OR merchant_id = ANY(ARRAY(SELECT merchant_id FROM heard_part WHERE order_id = ANY($1::uuid[])))) AS m
UNION ALL SELECT 'company', row_to_json(c)::text FROM (
    SELECT partner_id, name, owners, dispatchers FROM heard_partner WHERE partner_id = ANY($4::uuid[])) AS c
UNION ALL SELECT 'rider', row_to_json(r)::text FROM (
    SELECT rider_id, subject FROM heard_rider WHERE rider_id = ANY($5::uuid[])) AS r
UNION ALL SELECT 'offer', row_to_json(o)::text FROM (
    SELECT offer_id, delivery_id, partner_id, told FROM heard_offer WHERE delivery_id = ANY($6::uuid[]) ORDER BY offer_id) AS o
UNION ALL SELECT 'free', row_to_json(f)::text FROM (
    SELECT p.id AS partner_id, r.rider_id, r.subject, r.trips FROM unnest($7::uuid[]) AS p (id) CROSS JOIN LATERAL (
        SELECT rider_id, subject, ARRAY(SELECT t.delivery_id FROM heard_trip t WHERE t.rider_id = r.rider_id) AS trips
        FROM heard_rider r WHERE r.partner_id = p.id AND r.on_shift AND r.subject IS NOT NULL
        AND NOT EXISTS (SELECT FROM heard_trip t WHERE t.rider_id = r.rider_id AND t.delivery_id <> ALL($6::uuid[]))
        ORDER BY rider_id LIMIT $8) AS r) AS f
"""
_READ: Final = f"{_KNOWN} FOR UPDATE), early AS (DELETE FROM {_EARLY} RETURNING order_id, envelope){_REST}"
_LOOK: Final = f"{_KNOWN}), early AS (SELECT order_id, envelope FROM {_EARLY}){_REST}"
_WRITE: Final = f"""
heard_new AS (
    INSERT INTO heard_order (order_id, code, buyer, total_rupiah, placed_at, way, slot_from, cash_rupiah, is_over)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::timestamptz[],
                         $8::bigint[], $9::boolean[])
), heard_parts AS (
    INSERT INTO heard_part (seller_order_id, order_id, merchant_id, goods_rupiah, accept_within_s, is_answered)
    SELECT * FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::bigint[], $14::integer[], $15::boolean[])
), heard_changed AS (
    UPDATE heard_order o SET cash_rupiah = c.cash, is_over = c.over
    FROM unnest($16::uuid[], $17::bigint[], $18::boolean[]) AS c (id, cash, over) WHERE o.order_id = c.id
), heard_answered AS (
    UPDATE heard_part SET is_answered = true WHERE seller_order_id = ANY($19::uuid[])
), heard_trips AS (
    INSERT INTO heard_trip (delivery_id, order_id, partner_id, rider_id, heard_at)
    SELECT t.*, wlijo_now() FROM unnest($20::uuid[], $21::uuid[], $22::uuid[], $23::uuid[]) AS t
    ON CONFLICT (delivery_id) DO UPDATE SET partner_id = excluded.partner_id, rider_id = excluded.rider_id
), heard_trips_gone AS (
    DELETE FROM heard_trip WHERE delivery_id = ANY($24::uuid[])
), heard_offers AS (
    INSERT INTO heard_offer (offer_id, delivery_id, partner_id, told, heard_at)
    SELECT id, delivery, partner, ARRAY(SELECT jsonb_array_elements_text(told::jsonb)), wlijo_now()
    FROM unnest($25::uuid[], $26::uuid[], $27::uuid[], $28::text[]) AS o (id, delivery, partner, told)
    ON CONFLICT (offer_id) DO NOTHING
), heard_offers_gone AS (
    DELETE FROM heard_offer WHERE offer_id = ANY($29::uuid[])
), {timers.changed(30)}"""
RIDERS: Final = 20


@dataclass(slots=True)
class Known:
    """What a transaction knows of these orders, locked, or a step, which has seen them, and what it changes of that. It is put off until
    anything else is read, and is no more then: what is asked after that is asked of the database. Rows of all the orders are written, of
    those too of which it changes parts, trips or offers alone: by that a step that has looked at them sees it."""

    orders: dict[OrderId, Order | None]
    early: dict[OrderId, list[Envelope]]
    companies: dict[PartnerId, Company]
    riders: dict[RiderId, str | None]
    offers: dict[DeliveryId, list[Offer]]
    on_shift: dict[PartnerId, list[_Rider]]
    _merchants: dict[MerchantId, _Merchant]
    _parts: dict[SellerOrderId, _Part]
    _placed: dict[OrderId, OrderPlaced] = field(default_factory=dict)
    _answered: set[SellerOrderId] = field(default_factory=set)
    _trips: dict[DeliveryId, tuple[OrderId, PartnerId, RiderId]] = field(default_factory=dict)
    _trips_gone: set[DeliveryId] = field(default_factory=set)
    _offered: dict[OfferId, tuple[DeliveryId, PartnerId, str]] = field(default_factory=dict)
    _offers_gone: set[OfferId] = field(default_factory=set)
    started: dict[tuple[str, SellerOrderId], datetime] = field(default_factory=dict)
    _stopped: set[tuple[str, SellerOrderId]] = field(default_factory=set)

    @classmethod
    def of(cls, conn: Transaction, order_id: OrderId) -> Known | None:
        found = conn.waiting(cls)
        return found if found and order_id in found.orders else None

    @property
    def parts(self) -> str:
        return _WRITE

    @property
    def changes(self) -> frozenset[str]:
        return frozenset({"heard"})

    @property
    def arguments(self) -> Sequence[object]:
        placed = list(self._placed.values())
        now = {event.order_id: self.orders[event.order_id] for event in placed}
        new = [
            (
                e.order_id,
                e.code,
                e.buyer,
                e.total_rupiah,
                e.placed_at,
                str(e.way),
                e.slot_from,
                o.cash_rupiah,
                o.is_over,
            )
            for e in placed
            if (o := now[e.order_id]) is not None
        ]
        parts = [
            (part.id, part.order_id, part.merchant_id, part.goods_rupiah, part.accept_within_s, part.is_answered)
            for part in self._parts.values()
            if part.order_id in self._placed
        ]
        changed = [
            (id, order.cash_rupiah, order.is_over)
            for id in sorted(self.orders.keys() - self._placed.keys())
            if (order := self.orders[id]) is not None
        ]
        kinds = sorted({kind for kind, _ in self._stopped})
        ended = timers.Change(
            sorted({part for _, part in self._stopped}),
            kinds,
            [(kind, part, due_at) for (kind, part), due_at in self.started.items()],
        )
        return [
            *_columns(9, new),
            *_columns(6, parts),
            *_columns(3, changed),
            sorted(id for id in self._answered if self._parts[id].order_id not in self._placed),
            *_columns(4, ((id, *trip) for id, trip in self._trips.items())),
            sorted(self._trips_gone),
            *_columns(4, ((id, *offer) for id, offer in self._offered.items())),
            sorted(self._offers_gone),
            *ended.arguments,
        ]

    def place(self, event: OrderPlaced) -> None:
        """Nothing changes of one that is known."""
        if self.orders[event.order_id] is not None:
            return
        id = event.order_id
        self._placed[id] = event
        self.orders[id] = Order(id, event.code, event.buyer, 0, False, event.way, event.slot_from)
        for part in event.seller_orders:
            self._parts[part.seller_order_id] = _Part(
                part.seller_order_id, id, part.merchant_id, part.goods_rupiah, part.accept_within_s
            )

    def parts_of(self, order_id: OrderId) -> list[Part]:
        found = []
        for part in sorted(self._parts.values(), key=lambda each: each.id):
            if part.order_id != order_id:
                continue
            merchant = self._merchants.get(part.merchant_id, _Merchant("", None, ()))
            within = part.accept_within_s if part.accept_within_s is not None else merchant.accept_within_s or 0
            found.append(Part(part.id, merchant.name, merchant.members, within, part.goods_rupiah, part.is_answered))
        return found

    def change(self, order_id: OrderId, **values: Any) -> None:
        if (order := self.orders[order_id]) is not None:
            self.orders[order_id] = replace(order, **values)

    def answered(self, part_id: SellerOrderId, ended: timers.Change) -> None:
        if part_id in self._parts:
            self._parts[part_id].is_answered = True
            self._answered.add(part_id)
        for kind in ended.kinds:
            self.started.pop((kind, part_id), None)
            self._stopped.add((kind, part_id))

    def put_trip(self, id: DeliveryId, order_id: OrderId, partner_id: PartnerId, rider_id: RiderId) -> None:
        self._trips[id] = (order_id, partner_id, rider_id)
        self._trips_gone.discard(id)

    def drop_trip(self, id: DeliveryId) -> None:
        self._trips.pop(id, None)
        self._trips_gone.add(id)

    def free_riders(self, partner_id: PartnerId) -> list[str]:
        busy = {rider for _, _, rider in self._trips.values()}
        over = self._trips_gone | self._trips.keys()
        return [each.subject for each in self.on_shift[partner_id] if each.id not in busy and each.trips <= over]

    def put_offer(self, id: DeliveryId, offer: Offer) -> None:
        self.offers[id].append(offer)
        self._offered[offer.id] = (id, offer.partner_id, msgspec.json.encode(offer.told).decode())

    def take_offers(self, id: DeliveryId, offer_id: OfferId | None) -> list[Offer]:
        taken = [each for each in self.offers[id] if offer_id in (None, each.id)]
        self.offers[id] = [each for each in self.offers[id] if each not in taken]
        for each in taken:
            if self._offered.pop(each.id, None) is None:
                self._offers_gone.add(each.id)
        return taken


@dataclass(slots=True)
class _Part:
    id: SellerOrderId
    order_id: OrderId
    merchant_id: MerchantId
    goods_rupiah: int
    accept_within_s: int | None
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class _Merchant:
    name: str
    accept_within_s: int | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rider:
    """`trips` are those under way, as they were when it was read."""

    id: RiderId
    subject: str
    trips: frozenset[DeliveryId]


def _columns(many: int, rows: Iterable[Sequence[object]]) -> list[list[object]]:
    found: list[list[object]] = [[] for _ in range(many)]
    for row in rows:
        for column, value in zip(found, row, strict=True):
            column.append(value)
    return found


def _orders_of(events: Iterable[Event]) -> Iterator[OrderId]:
    for event in events:
        try:
            if order_id := getattr(event, "order_id", None):
                yield OrderId.parse(str(order_id))
        except (MalformedId, WrongKind):
            continue  # a reservation of something else


async def know(conn: Transaction, events: Sequence[Event]) -> None:
    """What these need to know, unless the transaction knows it. In a step that has to be so still when it is written; what was kept of an
    order before that was heard of is for a transaction."""
    orders = sorted(set(_orders_of(events)))
    if not orders or conn.waiting(Known):
        return
    placed = [event for event in events if isinstance(event, OrderPlaced)]
    companies = {
        each.partner_id for each in events if isinstance(each, DeliveryOffered | DeliveryAssigned | RiderExchanged)
    }
    shifts = sorted({each.partner_id for each in events if isinstance(each, DeliveryOffered)})
    riders = {each.rider_id for each in events if isinstance(each, DeliveryAssigned | RiderExchanged)}
    trips = {each.delivery_id for each in events if isinstance(each, DeliveryEvent)}
    rows = await conn.look(
        _LOOK if isinstance(conn, Step) else _READ,
        orders,
        [each.order_id for each in placed],
        sorted({part.merchant_id for each in placed for part in each.seller_orders}),
        sorted(companies),
        sorted(riders),
        sorted(trips),
        shifts,
        RIDERS + len(events),
    )
    known = Known(
        orders=dict.fromkeys(orders),
        early={each.order_id: [] for each in placed},
        companies={each: Company(each, "", (), ()) for each in companies},
        riders=dict.fromkeys(riders),
        offers={each: [] for each in trips},
        on_shift={each: [] for each in shifts},
        _merchants={},
        _parts={},
    )
    found = [(row["what"], msgspec.json.decode(row["row"])) for row in rows]
    for what, row in found:
        _keep(known, what, row)
    if isinstance(conn, Step):
        conn.holds_all("heard_order", "order_id", orders, [row["version"] for what, row in found if what == "order"])
        if any(known.early.values()):
            conn.takes_more()
        if known.early:
            conn.holds_all("early_event", "order_id", sorted(known.early), [])
    for early in known.early.values():
        early.sort(key=lambda each: each.time)
    await conn.later(known)


def _keep(known: Known, what: str, row: Any) -> None:
    match what:
        case "order":
            id = OrderId(UUID(row["order_id"]))
            slot = datetime.fromisoformat(row["slot_from"]) if row["slot_from"] else None
            way = HandoverWay(row["way"])
            known.orders[id] = Order(id, row["code"], row["buyer"], row["cash_rupiah"], row["is_over"], way, slot)
        case "early":
            known.early[OrderId(UUID(row["order_id"]))].append(unpack(base64.b64decode(row["envelope"])))
        case "part":
            part_id = SellerOrderId(UUID(row["seller_order_id"]))
            order_id, merchant_id = OrderId(UUID(row["order_id"])), MerchantId(UUID(row["merchant_id"]))
            goods, within, answered = row["goods_rupiah"], row["accept_within_s"], row["is_answered"]
            known._parts[part_id] = _Part(part_id, order_id, merchant_id, goods, within, answered)
        case "merchant":
            merchant = _Merchant(row["name"], row["accept_within_s"], tuple(row["members"]))
            known._merchants[MerchantId(UUID(row["merchant_id"]))] = merchant
        case "company":
            company_id = PartnerId(UUID(row["partner_id"]))
            known.companies[company_id] = Company(
                company_id, row["name"], tuple(row["owners"]), tuple(row["dispatchers"])
            )
        case "rider":
            known.riders[RiderId(UUID(row["rider_id"]))] = row["subject"]
        case "offer":
            offer = Offer(OfferId(UUID(row["offer_id"])), PartnerId(UUID(row["partner_id"])), tuple(row["told"]))
            known.offers[DeliveryId(UUID(row["delivery_id"]))].append(offer)
        case "free":
            trips = frozenset(DeliveryId(UUID(each)) for each in row["trips"])
            rider = _Rider(RiderId(UUID(row["rider_id"])), row["subject"], trips)
            known.on_shift[PartnerId(UUID(row["partner_id"]))].append(rider)
