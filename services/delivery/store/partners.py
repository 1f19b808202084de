"""Partners and their riders."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.delivery import PartnerId, PartnerStatus, RiderId
from services.kit.database.db import Connection


@dataclass(frozen=True, slots=True)
class Partner:
    id: PartnerId
    name: str
    status: PartnerStatus


async def lock(conn: Connection, partner_id: PartnerId) -> Partner | None:
    row = await conn.fetchrow("SELECT name, status FROM partner WHERE id = $1 FOR UPDATE", partner_id)
    return Partner(partner_id, row["name"], PartnerStatus(row["status"])) if row else None


async def set_status(conn: Connection, partner_id: PartnerId, status: PartnerStatus, reason: str) -> None:
    await conn.execute("UPDATE partner SET status = $2, status_reason = $3 WHERE id = $1", partner_id, status, reason)


async def that_may_reply(conn: Connection) -> list[PartnerId]:
    """All but the merely invited."""
    rows = await conn.fetch("SELECT id FROM partner WHERE status <> 'INVITED' ORDER BY id")
    return [PartnerId(row["id"]) for row in rows]


async def may_reply(conn: Connection, partner_id: PartnerId) -> bool:
    """Whether there is such a partner, and not merely an invited one."""
    return bool(await conn.fetchval("SELECT true FROM partner WHERE id = $1 AND status <> 'INVITED'", partner_id))


async def has_rider(conn: Connection, partner_id: PartnerId, rider_id: RiderId) -> bool:
    return bool(await conn.fetchval("SELECT true FROM rider WHERE id = $1 AND partner_id = $2", rider_id, partner_id))
