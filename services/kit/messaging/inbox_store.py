"""The inbox's rows on PostgreSQL: positions, waiting events, parked keys, dead letters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from services.kit.database.db import Connection, only_row
from services.kit.messaging.envelope import Envelope, pack, unpack
from services.kit.messaging.inbox import Position

_KEY = "consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4"

_TAIL = f"""
, gone AS (DELETE FROM inbox_waiting
           WHERE {_KEY} AND (seq <= $5 AND epoch <= $7 OR epoch < $7) AND EXISTS (SELECT FROM moved))
SELECT EXISTS (SELECT FROM moved) AS moved,
       EXISTS (SELECT FROM inbox_waiting WHERE {_KEY} AND seq = $5::bigint + 1 AND epoch >= $7) AS successor
"""
_INSERT = """
    INSERT INTO inbox AS i (consumer, source, topic, aggregate, last, last_id, epoch) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (consumer, source, topic, aggregate)"""
_FIRST = f"""
WITH moved AS ({_INSERT}
    DO UPDATE SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch WHERE i.epoch < excluded.epoch
    RETURNING 1
) {_TAIL}"""
_JOIN = f"""
WITH moved AS ({_INSERT} DO NOTHING RETURNING 1) {_TAIL}"""
_NEXT = f"""
WITH moved AS (
    UPDATE inbox SET last = $5, last_id = $6, epoch = $7
    WHERE {_KEY} AND (last = $5::bigint - 1 AND epoch <= $7 OR last >= $5::bigint AND epoch < $7) RETURNING 1
) {_TAIL}"""


# A pause that ends later than any pause can was set before the server's clock was set back: it is over.
_PATIENT_S = 3_600.0
_PAUSED = "retry_at > clock_timestamp() AND retry_at < clock_timestamp() + interval '11 minutes'"


class PostgresInbox:
    """Implements `inbox.InboxStore` for one consumer on one connection inside a transaction."""

    def __init__(self, conn: Connection, consumer: str) -> None:
        self._conn = conn
        self._consumer = consumer

    def _place(self, event: Envelope) -> tuple[str, str, str, str]:
        return self._consumer, event.source, event.topic, event.aggregate

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        arguments = (*self._place(event), event.seq, event.id, event.epoch)
        row = await only_row(self._conn, _FIRST if event.seq == 1 else _NEXT, *arguments)
        if not row["moved"] and joining and event.seq > 1 and await self.position(event) is None:
            row = await only_row(self._conn, _JOIN, *arguments)
        return row["successor"] if row["moved"] else None

    async def raise_to(self, event: Envelope) -> bool:
        return bool(
            await self._conn.fetchval(
                """INSERT INTO inbox AS i (consumer, source, topic, aggregate, last, last_id, epoch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT (consumer, source, topic, aggregate) DO UPDATE
                   SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch
                   WHERE (i.epoch, i.last) < (excluded.epoch, excluded.last) RETURNING true""",
                *self._place(event),
                event.seq,
                event.id,
                event.epoch,
            )
        )

    async def position(self, event: Envelope) -> Position | None:
        row = await self._conn.fetchrow(f"SELECT last, last_id, epoch FROM inbox WHERE {_KEY}", *self._place(event))
        return Position(row["last"], row["last_id"], row["epoch"]) if row else None

    async def wait(self, event: Envelope) -> Position:
        await self._conn.execute(
            """INSERT INTO inbox_waiting AS w (consumer, source, topic, aggregate, seq, id, record, since, epoch)
               VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now(), $8)
               ON CONFLICT (consumer, source, topic, aggregate, seq) DO UPDATE
               SET id = excluded.id, record = excluded.record, since = excluded.since, epoch = excluded.epoch,
                   error = NULL, attempts = 0, retry_at = NULL
               WHERE w.epoch < excluded.epoch""",
            *self._place(event),
            event.seq,
            event.id,
            pack(event),
            event.epoch,
        )
        row = await self._conn.fetchrow(
            f"SELECT seq, id, epoch FROM inbox_waiting WHERE {_KEY} AND seq = $5", *self._place(event), event.seq
        )
        # Gone again: its turn came between the two statements, and somebody has applied it.
        return Position(row["seq"], row["id"], row["epoch"]) if row else Position(event.seq, event.id, event.epoch)

    async def park(self, event: Envelope, error: str) -> None:
        """Keep the head of a key whose handler has failed; it is tried again with growing pauses, later events of the key wait.

        A state that fails is parked in the same way; a newer state of the aggregate takes its place.
        """
        await self._conn.execute(
            """INSERT INTO inbox_waiting AS w (consumer, source, topic, aggregate, seq, id, record, since, epoch, error, attempts, retry_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now(), $8, $9, 1, clock_timestamp() + interval '1 second')
               ON CONFLICT (consumer, source, topic, aggregate, seq) DO UPDATE
               SET id = excluded.id, record = excluded.record, epoch = excluded.epoch,
                   error = excluded.error, attempts = w.attempts + 1,
                   retry_at = clock_timestamp() + least(interval '1 second' * 2 ^ least(w.attempts, 10), interval '10 minutes')
               WHERE w.epoch <= excluded.epoch""",
            *self._place(event),
            event.seq,
            event.id,
            pack(event),
            event.epoch,
            storable(error),
        )

    async def drop_waiting(self, event: Envelope) -> None:
        """Drop what waits up to this event, itself included."""
        await self._conn.execute(
            f"DELETE FROM inbox_waiting WHERE {_KEY} AND (epoch, seq) <= ($6, $5)",
            *self._place(event),
            event.seq,
            event.epoch,
        )

    async def drop(self, event: Envelope) -> None:
        """Drop this very event from what waits: it has been applied or refused by another way."""
        await self._conn.execute(
            f"DELETE FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND id = $6",
            *self._place(event),
            event.seq,
            event.id,
        )

    async def is_parked(self, event: Envelope) -> bool:
        """Whether this very event is parked: a repeat from the log must not try it again before its time."""
        return bool(
            await self._conn.fetchval(
                f"SELECT true FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND id = $6 AND {_PAUSED}",
                *self._place(event),
                event.seq,
                event.id,
            )
        )

    async def dead_letter(
        self,
        reason: str,
        *,
        topic: str,
        key: bytes | None,
        headers: Iterable[tuple[str, bytes | None]],
        record: bytes,
        partition: int | None = None,
        position: int | None = None,
        event: Envelope | None = None,
    ) -> None:
        """Keep what can never be applied, as it came; the same record again adds to its count. `event` when it could be identified."""
        kept = [[name, None if value is None else value.decode("latin-1")] for name, value in headers]
        digest = hashlib.sha256(json.dumps([storable(reason), kept]).encode() + (key or b"") + b"\0" + record).digest()
        await self._conn.execute(
            """INSERT INTO dead_letter AS d (consumer, reason, topic, partition, position, event_id, source, aggregate, aggregateseq,
                                             key, headers, record, digest, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, wlijo_now())
               ON CONFLICT (consumer, topic, digest) DO UPDATE
               SET times = d.times + 1, partition = excluded.partition, position = excluded.position""",
            self._consumer,
            storable(reason),
            topic,
            partition,
            position,
            event.id if event else None,
            event.source if event else None,
            event.aggregate if event else None,
            event.seq if event else None,
            key,
            # jsonb cannot hold a NUL; a header that has one is escaped, visibly
            json.dumps(kept).replace("\\u0000", "\\\\u0000"),
            record,
            digest,
        )


def storable(text: str) -> str:
    """Bounded, and without what PostgreSQL's text refuses: a reason often quotes the record that it is about."""
    return text[:2_000].replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


async def due(conn: Connection, consumer: str, limit: int = 100) -> list[Envelope]:
    """Stored events whose turn has come or has passed: the predecessor was applied, or a parked head's pause is over."""
    rows = await conn.fetch(
        f"""SELECT w.record FROM inbox_waiting w
           LEFT JOIN inbox i USING (consumer, source, topic, aggregate)
           WHERE w.consumer = $1 AND ({_PAUSED}) IS NOT TRUE
             AND (w.seq <= coalesce(i.last, 0) + 1 OR w.error IS NOT NULL)
           ORDER BY w.since, w.seq LIMIT $2""",
        consumer,
        limit,
    )
    return [unpack(row["record"]) for row in rows]


async def duplicates(conn: Connection, consumer: str, events: Sequence[Envelope]) -> list[int]:
    """The places in the list of those that their aggregate's position is at or past, in the same epoch."""
    rows = await conn.fetch(
        """SELECT e.place FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::integer[], $7::text[])
                WITH ORDINALITY AS e (source, topic, aggregate, seq, epoch, id, place)
           JOIN inbox i ON i.consumer = $1 AND (i.source, i.topic, i.aggregate) = (e.source, e.topic, e.aggregate)
           WHERE i.epoch = e.epoch AND (i.last > e.seq OR (i.last, i.last_id) = (e.seq, e.id))""",
        consumer,
        [event.source for event in events],
        [event.topic for event in events],
        [event.aggregate for event in events],
        [event.seq for event in events],
        [event.epoch for event in events],
        [event.id for event in events],
    )
    return [row["place"] - 1 for row in rows]


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
    """Counts for the metrics: events that wait, keys that are parked, dead letters that nobody has settled."""
    row = await only_row(
        conn,
        """SELECT count(*) FILTER (WHERE error IS NULL) AS waiting, count(*) FILTER (WHERE error IS NOT NULL) AS parked,
                  (SELECT count(*) FROM dead_letter WHERE consumer = $1 AND replayed_at IS NULL) AS dead
           FROM inbox_waiting WHERE consumer = $1""",
        consumer,
    )
    return dict(row)


async def ages(conn: Connection, consumer: str) -> dict[str, float]:
    """How long the oldest event has waited for its predecessor, and the oldest parked head for its handler, in seconds."""
    row = await only_row(
        conn,
        """SELECT coalesce(extract(epoch FROM wlijo_now() - min(since) FILTER (WHERE error IS NULL)), 0)::float8 AS waiting,
                  coalesce(extract(epoch FROM wlijo_now() - min(since) FILTER (WHERE error IS NOT NULL)), 0)::float8 AS parked
           FROM inbox_waiting WHERE consumer = $1""",
        consumer,
    )
    return dict(row)


async def forget_settled(conn: Connection, *, keep_days: int, limit: int = 1_000) -> bool:
    """A dead letter keeps its record until somebody has settled it, and then no longer than an archive keeps what was told. At most `limit`
    of them at once: a flood is settled in one go. Whether there may be more."""
    done = await conn.execute(
        """DELETE FROM dead_letter WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM dead_letter WHERE replayed_at < wlijo_now() - make_interval(days => $1) LIMIT $2))""",
        keep_days,
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit


async def behind(conn: Connection, consumer: str, *, than: str) -> int:
    """Aggregates of which this consumer has applied less than the other one; of topics that both hear."""
    found: int = await conn.fetchval(
        """SELECT count(*) FROM inbox old LEFT JOIN inbox new ON new.consumer = $1
                  AND (new.source, new.topic, new.aggregate) = (old.source, old.topic, old.aggregate)
           WHERE old.consumer = $2 AND (coalesce(new.epoch, 0), coalesce(new.last, 0)) < (old.epoch, old.last)
             AND ($1 NOT IN (SELECT consumer FROM inbox) OR old.topic IN (SELECT topic FROM inbox WHERE consumer = $1))""",
        consumer,
        than,
        timeout=_PATIENT_S,
    )
    return found


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
