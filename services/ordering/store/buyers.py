"""SQL of buyers."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.database.db import Connection
from services.ordering.domain.ids import BuyerId, CartId, ContactId


@dataclass(frozen=True, slots=True)
class Buyer:
    """`is_erased`: nothing new may become theirs."""

    id: BuyerId
    cart_id: CartId
    is_erased: bool = False


async def find(conn: Connection, subject: str) -> Buyer | None:
    row = await conn.fetchrow(
        """SELECT b.id, c.id AS cart_id, b.erased_at IS NOT NULL AS is_erased
           FROM buyer b JOIN cart c ON c.buyer_id = b.id WHERE b.subject = $1""",
        subject,
    )
    return Buyer(BuyerId(row["id"]), CartId(row["cart_id"]), row["is_erased"]) if row else None


async def add(conn: Connection, buyer_id: BuyerId, cart_id: CartId, subject: str) -> None:
    """With an empty cart; nothing when the subject is known."""
    await conn.execute(
        """WITH added AS (
               INSERT INTO buyer (id, subject, created_at) VALUES ($1, $3, wlijo_now()) ON CONFLICT DO NOTHING RETURNING id)
           INSERT INTO cart (id, buyer_id, updated_at) SELECT $2, id, wlijo_now() FROM added""",
        buyer_id,
        cart_id,
        subject,
    )


async def lock(conn: Connection, buyer_id: BuyerId) -> bool:
    """False for one who was erased, meanwhile too."""
    return bool(await conn.fetchval("SELECT erased_at IS NULL FROM buyer WHERE id = $1 FOR UPDATE", buyer_id))


async def set_default(conn: Connection, buyer_id: BuyerId, contact_id: ContactId) -> None:
    await conn.execute("UPDATE buyer SET default_contact_id = $2 WHERE id = $1", buyer_id, contact_id)
