"""Durable timers: rows that wake a rule when they are due, by the database's clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prometheus_client import Counter

from services.kit.database.db import TRANSIENT, Connection, Database, Transaction, transaction
from services.kit.ids import Id
from services.kit.messaging.inbox_store import storable
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
_POLL_S = 0.25
FIRED = Counter(
    "wlijo_timers_total",
    "Timers that were due, by what became of them",
    ("kind", "outcome"),
    registry=telemetry.REGISTRY,
)

TimerHandler = Callable[[Transaction, UUID], Awaitable[None]]


async def start(conn: Connection, kind: str, subject: Id, due_at: datetime) -> None:
    """Set or move the timer of this kind for this subject."""
    await conn.execute(
        """INSERT INTO timer (kind, subject, due_at) VALUES ($1, $2, $3)
           ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, attempts = 0, error = NULL""",
        kind,
        subject,
        due_at,
    )


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


class Timers:
    """Fires what is due, each in a transaction of its own; any number of workers may run side by side (SKIP LOCKED).

    A handler that fails is tried again with growing pauses, for ever: a deadline is never given up.
    """

    def __init__(self, db: Database, handlers: Mapping[str, TimerHandler]) -> None:
        self._db = db
        self._handlers = handlers
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                while not self._stopping.is_set() and await self.fire_one():
                    pass
            except TRANSIENT as error:
                _log.warning("timers pause: %s", error)
            try:
                async with asyncio.timeout(_POLL_S):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    async def fire_one(self) -> bool:
        """Fire the timer that is longest overdue; False when none is due."""
        due: Any = None
        try:
            async with transaction(self._db) as conn:
                due = await conn.fetchrow(
                    """DELETE FROM timer WHERE (kind, subject) = (
                           SELECT kind, subject FROM timer WHERE due_at <= wlijo_now() AND kind = ANY($1)
                           ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                       RETURNING kind, subject, attempts, due_at""",
                    list(self._handlers),
                )
                if due is None:
                    return False
                with telemetry.span(f"timer {due['kind']}"):
                    await self._handlers[due["kind"]](conn, due["subject"])
            FIRED.labels(due["kind"], "fired").inc()
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - one failing rule must not stop the other deadlines
            _log.exception(
                "a timer failed and will be tried again", extra={"kind": due["kind"], "subject": str(due["subject"])}
            )
            async with transaction(self._db) as conn:
                await conn.execute(
                    """UPDATE timer SET attempts = attempts + 1, error = $3,
                              due_at = wlijo_now() + least(interval '1 second' * 2 ^ least(attempts, 10), interval '5 minutes')
                       WHERE kind = $1 AND subject = $2 AND due_at = $4 -- not one that was moved meanwhile
                    """,
                    due["kind"],
                    due["subject"],
                    storable(f"{type(error).__name__}: {error}"),
                    due["due_at"],
                )
            FIRED.labels(due["kind"], "failed").inc()
        return True
