"""SQL of what the graph reads: one statement per batch; who may see what is in the `where`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    IfRefused,
    OrderId,
    PaymentId,
    SellerOrderId,
    Slot,
)
from services.kit.database.db import Connection, Database, Row
from services.ordering.domain.calling_off import answer_to_call_off
from services.ordering.domain.ids import BuyerId, OrderLineId
from services.ordering.domain.order_line import OrderLineState
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.seller_order import SellerOrderStatus
from services.ordering.domain.wishes import WhenShort
from services.ordering.store.rows import (
    HANDOVER,
    Asked,
    Handover,
    Moment,
    Order,
    OrderLine,
    Packed,
    Payment,
    SellerOrder,
)  # fmt: skip
from services.ordering.store.stored import stored_reason, stored_state
from services.ordering.store.units import AS_SOLD, catch_weight, sale_unit

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Wanted(Generic[S]):
    """Which orders of a list: of one status, placed from a moment on and before another. None of a part is all."""

    status: S | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None

    @property
    def row(self) -> tuple[str | None, datetime | None, datetime | None]:
        return (str(self.status) if self.status else None), self.placed_from, self.placed_to


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a subject, or one who sees all."""

    subject: str
    sees_all: bool = False


async def now(conn: Connection) -> datetime:
    found: datetime = await conn.fetchval("SELECT wlijo_now()")
    return found


_ORDER = f"""
SELECT o.id, o.code, o.version, o.status, o.slot, o.placed_at, o.goods_rupiah, o.delivery_rupiah, o.total_rupiah, o.cancel_reason,
       coalesce(o.placed_goods_rupiah, o.goods_rupiah) + coalesce(o.placed_delivery_rupiah, o.delivery_rupiah)
           - coalesce(o.placed_discount_rupiah, o.discount_rupiah + o.delivery_discount_rupiah) AS placed_total_rupiah,
       o.if_refused, CASE WHEN o.state = 'AWAIT_MERCHANTS' AND o.agreed_at IS NULL AND o.pay_by IS NULL THEN o.answer_by END AS answer_by,
       o.borne_by, o.call_off_reason, o.call_off_at, o.state, o.test, o.agreed_at, o.kasbon_id, p.id AS payment_id,
       p.method AS payment_method,
       p.amount_rupiah AS payment_amount, coalesce(p.cash_due_rupiah, p.amount_rupiah) AS cash_due, p.collected_rupiah,
       p.status AS payment_status, p.provider, p.paid_at, p.refunded_rupiah, {HANDOVER}
FROM orders o JOIN payment p ON p.order_id = o.id JOIN buyer b ON b.id = o.buyer_id
"""


def _asked(row: Row) -> Asked | None:
    if row["call_off_reason"] is None:
        return None
    answer = answer_to_call_off(stored_state(row["state"], called_off=True))
    return Asked(CancelReason(row["call_off_reason"]), row["call_off_at"], answer)


def _order(row: Row) -> Order:
    return Order(
        id=OrderId(row["id"]),
        code=row["code"],
        version=row["version"],
        status=OrderStatus(row["status"]),
        slot=Slot(row["slot"]),
        placed_at=row["placed_at"],
        goods_rupiah=row["goods_rupiah"],
        delivery_rupiah=row["delivery_rupiah"],
        total_rupiah=row["total_rupiah"],
        placed_total_rupiah=row["placed_total_rupiah"],
        if_refused=IfRefused(row["if_refused"] or IfRefused.ASK),
        answer_by=row["answer_by"],
        cancel_reason=stored_reason(row["cancel_reason"], way=row["way"], paid=row["payment_status"]),
        borne_by=BorneBy(row["borne_by"]) if row["borne_by"] else None,
        asked=_asked(row),
        test=row["test"],
        payment=Payment.of(row),
        handover=Handover.of(row),
    )


def _wanted(table: str) -> str:
    """$2 to $4 are those of Wanted."""
    return f"""($2::text IS NULL OR {table}.status = $2) AND ($3::timestamptz IS NULL OR {table}.placed_at >= $3)
               AND ($4::timestamptz IS NULL OR {table}.placed_at < $4)"""


async def orders(conn: Connection, ids: list[OrderId], viewer: Viewer) -> dict[OrderId, Order]:
    rows = await conn.fetch(
        f"{_ORDER} WHERE o.id = ANY ($1) AND ($3 OR b.subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    found = [_order(row) for row in rows]
    return {order.id: order for order in found}


async def versions(db: Database, ids: Sequence[OrderId]) -> dict[OrderId, int]:
    """Whoever asks: a number says nothing of the order but that it has changed."""
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT id, version FROM orders WHERE id = ANY ($1)", ids)
    return {OrderId(row["id"]): row["version"] for row in rows}


async def order_by_code(conn: Connection, code: str, viewer: Viewer) -> Order | None:
    row = await conn.fetchrow(
        f"{_ORDER} WHERE o.code = $1 AND ($3 OR b.subject = $2)", code, viewer.subject, viewer.sees_all
    )
    return _order(row) if row else None


async def orders_of_buyer(
    conn: Connection, buyer_id: BuyerId, wanted: Wanted[OrderStatus], after: tuple[datetime, UUID] | None, limit: int
) -> list[Order]:
    """Newest first."""
    rows = await conn.fetch(
        f"""{_ORDER} WHERE o.buyer_id = $1 AND {_wanted("o")} AND ($5::timestamptz IS NULL OR (o.placed_at, o.id) < ($5, $6))
            ORDER BY o.placed_at DESC, o.id DESC LIMIT $7""",
        buyer_id,
        *wanted.row,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_order(row) for row in rows]


async def payments(conn: Connection, ids: list[PaymentId], viewer: Viewer) -> dict[PaymentId, Payment]:
    rows = await conn.fetch(
        f"{_ORDER} WHERE p.id = ANY ($1) AND ($3 OR b.subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    found = [_order(row).payment for row in rows]
    return {payment.id: payment for payment in found}


_SELLER_ORDER = f"""
SELECT s.id, s.order_id, s.merchant_id, s.version, s.status, s.placed_at, s.accept_by, s.ready_at, s.reject_reason, s.goods_rupiah,
       coalesce(s.placed_goods_rupiah, s.goods_rupiah) AS placed_goods_rupiah, s.left_at, s.note,
       o.kasbon_id IS NOT NULL AS on_kasbon, o.code, o.dropoff_kecamatan_code, n.name AS merchant_name, {HANDOVER}
FROM seller_order s JOIN orders o ON o.id = s.order_id LEFT JOIN merchant n ON n.id = s.merchant_id
"""


def _seller_order(row: Row) -> SellerOrder:
    return SellerOrder(
        id=SellerOrderId(row["id"]),
        order_id=OrderId(row["order_id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        merchant_name=row["merchant_name"],
        code=row["code"],
        version=row["version"],
        status=SellerOrderStatus(row["status"]),
        placed_at=row["placed_at"],
        accept_by=row["accept_by"],
        ready_at=row["ready_at"],
        reject_reason=row["reject_reason"],
        goods_rupiah=row["goods_rupiah"],
        placed_goods_rupiah=row["placed_goods_rupiah"],
        left_at=row["left_at"],
        dropoff_kecamatan_code=row["dropoff_kecamatan_code"],
        handover=Handover.of(row),
        note=row["note"],
        on_kasbon=row["on_kasbon"],
    )


async def seller_orders_of(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[SellerOrder]]:
    """Of orders that the caller has been found to see."""
    rows = await conn.fetch(f"{_SELLER_ORDER} WHERE s.order_id = ANY ($1) ORDER BY s.id", order_ids)
    found: dict[OrderId, list[SellerOrder]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        seller_order = _seller_order(row)
        found[seller_order.order_id].append(seller_order)
    return found


async def seller_orders(conn: Connection, ids: list[SellerOrderId], viewer: Viewer) -> dict[SellerOrderId, SellerOrder]:
    """For the order's buyer, the merchant's members, and who sees all."""
    rows = await conn.fetch(
        f"""{_SELLER_ORDER} JOIN buyer b ON b.id = o.buyer_id
            WHERE s.id = ANY ($1) AND ($3 OR b.subject = $2 OR EXISTS (
                SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        ids,
        viewer.subject,
        viewer.sees_all,
    )
    found = [_seller_order(row) for row in rows]
    return {seller_order.id: seller_order for seller_order in found}


async def seller_orders_of_merchant(
    conn: Connection,
    merchant_id: MerchantId,
    wanted: Wanted[SellerOrderStatus],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[SellerOrder]:
    """Newest first. The caller has been found to be a member. What is wanted of one status is a statement of its own: not all that an old
    merchant ever sold is looked through for the few that wait."""
    one = "s.status = $2 AND" if wanted.status else ""
    rows = await conn.fetch(
        f"""{_SELLER_ORDER} WHERE s.merchant_id = $1 AND {one} {_wanted("s")}
            AND ($5::timestamptz IS NULL OR (s.placed_at, s.id) < ($5, $6)) ORDER BY s.placed_at DESC, s.id DESC LIMIT $7""",
        merchant_id,
        *wanted.row,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_seller_order(row) for row in rows]


async def merchants_of(conn: Connection, merchant_ids: list[MerchantId], viewer: Viewer) -> set[MerchantId]:
    """Those of the merchants whose orders the caller may see."""
    rows = await conn.fetch(
        """SELECT id FROM merchant m WHERE id = ANY ($1) AND ($3 OR EXISTS (
               SELECT FROM merchant_member WHERE merchant_id = m.id AND subject = $2))""",
        merchant_ids,
        viewer.subject,
        viewer.sees_all,
    )
    return {MerchantId(row["id"]) for row in rows}


async def lines_of(conn: Connection, seller_order_ids: list[SellerOrderId]) -> dict[SellerOrderId, list[OrderLine]]:
    rows = await conn.fetch(
        f"""SELECT l.id, l.seller_order_id, l.variant_id, l.name, l.quantity, l.price_rupiah, l.price_basis, l.total_rupiah,
                   l.note, l.when_short, l.state, l.packed_quantity, l.packed_gram, l.final_rupiah, l.replaces, {AS_SOLD}
            FROM order_line l LEFT JOIN variant v ON v.id = l.variant_id AND v.unit_label = l.unit_label
            WHERE l.seller_order_id = ANY ($1) ORDER BY l.seller_order_id, l.position""",
        seller_order_ids,
    )
    found: dict[SellerOrderId, list[OrderLine]] = {each: [] for each in seller_order_ids}
    for row in rows:
        line = OrderLine(
            id=OrderLineId(row["id"]),
            variant_id=VariantId(row["variant_id"]),
            name=row["name"],
            unit=sale_unit(row),
            quantity=row["quantity"],
            price_rupiah=row["price_rupiah"],
            price_basis=row["price_basis"],
            total_rupiah=row["total_rupiah"],
            catch_weight=catch_weight(row),
            note=row["note"],
            when_short=WhenShort(row["when_short"] or WhenShort.ASK),
            packed=Packed(
                state=OrderLineState(row["state"]),
                quantity=row["packed_quantity"],
                gram=row["packed_gram"],
                rupiah=row["final_rupiah"],
                replaces=OrderLineId(row["replaces"]) if row["replaces"] else None,
            ),
        )
        found[SellerOrderId(row["seller_order_id"])].append(line)
    return found


async def history_of(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Moment]]:
    """The changes of status alone, in order."""
    rows = await conn.fetch(
        """SELECT order_id, at, status FROM (
               SELECT *, lag(status) OVER (PARTITION BY order_id ORDER BY version) AS before
               FROM order_history WHERE order_id = ANY ($1)) h
           WHERE before IS DISTINCT FROM status ORDER BY order_id, version""",
        order_ids,
    )
    found: dict[OrderId, list[Moment]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(Moment(row["at"], OrderStatus(row["status"])))
    return found


async def buyers(conn: Connection, ids: list[BuyerId], viewer: Viewer) -> set[BuyerId]:
    """Those that the caller may see."""
    rows = await conn.fetch(
        "SELECT id FROM buyer WHERE id = ANY ($1) AND ($3 OR subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    return {BuyerId(row["id"]) for row in rows}
