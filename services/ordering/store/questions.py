"""SQL of what buyers were asked while their orders were packed, for who sees the order or the part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.catalog import SaleUnit
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import Connection, Row
from services.kit.ids import Id
from services.ordering.domain.question import Question
from services.ordering.store.packing import QUESTION, question
from services.ordering.store.units import AS_SOLD, sale_unit

I = TypeVar("I", bound=Id)  # noqa: E741 - an id


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what the line that it is about was sold as."""

    question: Question
    name: str
    unit: SaleUnit


_ASKED = f"""
SELECT q.order_id, q.seller_order_id, {QUESTION}, l.name, {AS_SOLD}
FROM order_question q JOIN order_line l ON l.id = q.line_id
LEFT JOIN variant v ON v.id = l.variant_id AND v.unit_label = l.unit_label
"""


async def of_orders(conn: Connection, order_ids: Sequence[OrderId]) -> dict[OrderId, list[Asked]]:
    """Oldest first."""
    rows = await conn.fetch(f"{_ASKED} WHERE q.order_id = ANY ($1) ORDER BY q.asked_at, q.id", order_ids)
    return _by([(OrderId(row["order_id"]), row) for row in rows], order_ids)


async def of_parts(conn: Connection, ids: Sequence[SellerOrderId]) -> dict[SellerOrderId, list[Asked]]:
    """Oldest first."""
    rows = await conn.fetch(
        f"""{_ASKED} WHERE q.order_id IN (SELECT order_id FROM seller_order WHERE id = ANY ($1)) AND q.seller_order_id = ANY ($1)
            ORDER BY q.asked_at, q.id""",
        ids,
    )
    return _by([(SellerOrderId(row["seller_order_id"]), row) for row in rows], ids)


def _by(rows: Sequence[tuple[I, Row]], ids: Sequence[I]) -> dict[I, list[Asked]]:
    found: dict[I, list[Asked]] = {each: [] for each in ids}
    for key, row in rows:
        found[key].append(Asked(question(row), row["name"], sale_unit(row)))
    return found
