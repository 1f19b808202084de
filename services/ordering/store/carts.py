"""SQL of carts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.catalog import MerchantId, ProductStatus, VariantId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Row, Transaction
from services.kit.database.step import Step
from services.kit.database.writes import Write
from services.ordering.domain.cart import Choice, Price
from services.ordering.domain.guests import Guest
from services.ordering.domain.ids import BuyerId, CartId, CartLineId
from services.ordering.domain.wishes import WhenShort, Wish

_LINES: Final = frozenset({"cart", "cart_line"})


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


_CHOICE = """SELECT c.id AS cart_id, c.xmin::text AS seen, b.erased_at IS NOT NULL AS of_erased, p.status,
       p.status = 'BLOCKED' AND p.lacks_licence AS lacks_licence, v.min, v.step, v.max, v.price_rupiah, v.price_basis, v.gram_per_base,
       cart.quantity, cart.lines AS cart_lines, cart.other_merchants, cart.other_rupiah, cart.other_gram,
       present.seen_price_rupiah, present.seen_price_basis, present.note, present.when_short
FROM cart c LEFT JOIN buyer b ON b.id = c.buyer_id
LEFT JOIN (variant v JOIN product p ON p.id = v.product_id) ON v.id = $2::uuid AND NOT v.gone
LEFT JOIN cart_line present ON present.cart_id = c.id AND present.variant_id = $2
CROSS JOIN LATERAL (
    SELECT max(l.quantity) FILTER (WHERE l.variant_id = $2) AS quantity, count(*) AS lines,
           count(DISTINCT q.merchant_id) FILTER (WHERE q.merchant_id <> p.merchant_id) AS other_merchants,
           coalesce(sum(div(2 * o.price_rupiah::numeric * l.quantity + o.price_basis, 2 * o.price_basis::numeric))
                    FILTER (WHERE l.variant_id <> $2), 0) AS other_rupiah,
           coalesce(sum(ceil(l.quantity * o.gram_per_base::numeric))
                    FILTER (WHERE l.variant_id <> $2), 0) AS other_gram
    FROM cart_line l LEFT JOIN variant o ON o.id = l.variant_id
    LEFT JOIN product q ON q.id = o.product_id WHERE l.cart_id = c.id) AS cart"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A cart that is not locked: it has to be as it was seen when it is written. `choice` as of `choice`."""

    cart_id: CartId
    of_erased: bool
    quantity: int | None
    choice: Choice | None


async def look(conn: Step, whose: str | Guest, variant_id: VariantId) -> Seen | None:
    """None when there is no such cart."""
    if isinstance(whose, Guest):
        rows = await conn.look(
            f"{_CHOICE} WHERE c.token_hash = $1 AND c.taken_over_by IS NULL", whose.token_hash, variant_id
        )
    else:
        rows = await conn.look(f"{_CHOICE} WHERE b.subject = $1", whose, variant_id)
    if not rows:
        return None
    (row,) = rows
    conn.holds("cart", "id", row["cart_id"], [row["seen"]])
    return Seen(CartId(row["cart_id"]), row["of_erased"], row["quantity"], _choice(row, variant_id))


async def choice(conn: Connection, cart_id: CartId, variant_id: VariantId) -> Choice | None:
    """None for a variant that nobody has told of, or that is gone. The cart must be locked."""
    row = await conn.fetchrow(f"{_CHOICE} WHERE c.id = $1", cart_id, variant_id)
    return _choice(row, variant_id) if row else None


def _choice(row: Row, variant_id: VariantId) -> Choice | None:
    if row["status"] is None:
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
        lacks_licence=row["lacks_licence"],
        seen=None if row["seen_price_rupiah"] is None else Price(row["seen_price_rupiah"], row["seen_price_basis"]),
        note=row["note"],
        when_short=WhenShort(row["when_short"]) if row["when_short"] else None,
        of_erased=row["of_erased"],
    )


_SET_LINE = """line_set AS (
    INSERT INTO cart_line AS l (id, cart_id, variant_id, quantity, seen_price_rupiah, seen_price_basis, note, when_short)
    VALUES ($2, $1, $3, $4, $5, $6, nullif($7, ''), $8)
    ON CONFLICT (cart_id, variant_id) DO UPDATE SET
        (quantity, seen_price_rupiah, seen_price_basis, note, when_short)
        = (excluded.quantity, excluded.seen_price_rupiah, excluded.seen_price_basis,
           CASE WHEN $7::text IS NULL THEN l.note ELSE excluded.note END, coalesce(excluded.when_short, l.when_short))
), of_set AS (UPDATE cart SET version = version + 1, updated_at = wlijo_now() WHERE id = $1)"""


async def set_line(
    conn: Transaction,
    cart_id: CartId,
    line_id: CartLineId,
    variant_id: VariantId,
    quantity: int,
    price: Price,
    wish: Wish,
) -> None:
    """`price` is what its buyer sees now. The cart must be locked, or looked at in a step."""
    said = [wish.note, str(wish.when_short) if wish.when_short else None]
    await conn.write(
        Write(_SET_LINE, [cart_id, line_id, variant_id, quantity, price.rupiah, price.basis, *said], _LINES)
    )


async def set_seller_note(conn: Connection, cart_id: CartId, merchant_id: MerchantId, note: str) -> bool | None:
    """Whether it is another now, None when the cart has nothing of the merchant. An empty one takes it away; so do notes go to whom the
    cart has nothing of any more. The cart must be locked."""
    changed: bool | None = await conn.fetchval(
        """WITH of_cart AS MATERIALIZED (
               SELECT DISTINCT p.merchant_id FROM cart_line l JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
               WHERE l.cart_id = $1
           ), gone AS (
               DELETE FROM cart_seller WHERE cart_id = $1
               AND (merchant_id NOT IN (SELECT merchant_id FROM of_cart) OR (merchant_id = $2 AND $3 = '')) RETURNING merchant_id
           ), put AS (
               INSERT INTO cart_seller AS s (cart_id, merchant_id, note) SELECT $1, merchant_id, $3 FROM of_cart
               WHERE merchant_id = $2 AND $3 <> ''
               ON CONFLICT (cart_id, merchant_id) DO UPDATE SET note = excluded.note WHERE s.note <> excluded.note RETURNING merchant_id
           ), moved AS (
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND (EXISTS (SELECT FROM put) OR EXISTS (SELECT FROM gone WHERE merchant_id = $2)) RETURNING true
           )
           SELECT EXISTS (SELECT FROM moved) FROM of_cart WHERE merchant_id = $2""",
        cart_id,
        merchant_id,
        note,
    )
    return changed


_REMOVE_LINE = """line_removed AS (
    DELETE FROM cart_line WHERE cart_id = $1 AND variant_id = $2
), of_removed AS (UPDATE cart SET version = version + 1, updated_at = wlijo_now() WHERE id = $1)"""


async def remove_line(conn: Transaction, cart_id: CartId, variant_id: VariantId) -> None:
    """One that is there. The cart must be locked, or looked at in a step."""
    await conn.write(Write(_REMOVE_LINE, [cart_id, variant_id], _LINES))


async def lock_of_order(conn: Connection, order_id: OrderId) -> CartId:
    """The cart of the order's buyer, who has had one since before the order."""
    return CartId(
        await conn.fetchval(
            "SELECT c.id FROM cart c JOIN orders o ON o.buyer_id = c.buyer_id WHERE o.id = $1 FOR UPDATE OF c", order_id
        )
    )


async def lock_of_own_order(conn: Connection, order_id: OrderId, subject: str) -> CartId | None:
    """The cart of the order's buyer; None when that is not this caller."""
    found = await conn.fetchval(
        """SELECT c.id FROM cart c JOIN orders o ON o.buyer_id = c.buyer_id JOIN buyer b ON b.id = c.buyer_id
           WHERE o.id = $1 AND b.subject = $2 FOR UPDATE OF c""",
        order_id,
        subject,
    )
    return CartId(found) if found else None


async def take_back(
    conn: Connection,
    cart_id: CartId,
    order_id: OrderId,
    *,
    at_most: int,
    only: Sequence[VariantId] | None = None,
) -> bool:
    """Whether the cart is another now; it must be locked. A line that comes anew has the order line's id, and so its place in the
    order in which things were put in; what was seen is what was paid. `only` these variants, when it is said."""
    return bool(
        await conn.fetchval(
            """WITH ordered AS (
                   SELECT l.id, l.variant_id, l.quantity, l.price_rupiah, l.price_basis, l.note, l.when_short, c.id IS NOT NULL AS known,
                          row_number() OVER (PARTITION BY c.id IS NULL ORDER BY l.position) AS n
                   FROM seller_order s JOIN order_line l ON l.seller_order_id = s.id
                   LEFT JOIN cart_line c ON c.cart_id = $1 AND c.variant_id = l.variant_id
                   WHERE s.order_id = $2 AND l.replaces IS NULL AND ($4::uuid[] IS NULL OR l.variant_id = ANY ($4))
               ), put AS (
                   INSERT INTO cart_line AS c (id, cart_id, variant_id, quantity, seen_price_rupiah, seen_price_basis, note, when_short)
                   SELECT id, $1, variant_id, quantity, price_rupiah, price_basis, note, when_short FROM ordered
                   WHERE known OR n <= $3 - (SELECT count(*) FROM cart_line WHERE cart_id = $1)
                   ON CONFLICT (cart_id, variant_id) DO UPDATE SET
                       (quantity, seen_price_rupiah, seen_price_basis, note, when_short)
                       = (excluded.quantity, excluded.seen_price_rupiah, excluded.seen_price_basis,
                          coalesce(c.note, excluded.note), coalesce(c.when_short, excluded.when_short))
                   WHERE c.quantity < excluded.quantity RETURNING 1
               ), said AS (
                   INSERT INTO cart_seller (cart_id, merchant_id, note)
                   SELECT $1, merchant_id, note FROM seller_order
                   WHERE order_id = $2 AND note IS NOT NULL AND EXISTS (SELECT FROM put) ON CONFLICT DO NOTHING)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND EXISTS (SELECT FROM put) RETURNING true""",
            cart_id,
            order_id,
            at_most,
            only,
        )
    )
