"""The inbox's rows on PostgreSQL: positions, waiting events, parked keys, dead letters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from uuid import UUID

from services.kit.database.db import Connection, Row, only_row
from services.kit.database.writes import Write
from services.kit.messaging.effects import Effect
from services.kit.messaging.envelope import Envelope, pack, unpack
from services.kit.messaging.inbox import AGAIN, Position

_KEY = "consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4"

# A pause that ends later than any pause can was set before the server's clock was set back: it is over.
_PAUSED = "retry_at > clock_timestamp() AND retry_at < clock_timestamp() + interval '11 minutes'"

# $8: it comes from the log. A repeat of what is parked must not try it again before its time.
_PARKED = f"""parked AS MATERIALIZED (
    SELECT FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND id = $6 AND $8 AND {_PAUSED})"""
_TAIL = f"""
, gone AS (DELETE FROM inbox_waiting
           WHERE {_KEY} AND (seq <= $5 AND epoch <= $7 OR epoch < $7) AND EXISTS (SELECT FROM moved))
SELECT EXISTS (SELECT FROM moved) AS moved, EXISTS (SELECT FROM parked) AS parked,
       EXISTS (SELECT FROM inbox_waiting WHERE {_KEY} AND seq = $5::bigint + 1 AND epoch >= $7) AS successor
"""
EFFECT_FROM = 10  # the first parameter after those of the inbox


@cache
def with_effect(statement: str, effect: str) -> str:
    """Of the statements that end in _TAIL."""
    head = statement.removesuffix(_TAIL)
    return f"{head}, {effect} {_TAIL.rstrip()}, EXISTS (SELECT FROM done) AS done"


_INSERT = """
    INSERT INTO inbox AS i (consumer, source, topic, aggregate, last, last_id, epoch)
    SELECT $1, $2, $3, $4, $5, $6, $7::integer WHERE NOT EXISTS (SELECT FROM parked)
    ON CONFLICT (consumer, source, topic, aggregate)"""
# $9: the number of the first of those that it is moved over. Those before the event itself are such as nobody handles, and go with it
# while none of them, or before them, waits.
_OVER = f"($9 = $5 OR NOT EXISTS (SELECT FROM inbox_waiting WHERE {_KEY} AND seq < $5))"
FIRST = f"""
WITH {_PARKED}, moved AS ({_INSERT.replace("(SELECT FROM parked)", f"(SELECT FROM parked) AND $9::bigint = 1 AND {_OVER}")}
    DO UPDATE SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch WHERE i.epoch < excluded.epoch
    RETURNING 1
) {_TAIL}"""
_JOIN = f"""
WITH {_PARKED}, moved AS ({_INSERT.replace("parked)", "parked) AND $9::bigint = $5")} DO NOTHING RETURNING 1) {_TAIL}"""
NEXT = f"""
WITH {_PARKED}, moved AS (
    UPDATE inbox SET last = $5, last_id = $6, epoch = $7
    WHERE {_KEY} AND (last = $9::bigint - 1 AND epoch <= $7 OR last >= $5::bigint AND epoch < $7)
      AND NOT EXISTS (SELECT FROM parked) AND {_OVER} RETURNING 1
) {_TAIL}"""
_RAISE = f"""
WITH {_PARKED}, moved AS ({_INSERT}
    DO UPDATE SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch
    WHERE (i.epoch, i.last) < (excluded.epoch, excluded.last) RETURNING 1
), gone AS (DELETE FROM inbox_waiting WHERE {_KEY} AND (epoch, seq) <= ($7, $5) AND EXISTS (SELECT FROM moved))
SELECT EXISTS (SELECT FROM moved) AS moved, EXISTS (SELECT FROM parked) AS parked"""
# Whole stretches, of aggregates of which nothing waits: everything else is for one at a time.
STRETCHES = """
WITH stretch AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::integer[])
    WITH ORDINALITY AS s (source, topic, aggregate, first, last, last_id, epoch, place)
    WHERE NOT EXISTS (SELECT FROM inbox_waiting w
                      WHERE w.consumer = $1 AND (w.source, w.topic, w.aggregate) = (s.source, s.topic, s.aggregate))
), begun AS (
    INSERT INTO inbox (consumer, source, topic, aggregate, last, last_id, epoch)
    SELECT $1, source, topic, aggregate, last, last_id, epoch FROM stretch WHERE first = 1 ORDER BY source, topic, aggregate
    ON CONFLICT (consumer, source, topic, aggregate) DO NOTHING RETURNING source, topic, aggregate
), went AS (
    UPDATE inbox i SET last = s.last, last_id = s.last_id, epoch = s.epoch FROM stretch s
    WHERE i.consumer = $1 AND (i.source, i.topic, i.aggregate) = (s.source, s.topic, s.aggregate)
      AND s.first > 1 AND i.last = s.first - 1 AND i.epoch <= s.epoch RETURNING i.source, i.topic, i.aggregate
)
SELECT place - 1 AS place FROM stretch JOIN (SELECT * FROM begun UNION ALL SELECT * FROM went) AS done USING (source, topic, aggregate)
"""
# Positions of many aggregates, of which nothing waits, are raised to these states where they are newer.
_RAISE_ALL = """
WITH state AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::integer[])
    WITH ORDINALITY AS s (source, topic, aggregate, last, last_id, epoch, place)
    WHERE NOT EXISTS (SELECT FROM inbox_waiting w
                      WHERE w.consumer = $1 AND (w.source, w.topic, w.aggregate) = (s.source, s.topic, s.aggregate))
), moved AS (
    INSERT INTO inbox AS i (consumer, source, topic, aggregate, last, last_id, epoch)
    SELECT $1, source, topic, aggregate, last, last_id, epoch FROM state ORDER BY source, topic, aggregate
    ON CONFLICT (consumer, source, topic, aggregate) DO UPDATE
    SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch
    WHERE (i.epoch, i.last) < (excluded.epoch, excluded.last) RETURNING source, topic, aggregate
)
SELECT place - 1 AS place FROM state JOIN moved USING (source, topic, aggregate)
"""


def moving(first: int) -> str:
    """The statement that moves the position over facts from this number on."""
    return FIRST if first == 1 else NEXT


def moved_beside(consumer: str, event: Envelope, *, from_log: bool, first: int) -> Write:
    """The position moved by what is written or read next in the transaction. That fails, by `in_step`, unless it is the event's turn; or
    when something waits for it, which the statement could not tell."""
    head = moving(first).removesuffix(_TAIL).strip().removeprefix("WITH ")
    gone = _TAIL.partition("SELECT EXISTS")[0]
    turn = f"""turn AS MATERIALIZED (SELECT in_step(EXISTS (SELECT FROM moved) AND NOT EXISTS (
        SELECT FROM inbox_waiting WHERE {_KEY} AND seq = $5::bigint + 1 AND epoch >= $7)))"""
    place = (consumer, event.source, event.topic, event.aggregate, event.seq, event.id, event.epoch, from_log, first)
    return Write(f"{head}{gone}, {turn}", place, frozenset({"inbox"}), "turn")


class StillParked(Exception):
    """A repeat of a parked head whose pause is not over: nothing was written."""


class PostgresInbox:
    """Implements `inbox.InboxStore` for one consumer on one connection inside a transaction.

    With an `effect`, which is made by the statement that moves the position of a fact, no transaction is needed.

    `from_log`: what comes may repeat a parked head, and then raises StillParked. `first`: the number from which on the position is moved,
    when with a fact go those before it.
    """

    def __init__(
        self,
        conn: Connection,
        consumer: str,
        *,
        from_log: bool = False,
        effect: Effect | None = None,
        first: int | None = None,
    ) -> None:
        self.effect_done = False
        self._first = first
        self._effect = effect
        self._conn = conn
        self._consumer = consumer
        self._from_log = from_log

    def _place(self, event: Envelope) -> tuple[str, str, str, str]:
        return self._consumer, event.source, event.topic, event.aggregate

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        row = await self._write(moving(event.seq if self._first is None else self._first), event)
        if not row["moved"] and joining and event.seq > 1 and await self.position(event) is None:
            row = await self._write(_JOIN, event)
        return row["successor"] if row["moved"] else None

    async def raise_to(self, event: Envelope) -> bool:
        """What waited up to this state is dropped with it."""
        return bool((await self._write(_RAISE, event))["moved"])

    async def _write(self, statement: str, event: Envelope) -> Row:
        of_fact = statement.endswith(_TAIL)
        made = self._effect if of_fact else None
        first = event.seq if self._first is None else self._first
        row = await only_row(
            self._conn,
            with_effect(statement, made.sql(EFFECT_FROM)) if made else statement,
            *self._place(event),
            event.seq,
            event.id,
            event.epoch,
            self._from_log,
            *((first,) if of_fact else ()),
            *(made.arguments if made else ()),
        )
        if row["parked"]:
            raise StillParked
        self.effect_done = made is not None and row["done"]
        return row

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

    async def drop(self, event: Envelope) -> None:
        """Drop this very event from what waits: it has been applied or refused by another way."""
        await self._conn.execute(
            f"DELETE FROM inbox_waiting WHERE {_KEY} AND seq = $5 AND id = $6",
            *self._place(event),
            event.seq,
            event.id,
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


async def advance_stretches(conn: Connection, consumer: str, stretches: Sequence[Sequence[Envelope]]) -> set[int]:
    """Move the positions of these aggregates over events that follow one another, each aggregate once; the places in the list of those
    that were moved. One that is not next, or of whose aggregate something waits, is left as it is."""
    rows = await conn.fetch(STRETCHES, consumer, *columns_of(stretches))
    return {row["place"] for row in rows}


def columns_of(stretches: Sequence[Sequence[Envelope]]) -> list[list[object]]:
    """From the second parameter of STRETCHES on."""
    return [
        [each[0].source for each in stretches],
        [each[0].topic for each in stretches],
        [each[0].aggregate for each in stretches],
        [each[0].seq for each in stretches],
        [each[-1].seq for each in stretches],
        [each[-1].id for each in stretches],
        [each[-1].epoch for each in stretches],
    ]


async def raise_all(conn: Connection, consumer: str, states: Sequence[Envelope]) -> set[int]:
    """Raise the positions of their aggregates, each there once, to these states; the places in the list of those that were newer. One of
    whose aggregate something waits is left as it is."""
    rows = await conn.fetch(
        _RAISE_ALL,
        consumer,
        [each.source for each in states],
        [each.topic for each in states],
        [each.aggregate for each in states],
        [each.seq for each in states],
        [each.id for each in states],
        [each.epoch for each in states],
    )
    return {row["place"] for row in rows}


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


async def hear_again(conn: Connection, consumer: str, topic: str, *, really: bool) -> int:
    """Let the newest state of each aggregate count as not heard; how many they are. Repeating changes nothing until they were heard. Not
    `really`: only counts."""
    which = "consumer = $1 AND topic = $2 AND last_id <> $3"
    if not really:
        count: int = await conn.fetchval(f"SELECT count(*) FROM inbox WHERE {which}", consumer, topic, AGAIN)
        return count
    status = await conn.execute(f"UPDATE inbox SET last = last - 1, last_id = $3 WHERE {which}", consumer, topic, AGAIN)
    return int(status.split()[1])
