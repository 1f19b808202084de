"""SQL of buyers' contacts."""

from __future__ import annotations

from typing import Final

from services.kit.database.db import Connection
from services.ordering.domain.contact import Contact
from services.ordering.domain.ids import BuyerId, ContactId

_A_DAY_AGO: Final = "wlijo_now() - interval '1 day'"


async def count(conn: Connection, buyer_id: BuyerId) -> int:
    """Those in the buyer's list."""
    return int(await conn.fetchval("SELECT count(*) FROM contact WHERE buyer_id = $1 AND gone_at IS NULL", buyer_id))


async def gone_lately(conn: Connection, buyer_id: BuyerId) -> int:
    """Those that were changed or deleted within a day."""
    found = await conn.fetchval(
        f"SELECT count(*) FROM contact WHERE buyer_id = $1 AND gone_at > {_A_DAY_AGO}", buyer_id
    )
    return int(found)


async def is_kept(conn: Connection, buyer_id: BuyerId, contact_id: ContactId) -> bool:
    """Whether it is in the buyer's list."""
    return bool(
        await conn.fetchval(
            "SELECT true FROM contact WHERE id = $1 AND buyer_id = $2 AND gone_at IS NULL", contact_id, buyer_id
        )
    )


async def is_gone(conn: Connection, buyer_id: BuyerId, contact_id: ContactId) -> bool:
    """Whether it was in the buyer's list, as far as that is remembered."""
    return bool(
        await conn.fetchval(
            "SELECT true FROM contact WHERE id = $1 AND buyer_id = $2 AND gone_at IS NOT NULL", contact_id, buyer_id
        )
    )


async def remove(conn: Connection, contact_id: ContactId) -> None:
    await conn.execute("UPDATE contact SET gone_at = wlijo_now() WHERE id = $1", contact_id)


async def put_in_place(conn: Connection, buyer_id: BuyerId, before: ContactId, after: ContactId) -> None:
    """The new one has the old one's place in the list, and is the default if that was."""
    await remove(conn, before)
    await conn.execute(
        "UPDATE contact SET created_at = (SELECT created_at FROM contact WHERE id = $1) WHERE id = $2", before, after
    )
    await conn.execute(
        "UPDATE buyer SET default_contact_id = $3 WHERE id = $1 AND default_contact_id = $2", buyer_id, before, after
    )


async def forget(conn: Connection, buyer_id: BuyerId) -> None:
    """Those that went a day ago and that no order has: by then none can be being placed with them."""
    await conn.execute(
        f"""DELETE FROM contact c WHERE buyer_id = $1 AND gone_at <= {_A_DAY_AGO}
            AND NOT EXISTS (SELECT FROM orders o WHERE o.buyer_id = c.buyer_id AND o.contact_id = c.id)""",
        buyer_id,
    )


async def add(conn: Connection, contact_id: ContactId, buyer_id: BuyerId, contact: Contact) -> None:
    """Nothing when the id is known."""
    await conn.execute(
        """INSERT INTO contact (id, buyer_id, label, recipient, phone, line, note, lat, lng, kecamatan_code, desa_code, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, wlijo_now()) ON CONFLICT (id) DO NOTHING""",
        contact_id,
        buyer_id,
        contact.label,
        contact.recipient,
        contact.phone,
        contact.line,
        contact.note,
        contact.lat,
        contact.lng,
        contact.kecamatan_code,
        contact.desa_code,
    )
