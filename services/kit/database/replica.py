"""Reads from a streaming replica of the database, for as long as it is there and not far behind; else from the primary."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import asyncpg
from prometheus_client import Counter, Gauge

from services.kit.database import migrate
from services.kit.database.db import TRANSIENT, Busy, Connection, Database, reason
from services.kit.observe.readiness import Readiness
from services.kit.observe.telemetry import REGISTRY

T = TypeVar("T")

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.5
_LOOK_WITHIN_S = 2.0
_READ_WITHIN_S = 3.0
_AWAY: tuple[type[Exception], ...] = (
    *TRANSIENT,
    asyncpg.PostgresError,
)  # a role or database that is not there is one too
_CHECK: Final = "replica"
_READS = Counter(
    "wlijo_replica_reads_total", "Reads meant for the replica, by who served them.", ["by"], registry=REGISTRY
)
_USED = Gauge("wlijo_replica_used", "1 while reads go to the replica.", registry=REGISTRY)
_BEHIND = Gauge(
    "wlijo_replica_behind_seconds", "For how long, at most, it has not had all of the primary.", registry=REGISTRY
)


class NotFromReplica(Exception):
    """It cannot serve this read now: the primary can."""


class _Unfit(Exception):
    """Why nothing is to be read there."""


class Replica:
    """It is looked at twice a second, and used from the first look that finds it fit until one that does not, or a read that fails.

    How far behind it is, is told by the primary's own position: the one of `bound_s` ago must be replayed. So a primary at which nothing is
    written is no lag, a replica that receives nothing and has replayed all it has is one, and no two clocks are compared. A primary that
    cannot be asked counts as time that passes: what cannot be measured is not within the bound.
    """

    def __init__(
        self,
        primary: Database,
        replica: Database,
        migrations: Sequence[migrate.Migration],
        readiness: Readiness,
        bound_s: float,
    ) -> None:
        self._primary, self._replica = primary, replica
        self._migrations, self._readiness, self._bound_s = migrations, readiness, bound_s
        self._positions: deque[tuple[float, int]] = deque()
        self._had_all_at = float("-inf")
        self._unfit: str | None = None
        self._set("not looked at yet")
        for by in ("replica", "primary"):
            _READS.labels(by)

    @property
    def unfit(self) -> str | None:
        """Why reads go to the primary; None while they do not."""
        return self._unfit

    async def run(self) -> None:
        await self._replica.open()
        try:
            while True:
                await self.look()
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            await self._replica.close()

    async def look(self) -> None:
        """Whether it is fit, from now on."""
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S):
                await self._look()
        except _Unfit as error:
            self._set(str(error))
        except _AWAY as error:
            self._set(f"unreachable: {reason(error)}")
        else:
            self._set(None)

    async def _look(self) -> None:
        at = time.monotonic()
        try:
            async with self._primary.acquire() as conn:
                cluster, position = await _where(conn, "pg_current_wal_flush_lsn()")
            self._positions.append((at, position))
        except TRANSIENT:
            cluster = None
        async with self._replica.acquire() as conn:
            if not await conn.fetchval("SELECT pg_is_in_recovery()"):
                raise _Unfit("it is a server of its own, no replica")
            its_cluster, replayed = await _where(conn, "pg_last_wal_replay_lsn()")
            if cluster is not None and its_cluster != cluster:
                raise _Unfit("it is a replica of another server")
            self._measure(replayed)
            if absent := await migrate.missing(conn, self._migrations):
                raise _Unfit(f"waits for the migration {absent[0]}")

    def _measure(self, replayed: int) -> None:
        while self._positions and self._positions[0][1] <= replayed:
            self._had_all_at = self._positions.popleft()[0]
        behind = time.monotonic() - self._had_all_at
        _BEHIND.set(behind)
        while len(self._positions) > 1 and self._positions[-1][0] - self._positions[0][0] > 2 * self._bound_s:
            self._positions.popleft()  # of a replica that stands still for hours the last ones are enough
        if behind > self._bound_s:
            raise _Unfit(f"it is more than {self._bound_s:g} s behind the primary")

    async def read(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        """What `ask` reads there. Raises NotFromReplica when it is not fit, or fails now, and Busy when this caller has too much under way:
        the primary would be no better for it."""
        if self._unfit is None:
            try:
                async with self._replica.acquire() as conn, asyncio.timeout(_READ_WITHIN_S):
                    read = await ask(conn)
                _READS.labels("replica").inc()
                return read
            except Busy:
                raise
            except TRANSIENT as error:
                # A row that it had to give up, or a slow statement, say nothing of the next read: the look tells one that stands still.
                if not isinstance(error, asyncpg.SerializationError | TimeoutError):
                    self._set(f"unreachable: {reason(error)}")
        _READS.labels("primary").inc()
        raise NotFromReplica

    def _set(self, unfit: str | None) -> None:
        if unfit != self._unfit:
            _log.log(
                logging.WARNING if unfit else logging.INFO,
                "reads go to the %s: %s",
                *(("primary", unfit) if unfit else ("replica", "it is fit")),
            )
        self._unfit = unfit
        self._readiness.note(_CHECK, f"reads go to the primary: {unfit}" if unfit else "")
        _USED.set(unfit is None)


async def _where(conn: Connection, position: str) -> tuple[int, int]:
    """Which cluster it is, and how far it has come."""
    row = await conn.fetchrow(
        f"SELECT system_identifier AS cluster, ({position} - '0/0')::bigint AS position FROM pg_control_system()"
    )
    if row is None or row["position"] is None:
        raise _Unfit("it has no position yet")
    return row["cluster"], row["position"]
