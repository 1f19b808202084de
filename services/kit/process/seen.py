"""What a process says of itself in its service's database, for operators: what it misses and since when, what it has not read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import uuid_utils.compat
from asyncpg import UndefinedTableError

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database
from services.kit.kafka.lag import unread
from services.kit.messaging import running_store
from services.kit.messaging.running_store import Missing
from services.kit.observe.readiness import Readiness
from services.kit.observe.version import VERSION

_log = logging.getLogger(__name__)
_EVERY_S = 10.0
_NOT_NOW: tuple[type[Exception], ...] = (*TRANSIENT, UndefinedTableError)


class Seen:
    """`part` is what it is of the service: api, worker."""

    def __init__(
        self,
        db: Database,
        readiness: Readiness,
        part: str,
        not_read: Callable[[], Mapping[tuple[str, str], int]] = unread,
    ) -> None:
        self._db, self._readiness, self._part, self._not_read = db, readiness, part, not_read
        self._process = uuid_utils.compat.uuid7()
        self._since: dict[str, datetime] = {}

    async def say(self) -> None:
        failing = {name: check.reason for name, check in (await self._readiness.checks()).items() if not check.ok}
        async with self._db.acquire() as conn:
            at = await running_store.now(conn)
            self._since = {name: self._since.get(name, at) for name in failing}
            missing = [Missing(name, why, self._since[name]) for name, why in failing.items()]
            await running_store.say(conn, self._process, self._part, VERSION, at, missing, self._not_read())

    async def run(self, stopping: asyncio.Event | None = None) -> None:
        """Until it is stopped or cancelled. A database that is away, or not yet as it should be, hears nothing, and what it has heard of
        this process grows old: that says it."""
        stopping = stopping or asyncio.Event()
        while not stopping.is_set():
            try:
                await self.say()
            except _NOT_NOW as error:
                _log.info("nothing is said of this process: %s", error)
            await tasks.pause(_EVERY_S, stopping)
