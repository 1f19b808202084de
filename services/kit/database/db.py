"""The database of one service: a pool that needs no server to start, and transactions that carry what they tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias

import asyncpg

from services.kit import tasks
from services.kit.database import fair

Row: TypeAlias = asyncpg.Record

_log = logging.getLogger(__name__)
_NOTIFY_EVERY_S = 0.02
_CHANNEL = "wlijo"
_NOTIFY_MAX_BYTES = 7_000  # PostgreSQL's limit for a payload is 8,000
_TURN_WITHIN_S = 5.0
_LOCK_WITHIN_MS = 3_000
_STATEMENT_WITHIN_MS = 25_000  # the server's own end comes first: then it is known that nothing was written
_COMMAND_WITHIN_S = 30.0


class Unavailable(Exception):
    """The database cannot be reached now. Nothing was written."""


class Busy(Exception):
    """A lock or a turn at the pool was not to be had in time, or a statement took too long: nothing was written."""

    retry_after_ms = 1_000


class Misuse(Exception):
    """A statement was called wrongly, on a connection that is well: a fault of the code, which no retry mends."""


# What asyncpg raises when the server cannot be reached, goes away or is starting: retry later, nothing is wrong with the call.
TRANSIENT: tuple[type[Exception], ...] = (
    Unavailable,
    Busy,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # "cannot switch to state …": the line broke between a statement and the rollback after it
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,  # a password is being rotated: the role gets the new one in a moment
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # too many connections; no memory; no room on the disk, until somebody makes some
    asyncpg.PostgresIOError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)


class Connection(Protocol):
    """What a statement needs: a connection of the pool, one of one's own, or a transaction."""

    def execute(self, query: str, *args: object, timeout: float | None = None) -> Coroutine[Any, Any, str]: ...
    def fetch(self, query: str, *args: object, timeout: float | None = None) -> Coroutine[Any, Any, list[Row]]: ...
    def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Coroutine[Any, Any, Row | None]: ...
    def fetchval(
        self, query: str, *args: object, column: int = 0, timeout: float | None = None
    ) -> Coroutine[Any, Any, Any]: ...


class Transaction:
    """A transaction that is open: runs statements, and knows who is to be woken once it has committed."""

    __slots__ = ("_conn", "_woken", "execute", "fetch", "fetchrow", "fetchval")

    def __init__(self, conn: asyncpg.pool.PoolConnectionProxy[Row] | asyncpg.Connection[Row]) -> None:
        self._conn = conn
        self._woken: set[str] = set()
        # Bound once: a statement costs no call more than on the connection itself.
        self.execute, self.fetch, self.fetchrow, self.fetchval = conn.execute, conn.fetch, conn.fetchrow, conn.fetchval

    def wake(self, key: str) -> None:
        """Wake those who watch `key` once this transaction has committed."""
        self._woken.add(key)

    def _is_lost(self) -> bool:
        # A broken line goes back to the pool at once, and leaves a proxy that cannot even be asked.
        inside = getattr(self._conn, "_con", self._conn)
        return inside is None or bool(inside.is_closed())


async def _no_reset(_: Any) -> None:
    """Between borrowers nothing is left to reset: sessions keep no settings, locks or listeners (one round trip saved)."""


def reason(error: BaseException) -> str:
    """What to say of a fault: some exceptions carry no text."""
    return str(error) or type(error).__name__


class Database:
    """A pool of connections to one service's database.

    It opens connections when they are first needed, so a process can start while the server is down. One caller (`fair.on_behalf_of`)
    has at most half of them at once, and all callers together leave one to the house: readiness, wake-ups.
    """

    def __init__(self, url: str, *, size: int = 8, application: str = "wlijo") -> None:
        self._url = url
        self._turns = fair.FairQueue(max(1, size - 1), max(1, size // 2))
        self._size = size
        self._application = application
        self._pool: asyncpg.Pool[Row] | None = None
        self._woken: set[str] = set()
        self._notifying: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            timeout=5,
            command_timeout=_COMMAND_WITHIN_S,
            max_inactive_connection_lifetime=300,
            reset=_no_reset,
            server_settings={
                "application_name": self._application,
                "jit": "off",
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": "60000",
                "lock_timeout": str(_LOCK_WITHIN_MS),
                "statement_timeout": str(_STATEMENT_WITHIN_MS),
            },
        )

    async def close(self) -> None:
        if self._notifying:
            await asyncio.wait({self._notifying}, timeout=1)
        if self._pool:
            try:
                async with asyncio.timeout(5):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        """A connection outside any transaction, when it is the caller's turn. Raises Unavailable, or Busy."""
        caller = fair.caller()
        if caller is None:
            async with self._acquire() as conn:
                yield conn
            return
        try:
            async with self._turns.place(caller, _TURN_WITHIN_S), self._acquire() as conn:
                yield conn
        except fair.Crowded as error:
            raise Busy(str(error)) from error

    @asynccontextmanager
    async def _acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        if self._pool is None:
            raise Unavailable("the pool is not open")
        try:
            conn = await self._pool.acquire(timeout=5)
        except TRANSIENT as error:
            raise Unavailable(reason(error)) from error
        try:
            yield conn
        except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
            raise Busy(reason(error)) from error
        finally:
            await self._pool.release(conn)

    async def connect(self) -> asyncpg.Connection[Row]:
        """A connection of one's own, outside the pool (LISTEN). Raises Unavailable."""
        try:
            return await asyncpg.connect(self._url, timeout=5, server_settings={"application_name": self._application})
        except TRANSIENT as error:
            raise Unavailable(reason(error)) from error

    def wake(self, keys: Iterable[str]) -> None:
        """Wake relay and live views that watch these keys: one coalesced NOTIFY, in a statement of its own, after the commit.

        NOTIFY inside the transaction would take a lock across its fsync and cost a third of the commit rate.
        A lost wake-up is covered by polling.
        """
        self._woken.update(keys)
        if self._woken and (self._notifying is None or self._notifying.done()):
            self._notifying = tasks.start(self._notify(), "wake listeners")

    async def _notify(self) -> None:
        fair.speak_for(None)  # for all who wake somebody
        while self._woken:
            keys, size = [], 0
            while self._woken and size < _NOTIFY_MAX_BYTES:
                key = self._woken.pop()
                keys.append(key)
                size += len(key) + 1
            try:
                async with self.acquire() as conn:
                    await conn.execute("SELECT pg_notify($1, $2)", _CHANNEL, "\n".join(keys))
            except TRANSIENT:
                _log.warning("could not wake listeners; polling will find the change")
            await asyncio.sleep(_NOTIFY_EVERY_S)


@asynccontextmanager
async def transaction(db: Database) -> AsyncIterator[Transaction]:
    """One transaction: committed when the block ends well, rolled back when it raises.

    Raises Unavailable when the database cannot be reached or the outcome of the COMMIT is unknown.
    """
    async with db.acquire() as conn:
        opened = Transaction(conn)
        try:
            async with conn.transaction():
                yield opened
        except asyncpg.InterfaceError as error:
            if not opened._is_lost():
                raise Misuse(reason(error)) from error
            raise Unavailable(reason(error)) from error
        except (asyncpg.PostgresConnectionError, asyncpg.InternalClientError, OSError) as error:
            raise Unavailable(reason(error)) from error
        db.wake(opened._woken)


async def only_row(conn: Connection, query: str, *args: object) -> Row:
    """Of a statement that always gives one: a count, or what RETURNING shows of a row that was written whatever was there."""
    row = await conn.fetchrow(query, *args)
    if row is None:
        raise Misuse(f"no row came of: {query}")
    return row
