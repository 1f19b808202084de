"""Marks of orders that a person has to look at, and who settled them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Transaction


@dataclass(frozen=True, slots=True)
class Marked:
    id: OrderId
    code: str
    mark: str
    placed_at: datetime


async def of(conn: Connection, code: str | None, limit: int) -> list[Marked]:
    """One order by its code, or all, oldest first."""
    rows = await conn.fetch(
        """SELECT id, code, attention, placed_at FROM orders
           WHERE attention IS NOT NULL AND ($1::text IS NULL OR code = $1) ORDER BY placed_at LIMIT $2""",
        code,
        limit,
    )
    return [Marked(OrderId(row["id"]), row["code"], row["attention"], row["placed_at"]) for row in rows]


async def settle(conn: Transaction, marked: Marked, *, because: str, by: str) -> bool:
    """False when the mark is another by now, or none: nobody has looked at that one."""
    found = await conn.fetchval(
        "UPDATE orders SET attention = NULL WHERE id = $1 AND attention = $2 RETURNING true", marked.id, marked.mark
    )
    if found:
        await conn.execute(
            "INSERT INTO order_mark_settled (order_id, mark, because, settled_by) VALUES ($1, $2, $3, $4)",
            marked.id,
            marked.mark,
            because,
            by,
        )
    return bool(found)
