"""Partners and their riders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.delivery import PartnerId, PartnerStatus, RiderId
from services.kit.database.db import Connection


@dataclass(frozen=True, slots=True)
class Partner:
    id: PartnerId
    name: str
    status: PartnerStatus


async def lock(conn: Connection, partner_id: PartnerId) -> Partner | None:
    # Offers that are made meanwhile refer to the row, and are not kept waiting for it.
    row = await conn.fetchrow("SELECT name, status FROM partner WHERE id = $1 FOR NO KEY UPDATE", partner_id)
    return Partner(partner_id, row["name"], PartnerStatus(row["status"])) if row else None


async def statuses(conn: Connection, partner_ids: Sequence[PartnerId]) -> list[PartnerStatus]:
    """As they stay until the commit: whoever changes one waits."""
    rows = await conn.fetch("SELECT status FROM partner WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE", partner_ids)
    return [PartnerStatus(row["status"]) for row in rows]


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
