"""What partners replied and were answered, and up to when their replies have been read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import RefusalCode
from services.kit.database.db import Connection, only_row


@dataclass(frozen=True, slots=True)
class Answered:
    """`code` is None for a reply that was applied."""

    body_hash: bytes
    job_id: DeliveryId | None
    code: RefusalCode | None
    message: str


async def lock(conn: Connection, partner_id: PartnerId, reply_id: str) -> Answered | None:
    """What this reply was answered before. Two at once: one waits for the other, then reads its answer."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{partner_id}:{reply_id}")
    row = await conn.fetchrow(
        "SELECT body_hash, delivery_id, code, message FROM reply_inbox WHERE partner_id = $1 AND reply_id = $2",
        partner_id,
        reply_id,
    )
    if row is None:
        return None
    return Answered(
        row["body_hash"],
        DeliveryId(row["delivery_id"]) if row["delivery_id"] else None,
        RefusalCode(row["code"]) if row["code"] else None,
        row["message"],
    )


async def save(conn: Connection, partner_id: PartnerId, reply_id: str, reply_type: str, answered: Answered) -> None:
    await conn.execute(
        """INSERT INTO reply_inbox (partner_id, reply_id, body_hash, type, delivery_id, code, message, answered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now())""",
        partner_id,
        reply_id,
        answered.body_hash,
        reply_type,
        answered.job_id,
        answered.code,
        answered.message,
    )


async def forget(conn: Connection, older_than_days: int, limit: int) -> int:
    """How many were forgotten, at most `limit`."""
    done: str = await conn.execute(
        """DELETE FROM reply_inbox WHERE ctid IN (
               SELECT ctid FROM reply_inbox WHERE answered_at < wlijo_now() - make_interval(days => $1) LIMIT $2)""",
        older_than_days,
        limit,
    )
    return int(done.rpartition(" ")[2])


@dataclass(frozen=True, slots=True)
class About:
    """What is told beside an answer. `counted_for`: the job, if it was ever offered to the partner; others' are not counted for it."""

    test: bool
    now: datetime
    counted_for: DeliveryId | None


async def about(conn: Connection, job_id: DeliveryId | None, partner_id: PartnerId) -> About:
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS now, d.test, d.id FROM (SELECT) one
           LEFT JOIN delivery d ON d.id = $1 AND EXISTS (SELECT FROM offer o WHERE o.delivery_id = d.id AND o.partner_id = $2)""",
        job_id,
        partner_id,
    )
    return About(bool(row["test"]), row["now"], DeliveryId(row["id"]) if row["id"] else None)


async def read_to(conn: Connection, partner_id: PartnerId, partitions: int) -> datetime | None:
    """Up to when all of the partner's replies have been read; None when a partition has not been read at all."""
    found: datetime | None = await conn.fetchval(
        "SELECT CASE WHEN count(*) >= $2 THEN min(read_to) END FROM reply_reading WHERE partner_id = $1",
        partner_id,
        partitions,
    )
    return found


async def mark_read(conn: Connection, places: Sequence[tuple[PartnerId, int]]) -> None:
    """All replies in these (partner, partition) that were appended up to a second ago have been read. Written while somebody may care."""
    await conn.execute(
        """INSERT INTO reply_reading (partner_id, partition, read_to)
           SELECT p, n, wlijo_now() - interval '1 second' FROM unnest($1::uuid[], $2::integer[]) AS t (p, n)
           WHERE EXISTS (SELECT FROM offer WHERE partner_id = p AND state = 'OPEN')
           ON CONFLICT (partner_id, partition) DO UPDATE SET read_to = excluded.read_to""",
        [partner for partner, _ in places],
        [partition for _, partition in places],
    )
