"""Events that do not go on by themselves, as operators see and settle them: parked heads, gaps that nothing fills, dead letters.

Whoever asks changes rows alone; the workers do the work, as with `operations`. Each deed is written down with who and why.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

import orjson

from services.kit.database.db import Connection, Row, Transaction
from services.kit.messaging import operations
from services.kit.messaging.inbox_store import storable
from services.kit.messaging.settling import CONFLICT

_GAP_S = 60
_LONGEST_KEY = 2_000


class StuckKind(StrEnum):
    PARKED = "PARKED"
    GAP = "GAP"
    DEAD = "DEAD"


class StuckReason(StrEnum):
    HANDLER_FAILED = "HANDLER_FAILED"
    PREDECESSOR_MISSING = "PREDECESSOR_MISSING"
    UNREADABLE = "UNREADABLE"
    NOT_ITS_PUBLISHER = "NOT_ITS_PUBLISHER"
    NUMBER_TAKEN = "NUMBER_TAKEN"
    SET_ASIDE = "SET_ASIDE"
    GAP_PASSED = "GAP_PASSED"
    INAPPLICABLE = "INAPPLICABLE"


class StuckDeed(StrEnum):
    TRY_AGAIN = "TRY_AGAIN"
    SET_ASIDE = "SET_ASIDE"
    DROP = "DROP"


class NoLongerStuck(Exception):
    """It went on by itself, or somebody was quicker; or there never was such an event."""


class DeedDoesNotFit(Exception):
    """What is asked cannot be done with an event of this kind."""

    def __init__(self, kind: StuckKind) -> None:
        super().__init__(f"This is not done with an event that is {kind}")
        self.status = kind


@dataclass(frozen=True, slots=True)
class StuckKey:
    """Of a dead letter its number; of what waits its place in the inbox."""

    letter: int | None
    place: tuple[str, str, str, str, int] | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        if len(text) > _LONGEST_KEY:
            raise ValueError("too long")
        try:
            read = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        except (binascii.Error, orjson.JSONDecodeError) as error:
            raise ValueError("not the id of a stuck event") from error
        match read:
            case [int(number)] if 0 < number < 2**63:
                return cls(number, None)
            case [str(consumer), str(source), str(topic), str(aggregate), int(seq)] if 0 < seq < 2**63:
                named = (consumer, source, topic, aggregate)
                if all(each.isprintable() for each in named):
                    return cls(None, (*named, seq))
        raise ValueError("not the id of a stuck event")

    def __str__(self) -> str:
        """Opaque."""
        written = orjson.dumps([self.letter] if self.place is None else list(self.place))
        return base64.urlsafe_b64encode(written).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Stuck:
    """`behind` are later events of its aggregate that wait for it. `asked_at` is since when the worker is to try it, `answered` what came
    of the last time."""

    key: StuckKey
    order: str
    kind: StuckKind
    reason: StuckReason
    consumer: str
    topic: str
    source: str | None
    aggregate: str | None
    seq: int | None
    since: datetime
    error: str | None
    attempts: int
    behind: int
    retry_at: datetime | None
    asked_at: datetime | None
    answered: str | None


_LISTED = f"""
SELECT * FROM (
  (SELECT * FROM (
     SELECT NULL::bigint AS letter, json_build_array(consumer, source, topic, aggregate, seq)::text COLLATE "C" AS place, consumer, source,
            topic, aggregate, seq, since, error, attempts, retry_at, NULL::timestamptz AS asked_at, NULL::text AS answered, id AS event_id,
            (SELECT count(*) FROM inbox_waiting b WHERE (b.consumer, b.source, b.topic, b.aggregate)
                    = (w.consumer, w.source, w.topic, w.aggregate) AND b.seq > w.seq) AS behind
     FROM inbox_waiting w
     WHERE error IS NOT NULL OR (since < wlijo_now() - interval '{_GAP_S} seconds' AND NOT EXISTS (
         SELECT FROM inbox_waiting e WHERE (e.consumer, e.source, e.topic, e.aggregate) = (w.consumer, w.source, w.topic, w.aggregate)
                AND e.seq < w.seq))) AS held
   WHERE $1::timestamptz IS NULL OR (since, place) > ($1, $2 COLLATE "C") ORDER BY since, place LIMIT $3)
  UNION ALL
  (SELECT id, '[' || lpad(id::text, 19, '0') COLLATE "C", consumer, source, topic, aggregate, aggregateseq, at, reason, tries, NULL,
          asked_at, answered, event_id, 0
   FROM dead_letter
   WHERE replayed_at IS NULL AND ($1::timestamptz IS NULL OR at >= $1 AND (at, '[' || lpad(id::text, 19, '0') COLLATE "C") > ($1, $2))
   ORDER BY at, id LIMIT $3)) AS stuck
ORDER BY since, place COLLATE "C" LIMIT $3"""


async def listed(conn: Connection, after: tuple[datetime, str] | None, limit: int) -> list[Stuck]:
    """The longest stuck first. Of a parked key and of a gap the head alone: what waits behind it goes on with it."""
    since, place = after or (None, None)
    return [_stuck(row) for row in await conn.fetch(_LISTED, since, place, limit)]


def _stuck(row: Row) -> Stuck:
    kind = StuckKind.DEAD if row["letter"] is not None else StuckKind.PARKED if row["error"] else StuckKind.GAP
    named = (row["consumer"], row["source"], row["topic"], row["aggregate"], row["seq"])
    return Stuck(
        key=StuckKey(row["letter"], None) if kind is StuckKind.DEAD else StuckKey(None, named),
        order=row["place"],
        kind=kind,
        reason=_reason(kind, row["error"], row["event_id"] is not None),
        consumer=row["consumer"],
        topic=row["topic"],
        source=row["source"],
        aggregate=row["aggregate"],
        seq=row["seq"],
        since=row["since"],
        error=without_facts(row["error"]),
        attempts=row["attempts"],
        behind=row["behind"],
        retry_at=row["retry_at"],
        asked_at=row["asked_at"],
        answered=without_facts(row["answered"]),
    )


_PUBLISHERS = re.compile(r"source .* (does not publish|publishes)|.* is told (into|by) ", re.DOTALL)


def _reason(kind: StuckKind, said: str | None, identified: bool) -> StuckReason:
    if kind is not StuckKind.DEAD:
        return StuckReason.HANDLER_FAILED if kind is StuckKind.PARKED else StuckReason.PREDECESSOR_MISSING
    said = said or ""
    if said == CONFLICT:
        return StuckReason.NUMBER_TAKEN
    if said.startswith("given up: "):
        return StuckReason.SET_ASIDE
    if said.startswith("skipped: "):
        return StuckReason.GAP_PASSED
    if identified:
        return StuckReason.INAPPLICABLE
    return StuckReason.NOT_ITS_PUBLISHER if _PUBLISHERS.match(said) else StuckReason.UNREADABLE


# What the code calls itself may be shown in its quotes: constraints, tables, columns.
_OURS = r"(?<!constraint )(?<!relation )(?<!column )(?<!table )(?<!index )(?<!function )"
_QUOTED = re.compile(rf"{_OURS}\"[^\"]*\"|(?<![A-Za-z0-9])'[^']*'|\([^()]*\)=\([^()]*\)")
_MAILED = re.compile(r"\S+@\S+")
_NUMBERS = re.compile(r"(?<![\w.])\+?\d[\d .-]{3,}\d")
_LONGEST = 300


def without_facts(said: str | None) -> str | None:
    """An error as operators read it: what failed, and nothing of whom. PostgreSQL's detail, which has the row, stands on a line of its own;
    what is quoted, addresses and long numbers are what came with the event."""
    if said is None:
        return None
    line = said.partition("\n")[0]
    for pattern in (_QUOTED, _MAILED, _NUMBERS):
        line = pattern.sub("…", line)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


async def settle(conn: Transaction, key: StuckKey, deed: StuckDeed, because: str | None, actor: str) -> None:
    """Raises NoLongerStuck or DeedDoesNotFit."""
    found = await (
        _of_letter(conn, key.letter, deed, because) if key.place is None else _of_place(conn, key.place, deed, because)
    )
    await conn.execute(
        """INSERT INTO event_deed (at, actor, deed, because, consumer, topic, about, seq, reason)
           VALUES (wlijo_now(), $1, $2, $3, $4, $5, $6, $7, $8)""",
        actor,
        deed,
        because,
        found["consumer"],
        found["topic"],
        found["aggregate"],
        found["seq"],
        storable(found["error"] or "it waits for its predecessor"),
    )


async def _of_letter(conn: Transaction, letter: int | None, deed: StuckDeed, because: str | None) -> Row:
    row = await conn.fetchrow(
        """SELECT consumer, topic, aggregate, aggregateseq AS seq, reason AS error, octet_length(record) AS size FROM dead_letter
           WHERE id = $1 AND replayed_at IS NULL FOR UPDATE""",
        letter,
    )
    if row is None:
        raise NoLongerStuck
    match deed:
        case StuckDeed.TRY_AGAIN if row["error"] != CONFLICT and not row["error"].startswith("skipped: "):
            await conn.execute("UPDATE dead_letter SET asked_at = wlijo_now(), answered = NULL WHERE id = $1", letter)
        case StuckDeed.DROP:
            await _leave(conn, letter, because)
        case _:
            raise DeedDoesNotFit(StuckKind.DEAD)
    return row


async def _of_place(
    conn: Transaction, place: tuple[str, str, str, str, int], deed: StuckDeed, because: str | None
) -> Row:
    consumer, source, topic, aggregate, seq = place
    row = await conn.fetchrow(
        """SELECT consumer, source, topic, aggregate, seq, epoch, error FROM inbox_waiting
           WHERE (consumer, source, topic, aggregate, seq) = ($1, $2, $3, $4, $5)""",
        consumer,
        source,
        topic,
        aggregate,
        seq,
    )
    if row is None:
        raise NoLongerStuck
    if row["error"] is None:
        # Going past what never came is for who has looked whether it can be told again: by the command.
        raise DeedDoesNotFit(StuckKind.GAP)
    if deed is StuckDeed.TRY_AGAIN:
        if await operations.try_now(conn, row) != operations.UNPARKED:
            raise NoLongerStuck
        return row
    if await operations.give_up(conn, row) != operations.GIVEN_UP:
        raise NoLongerStuck
    if deed is StuckDeed.DROP:
        letter = await conn.fetchval(
            """SELECT max(id) FROM dead_letter WHERE replayed_at IS NULL
               AND (consumer, source, topic, aggregate, aggregateseq) = ($1, $2, $3, $4, $5)""",
            consumer,
            source,
            topic,
            aggregate,
            seq,
        )
        await _leave(conn, letter, because)
    return row


async def _leave(conn: Transaction, letter: int | None, because: str | None) -> None:
    await conn.execute(
        "UPDATE dead_letter SET replayed_at = wlijo_now(), asked_at = NULL, reason = reason || '; left: ' || $2 WHERE id = $1",
        letter,
        storable(because or ""),
    )


async def asked(conn: Connection, limit: int) -> list[tuple[int, str]]:
    """Dead letters that a worker is to try, the longest asked for first: their number and consumer."""
    rows = await conn.fetch(
        """SELECT id, consumer FROM dead_letter WHERE asked_at IS NOT NULL AND replayed_at IS NULL
           ORDER BY asked_at LIMIT $1""",
        limit,
    )
    return [(row["id"], row["consumer"]) for row in rows]


async def answer(conn: Connection, letter: int, said: str) -> None:
    """It was tried in vain."""
    await conn.execute(
        "UPDATE dead_letter SET asked_at = NULL, answered = $2, tries = tries + 1 WHERE id = $1 AND replayed_at IS NULL",
        letter,
        storable(said),
    )
