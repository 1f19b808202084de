"""SQL of carts."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.catalog import ProductStatus, VariantId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection
from services.ordering.domain.cart import Choice
from services.ordering.domain.ids import BuyerId, CartId, CartLineId


async def lock(conn: Connection, cart_id: CartId) -> None:
    await conn.fetchval("SELECT id FROM cart WHERE id = $1 FOR UPDATE", cart_id)


@dataclass(frozen=True, slots=True)
class Locked:
    buyer_id: BuyerId
    version: int


async def lock_of(conn: Connection, cart_id: CartId, subject: str) -> Locked | None:
    """None when it is not this caller's. A statement of its own: what is read after it is read under the lock."""
    row = await conn.fetchrow(
        """SELECT b.id, c.version FROM cart c JOIN buyer b ON b.id = c.buyer_id
           WHERE c.id = $1 AND b.subject = $2 FOR UPDATE OF c""",
        cart_id,
        subject,
    )
    return Locked(BuyerId(row["id"]), row["version"]) if row else None


async def quantities(conn: Connection, cart_id: CartId) -> dict[VariantId, int]:
    rows = await conn.fetch("SELECT variant_id, quantity FROM cart_line WHERE cart_id = $1", cart_id)
    return {VariantId(row["variant_id"]): row["quantity"] for row in rows}


async def choice(conn: Connection, cart_id: CartId, variant_id: VariantId) -> Choice | None:
    """None for a variant that nobody has told of, or that is gone. The cart must be locked."""
    row = await conn.fetchrow(
        """SELECT p.status, v.min, v.step, v.max, v.price_rupiah, v.price_basis, v.gram_per_base,
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
        maximum=row["max"],
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
    """Whether there was one. The cart must be locked."""
    return bool(
        await conn.fetchval(
            """WITH gone AS (DELETE FROM cart_line WHERE cart_id = $1 AND variant_id = $2 RETURNING 1)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND EXISTS (SELECT FROM gone) RETURNING true""",
            cart_id,
            variant_id,
        )
    )


async def lock_of_order(conn: Connection, order_id: OrderId) -> CartId:
    """The cart of the order's buyer, who has had one since before the order."""
    return CartId(
        await conn.fetchval(
            "SELECT c.id FROM cart c JOIN orders o ON o.buyer_id = c.buyer_id WHERE o.id = $1 FOR UPDATE OF c", order_id
        )
    )


async def take_back(conn: Connection, cart_id: CartId, order_id: OrderId, *, at_most: int) -> bool:
    """Whether the cart is another now; it must be locked. A line that comes anew has the order line's id, and so its place in the
    order in which things were put in."""
    return bool(
        await conn.fetchval(
            """WITH ordered AS (
                   SELECT l.id, l.variant_id, l.quantity, c.id IS NOT NULL AS known,
                          row_number() OVER (PARTITION BY c.id IS NULL ORDER BY l.position) AS n
                   FROM seller_order s JOIN order_line l ON l.seller_order_id = s.id
                   LEFT JOIN cart_line c ON c.cart_id = $1 AND c.variant_id = l.variant_id WHERE s.order_id = $2
               ), put AS (
                   INSERT INTO cart_line AS c (id, cart_id, variant_id, quantity)
                   SELECT id, $1, variant_id, quantity FROM ordered
                   WHERE known OR n <= $3 - (SELECT count(*) FROM cart_line WHERE cart_id = $1)
                   ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity
                   WHERE c.quantity < excluded.quantity RETURNING 1)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND EXISTS (SELECT FROM put) RETURNING true""",
            cart_id,
            order_id,
            at_most,
        )
    )
