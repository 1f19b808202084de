"""SQL of what was heard of the market: whom an order and a merchant concern."""

from __future__ import annotations

from datetime import datetime

from services.contracts.catalog import MerchantChanged, MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import HandoverWay, OrderId, OrderPlaced, SellerOrderId
from services.kit.database.db import Connection, Transaction
from services.kit.database.writes import Write
from services.kit.messaging import timers
from services.kit.messaging.envelope import Envelope, pack, unpack
from services.kit.messaging.timers import Change
from services.people.store.heard_rows import Order as Order
from services.people.store.heard_rows import Part as Part
from services.people.store.heard_together import Known


async def put_merchant(conn: Connection, event: MerchantChanged) -> None:
    await conn.execute(
        """INSERT INTO heard_merchant (merchant_id, name, accept_within_s, members) VALUES ($1, $2, $3, $4)
           ON CONFLICT (merchant_id) DO UPDATE SET name = excluded.name, accept_within_s = excluded.accept_within_s,
               members = excluded.members""",
        event.merchant_id,
        event.name,
        event.accept_within_s,
        [member.subject for member in event.members],
    )


async def merchant_name(conn: Connection, merchant_id: MerchantId) -> str | None:
    """None of one that was not heard of, as of who only asks to sell."""
    name: str | None = await conn.fetchval("SELECT name FROM heard_merchant WHERE merchant_id = $1", merchant_id)
    return name


async def members_of(conn: Connection, merchant_id: MerchantId) -> list[str]:
    """Subjects; nobody of one that was not heard of."""
    found = await conn.fetchval("SELECT members FROM heard_merchant WHERE merchant_id = $1", merchant_id)
    return list(found or ())


async def merchant(conn: Connection, merchant_id: MerchantId) -> tuple[str, tuple[str, ...]]:
    """Its name and its people; nobody of one that was not heard of."""
    row = await conn.fetchrow("SELECT name, members FROM heard_merchant WHERE merchant_id = $1", merchant_id)
    return (row["name"], tuple(row["members"])) if row else ("", ())


async def put_order(conn: Transaction, event: OrderPlaced) -> None:
    if known := Known.of(conn, event.order_id):
        known.place(event)
        return
    parts = event.seller_orders
    await conn.execute(
        """WITH known AS (
               INSERT INTO heard_order (order_id, code, buyer, total_rupiah, placed_at, way, slot_from)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (order_id) DO NOTHING)
           INSERT INTO heard_part (seller_order_id, order_id, merchant_id, goods_rupiah, accept_within_s)
           SELECT id, $1, merchant, goods, within
           FROM unnest($8::uuid[], $9::uuid[], $10::bigint[], $11::integer[]) AS p (id, merchant, goods, within)
           ON CONFLICT (seller_order_id) DO NOTHING""",
        event.order_id,
        event.code,
        event.buyer,
        event.total_rupiah,
        event.placed_at,
        str(event.way),
        event.slot_from,
        [part.seller_order_id for part in parts],
        [part.merchant_id for part in parts],
        [part.goods_rupiah for part in parts],
        [part.accept_within_s for part in parts],
    )


async def order(conn: Transaction, order_id: OrderId) -> Order | None:
    """Whoever else hears of this order waits until the transaction ends. Its row is written, not locked alone: a step that looked at it
    sees that somebody had it."""
    if known := Known.of(conn, order_id):
        return known.orders.get(order_id)
    row = await conn.fetchrow(
        """UPDATE heard_order SET is_over = is_over WHERE order_id = $1
           RETURNING code, buyer, cash_rupiah, is_over, way, slot_from""",
        order_id,
    )
    if row is None:
        return None
    return Order(
        order_id,
        row["code"],
        row["buyer"],
        row["cash_rupiah"],
        row["is_over"],
        HandoverWay(row["way"]),
        row["slot_from"],
    )


async def parts(conn: Transaction, order_id: OrderId) -> list[Part]:
    """With those whose merchant was not heard of yet: nobody is of it then."""
    if known := Known.of(conn, order_id):
        return known.parts_of(order_id)
    rows = await conn.fetch(
        """SELECT p.seller_order_id, p.goods_rupiah, p.is_answered, coalesce(m.name, '') AS name,
                  coalesce(m.members, '{}') AS members,
                  coalesce(p.accept_within_s, m.accept_within_s, 0) AS accept_within_s
           FROM heard_part p LEFT JOIN heard_merchant m ON m.merchant_id = p.merchant_id
           WHERE p.order_id = $1 ORDER BY p.seller_order_id""",
        order_id,
    )
    return [
        Part(
            SellerOrderId(row["seller_order_id"]),
            row["name"],
            tuple(row["members"]),
            row["accept_within_s"],
            row["goods_rupiah"],
            row["is_answered"],
        )
        for row in rows
    ]


async def order_of_part(conn: Connection, part_id: SellerOrderId) -> OrderId | None:
    found = await conn.fetchval("SELECT order_id FROM heard_part WHERE seller_order_id = $1", part_id)
    return OrderId(found) if found else None


_ANSWERED = f"WITH {timers.changed(2)} UPDATE heard_part SET is_answered = true WHERE seller_order_id = $1"


async def was_answered(conn: Transaction, order_id: OrderId, part_id: SellerOrderId, ended: Change) -> None:
    if known := Known.of(conn, order_id):
        known.answered(part_id, ended)
        return
    await conn.execute(_ANSWERED, part_id, *ended.arguments)


async def remind_at(conn: Transaction, order_id: OrderId, kind: str, part_id: SellerOrderId, due_at: datetime) -> None:
    if known := Known.of(conn, order_id):
        known.started[kind, part_id] = due_at
        return
    await timers.start(conn, kind, part_id, due_at)


async def part_left(conn: Connection, part_id: SellerOrderId) -> Part | None:
    """The part, which is the order's no more; None when it was not."""
    row = await conn.fetchrow(
        """WITH gone AS (DELETE FROM heard_part WHERE seller_order_id = $1 RETURNING *)
           SELECT p.goods_rupiah, p.is_answered, coalesce(m.name, '') AS name, coalesce(m.members, '{}') AS members
           FROM gone p LEFT JOIN heard_merchant m ON m.merchant_id = p.merchant_id""",
        part_id,
    )
    if row is None:
        return None
    return Part(part_id, row["name"], tuple(row["members"]), 0, row["goods_rupiah"], row["is_answered"])


async def cash_is(conn: Transaction, order_id: OrderId, rupiah: int) -> None:
    if known := Known.of(conn, order_id):
        known.change(order_id, cash_rupiah=rupiah)
        return
    await conn.execute("UPDATE heard_order SET cash_rupiah = $2 WHERE order_id = $1", order_id, rupiah)


async def is_over(conn: Transaction, order_id: OrderId, trip: DeliveryId | None = None) -> None:
    """And with it the trip, if that is named."""
    if known := Known.of(conn, order_id):
        known.change(order_id, is_over=True)
        if trip:
            known.drop_trip(trip)
        return
    await conn.execute(
        """WITH gone AS (DELETE FROM heard_trip WHERE delivery_id = $2)
           UPDATE heard_order SET is_over = true WHERE order_id = $1""",
        order_id,
        trip,
    )


_KEEP_EARLY = """kept_early AS (
    INSERT INTO early_event (event_id, order_id, envelope, heard_at)
    SELECT e.*, wlijo_now() FROM unnest($1::text[], $2::uuid[], $3::bytea[]) AS e ON CONFLICT (event_id) DO NOTHING)"""


class _Early(Write):
    """What is kept until its order is heard of: more may be added until it is written."""


async def keep_early(conn: Transaction, order_id: OrderId, event: Envelope) -> None:
    """Written with what comes next. In a step the order has to be unheard of still."""
    waiting = conn.waiting(_Early)
    early = waiting or _Early(_KEEP_EARLY, [[], [], []], frozenset({"early_event"}))
    for column, value in zip(early.arguments, (event.id, order_id, pack(event)), strict=True):
        assert isinstance(column, list)
        column.append(value)
    if waiting is None:
        await conn.later(early)


async def take_early(conn: Transaction, order_id: OrderId) -> list[Envelope]:
    """In the order in which they were told; they are not there any more."""
    known = Known.of(conn, order_id)
    if known and order_id in known.early:
        return known.early.pop(order_id)
    rows = await conn.fetch("DELETE FROM early_event WHERE order_id = $1 RETURNING envelope", order_id)
    return sorted((unpack(row["envelope"]) for row in rows), key=lambda each: each.time)


async def missed(conn: Connection, after: OrderId | None, limit: int) -> list[OrderId]:
    """Orders that are heard of, and of which something is kept as early still: both were heard at one moment, unseen by one another. By
    their ids, beyond the given one."""
    rows = await conn.fetch(
        """SELECT DISTINCT order_id FROM early_event JOIN heard_order USING (order_id)
           WHERE $1::uuid IS NULL OR order_id > $1 ORDER BY order_id LIMIT $2""",
        after,
        limit,
    )
    return [OrderId(row["order_id"]) for row in rows]


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at
