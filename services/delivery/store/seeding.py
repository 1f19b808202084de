"""Writes of the seed: what exists is left as it is, for operations may have changed it."""

from __future__ import annotations

from services.contracts.delivery import PartnerId, RiderId
from services.delivery.store.partners import Partner
from services.kit.database.db import Connection


async def add_partner(conn: Connection, partner: Partner) -> bool:
    """False when it is there already."""
    return bool(
        await conn.fetchval(
            "INSERT INTO partner (id, name, status) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true",
            partner.id,
            partner.name,
            partner.status,
        )
    )


async def add_rider(
    conn: Connection,
    rider_id: RiderId,
    partner_id: PartnerId,
    *,
    external_id: str,
    name: str,
    plate: str,
    subject: str | None,
) -> bool:
    """False when they are there already."""
    return bool(
        await conn.fetchval(
            """INSERT INTO rider (id, partner_id, external_id, name, plate, subject) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING RETURNING true""",
            rider_id,
            partner_id,
            external_id,
            name,
            plate,
            subject,
        )
    )
