"""The relay's view of the database: the outbox port on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from services.kit.database.db import CHANNEL, Connection, Database, Row, only_row
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.relay import LogProgress, Outgoing, Pending, Place, Portion, Sent

_COLUMNS = "seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at"


# A round is also bounded by bytes: a thousand of the largest events would be most of a gigabyte.
_ROUND_BYTES = 16_000_000


def _bounded(rows: str) -> str:
    """So many of these rows, in their order, as a round may hold; at least one."""
    return f"""SELECT {_COLUMNS} FROM (
                   SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS before FROM ({rows}) AS picked
               ) AS counted WHERE before < {_ROUND_BYTES} ORDER BY seq"""


_NOTHING = ", ".join(f"NULL AS {column}" for column in _COLUMNS.split(", "))


def _begin(rows: str, beside: str = "NULL") -> str:
    """A row with the log that is recorded, and those rows, in no order that is promised: put side by side they would be joined and sorted
    once more, a quarter of the time of a look. What is beside is reckoned once."""
    return f"""SELECT {_NOTHING}, l.log, l.filled, l.filled_from, {beside} AS beside FROM (SELECT) AS one LEFT JOIN relay_log l ON true
        UNION ALL SELECT told.*, NULL, NULL, NULL, NULL FROM ({_bounded(rows)}) AS told"""


# The lock on the log's row makes a fill that begins meanwhile wait for us, or us see that it has begun. Nothing waits for the log to be
# flushed: what a crash of the server undoes is pending again, and sent once more. One relay archives at a time, so what is told here,
# under the lock that a NOTIFY takes until its commit, keeps no business transaction waiting.
_MOVED = f"""WITH here AS MATERIALIZED (SELECT log FROM relay_log WHERE log = $2 FOR SHARE),
     moved AS (DELETE FROM outbox WHERE seq = ANY($1::bigint[]) AND EXISTS (SELECT FROM here) RETURNING {_COLUMNS}, again),
     kept AS (INSERT INTO outbox_archive ({_COLUMNS}, sent_at) SELECT {_COLUMNS}, (SELECT wlijo_now()) FROM moved WHERE NOT again),
     unflushed AS MATERIALIZED (
         SELECT set_config('synchronous_commit', 'off', true), CASE WHEN $4::text IS NOT NULL THEN pg_notify($3, $4) END)"""
_ARCHIVE = f"{_MOVED} SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM unflushed)"
_BEGIN = _begin(f"SELECT {_COLUMNS} FROM outbox ORDER BY seq LIMIT $1")
# What was moved is there still, as the statement sees the table.
_LEFT = f"""SELECT {_COLUMNS} FROM outbox
            WHERE seq NOT IN (SELECT seq FROM moved UNION ALL SELECT unnest($6::bigint[])) ORDER BY seq LIMIT $5"""
_MOVE_AND_BEGIN = (
    f"""{_MOVED} SELECT found.*, (SELECT count(*) FROM unflushed) FROM ({_begin(_LEFT)}) AS found ORDER BY found.seq"""
)


def _has_row(place: str, condition: str) -> str:
    """Whether the archive has such a row of the aggregate."""
    return f"""(EXISTS (SELECT FROM outbox_archive a WHERE a.topic = {place}.topic AND a.aggregate = {place}.aggregate AND a.{condition})
            OR EXISTS (SELECT FROM outbox_kept a WHERE a.topic = {place}.topic AND a.aggregate = {place}.aggregate AND a.{condition}))"""


_STREAMS = {str(stream): stream for stream in Stream}


def _seq(row: Row) -> int:
    """Of the row with the log it is below all."""
    return -1 if row[0] is None else row[0]


class PostgresOutbox:
    """Implements `relay.Outbox` for one service; `source` is the CloudEvents source of all it tells."""

    def __init__(self, db: Database, source: str) -> None:
        self._db = db
        self._source = source
        self._held_to = 0.0

    async def lease(self, holder: UUID, seconds: float) -> bool:
        # Renewed only when a third of it has gone: an idle relay must not write ten times a second.
        now = time.monotonic()
        if now < self._held_to:
            return True
        async with self._db.acquire() as conn:
            held = bool(
                await conn.fetchval(
                    """INSERT INTO relay_lease AS l (holder, until) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
                       ON CONFLICT (only_row) DO UPDATE SET holder = excluded.holder, until = excluded.until
                       WHERE l.holder = excluded.holder OR l.until < clock_timestamp()
                          -- no relay asks for so long a lease: the server's clock was set back
                          OR l.until > clock_timestamp() + make_interval(secs => 2 * $2)
                       -- not waited for: a crash of the server may end it early, and two relays at once do no harm
                       RETURNING set_config('synchronous_commit', 'off', true) = 'off'""",
                    holder,
                    seconds,
                )
            )
        self._held_to = now + seconds / 3 if held else 0.0
        return held

    async def release(self, holder: UUID) -> None:
        """End the lease early, on a graceful stop."""
        async with self._db.acquire() as conn:
            await conn.execute("DELETE FROM relay_lease WHERE holder = $1", holder)

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        told = self._db.take_woken()
        if sent is None and told is None and not under_way:
            async with self._db.acquire() as conn:
                rows = await conn.fetch(_BEGIN, limit)
        else:
            rows = await self._moving(_MOVE_AND_BEGIN, sent, told, limit, under_way)
        rows.sort(key=_seq)
        known, pending = rows[0], [self._outgoing(row) for row in rows[1:]]
        size = sum(len(row.envelope.data) for row in pending)
        progress = LogProgress(known["log"], known["filled"], known["filled_from"]) if known["log"] else None
        return progress, Pending(pending, are_all=len(pending) < limit and size < _ROUND_BYTES)

    async def progress(self) -> LogProgress | None:
        """What is recorded alone."""
        return (await self.begin(0))[0]

    async def set_progress(self, progress: LogProgress, *, was: LogProgress | None) -> bool:
        new = (progress.log, progress.filled, progress.filled_from)
        async with self._db.acquire() as conn:
            if was is None:
                moved = await conn.fetchval(
                    """INSERT INTO relay_log (log, filled, filled_from, filled_to) VALUES ($1, $2, $3, 0)
                       ON CONFLICT (only_row) DO NOTHING RETURNING true""",
                    *new,
                )
            else:
                moved = await conn.fetchval(
                    """UPDATE relay_log SET log = $1, filled = $2, filled_from = $3
                       WHERE log = $4 AND filled = $5 AND filled_from = $6 RETURNING true""",
                    *new,
                    was.log,
                    was.filled,
                    was.filled_from,
                )
        return bool(moved)

    async def portion(self, filled_from: int, limit: int) -> Portion | None:
        async with self._db.acquire() as conn:
            rows = await conn.fetch(
                f"""SELECT seq, topic, aggregate, {_has_row("s", "seq + 0 >= $1")} AS filled FROM (
                        SELECT seq, topic, aggregate FROM outbox_archive WHERE seq < $1
                        UNION ALL SELECT seq, topic, aggregate FROM outbox_kept WHERE seq < $1 ORDER BY seq DESC LIMIT $2
                    ) AS s""",
                filled_from,
                limit,
            )
        if not rows:
            return None
        places = {(row["topic"], row["aggregate"]) for row in rows if not row["filled"]}
        return Portion(sorted(places), min(row["seq"] for row in rows))

    async def unfilled(self, places: Sequence[Place], filled_from: int) -> list[Place]:
        async with self._db.acquire() as conn:
            rows = await conn.fetch(
                f"""SELECT topic, aggregate FROM unnest($1::text[], $2::text[]) AS s (topic, aggregate)
                    WHERE {_has_row("s", "seq + 0 < $3")} AND NOT {_has_row("s", "seq + 0 >= $3")}""",
                [topic for topic, _ in places],
                [aggregate for _, aggregate in places],
                filled_from,
            )
        return [(row["topic"], row["aggregate"]) for row in rows]

    async def archived(self, places: Sequence[Place], after: int, limit: int) -> list[Outgoing]:
        # Looked up aggregate by aggregate (OFFSET 0) by the aggregates' index (`seq + 0` fits no other), however many rows there are.
        async with self._db.acquire() as conn:
            rows = await conn.fetch(
                _bounded(
                    f"""SELECT {_COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted (t, a) CROSS JOIN LATERAL (
                            (SELECT {_COLUMNS} FROM outbox_archive WHERE topic = t AND aggregate = a AND seq + 0 > $3 OFFSET 0)
                            UNION ALL
                            (SELECT {_COLUMNS} FROM outbox_kept WHERE topic = t AND aggregate = a AND seq + 0 > $3 OFFSET 0)
                        ) AS sent ORDER BY seq LIMIT $4"""
                ),
                [topic for topic, _ in places],
                [aggregate for _, aggregate in places],
                after,
                limit,
            )
        return [self._outgoing(row) for row in rows]

    async def pending(self, limit: int) -> list[Outgoing]:
        """Rows not sent yet alone."""
        return [*(await self.begin(limit))[1].rows]

    async def archive(self, seqs: Sequence[int], *, log: UUID) -> int:
        (row,) = await self._moving(_ARCHIVE, Sent(seqs, log), self._db.take_woken())
        moved: int = row[0]
        return moved

    async def _moving(self, statement: str, sent: Sent | None, told: str | None, *more: object) -> list[Row]:
        """With it is told who is to be woken."""
        seqs, log = (sent.seqs, sent.log) if sent else ((), None)
        try:
            async with self._db.acquire() as conn:
                rows: list[Row] = await conn.fetch(statement, seqs, log, CHANNEL, told, *more)
        except BaseException:
            self._db.wake(told.split("\n") if told else ())
            raise
        return rows

    def _outgoing(self, row: Row) -> Outgoing:
        return Outgoing(row["seq"], envelope_of(row, self._source))


def envelope_of(row: Row, source: str) -> Envelope:
    """The event of a row of outbox or archive, as it is told."""
    return Envelope(
        str(EventId(row["id"])),
        source,
        row["type"],
        row["topic"],
        row["aggregate"],
        row["aggregateseq"],
        row["epoch"],
        row["key"],
        row["created_at"],
        _STREAMS[row["stream"]],
        row["traceparent"],
        row["payload"],
    )


async def keep_partitions(conn: Connection, *, keep_days: int) -> None:
    """Make the archive's partitions for the coming week and drop those past retention."""
    await conn.fetchval("SELECT outbox_archive_partitions(make_interval(days => $1))", keep_days)


async def epoch(conn: Connection) -> int:
    """1, or what the last restore from a backup has made it."""
    found: int = await conn.fetchval("SELECT epoch FROM stream_epoch")
    return found


async def backlog(conn: Connection) -> tuple[int, float]:
    """How many rows are pending, and the age in seconds of the oldest that was never sent: what is republished is as old as it likes, and
    neither calls a person nor turns callers away."""
    row = await only_row(
        conn,
        """SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) rows) AS pending,
                  coalesce(extract(epoch FROM wlijo_now() - (
                      SELECT created_at FROM outbox WHERE NOT again ORDER BY seq LIMIT 1)), 0)::float8 AS age_s""",
    )
    return row["pending"], row["age_s"]
