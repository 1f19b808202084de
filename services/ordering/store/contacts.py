"""SQL of buyers' contacts."""

from __future__ import annotations

from services.kit.database.db import Connection
from services.ordering.domain.contact import Contact
from services.ordering.domain.ids import BuyerId, ContactId


async def count(conn: Connection, buyer_id: BuyerId) -> int:
    return int(await conn.fetchval("SELECT count(*) FROM contact WHERE buyer_id = $1", buyer_id))


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
