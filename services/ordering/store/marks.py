"""Marks of orders that a person has to look at, and who settled them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Transaction


@dataclass(frozen=True, slots=True)
class Marked:
    id: OrderId
    code: str
    mark: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is all. `partner_id` has or had the order's trip last."""

    code: str | None = None
    mark: str | None = None
    minutes_old: int | None = None
    merchant_id: MerchantId | None = None
    partner_id: PartnerId | None = None


async def of(conn: Connection, wanted: Wanted, limit: int, after: tuple[datetime, UUID] | None = None) -> list[Marked]:
    """Oldest first. What is read are the marked orders alone, by their own index, however many others there are."""
    rows = await conn.fetch(
        """SELECT id, code, attention, placed_at FROM orders o
           WHERE attention IS NOT NULL AND ($1::text IS NULL OR code = $1) AND ($2::text IS NULL OR attention = $2)
             AND ($3::integer IS NULL OR placed_at <= (SELECT wlijo_now()) - make_interval(mins => $3))
             AND ($4::uuid IS NULL OR EXISTS (SELECT FROM seller_order s WHERE s.order_id = o.id AND s.merchant_id = $4))
             AND ($5::uuid IS NULL OR EXISTS (SELECT FROM job j WHERE j.order_id = o.id AND j.partner_id = $5))
             AND ($6::timestamptz IS NULL OR (placed_at, id) > ($6, $7::uuid))
           ORDER BY placed_at, id LIMIT $8""",
        wanted.code,
        wanted.mark,
        wanted.minutes_old,
        wanted.merchant_id,
        wanted.partner_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [Marked(OrderId(row["id"]), row["code"], row["attention"], row["placed_at"]) for row in rows]


async def settle(conn: Transaction, order_id: OrderId, mark: str, *, because: str, by: str) -> bool:
    """False when the mark is another by now, or none: nobody has looked at that one."""
    found = await conn.fetchval(
        "UPDATE orders SET attention = NULL WHERE id = $1 AND attention = $2 RETURNING true", order_id, mark
    )
    if found:
        await conn.execute(
            "INSERT INTO order_mark_settled (order_id, mark, because, settled_by) VALUES ($1, $2, $3, $4)",
            order_id,
            mark,
            because,
            by,
        )
    return bool(found)
