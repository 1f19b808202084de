"""SQL of what the graph reads: one statement per batch; who may see what is in the `where`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.ids import BuyerId, CartId


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a subject, or one who sees all."""

    subject: str
    sees_all: bool = False


_ORDER = """
SELECT o.*, p.id AS payment_id, p.method AS payment_method, p.amount_rupiah AS payment_amount, p.status AS payment_status
FROM orders o JOIN payment p ON p.order_id = o.id JOIN buyer b ON b.id = o.buyer_id
"""


async def orders(conn: Connection, ids: list[OrderId], viewer: Viewer) -> dict[OrderId, Row]:
    rows = await conn.fetch(
        f"{_ORDER} WHERE o.id = ANY ($1) AND ($3 OR b.subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    return {OrderId(row["id"]): row for row in rows}


async def order_by_code(conn: Connection, code: str, viewer: Viewer) -> Row | None:
    return await conn.fetchrow(
        f"{_ORDER} WHERE o.code = $1 AND ($3 OR b.subject = $2)", code, viewer.subject, viewer.sees_all
    )


async def orders_of_buyer(
    conn: Connection, buyer_id: BuyerId, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """Newest first."""
    rows: list[Row] = await conn.fetch(
        f"""{_ORDER} WHERE o.buyer_id = $1 AND ($2::timestamptz IS NULL OR (o.placed_at, o.id) < ($2, $3))
            ORDER BY o.placed_at DESC, o.id DESC LIMIT $4""",
        buyer_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return rows


async def payments(conn: Connection, ids: list[PaymentId], viewer: Viewer) -> dict[PaymentId, Row]:
    rows = await conn.fetch(
        f"{_ORDER} WHERE p.id = ANY ($1) AND ($3 OR b.subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    return {PaymentId(row["payment_id"]): row for row in rows}


_SELLER_ORDER = """
SELECT s.*, o.code, o.version AS order_version, o.dropoff_kecamatan_code
FROM seller_order s JOIN orders o ON o.id = s.order_id
"""


async def seller_orders_of(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Row]]:
    """Of orders that the caller has been found to see."""
    rows = await conn.fetch(f"{_SELLER_ORDER} WHERE s.order_id = ANY ($1) ORDER BY s.id", order_ids)
    found: dict[OrderId, list[Row]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(row)
    return found


async def seller_orders(conn: Connection, ids: list[SellerOrderId], viewer: Viewer) -> dict[SellerOrderId, Row]:
    """For the order's buyer, the merchant's members, and who sees all."""
    rows = await conn.fetch(
        f"""{_SELLER_ORDER} JOIN buyer b ON b.id = o.buyer_id
            WHERE s.id = ANY ($1) AND ($3 OR b.subject = $2 OR EXISTS (
                SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        ids,
        viewer.subject,
        viewer.sees_all,
    )
    return {SellerOrderId(row["id"]): row for row in rows}


async def seller_orders_of_merchant(
    conn: Connection,
    merchant_id: MerchantId,
    status: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Newest first. The caller has been found to be a member."""
    rows: list[Row] = await conn.fetch(
        f"""{_SELLER_ORDER} WHERE s.merchant_id = $1 AND ($2::text IS NULL OR s.status = $2)
            AND ($3::timestamptz IS NULL OR (s.placed_at, s.id) < ($3, $4)) ORDER BY s.placed_at DESC, s.id DESC LIMIT $5""",
        merchant_id,
        status,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return rows


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


async def lines_of(conn: Connection, seller_order_ids: list[SellerOrderId]) -> dict[SellerOrderId, list[Row]]:
    rows = await conn.fetch(
        "SELECT * FROM order_line WHERE seller_order_id = ANY ($1) ORDER BY seller_order_id, position",
        seller_order_ids,
    )
    found: dict[SellerOrderId, list[Row]] = {each: [] for each in seller_order_ids}
    for row in rows:
        found[SellerOrderId(row["seller_order_id"])].append(row)
    return found


async def history_of(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Row]]:
    """The changes of status alone, in order."""
    rows = await conn.fetch(
        """SELECT order_id, at, status FROM (
               SELECT *, lag(status) OVER (PARTITION BY order_id ORDER BY version) AS before
               FROM order_history WHERE order_id = ANY ($1)) h
           WHERE before IS DISTINCT FROM status ORDER BY order_id, version""",
        order_ids,
    )
    found: dict[OrderId, list[Row]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(row)
    return found


async def contacts_of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, Row]:
    rows = await conn.fetch(
        "SELECT o.id AS order_id, c.* FROM orders o JOIN contact c ON c.id = o.contact_id WHERE o.id = ANY ($1)",
        order_ids,
    )
    return {OrderId(row["order_id"]): row for row in rows}


async def contact(conn: Connection, contact_id: UUID, viewer: Viewer) -> Row | None:
    return await conn.fetchrow(
        "SELECT c.* FROM contact c JOIN buyer b ON b.id = c.buyer_id WHERE c.id = $1 AND b.subject = $2",
        contact_id,
        viewer.subject,
    )


async def contacts_of_buyers(conn: Connection, buyer_ids: list[BuyerId]) -> dict[BuyerId, list[Row]]:
    rows = await conn.fetch("SELECT * FROM contact WHERE buyer_id = ANY ($1) ORDER BY created_at, id", buyer_ids)
    found: dict[BuyerId, list[Row]] = {each: [] for each in buyer_ids}
    for row in rows:
        found[BuyerId(row["buyer_id"])].append(row)
    return found


async def buyers(conn: Connection, ids: list[BuyerId], viewer: Viewer) -> set[BuyerId]:
    """Those that the caller may see."""
    rows = await conn.fetch(
        "SELECT id FROM buyer WHERE id = ANY ($1) AND ($3 OR subject = $2)", ids, viewer.subject, viewer.sees_all
    )
    return {BuyerId(row["id"]) for row in rows}


async def carts(conn: Connection, ids: list[CartId], viewer: Viewer) -> dict[CartId, Row]:
    rows = await conn.fetch(
        """SELECT c.* FROM cart c JOIN buyer b ON b.id = c.buyer_id
           WHERE c.id = ANY ($1) AND ($3 OR b.subject = $2)""",
        ids,
        viewer.subject,
        viewer.sees_all,
    )
    return {CartId(row["id"]): row for row in rows}


async def carts_of_buyers(conn: Connection, buyer_ids: list[BuyerId]) -> dict[BuyerId, Row]:
    rows = await conn.fetch("SELECT * FROM cart WHERE buyer_id = ANY ($1)", buyer_ids)
    return {BuyerId(row["buyer_id"]): row for row in rows}


async def cart_lines(conn: Connection, cart_ids: list[CartId]) -> dict[CartId, list[Row]]:
    """With what the projections say now: name, unit and price change under a cart."""
    rows = await conn.fetch(
        """SELECT l.id, l.cart_id, l.variant_id, l.quantity, p.name, v.unit_label, v.price_rupiah, v.price_basis, v.gram_per_base,
                  p.merchant_id, NOT v.gone AND p.status = 'PUBLISHED' AND coalesce(m.status = 'ACTIVE', false) AS for_sale
           FROM cart_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
           LEFT JOIN merchant m ON m.id = p.merchant_id
           WHERE l.cart_id = ANY ($1) ORDER BY l.cart_id, l.id""",
        cart_ids,
    )
    found: dict[CartId, list[Row]] = {each: [] for each in cart_ids}
    for row in rows:
        found[CartId(row["cart_id"])].append(row)
    return found


async def open_seller_orders(conn: Connection, merchant_id: MerchantId, limit: int) -> list[Row]:
    """Those that await the merchant, oldest first."""
    rows: list[Row] = await conn.fetch(
        f"""{_SELLER_ORDER} WHERE s.merchant_id = $1 AND s.status = 'AWAITING_MERCHANT'
            ORDER BY s.placed_at, s.id LIMIT $2""",
        merchant_id,
        limit,
    )
    return rows


async def changed_seller_orders(conn: Connection, merchant_id: MerchantId, since: datetime, limit: int) -> list[Row]:
    """In the order in which they changed."""
    rows: list[Row] = await conn.fetch(
        f"{_SELLER_ORDER} WHERE s.merchant_id = $1 AND s.changed_at >= $2 ORDER BY s.changed_at, s.id LIMIT $3",
        merchant_id,
        since,
        limit,
    )
    return rows
