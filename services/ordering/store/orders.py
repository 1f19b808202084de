"""SQL of an order's progress: the row is locked, then read with its parts, then all that changed is written in one statement."""

from __future__ import annotations

from uuid import UUID

from services.contracts.catalog import MerchantId
from services.contracts.ordering import BorneBy, CancelReason, OrderId, PaymentId, SellerOrderId
from services.kit.database.db import Connection, Row, only_row
from services.ordering.domain.ledger import Shares
from services.ordering.domain.machines import OrderStatus, PaymentStatus, SellerOrderStatus
from services.ordering.domain.process import State, Timer
from services.ordering.domain.progress import Order, SellerOrder


async def lock(conn: Connection, order_id: OrderId) -> Order | None:
    # Two statements: what is joined to a row that was waited for would be of the time before the wait.
    row = await conn.fetchrow("SELECT *, wlijo_now() AS at FROM orders WHERE id = $1 FOR UPDATE", order_id)
    if row is None:
        return None
    parts = await conn.fetch(
        """SELECT s.*, p.id AS payment_id, p.status AS payment_status, p.collected_rupiah
           FROM seller_order s JOIN payment p ON p.order_id = s.order_id WHERE s.order_id = $1 ORDER BY s.id""",
        order_id,
    )
    return _order(row, parts)


def _order(row: Row, parts: list[Row]) -> Order:
    return Order(
        id=OrderId(row["id"]),
        at=row["at"],
        placed_at=row["placed_at"],
        version=row["version"],
        status=OrderStatus(row["status"]),
        state=State(row["state"]),
        delivery_rupiah=row["delivery_rupiah"],
        total_rupiah=row["total_rupiah"],
        shares=Shares(row["rider_share_rupiah"], row["partner_share_rupiah"], row["platform_share_rupiah"]),
        test=row["test"],
        payment_id=PaymentId(parts[0]["payment_id"]),
        payment_status=PaymentStatus(parts[0]["payment_status"]),
        collected_rupiah=parts[0]["collected_rupiah"],
        confirmed_at=row["confirmed_at"],
        ended_at=row["ended_at"],
        cancel_reason=CancelReason(row["cancel_reason"]) if row["cancel_reason"] else None,
        borne_by=BorneBy(row["borne_by"]) if row["borne_by"] else None,
        attention=row["attention"],
        sellers=[
            SellerOrder(
                id=SellerOrderId(part["id"]),
                merchant_id=MerchantId(part["merchant_id"]),
                status=SellerOrderStatus(part["status"]),
                goods_rupiah=part["goods_rupiah"],
                commission_rupiah=part["commission_rupiah"],
                accept_within_s=part["accept_within_s"],
                prep_time_s=part["prep_time_s"],
                auto_accept=part["auto_accept"],
                accept_by=part["accept_by"],
                ready_at=part["ready_at"],
                reject_reason=part["reject_reason"],
            )
            for part in parts
        ],
    )


async def save(conn: Connection, order: Order, given: str) -> None:
    """The next version of the order, and what led to it."""
    changed = [each for each in order.sellers if each.changed]
    await conn.execute(
        """WITH saved AS (
               UPDATE orders SET version = version + 1, status = $2, state = $3, confirmed_at = $4, ended_at = $5, cancel_reason = $6,
                                 borne_by = $7, attention = $8 WHERE id = $1 RETURNING version
           ), told AS (
               INSERT INTO order_history (order_id, version, at, status, state, input)
               SELECT $1, version, $9, $2, $3, $10 FROM saved
           ), paid AS (
               UPDATE payment SET status = $11, collected_rupiah = $12 WHERE order_id = $1 AND status <> $11
           ), sellers AS (
               UPDATE seller_order s SET status = u.status, version = s.version + 1, changed_at = $9, accept_by = u.accept_by,
                                         ready_at = u.ready_at, reject_reason = u.reject_reason
               FROM unnest($13::uuid[], $14::text[], $15::timestamptz[], $16::timestamptz[], $17::text[])
                    AS u (id, status, accept_by, ready_at, reject_reason)
               WHERE s.id = u.id
           )
           INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT $1, kind, debit, credit, amount, $9
           FROM unnest($18::text[], $19::text[], $20::text[], $21::bigint[]) AS t (kind, debit, credit, amount)""",
        order.id,
        str(order.status),
        str(order.state),
        order.confirmed_at,
        order.ended_at,
        str(order.cancel_reason) if order.cancel_reason else None,
        str(order.borne_by) if order.borne_by else None,
        order.attention,
        order.at,
        given,
        str(order.payment_status),
        order.collected_rupiah,
        [each.id for each in changed],
        [str(each.status) for each in changed],
        [each.accept_by for each in changed],
        [each.ready_at for each in changed],
        [each.reject_reason for each in changed],
        [str(each.kind) for each in order.transfers],
        [each.debit for each in order.transfers],
        [each.credit for each in order.transfers],
        [each.amount_rupiah for each in order.transfers],
    )


async def note(conn: Connection, order_id: OrderId, what: str) -> bool:
    """Another version because something was heard that changes no state; False for an unknown order."""
    return bool(
        await conn.fetchval(
            """WITH saved AS (
                   UPDATE orders SET version = version + 1 WHERE id = $1 RETURNING version, status, state)
               INSERT INTO order_history (order_id, version, at, status, state, input)
               SELECT $1, version, wlijo_now(), status, state, $2 FROM saved RETURNING true""",
            order_id,
            what,
        )
    )


async def drop_timers(conn: Connection, order_id: OrderId, *, but: Timer | None) -> None:
    # One that fires at this moment is locked and waits for our order: waiting for it would be a deadlock. It will find the order
    # moved on, and do nothing.
    await conn.execute(
        """DELETE FROM timer WHERE (kind, subject) IN (
               SELECT kind, subject FROM timer WHERE subject = $1 AND kind <> ALL ($2::text[]) FOR UPDATE SKIP LOCKED)""",
        order_id,
        [str(but)] if but else [],
    )


async def order_of_seller_order(
    conn: Connection, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> OrderId | None:
    """None when it does not exist or the caller is not a member of its merchant."""
    found: UUID | None = await conn.fetchval(
        """SELECT order_id FROM seller_order s WHERE id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        seller_order_id,
        subject,
        sees_all,
    )
    return OrderId(found) if found else None


async def is_buyers(conn: Connection, order_id: OrderId, subject: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM orders o JOIN buyer b ON b.id = o.buyer_id WHERE o.id = $1 AND b.subject = $2",
            order_id,
            subject,
        )
    )


async def count_open(conn: Connection) -> dict[str, int]:
    """Orders that are not over, by state."""
    rows = await conn.fetch("SELECT state, count(*) AS orders FROM orders WHERE ended_at IS NULL GROUP BY state")
    return {row["state"]: row["orders"] for row in rows}


async def count_troubled(conn: Connection) -> tuple[int, int]:
    """Orders that are not over and have no timer; orders that a person has to look at."""
    row = await only_row(
        conn,
        """SELECT (SELECT count(*) FROM orders o WHERE ended_at IS NULL AND NOT EXISTS (
                      SELECT FROM timer t WHERE t.kind = ANY ($1) AND t.subject = o.id)) AS untimed,
                  (SELECT count(*) FROM orders WHERE attention IS NOT NULL) AS attention""",
        [str(each) for each in Timer],
    )
    return row["untimed"], row["attention"]
