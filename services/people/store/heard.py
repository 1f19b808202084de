"""SQL of what was heard of the market: whom an order and a merchant concern."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.catalog import MerchantChanged, MerchantId
from services.contracts.ordering import HandoverWay, OrderId, OrderPlaced, SellerOrderId
from services.kit.database.db import Connection
from services.kit.messaging.envelope import Envelope, pack, unpack


@dataclass(frozen=True, slots=True)
class Order:
    id: OrderId
    code: str
    buyer: str
    cash_rupiah: int
    is_over: bool
    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A seller order, and who is of its merchant."""

    id: SellerOrderId
    merchant: str
    members: tuple[str, ...]
    accept_within_s: int
    goods_rupiah: int
    is_answered: bool


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


async def put_order(conn: Connection, event: OrderPlaced) -> None:
    await conn.execute(
        """INSERT INTO heard_order (order_id, code, buyer, total_rupiah, placed_at, way, slot_from)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (order_id) DO NOTHING""",
        event.order_id,
        event.code,
        event.buyer,
        event.total_rupiah,
        event.placed_at,
        str(event.way),
        event.slot_from,
    )
    parts = event.seller_orders
    await conn.execute(
        """INSERT INTO heard_part (seller_order_id, order_id, merchant_id, goods_rupiah, accept_within_s)
           SELECT id, $1, merchant, goods, within
           FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::integer[]) AS p (id, merchant, goods, within)
           ON CONFLICT (seller_order_id) DO NOTHING""",
        event.order_id,
        [part.seller_order_id for part in parts],
        [part.merchant_id for part in parts],
        [part.goods_rupiah for part in parts],
        [part.accept_within_s for part in parts],
    )


async def order(conn: Connection, order_id: OrderId) -> Order | None:
    """Whoever else hears of this order waits until the transaction ends."""
    row = await conn.fetchrow(
        "SELECT code, buyer, cash_rupiah, is_over, way, slot_from FROM heard_order WHERE order_id = $1 FOR UPDATE",
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


async def parts(conn: Connection, order_id: OrderId) -> list[Part]:
    """With those whose merchant was not heard of yet: nobody is of it then."""
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


async def was_answered(conn: Connection, part_id: SellerOrderId) -> None:
    await conn.execute("UPDATE heard_part SET is_answered = true WHERE seller_order_id = $1", part_id)


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


async def cash_is(conn: Connection, order_id: OrderId, rupiah: int) -> None:
    await conn.execute("UPDATE heard_order SET cash_rupiah = $2 WHERE order_id = $1", order_id, rupiah)


async def is_over(conn: Connection, order_id: OrderId) -> None:
    await conn.execute("UPDATE heard_order SET is_over = true WHERE order_id = $1", order_id)


async def keep_early(conn: Connection, order_id: OrderId, event: Envelope) -> None:
    await conn.execute(
        """INSERT INTO early_event (event_id, order_id, envelope, heard_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT (event_id) DO NOTHING""",
        event.id,
        order_id,
        pack(event),
    )


async def take_early(conn: Connection, order_id: OrderId) -> list[Envelope]:
    """In the order in which they were told; they are not there any more."""
    rows = await conn.fetch("DELETE FROM early_event WHERE order_id = $1 RETURNING envelope", order_id)
    return sorted((unpack(row["envelope"]) for row in rows), key=lambda each: each.time)


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at
