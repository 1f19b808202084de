"""SQL of buyers who were erased: what is theirs goes, and the rows that orders refer to stay, empty."""

from __future__ import annotations

from services.kit.database.db import Connection
from services.ordering.domain.ids import BuyerId, CartId
from services.ordering.store.buyers import Buyer

_NEEDED = "(o.ended_at IS NULL OR EXISTS (SELECT FROM refund r WHERE r.order_id = o.id AND r.state <> 'DONE'))"
"""An order that is not over, or of which money has to go back, by whoever calls the buyer."""


async def hold(conn: Connection, buyer: Buyer) -> None:
    """The cart before the buyer, as placing does: what is being placed or saved is there afterwards, and nothing more comes. The cart's
    row is written, not locked alone: a step that looked at it sees that somebody had it."""
    await conn.execute("UPDATE cart SET version = version WHERE id = $1", buyer.cart_id)
    await conn.execute(
        "UPDATE buyer SET erased_at = coalesce(erased_at, wlijo_now()), default_contact_id = NULL WHERE id = $1",
        buyer.id,
    )


async def to_empty(conn: Connection, limit: int = 100) -> list[str]:
    """Subjects of whom something is left, and who have no open order and owe nothing on a kasbon."""
    rows = await conn.fetch(
        f"""SELECT subject FROM buyer b WHERE erased_at IS NOT NULL AND emptied_at IS NULL
            AND NOT EXISTS (SELECT FROM orders o WHERE o.buyer_id = b.id AND {_NEEDED})
            AND NOT EXISTS (SELECT FROM kasbon k WHERE k.buyer_id = b.id AND (k.owed_rupiah > 0 OR k.held_rupiah > 0))
            ORDER BY erased_at LIMIT $1""",
        limit,
    )
    return [row["subject"] for row in rows]


async def empty_cart(conn: Connection, cart_id: CartId) -> bool:
    """Whether anything was in it."""
    done = await conn.fetchval(
        """WITH gone AS (DELETE FROM cart_line WHERE cart_id = $1 RETURNING 1)
           UPDATE cart SET version = version + 1, updated_at = wlijo_now(), voucher_id = NULL
           WHERE id = $1 AND (voucher_id IS NOT NULL OR EXISTS (SELECT FROM gone)) RETURNING true""",
        cart_id,
    )
    await conn.execute("DELETE FROM cart_seller WHERE cart_id = $1", cart_id)
    return bool(done)


async def empty_notes(conn: Connection, buyer_id: BuyerId) -> None:
    """What was said of orders that have ended; of an open one its seller still needs it."""
    await conn.execute(
        """WITH ended AS MATERIALIZED (
               SELECT s.id FROM seller_order s JOIN orders o ON o.id = s.order_id WHERE o.buyer_id = $1 AND o.ended_at IS NOT NULL
           ), lines AS (
               UPDATE order_line SET note = NULL WHERE note IS NOT NULL AND seller_order_id IN (SELECT id FROM ended))
           UPDATE seller_order SET note = NULL WHERE note IS NOT NULL AND id IN (SELECT id FROM ended)""",
        buyer_id,
    )


async def empty_contacts(conn: Connection, buyer_id: BuyerId) -> bool:
    """All but those of open orders, which are in no list any more; whether nothing is left."""
    await conn.execute("UPDATE contact SET gone_at = wlijo_now() WHERE buyer_id = $1 AND gone_at IS NULL", buyer_id)
    await conn.execute(
        """DELETE FROM contact c WHERE buyer_id = $1
           AND NOT EXISTS (SELECT FROM orders o WHERE o.buyer_id = c.buyer_id AND o.contact_id = c.id)""",
        buyer_id,
    )
    await conn.execute(
        f"""UPDATE contact c SET label = '', recipient = '', phone = '', line = '', note = NULL, lat = 0, lng = 0,
                                kecamatan_code = '', desa_code = NULL, erased_at = wlijo_now()
           WHERE buyer_id = $1 AND erased_at IS NULL AND NOT EXISTS (
               SELECT FROM orders o WHERE o.buyer_id = c.buyer_id AND o.contact_id = c.id AND {_NEEDED})""",
        buyer_id,
    )
    return not await conn.fetchval(
        f"""SELECT EXISTS (SELECT FROM orders o WHERE buyer_id = $1 AND {_NEEDED})
               OR EXISTS (SELECT FROM contact WHERE buyer_id = $1 AND erased_at IS NULL)""",
        buyer_id,
    )


async def is_emptied(conn: Connection, buyer_id: BuyerId) -> None:
    await conn.execute("UPDATE buyer SET emptied_at = wlijo_now() WHERE id = $1 AND emptied_at IS NULL", buyer_id)
