"""SQL of guests' carts, and of what age takes from any cart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.catalog import VariantId
from services.kit.database.db import Connection, only_row
from services.ordering.domain.guests import BUYERS_KEEP, FORGOTTEN_AFTER, GUESTS_KEEP, Guest
from services.ordering.domain.ids import BuyerId, CartId, CartLineId


@dataclass(frozen=True, slots=True)
class LineLeft:
    """Of a guest's cart, where a buyer's had no room."""

    line_id: CartLineId
    variant_id: VariantId
    name: str
    quantity: int


async def full_since(conn: Connection, most: int) -> tuple[datetime, datetime | None]:
    """The present, and when the first of the last `most` carts was opened, if that was within an hour."""
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS at, (
               SELECT opened_at FROM cart WHERE token_hash IS NOT NULL AND opened_at > (SELECT wlijo_now()) - interval '1 hour'
               ORDER BY opened_at DESC OFFSET $1 - 1 LIMIT 1) AS since""",
        most,
    )
    return row["at"], row["since"]


async def add(conn: Connection, cart_id: CartId, guest: Guest) -> None:
    await conn.execute(
        "INSERT INTO cart (id, token_hash, opened_at, updated_at) VALUES ($1, $2, wlijo_now(), wlijo_now())",
        cart_id,
        guest.token_hash,
    )


async def lock(conn: Connection, guest: Guest, buyer_id: BuyerId | None = None) -> CartId | None:
    """None for a token that is nobody's, and for a cart that another buyer than this one has taken over, or any one."""
    found = await conn.fetchval(
        "SELECT id FROM cart WHERE token_hash = $1 AND (taken_over_by IS NULL OR taken_over_by = $2) FOR UPDATE",
        guest.token_hash,
        buyer_id,
    )
    return CartId(found) if found else None


async def take_over(conn: Connection, cart_id: CartId, guests: CartId, buyer_id: BuyerId, *, at_most: int) -> bool:
    """Whether the buyer's cart is another now; both must be locked, the buyer's first. A line that moves keeps its id, and so its place in
    the order in which things were put in. Of a variant that both have the larger quantity stays, with the price at which it was seen, and
    what was said of the buyer's."""
    return bool(
        await conn.fetchval(
            """WITH theirs AS MATERIALIZED (
                   SELECT l.*, c.id AS known, row_number() OVER (PARTITION BY c.id IS NULL ORDER BY l.id) AS n
                   FROM cart_line l LEFT JOIN cart_line c ON c.cart_id = $1 AND c.variant_id = l.variant_id WHERE l.cart_id = $2
               ), moved AS (
                   UPDATE cart_line l SET cart_id = $1 FROM theirs t
                   WHERE l.id = t.id AND t.known IS NULL AND t.n <= $4 - (SELECT count(*) FROM cart_line WHERE cart_id = $1)
                   RETURNING 1
               ), joined AS (
                   UPDATE cart_line l SET quantity = greatest(l.quantity, t.quantity),
                       seen_price_rupiah = CASE WHEN l.quantity < t.quantity THEN t.seen_price_rupiah ELSE l.seen_price_rupiah END,
                       seen_price_basis = CASE WHEN l.quantity < t.quantity THEN t.seen_price_basis ELSE l.seen_price_basis END,
                       note = coalesce(l.note, t.note), when_short = coalesce(l.when_short, t.when_short)
                   FROM theirs t WHERE l.id = t.known RETURNING 1
               ), gone AS (
                   DELETE FROM cart_line l USING theirs t WHERE l.id = t.id AND t.known IS NOT NULL
               ), said AS (
                   INSERT INTO cart_seller (cart_id, merchant_id, note)
                   SELECT $1, merchant_id, note FROM cart_seller WHERE cart_id = $2 ON CONFLICT DO NOTHING
               ), unsaid AS (
                   DELETE FROM cart_seller WHERE cart_id = $2
               ), taken AS (
                   UPDATE cart SET taken_over_by = $3, version = version + 1, updated_at = wlijo_now() WHERE id = $2)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND (EXISTS (SELECT FROM moved) OR EXISTS (SELECT FROM joined)) RETURNING true""",
            cart_id,
            guests,
            buyer_id,
            at_most,
        )
    )


async def left(conn: Connection, cart_id: CartId) -> list[LineLeft]:
    rows = await conn.fetch(
        """SELECT l.id, l.variant_id, l.quantity, coalesce(p.name, '') AS name FROM cart_line l
           LEFT JOIN variant v ON v.id = l.variant_id LEFT JOIN product p ON p.id = v.product_id WHERE l.cart_id = $1 ORDER BY l.id""",
        cart_id,
    )
    return [LineLeft(CartLineId(row["id"]), VariantId(row["variant_id"]), row["name"], row["quantity"]) for row in rows]


async def forget_of(conn: Connection, buyer_id: BuyerId) -> None:
    """What there was no room for of what this buyer had taken over. The empty cart goes by age."""
    await conn.execute("DELETE FROM cart_line USING cart c WHERE cart_id = c.id AND c.taken_over_by = $1", buyer_id)


async def sweep(conn: Connection, *, of_guests: bool, limit: int) -> tuple[int, list[CartId]]:
    """Takes the lines of carts that nobody has touched for long, of at most `limit` carts; how many were looked at, and which are
    others now. One that somebody has locked is not old: it comes another time, if at all."""
    rows = await conn.fetch(
        f"""WITH moment AS MATERIALIZED (SELECT wlijo_now() AS now), old AS MATERIALIZED (
               SELECT id, updated_at FROM cart
               WHERE swept_at IS DISTINCT FROM updated_at
               AND token_hash IS {"NOT NULL" if of_guests else "NULL"} AND updated_at < (SELECT wlijo_now()) - $2::interval
               ORDER BY updated_at LIMIT $1 FOR UPDATE SKIP LOCKED
           ), gone AS (
               DELETE FROM cart_line USING old WHERE cart_id = old.id RETURNING cart_id
           ), unsaid AS (
               DELETE FROM cart_seller USING old WHERE cart_id = old.id
           ), counted AS (
               SELECT old.id, old.updated_at, (SELECT count(*) FROM gone WHERE cart_id = old.id) AS lines FROM old)
           UPDATE cart c SET
               swept_lines = n.lines, swept_at = CASE WHEN n.lines > 0 THEN moment.now ELSE n.updated_at END,
               updated_at = CASE WHEN n.lines > 0 THEN moment.now ELSE n.updated_at END,
               version = version + CASE WHEN n.lines > 0 THEN 1 ELSE 0 END
           FROM counted n, moment WHERE c.id = n.id RETURNING c.id, n.lines""",
        limit,
        GUESTS_KEEP if of_guests else BUYERS_KEEP,
    )
    return len(rows), [CartId(row["id"]) for row in rows if row["lines"]]


async def forget(conn: Connection, limit: int, *, after: timedelta = FORGOTTEN_AFTER) -> int:
    """Guests' carts that were swept, or taken over with all that was in them, long ago; how many went."""
    gone = await conn.fetchval(
        """WITH gone AS (
               DELETE FROM cart WHERE id IN (
                   SELECT id FROM cart c WHERE token_hash IS NOT NULL AND opened_at < (SELECT wlijo_now()) - $2::interval
                   AND updated_at < (SELECT wlijo_now()) - $2::interval AND NOT EXISTS (SELECT FROM cart_line WHERE cart_id = c.id)
                   ORDER BY opened_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING true)
           SELECT count(*) FROM gone""",
        limit,
        after,
    )
    return int(gone)
