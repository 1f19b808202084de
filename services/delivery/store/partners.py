"""Partners: how they stand, and which of them take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.delivery import PartnerId, PartnerStatus, RiderId
from services.delivery.domain.company import Standing
from services.kit.database.db import Connection

STANDING: Final = "CASE WHEN p.left_at IS NOT NULL THEN 'LEFT' WHEN p.sent_back THEN 'SENT_BACK' ELSE p.status END"
"""Of the row `p`: its status keeps the values that the release before reads."""
CONNECTED: Final = "(NOT p.applied OR EXISTS (SELECT FROM reply_reading r WHERE r.partner_id = p.id))"
"""Of the row `p`: its topics are there, for they are read. What is told into a topic that is missing would hold up all the others'."""


@dataclass(frozen=True, slots=True)
class Partner:
    id: PartnerId
    name: str
    status: PartnerStatus
    paused_from: PartnerStatus | None = None
    paused_by_company: bool = False

    @property
    def standing(self) -> Standing:
        return Standing(self.status, self.paused_from, self.paused_by_company)


async def lock(conn: Connection, partner_id: PartnerId) -> Partner | None:
    # Offers that are made meanwhile refer to the row, and are not kept waiting for it.
    row = await conn.fetchrow(
        f"""SELECT p.name, {STANDING} AS status, p.paused_from, p.paused_by_company FROM partner p
            WHERE p.id = $1 FOR NO KEY UPDATE""",
        partner_id,
    )
    if row is None:
        return None
    came_from = PartnerStatus(row["paused_from"]) if row["paused_from"] else None
    return Partner(partner_id, row["name"], PartnerStatus(row["status"]), came_from, row["paused_by_company"])


async def statuses(conn: Connection, partner_ids: Sequence[PartnerId]) -> list[PartnerStatus]:
    """As they stay until the commit: whoever changes one waits."""
    rows = await conn.fetch(
        f"SELECT {STANDING} AS status FROM partner p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id FOR SHARE", partner_ids
    )
    return [PartnerStatus(row["status"]) for row in rows]


async def save_standing(conn: Connection, partner_id: PartnerId, to: Standing, reason: str | None) -> None:
    await conn.execute(
        """UPDATE partner SET
               status = CASE $2 WHEN 'SENT_BACK' THEN 'INVITED'
                                WHEN 'LEFT' THEN CASE status WHEN 'INVITED' THEN 'INVITED' ELSE 'PAUSED' END ELSE $2 END,
               sent_back = $2 = 'SENT_BACK', left_at = CASE $2 WHEN 'LEFT' THEN wlijo_now() END,
               status_reason = $3, paused_from = $4, paused_by_company = $5
           WHERE id = $1""",
        partner_id,
        to.status,
        reason,
        to.paused_from,
        to.paused_by_company,
    )


# A company that has left reads and reports until what it carries has ended.
_TAKES_PART = """p.status <> 'INVITED' AND (p.left_at IS NULL OR EXISTS (
    SELECT FROM delivery d WHERE d.partner_id = p.id AND d.status NOT IN (
        'DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')))"""


async def that_may_reply(conn: Connection) -> list[PartnerId]:
    """Those that were looked at, and have not left: whose topics there are to be."""
    rows = await conn.fetch(f"SELECT p.id FROM partner p WHERE {_TAKES_PART} ORDER BY p.id")
    return [PartnerId(row["id"]) for row in rows]


async def may_reply(conn: Connection, partner_id: PartnerId) -> bool:
    """Whether there is such a partner, that takes part and can be told something."""
    return bool(
        await conn.fetchval(f"SELECT true FROM partner p WHERE p.id = $1 AND {_TAKES_PART} AND {CONNECTED}", partner_id)
    )


@dataclass(frozen=True, slots=True)
class Rider:
    """`cash_limit_rupiah` is the most that a job may have them collect; None is no limit."""

    id: RiderId
    cash_limit_rupiah: int | None


async def rider(conn: Connection, partner_id: PartnerId, rider_id: RiderId) -> Rider | None:
    """One of the partner's who has not ended; whoever ends them waits for the commit."""
    row = await conn.fetchrow(
        "SELECT cash_limit_rupiah FROM rider WHERE id = $1 AND partner_id = $2 AND ended_at IS NULL FOR SHARE",
        rider_id,
        partner_id,
    )
    return Rider(rider_id, row["cash_limit_rupiah"]) if row else None
