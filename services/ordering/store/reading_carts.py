"""SQL of what the graph reads of carts: one statement per batch; who may see what is in the `where`."""

from __future__ import annotations

from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Connection, Row
from services.ordering.domain.cart import Price
from services.ordering.domain.guests import Guest
from services.ordering.domain.ids import BuyerId, CartId, CartLineId
from services.ordering.domain.wishes import WhenShort
from services.ordering.store.reading import Viewer
from services.ordering.store.rows import Cart, CartLine
from services.ordering.store.units import catch_weight, sale_unit

_CART = """c.id, c.buyer_id, c.version, c.updated_at, c.token_hash IS NOT NULL AS of_guest,
       CASE WHEN c.swept_lines > 0 AND c.swept_at = c.updated_at THEN c.swept_at END AS expired_at"""


def _cart(row: Row) -> Cart:
    return Cart(CartId(row["id"]), row["version"], row["updated_at"], row["of_guest"], row["expired_at"])


async def carts(conn: Connection, ids: list[CartId], viewer: Viewer) -> dict[CartId, Cart]:
    """Of buyers: a guest's is found by its token alone."""
    rows = await conn.fetch(
        f"SELECT {_CART} FROM cart c JOIN buyer b ON b.id = c.buyer_id WHERE c.id = ANY ($1) AND ($3 OR b.subject = $2)",
        ids,
        viewer.subject,
        viewer.sees_all,
    )
    return {CartId(row["id"]): _cart(row) for row in rows}


async def carts_of_buyers(conn: Connection, buyer_ids: list[BuyerId]) -> dict[BuyerId, Cart]:
    rows = await conn.fetch(f"SELECT {_CART} FROM cart c WHERE c.buyer_id = ANY ($1)", buyer_ids)
    return {BuyerId(row["buyer_id"]): _cart(row) for row in rows}


async def carts_of_guests(conn: Connection, guests: list[Guest]) -> dict[Guest, Cart]:
    """What was taken over is its buyer's."""
    rows = await conn.fetch(
        f"SELECT c.token_hash, {_CART} FROM cart c WHERE c.token_hash = ANY ($1) AND c.taken_over_by IS NULL",
        [each.token_hash for each in guests],
    )
    return {Guest(row["token_hash"]): _cart(row) for row in rows}


async def seller_notes(conn: Connection, cart_ids: list[CartId]) -> dict[CartId, dict[MerchantId, str]]:
    rows = await conn.fetch("SELECT cart_id, merchant_id, note FROM cart_seller WHERE cart_id = ANY ($1)", cart_ids)
    found: dict[CartId, dict[MerchantId, str]] = {each: {} for each in cart_ids}
    for row in rows:
        found[CartId(row["cart_id"])][MerchantId(row["merchant_id"])] = row["note"]
    return found


async def cart_lines(conn: Connection, cart_ids: list[CartId]) -> dict[CartId, list[CartLine]]:
    rows = await conn.fetch(
        """SELECT l.id, l.cart_id, l.variant_id, l.quantity, p.name, v.unit_label, v.unit_code, v.unit_kind, v.base_per_unit,
                  v.step, v.min, v.max, v.weight_price_rupiah, v.weight_basis, v.overrun_percent,
                  v.price_rupiah, v.price_basis, v.gram_per_base, l.seen_price_rupiah, l.seen_price_basis, l.note, l.when_short,
                  p.merchant_id, m.name AS merchant_name,
                  NOT v.gone AND p.status = 'PUBLISHED' AND coalesce(m.status = 'ACTIVE', false) AS for_sale
           FROM cart_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
           LEFT JOIN merchant m ON m.id = p.merchant_id
           WHERE l.cart_id = ANY ($1) ORDER BY l.cart_id, l.id""",
        cart_ids,
    )
    found: dict[CartId, list[CartLine]] = {each: [] for each in cart_ids}
    for row in rows:
        line = CartLine(
            id=CartLineId(row["id"]),
            variant_id=VariantId(row["variant_id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            merchant_name=row["merchant_name"],
            quantity=row["quantity"],
            name=row["name"],
            unit=sale_unit(row),
            price_rupiah=row["price_rupiah"],
            price_basis=row["price_basis"],
            gram_per_base=row["gram_per_base"],
            for_sale=row["for_sale"],
            catch_weight=catch_weight(row),
            seen=None if row["seen_price_rupiah"] is None else Price(row["seen_price_rupiah"], row["seen_price_basis"]),
            note=row["note"],
            when_short=WhenShort(row["when_short"] or WhenShort.ASK),
        )
        found[CartId(row["cart_id"])].append(line)
    return found
