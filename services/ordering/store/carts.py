"""SQL of carts."""

from __future__ import annotations

from services.contracts.catalog import ProductStatus, VariantId
from services.kit.database.db import Connection
from services.ordering.domain.cart import Choice
from services.ordering.domain.ids import BuyerId, CartId, CartLineId


async def lock(conn: Connection, cart_id: CartId) -> None:
    await conn.fetchval("SELECT id FROM cart WHERE id = $1 FOR UPDATE", cart_id)


async def lock_of(conn: Connection, cart_id: CartId, subject: str) -> BuyerId | None:
    """The cart's buyer; None when it is not this caller's. A statement of its own: what is read after it is read under the lock."""
    found = await conn.fetchval(
        """SELECT b.id FROM cart c JOIN buyer b ON b.id = c.buyer_id
           WHERE c.id = $1 AND b.subject = $2 FOR UPDATE OF c""",
        cart_id,
        subject,
    )
    return BuyerId(found) if found else None


async def choice(conn: Connection, cart_id: CartId, variant_id: VariantId) -> Choice | None:
    """None for a variant that nobody has told of, or that is gone. The cart must be locked."""
    row = await conn.fetchrow(
        """SELECT p.status, v.min, v.step, v.price_rupiah, v.price_basis, v.gram_per_base,
                  cart.quantity, cart.lines AS cart_lines, cart.other_merchants, cart.other_rupiah, cart.other_gram
           FROM variant v JOIN product p ON p.id = v.product_id
           CROSS JOIN LATERAL (
               SELECT max(l.quantity) FILTER (WHERE l.variant_id = v.id) AS quantity, count(*) AS lines,
                      count(DISTINCT q.merchant_id) FILTER (WHERE q.merchant_id <> p.merchant_id) AS other_merchants,
                      coalesce(sum(div(2 * o.price_rupiah::numeric * l.quantity + o.price_basis, 2 * o.price_basis::numeric))
                               FILTER (WHERE l.variant_id <> v.id), 0) AS other_rupiah,
                      coalesce(sum(ceil(l.quantity * o.gram_per_base::numeric))
                               FILTER (WHERE l.variant_id <> v.id), 0) AS other_gram
               FROM cart_line l LEFT JOIN variant o ON o.id = l.variant_id
               LEFT JOIN product q ON q.id = o.product_id WHERE l.cart_id = $1) AS cart
           WHERE v.id = $2 AND NOT v.gone""",
        cart_id,
        variant_id,
    )
    if row is None:
        return None
    return Choice(
        variant_id=variant_id,
        status=ProductStatus(row["status"]),
        minimum=row["min"],
        step=row["step"],
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        gram_per_base=row["gram_per_base"],
        quantity=row["quantity"],
        cart_lines=row["cart_lines"],
        other_merchants=row["other_merchants"],
        other_rupiah=int(row["other_rupiah"]),
        other_gram=int(row["other_gram"]),
    )


async def set_line(
    conn: Connection, cart_id: CartId, line_id: CartLineId, variant_id: VariantId, quantity: int
) -> None:
    await conn.execute(
        """WITH changed AS (
               INSERT INTO cart_line (id, cart_id, variant_id, quantity) VALUES ($2, $1, $3, $4)
               ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity)
           UPDATE cart SET version = version + 1, updated_at = wlijo_now() WHERE id = $1""",
        cart_id,
        line_id,
        variant_id,
        quantity,
    )


async def remove_line(conn: Connection, cart_id: CartId, variant_id: VariantId) -> bool:
    """Whether there was one."""
    return bool(
        await conn.fetchval(
            """WITH gone AS (DELETE FROM cart_line WHERE cart_id = $1 AND variant_id = $2 RETURNING 1)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND EXISTS (SELECT FROM gone) RETURNING true""",
            cart_id,
            variant_id,
        )
    )
