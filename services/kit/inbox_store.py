"""The inbox's rows on PostgreSQL: positions, waiting events, parked keys, dead letters."""

from __future__ import annotations

from uuid import UUID

from services.kit.db import Connection
from services.kit.events import Envelope, pack, unpack
from services.kit.inbox import Position

_KEY = "consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4"

_TAIL = f"""
, gone AS (DELETE FROM inbox_waiting WHERE {_KEY} AND seq <= $5 AND EXISTS (SELECT FROM moved))
SELECT EXISTS (SELECT FROM moved) AS moved, EXISTS (SELECT FROM inbox_waiting WHERE {_KEY} AND seq = $5::bigint + 1) AS successor
"""
_FIRST = f"""
WITH moved AS (
    INSERT INTO inbox (consumer, source, topic, aggregate, last, last_id, epoch) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING RETURNING 1
) {_TAIL}"""
_NEXT = f"""
WITH moved AS (
    UPDATE inbox SET last = $5, last_id = $6, epoch = $7 WHERE {_KEY} AND last = $5::bigint - 1 RETURNING 1
) {_TAIL}"""


class PostgresInbox:
    """Implements `inbox.InboxStore` for one consumer on one connection inside a transaction."""

    def __init__(self, conn: Connection, consumer: str) -> None:
        self._conn = conn
        self._consumer = consumer

    def _place(self, event: Envelope) -> tuple[str, str, str, str]:
        return self._consumer, event.source, event.topic, event.aggregate

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        arguments = (*self._place(event), event.seq, event.id, event.epoch)
        row = await self._conn.fetchrow(_FIRST if event.seq == 1 else _NEXT, *arguments)
        if not row["moved"] and joining and event.seq > 1 and await self.position(event) is None:
            row = await self._conn.fetchrow(_FIRST, *arguments)
        return row["successor"] if row["moved"] else None

    async def raise_to(self, event: Envelope) -> bool:
        return bool(
            await self._conn.fetchval(
                """INSERT INTO inbox AS i (consumer, source, topic, aggregate, last, last_id, epoch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT (consumer, source, topic, aggregate) DO UPDATE
                   SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch
                   WHERE i.last < excluded.last RETURNING true""",
                *self._place(event),
                event.seq,
                event.id,
                event.epoch,
            )
        )

    async def position(self, event: Envelope) -> Position | None:
        row = await self._conn.fetchrow(f"SELECT last, last_id FROM inbox WHERE {_KEY}", *self._place(event))
        return Position(row["last"], row["last_id"]) if row else None

    async def wait(self, event: Envelope) -> None:
        await self._conn.execute(
            """INSERT INTO inbox_waiting (consumer, source, topic, aggregate, seq, id, record, since)
               VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now()) ON CONFLICT DO NOTHING""",
            *self._place(event),
            event.seq,
            event.id,
            pack(event),
        )

    async def park(self, event: Envelope, error: str) -> None:
        """Keep the head of a key whose handler has failed; it is tried again with growing pauses, later events of the key wait.

        A state that fails is parked in the same way; a newer state of the aggregate takes its place.
        """
        await self._conn.execute(
            """INSERT INTO inbox_waiting AS w (consumer, source, topic, aggregate, seq, id, record, since, error, attempts, retry_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now(), $8, 1, clock_timestamp() + interval '1 second')
               ON CONFLICT (consumer, source, topic, aggregate, seq) DO UPDATE
               SET error = excluded.error, attempts = w.attempts + 1,
                   retry_at = clock_timestamp() + least(interval '1 second' * 2 ^ least(w.attempts, 10), interval '10 minutes')""",
            *self._place(event),
            event.seq,
            event.id,
            pack(event),
            error[:2_000],
        )

    async def drop_waiting(self, event: Envelope) -> None:
        await self._conn.execute(
            f"DELETE FROM inbox_waiting WHERE {_KEY} AND seq <= $5", *self._place(event), event.seq
        )

    async def is_parked(self, event: Envelope) -> bool:
        """Whether this very event is parked: a repeat from the log must not try it again before its time."""
        return bool(
            await self._conn.fetchval(
                f"SELECT true FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND retry_at > clock_timestamp()",
                *self._place(event),
                event.seq,
            )
        )

    async def bury(
        self,
        reason: str,
        *,
        topic: str,
        partition: int | None,
        position: int | None,
        event_id: str | None,
        record: bytes,
    ) -> None:
        """Keep what can never be applied, as it came."""
        await self._conn.execute(
            """INSERT INTO dead_letter (consumer, reason, topic, partition, position, event_id, record, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now())""",
            self._consumer,
            reason[:2_000],
            topic,
            partition,
            position,
            event_id,
            record,
        )


async def ripe(conn: Connection, consumer: str, limit: int = 100) -> list[Envelope]:
    """Stored events whose turn has come: the predecessor was applied, or a parked head's pause is over."""
    rows = await conn.fetch(
        """SELECT w.record FROM inbox_waiting w
           LEFT JOIN inbox i USING (consumer, source, topic, aggregate)
           WHERE w.consumer = $1 AND (w.retry_at IS NULL OR w.retry_at <= clock_timestamp())
             AND (w.seq = coalesce(i.last, 0) + 1 OR w.error IS NOT NULL)
           ORDER BY w.since, w.seq LIMIT $2""",
        consumer,
        limit,
    )
    return [unpack(row["record"]) for row in rows]


async def waiting_successor(conn: Connection, consumer: str, event: Envelope) -> Envelope | None:
    stored = await conn.fetchval(
        f"SELECT record FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND retry_at IS NULL",
        consumer,
        event.source,
        event.topic,
        event.aggregate,
        event.seq + 1,
    )
    return unpack(stored) if stored else None


async def trouble(conn: Connection, consumer: str) -> dict[str, int]:
    """Counts for the metrics: gaps that wait, keys that are parked, dead letters."""
    row = await conn.fetchrow(
        """SELECT count(*) FILTER (WHERE error IS NULL) AS waiting, count(*) FILTER (WHERE error IS NOT NULL) AS parked,
                  (SELECT count(*) FROM dead_letter WHERE consumer = $1) AS dead
           FROM inbox_waiting WHERE consumer = $1""",
        consumer,
    )
    return dict(row)


async def begin_log(conn: Connection, consumer: str, log: UUID) -> bool:
    """Remember which log this consumer reads; True when it is another one than before."""
    return bool(
        await conn.fetchval(
            """INSERT INTO consumer_log AS c (consumer, log) VALUES ($1, $2)
               ON CONFLICT (consumer) DO UPDATE SET log = excluded.log WHERE c.log <> excluded.log RETURNING true""",
            consumer,
            log,
        )
    )
