"""Partners: their status, what they replied and how far that is read, where their riders are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus, RiderId
from services.delivery.domain.roads import Point
from services.delivery.domain.trip import DeliveryStatus
from services.kit.database.db import Connection, only_row


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


async def rider_of(conn: Connection, rider_id: RiderId, partner_id: PartnerId) -> bool:
    """Whether the partner has such a rider."""
    return bool(await conn.fetchval("SELECT true FROM rider WHERE id = $1 AND partner_id = $2", rider_id, partner_id))


async def partner_ids(conn: Connection) -> list[PartnerId]:
    """Those that may reply: all but the merely invited."""
    rows = await conn.fetch("SELECT id FROM partner WHERE status <> 'INVITED' ORDER BY id")
    return [PartnerId(row["id"]) for row in rows]


async def lock_partner(conn: Connection, partner_id: PartnerId) -> tuple[str, PartnerStatus] | None:
    """Its name and status."""
    row = await conn.fetchrow("SELECT name, status FROM partner WHERE id = $1 FOR UPDATE", partner_id)
    return (row["name"], PartnerStatus(row["status"])) if row else None


async def set_partner_status(conn: Connection, partner_id: PartnerId, status: PartnerStatus, reason: str) -> None:
    await conn.execute("UPDATE partner SET status = $2, status_reason = $3 WHERE id = $1", partner_id, status, reason)


async def move_position(
    conn: Connection,
    delivery_id: DeliveryId,
    partner_id: PartnerId,
    rider_id: RiderId,
    point: Point,
    at: datetime,
    statuses: Sequence[DeliveryStatus],
) -> bool:
    """False when the trip is not this rider's now, or a later place is known. A time to come counts as now."""
    return bool(
        await conn.fetchval(
            """INSERT INTO position AS p (delivery_id, lat, lng, at)
               SELECT id, $4, $5, least($6, wlijo_now()) FROM delivery
               WHERE id = $1 AND partner_id = $2 AND rider_id = $3 AND status = ANY($7::text[])
               ON CONFLICT (delivery_id) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, at = excluded.at, count = p.count + 1
               WHERE p.at < excluded.at
               RETURNING true""",
            delivery_id,
            partner_id,
            rider_id,
            point.lat,
            point.lng,
            at,
            [*statuses],
        )
    )


async def drop_position(conn: Connection, delivery_id: DeliveryId) -> None:
    await conn.execute("DELETE FROM position WHERE delivery_id = $1", delivery_id)


async def on_our_clock(conn: Connection, wall: datetime) -> datetime:
    """A wall clock's instant on our clock, which local and test mode can move."""
    at: datetime = await conn.fetchval("SELECT $1::timestamptz + (wlijo_now() - clock_timestamp())", wall)
    return at


async def seconds_ago(conn: Connection, seconds: float) -> datetime:
    """The wall clock's instant so long before this transaction's statement, by the server that everybody asks."""
    at: datetime = await conn.fetchval("SELECT clock_timestamp() - make_interval(secs => $1)", seconds)
    return at


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    body_hash: bytes
    delivery_id: UUID | None
    code: str | None
    message: str


async def answered(conn: Connection, partner_id: PartnerId, reply_id: str) -> StoredAnswer | None:
    """What this reply was answered before. Two at once: one waits for the other, then reads its answer."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{partner_id}:{reply_id}")
    row = await conn.fetchrow(
        "SELECT body_hash, delivery_id, code, message FROM reply_inbox WHERE partner_id = $1 AND reply_id = $2",
        partner_id,
        reply_id,
    )
    return StoredAnswer(row["body_hash"], row["delivery_id"], row["code"], row["message"]) if row else None


async def remember_answer(
    conn: Connection,
    partner_id: PartnerId,
    reply_id: str,
    body_hash: bytes,
    reply_type: str,
    delivery_id: DeliveryId | None,
    code: str | None,
    message: str,
) -> None:
    await conn.execute(
        """INSERT INTO reply_inbox (partner_id, reply_id, body_hash, type, delivery_id, code, message, answered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now())""",
        partner_id,
        reply_id,
        body_hash,
        reply_type,
        delivery_id,
        code,
        message,
    )


async def forget_answers(conn: Connection, older_than_days: int, limit: int) -> int:
    """How many were forgotten, at most `limit`."""
    done: str = await conn.execute(
        """DELETE FROM reply_inbox WHERE ctid IN (
               SELECT ctid FROM reply_inbox WHERE answered_at < wlijo_now() - make_interval(days => $1) LIMIT $2)""",
        older_than_days,
        limit,
    )
    return int(done.rpartition(" ")[2])


async def about_job(
    conn: Connection, delivery_id: DeliveryId | None, partner_id: PartnerId
) -> tuple[bool, datetime, DeliveryId | None]:
    """Whether it is a test job, our now, and the job again if it was ever offered to the partner: others' jobs are not counted for it."""
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS now, d.test, d.id FROM (SELECT) one
           LEFT JOIN delivery d ON d.id = $1 AND EXISTS (SELECT FROM offer o WHERE o.delivery_id = d.id AND o.partner_id = $2)""",
        delivery_id,
        partner_id,
    )
    return bool(row["test"]), row["now"], DeliveryId(row["id"]) if row["id"] else None
