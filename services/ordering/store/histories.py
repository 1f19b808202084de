"""SQL of an order's history as a whole: who, when, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Connection, Row
from services.kit.messaging.effects import Effect
from services.ordering.domain.history import ActorKind, kind_of
from services.ordering.domain.process import OrderStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """`what` is the input that led to it."""

    at: datetime
    status: OrderStatus
    what: str
    actor: ActorKind
    by_viewer: bool
    reason: str | None
    code: ReasonCode | None


def _entry(row: Row) -> Entry:
    return Entry(
        at=row["at"],
        status=OrderStatus(row["status"]),
        what=row["input"],
        actor=ActorKind(row["actor_kind"]) if row["actor_kind"] else kind_of(row["input"]),
        by_viewer=row["mine"],
        reason=row["reason"],
        code=ReasonCode(row["reason_code"]) if row["reason_code"] else None,
    )


async def of_orders(conn: Connection, order_ids: list[OrderId], subject: str) -> dict[OrderId, list[Entry]]:
    """Oldest first, of orders that the caller has been found to see."""
    rows = await conn.fetch(
        """SELECT h.order_id, h.at, h.status, h.input, h.actor_kind, h.reason, h.reason_code, coalesce(h.actor = $2, false) AS mine
           FROM order_history h WHERE h.order_id = ANY ($1) ORDER BY h.order_id, h.version""",
        order_ids,
        subject,
    )
    found: dict[OrderId, list[Entry]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(_entry(row))
    return found


async def of_parts(conn: Connection, ids: list[SellerOrderId], subject: str) -> dict[SellerOrderId, list[Entry]]:
    """Oldest first, of parts that the caller has been found to see: what is about another's part is left out."""
    rows = await conn.fetch(
        """SELECT s.id, h.at, h.status, h.input, h.actor_kind, h.reason, h.reason_code, coalesce(h.actor = $2, false) AS mine
           FROM seller_order s JOIN order_history h ON h.order_id = s.order_id
           WHERE s.id = ANY ($1) AND (h.seller_order_id IS NULL OR h.seller_order_id = s.id) ORDER BY s.id, h.version""",
        ids,
        subject,
    )
    found: dict[SellerOrderId, list[Entry]] = {each: [] for each in ids}
    for row in rows:
        found[SellerOrderId(row["id"])].append(_entry(row))
    return found


def noted(order_id: OrderId, what: str, trip: DeliveryId | None = None) -> Effect:
    """Another version because something was heard that changes no state, of this trip if it is named: those who follow the order see it."""
    return Effect(
        _noted, (order_id, what, trip), woken=(str(order_id),), else_=f"news of an unknown order {order_id}: {what}"
    )


def _noted(first: int) -> str:
    order, what, trip = (f"${first + n}" for n in range(3))
    return f"""heard AS (UPDATE job SET news_at = wlijo_now() WHERE delivery_id = {trip}::uuid AND EXISTS (SELECT FROM moved)), saved AS (
        UPDATE orders SET version = version + 1 WHERE id = {order}::uuid AND EXISTS (SELECT FROM moved) RETURNING version, status, state
    ), done AS (
        INSERT INTO order_history (order_id, version, at, status, state, input)
        SELECT {order}::uuid, version, wlijo_now(), status,
               coalesce((SELECT h.state FROM order_history h WHERE h.order_id = {order}::uuid ORDER BY h.version DESC LIMIT 1), state),
               {what}::text
        FROM saved RETURNING true)"""
