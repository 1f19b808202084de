"""Partners: how they stand, and which of them take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.delivery import PartnerId, PartnerStatus, RiderId
from services.delivery.domain.company import Standing
from services.delivery.store.positions import RIDES
from services.kit.database.db import Connection, Transaction
from services.kit.database.step import NotInOne, Step
from services.kit.database.writes import Write

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


async def statuses(conn: Connection, partner_ids: Sequence[PartnerId]) -> dict[PartnerId, PartnerStatus]:
    """As they stay until the commit: whoever changes one waits."""
    rows = await conn.fetch(
        f"SELECT p.id, {STANDING} AS status FROM partner p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id FOR SHARE",
        partner_ids,
    )
    return {PartnerId(row["id"]): PartnerStatus(row["status"]) for row in rows}


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
TAKES_PART = """p.status <> 'INVITED' AND (p.left_at IS NULL OR EXISTS (
    SELECT FROM delivery d WHERE d.partner_id = p.id AND d.status NOT IN (
        'DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')))"""


async def that_may_reply(conn: Connection) -> list[PartnerId]:
    """Those that were looked at, and have not left: whose topics there are to be."""
    rows = await conn.fetch(f"SELECT p.id FROM partner p WHERE {TAKES_PART} ORDER BY p.id")
    return [PartnerId(row["id"]) for row in rows]


async def may_reply(conn: Connection, partner_id: PartnerId) -> bool:
    """Whether there is such a partner, that takes part and can be told something."""
    return bool(
        await conn.fetchval(f"SELECT true FROM partner p WHERE p.id = $1 AND {TAKES_PART} AND {CONNECTED}", partner_id)
    )


@dataclass(frozen=True, slots=True)
class Rider:
    """`cash_limit_rupiah` is the most that their jobs may have them collect at a time; None is no limit. `rides`: they have a job now."""

    id: RiderId
    cash_limit_rupiah: int | None
    rides: bool = False


_LOOK_TAKING = f"""
SELECT p.xmin::text AS seen, r.xmin::text AS rider_seen, {STANDING} AS status, r.cash_limit_rupiah,
       EXISTS (SELECT FROM delivery WHERE rider_id = r.id AND {RIDES}) AS has_jobs
FROM partner p JOIN rider r ON r.partner_id = p.id WHERE p.id = $1 AND r.id = $2 AND r.ended_at IS NULL"""
_TAKEN = "given_a_job AS (UPDATE rider SET ended_at = ended_at WHERE id = $1)"


async def taking(
    conn: Transaction, partner_id: PartnerId, rider_id: RiderId | None
) -> tuple[PartnerStatus | None, Rider | None]:
    """How the partner stands, and one of its riders who has not ended; whoever changes the one, or ends or gives a job
    to the other, waits for the commit. Who gives a job writes the rider's row, by which a step sees that somebody has."""
    if isinstance(conn, Step):
        rows = await conn.look(_LOOK_TAKING, partner_id, rider_id)
        if not rows or rider_id is None:
            raise NotInOne
        conn.holds("partner", "id", partner_id, [rows[0]["seen"]], shared=True)
        conn.holds("rider", "id", rider_id, [rows[0]["rider_seen"]])
        await conn.later(Write(_TAKEN, [rider_id], frozenset({"rider"})))
        return PartnerStatus(rows[0]["status"]), Rider(rider_id, rows[0]["cash_limit_rupiah"], rows[0]["has_jobs"])
    row = await conn.fetchrow(
        # The company before the rider, as whoever ends one.
        f"""WITH company AS MATERIALIZED (SELECT p.id, {STANDING} AS status FROM partner p WHERE p.id = $1 FOR SHARE),
                 rides AS (UPDATE rider r SET ended_at = r.ended_at FROM company
                           WHERE r.partner_id = company.id AND r.id = $2 AND r.ended_at IS NULL RETURNING r.cash_limit_rupiah)
            SELECT status, EXISTS (SELECT FROM rides) AS rides, (SELECT cash_limit_rupiah FROM rides) AS cash_limit_rupiah FROM company""",
        partner_id,
        rider_id,
    )
    if row is None:
        return None, None
    status = PartnerStatus(row["status"])
    if rider_id is None or not row["rides"]:
        return status, None
    # By itself: a statement that waited for the rider sees the jobs of before.
    has_jobs = await conn.fetchval(f"SELECT EXISTS (SELECT FROM delivery WHERE rider_id = $1 AND {RIDES})", rider_id)
    return status, Rider(rider_id, row["cash_limit_rupiah"], has_jobs)


async def collects(conn: Transaction, rider_id: RiderId) -> int:
    """What the jobs that they have now have them collect. The caller has them from `taking`: nobody gives them another meanwhile."""
    (row,) = await conn.look(
        f"SELECT coalesce(sum(cash_to_collect_rupiah), 0)::bigint AS rupiah FROM delivery WHERE rider_id = $1 AND {RIDES}",
        rider_id,
    )
    rupiah: int = row["rupiah"]
    return rupiah
