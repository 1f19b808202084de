"""Durable timers: rows that wake a rule when they are due, by the database's clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID
from weakref import WeakSet

from prometheus_client import Counter

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection, Database, Row, Transaction, only_row, transaction
from services.kit.ids import Id
from services.kit.messaging.inbox_store import storable
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
_BASE_S = 1.0
_APART_S = 0.25
FIRED = Counter(
    "wlijo_timers_total",
    "Timers that were due, by what became of them",
    ("kind", "outcome"),
    registry=telemetry.REGISTRY,
)

TOGETHER: Final = 200
"""Timers of one kind that one transaction sees to, where their rule takes many."""
_PAUSE = "least(interval '1 second' * 2 ^ least(attempts, 10), interval '5 minutes')"

# The present is asked for once: compared with the function itself, each timer that is open would be looked at, and no index. Beside one
# that never failed go others that never did: what has failed is tried alone.
TAKE = f"""
WITH first AS MATERIALIZED (
    SELECT kind, subject, attempts FROM timer WHERE due_at <= (SELECT wlijo_now()) AND kind = ANY($1)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
), beside AS MATERIALIZED (
    SELECT kind, subject FROM timer
    WHERE due_at <= (SELECT wlijo_now()) AND attempts = 0 AND kind = (SELECT kind FROM first WHERE attempts = 0 AND kind = ANY($2))
      AND subject <> (SELECT subject FROM first)
    ORDER BY due_at LIMIT {TOGETHER - 1} FOR UPDATE SKIP LOCKED
)
DELETE FROM timer t USING (SELECT kind, subject, 0 AS n FROM first UNION ALL SELECT kind, subject, 1 FROM beside) AS taken
WHERE (t.kind, t.subject) = (taken.kind, taken.subject) RETURNING t.kind, t.subject, t.attempts, t.due_at, taken.n
"""
NEXT = """SELECT now.at, (SELECT due_at FROM timer WHERE kind = ANY($1) ORDER BY due_at LIMIT 1) AS due_at
FROM (SELECT wlijo_now() AS at) AS now"""
_PUT_BACK = f"""
INSERT INTO timer (kind, subject, due_at, attempts, error)
SELECT $1, $2, wlijo_now() + {_PAUSE}, attempts + 1, $4 FROM (SELECT $3::integer AS attempts) AS t ON CONFLICT (kind, subject) DO NOTHING"""
_FAILED = f"""
UPDATE timer SET attempts = attempts + 1, error = $3, due_at = wlijo_now() + {_PAUSE}
WHERE kind = $1 AND subject = $2 AND due_at = $4 -- not one that was moved meanwhile
"""


@dataclass(frozen=True, slots=True)
class Together:
    """A rule that sees to many at once, which is cheaper than one after the other: whatever is due, up to `TOGETHER`."""

    handle: Callable[[Transaction, Sequence[UUID]], Awaitable[None]]


TimerHandler: TypeAlias = Callable[[Transaction, UUID], Awaitable[None]] | Together


async def start(conn: Connection, kind: str, subject: Id, due_at: datetime) -> None:
    """Set or move the timer of this kind for this subject."""
    await conn.execute(
        """INSERT INTO timer (kind, subject, due_at) VALUES ($1, $2, $3)
           ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, attempts = 0, error = NULL""",
        kind,
        subject,
        due_at,
    )
    _tell_of(due_at)


async def stop(conn: Connection, subject: Id, *kinds: str) -> None:
    """Drop the timers of these kinds for this subject, all of them when no kind is named.

    One that is firing at this moment is left: it holds its row and waits for what the caller has locked, so waiting for it would be
    a deadlock. Its rule then meets the state that the caller made.
    """
    await conn.execute(
        """DELETE FROM timer WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM timer WHERE subject = $1 AND ($2::text[] = '{}' OR kind = ANY($2))
               FOR UPDATE SKIP LOCKED))""",
        subject,
        list(kinds),
    )


async def hasten(conn: Connection, kind: str, subjects: Sequence[Id]) -> None:
    """Let these timers be due now. One that is firing at this moment is left, as by `stop`."""
    await conn.execute(
        """UPDATE timer SET due_at = wlijo_now() WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM timer WHERE kind = $1 AND subject = ANY($2::uuid[]) AND due_at > wlijo_now()
               FOR UPDATE SKIP LOCKED))""",
        kind,
        list(subjects),
    )
    _tell_of(None)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of timers with a step: those of `stopped` subjects end, of these `kinds` or, without any, of all; `started` are set or
    moved. One that is firing at this moment is left, as by `stop`."""

    stopped: Sequence[Id] = ()
    kinds: Sequence[str] = ()
    started: Sequence[tuple[str, Id, datetime]] = ()

    @property
    def arguments(self) -> tuple[list[Id], list[str], list[str], list[Id], list[datetime]]:
        """Of `changed`; who fires timers in this process is told of those that it is to look for sooner."""
        kinds, subjects, dues = (
            [list(each) for each in zip(*self.started, strict=True)] if self.started else ([], [], [])
        )
        if dues:
            _tell_of(min(dues))
        return list(self.stopped), list(self.kinds), kinds, subjects, dues


def changed(first: int) -> str:
    """CTEs that make a Change, for the statement that changes what the timers are of; its five parameters begin with this number."""
    stopped, kinds, names, subjects, dues = (f"${first + n}" for n in range(5))
    return f"""timers_stopped AS (
        DELETE FROM timer WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM timer t WHERE subject = ANY({stopped}::uuid[]) AND ({kinds}::text[] = '{{}}' OR kind = ANY({kinds}))
            AND NOT EXISTS (SELECT FROM unnest({names}::text[], {subjects}::uuid[]) AS s (kind, subject)
                            WHERE (s.kind, s.subject) = (t.kind, t.subject))
            FOR UPDATE SKIP LOCKED))
    ), timers_started AS (
        INSERT INTO timer (kind, subject, due_at)
        SELECT * FROM unnest({names}::text[], {subjects}::uuid[], {dues}::timestamptz[])
        ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, attempts = 0, error = NULL
    )"""


_CHANGE = f"WITH {changed(1)} SELECT"


async def change(conn: Connection, change: Change) -> None:
    await conn.execute(_CHANGE, *change.arguments)


class Timers:
    """Fires what is due, each in a transaction of its own, or many where their rule takes many; any number of workers may run side by side
    (SKIP LOCKED).

    A handler that fails is tried again with growing pauses, for ever: a deadline is never given up.
    """

    def __init__(self, db: Database, handlers: Mapping[str, TimerHandler]) -> None:
        self._db = db
        self._handlers = handlers
        self._together = [kind for kind, handler in handlers.items() if isinstance(handler, Together)]
        self._stopping = asyncio.Event()
        self._sooner = asyncio.Event()
        self._looks_at: datetime | None = None

    def stop(self) -> None:
        self._stopping.set()

    def told_of(self, due_at: datetime | None) -> None:
        """One is being set in this process, for this time by the database's clock or for now. It may not be committed yet."""
        if due_at is None or self._looks_at is None or due_at < self._looks_at:
            self._sooner.set()

    async def run(self) -> None:
        """Looks when the next one is due, soon after this process has set one that is due sooner, and once a second: another process
        may set one, and the database's clock may be moved."""
        _RUNNING.add(self)
        while not self._stopping.is_set():
            self._sooner.clear()
            self._looks_at = None  # what is set meanwhile may be missed by this look
            wait_s = _BASE_S
            try:
                wait_s = await self._next_s()
                if wait_s <= 0:
                    while not self._stopping.is_set() and await self.fire_one():
                        pass
            except TRANSIENT as error:
                _log.warning("timers pause: %s", error)
            await tasks.pause(_APART_S, self._stopping)
            if wait_s > _APART_S:
                await tasks.pause(wait_s - _APART_S, self._stopping, self._sooner)

    async def _next_s(self) -> float:
        """Seconds until it is to look again, 0 or less when one is due. One statement, where to take what is due is a transaction: most
        looks find nothing."""
        async with self._db.acquire() as conn:
            found = await only_row(conn, NEXT, [*self._handlers])
        due_s = (found["due_at"] - found["at"]).total_seconds() if found["due_at"] else _BASE_S
        self._looks_at = found["at"] + timedelta(seconds=max(0.0, min(due_s, _BASE_S)))
        return min(due_s, _BASE_S)

    async def fire_one(self) -> bool:
        """Fire the timer that is longest overdue, and with it others of its kind whose rule takes many; False when none is due."""
        taken: list[Row] = []
        try:
            async with transaction(self._db) as conn:
                taken = await conn.fetch(TAKE, list(self._handlers), self._together)
                if not taken:
                    return False
                taken.sort(key=lambda row: row["n"])
                kind: str = taken[0]["kind"]
                with telemetry.span(f"timer {kind}"):
                    failed = await self._handle(conn, self._handlers[kind], taken)
            FIRED.labels(kind, "fired").inc(len(taken) - failed)
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - one failing rule must not stop the other deadlines
            due = taken[0]
            _note_failed(due)
            async with transaction(self._db) as conn:
                await conn.execute(_FAILED, due["kind"], due["subject"], _said(error), due["due_at"])
        return True

    async def _handle(self, conn: Transaction, handler: TimerHandler, taken: Sequence[Row]) -> int:
        """How many failed, and are put back."""
        if not isinstance(handler, Together):
            await handler(conn, taken[0]["subject"])
        elif len(taken) == 1:
            await handler.handle(conn, [taken[0]["subject"]])
        else:
            return await self._halving(conn, handler, taken)
        return 0

    async def _halving(self, conn: Transaction, handler: Together, taken: Sequence[Row]) -> int:
        """All at once; where that fails its halves by themselves, down to the one that it lies with, and that alone is put back."""
        try:
            async with conn.attempt():
                await handler.handle(conn, [row["subject"] for row in taken])
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - one that fails must not hold up the others
            if len(taken) > 1:
                middle = len(taken) // 2
                before = await self._halving(conn, handler, taken[:middle])
                return before + await self._halving(conn, handler, taken[middle:])
            due = taken[0]
            _note_failed(due)
            await conn.execute(_PUT_BACK, due["kind"], due["subject"], due["attempts"], _said(error))
            return 1
        return 0


_RUNNING: Final[WeakSet[Timers]] = WeakSet()


def _tell_of(due_at: datetime | None) -> None:
    for each in _RUNNING:
        each.told_of(due_at)


def _note_failed(due: Row) -> None:
    _log.exception(
        "a timer failed and will be tried again", extra={"kind": due["kind"], "subject": str(due["subject"])}
    )
    FIRED.labels(due["kind"], "failed").inc()


def _said(error: Exception) -> str:
    return storable(f"{type(error).__name__}: {error}")
