"""The database of one service: a pool that needs no server to start, and transactions that carry what they tell."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any, Protocol, TypeAlias, TypeVar

import asyncpg

from services.kit import tasks
from services.kit.database import fair, known_types
from services.kit.database.writes import PutOff, as_one, beside, may_go_beside

Row: TypeAlias = asyncpg.Record
W = TypeVar("W", bound=PutOff)

_log = logging.getLogger(__name__)
_NOTIFY_EVERY_S = 0.002
_CARRIED_WITHIN_S = 0.25
CHANNEL = "wlijo"
_NOTIFY_MAX_BYTES = 7_000  # PostgreSQL's limit for a payload is 8,000
_TURN_WITHIN_S = 5.0
_LOCK_WITHIN_MS = 3_000
_STATEMENT_WITHIN_MS = 25_000  # the server's own end comes first: then it is known that nothing was written
_COMMAND_WITHIN_S = 30.0
# The server holds 3 to 4 MiB for each. The one used last is taken first, so these are what a crowd needed that has gone.
_UNUSED_S = 60.0


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
    """A transaction that is open: runs statements, and knows who is to be woken once it has committed.

    A write whose outcome nobody asks for may be put off (`later`): it goes with the next that can be in one statement with it, and is there
    before anything is read, and before the commit.
    """

    __slots__ = ("_conn", "_later", "_places", "_woken", "execute", "fetch", "fetchrow", "fetchval")

    execute: Callable[..., Coroutine[Any, Any, str]]
    fetch: Callable[..., Coroutine[Any, Any, list[Row]]]
    fetchrow: Callable[..., Coroutine[Any, Any, Row | None]]
    fetchval: Callable[..., Coroutine[Any, Any, Any]]

    def __init__(self, conn: asyncpg.pool.PoolConnectionProxy[Row] | asyncpg.Connection[Row]) -> None:
        self._conn = conn
        self._woken: set[str] = set()
        self._later: list[PutOff] = []
        self._places: list[tuple[CodeType, int]] = []
        self._bind()

    def _bind(self) -> None:
        # Bound once: a statement costs no call more than on the connection itself.
        conn = self._conn
        self.execute, self.fetch, self.fetchrow, self.fetchval = conn.execute, conn.fetch, conn.fetchrow, conn.fetchval

    def _bind_written_first(self) -> None:
        def after_what_waits(call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
            async def called(*args: Any, **options: Any) -> Any:
                await self.written()
                return await call(*args, **options)

            return called

        conn = self._conn
        self.execute, self.fetch = after_what_waits(conn.execute), after_what_waits(conn.fetch)
        self.fetchrow, self.fetchval = after_what_waits(conn.fetchrow), after_what_waits(conn.fetchval)

    async def later(self, write: PutOff) -> None:
        """With what comes next, at the latest before the commit; what was put off and changes the same tables is written first. A fault of
        it is raised where it is written, with a note of where this was called."""
        if any(each.changes & write.changes for each in self._later):
            await self.written()
        asked = sys._getframe(1)
        self._later.append(write)
        self._places.append((asked.f_code, asked.f_lineno))
        self._bind_written_first()

    def waiting(self, kind: type[W]) -> W | None:
        """What of this kind was put off and is not written yet: more can be added to it."""
        return next((each for each in self._later if isinstance(each, kind)), None)

    async def write(self, write: PutOff) -> None:
        """Now, and in one statement with it what was put off."""
        await self.later(write)
        await self.written()

    async def fetch_beside(self, query: str, *arguments: object) -> list[Row]:
        """Rows of a statement that has nothing to do with what was put off: that is written with it."""
        if not may_go_beside(query, self._later):
            await self.written()
        if not self._later:
            return await self._conn.fetch(query, *arguments)
        text, values = beside(query, arguments, self._later)
        with self._taken_over():
            return await self._conn.fetch(text, *values)

    async def written(self) -> None:
        """All that was put off is."""
        if self._later:
            text, arguments = as_one(self._later)
            with self._taken_over():
                await self._conn.execute(text, *arguments)

    @contextmanager
    def _taken_over(self) -> Iterator[None]:
        """Nothing is put off any more: what is done within writes it, and a fault of that says where each was put off."""
        places = self._places
        self._forget_later()
        try:
            yield
        except Exception as error:
            for code, line in places:
                error.add_note(f"put off at {code.co_filename}:{line}, in {code.co_qualname}")
            raise

    def _forget_later(self) -> None:
        self._later, self._places = [], []
        self._bind()

    def wake(self, key: str) -> None:
        """Wake those who watch `key` once this transaction has committed."""
        self._woken.add(key)

    def woken_by(self, db: Database) -> None:
        """It has."""
        db.wake(self._woken)

    async def look(self, query: str, *arguments: object) -> list[Row]:
        """Rows that are only looked at, in a step too."""
        return await self.fetch(query, *arguments)

    def takes_more(self) -> None:
        """What follows is more than one look and what comes of it: a step ends here, and is done again in a transaction."""

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """What is done within is undone when it raises, and the transaction goes on (a savepoint)."""
        await self.written()
        woken = set(self._woken)
        try:
            async with self._conn.transaction():
                yield
                await self.written()
        except BaseException:
            self._woken = woken
            self._forget_later()
            raise

    def _is_lost(self) -> bool:
        # A broken line goes back to the pool at once, and leaves a proxy that cannot even be asked.
        inside = getattr(self._conn, "_con", self._conn)
        return inside is None or bool(inside.is_closed())


async def _no_reset(_: Any) -> None:
    """Between borrowers nothing is left to reset: sessions keep no settings, locks or listeners (one round trip saved)."""


def reason(error: BaseException) -> str:
    """What to say of a fault: some exceptions carry no text."""
    return str(error) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Carrier:
    """Somebody in this process whose next statement can tell what is to be told. `told` is set as soon as `key` is."""

    key: str
    told: asyncio.Event


class Database:
    """A pool of connections to one service's database.

    It opens connections when they are first needed, so a process can start while the server is down. One caller (`fair.on_behalf_of`)
    has at most half of them at once, and all callers together leave one to the house: readiness, wake-ups.

    With `one_plan` the server plans each prepared statement once, whatever its values are; else it decides by what plans seem to cost, and
    where tables are large, or a list is of one, it plans most of them anew each time, which costs more than to run them.
    """

    def __init__(self, url: str, *, size: int = 8, application: str = "wlijo", one_plan: bool = False) -> None:
        self._url = url
        self._turns = fair.FairQueue(max(1, size - 1), max(1, size // 2))
        self._size = size
        self._application = application
        self._plans = "force_generic_plan" if one_plan else "auto"
        self._pool: asyncpg.Pool[Row] | None = None
        self._woken: set[str] = set()
        self._notifying: asyncio.Task[None] | None = None
        self._carrier: Carrier | None = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            timeout=5,
            connection_class=known_types.sharing(),
            command_timeout=_COMMAND_WITHIN_S,
            max_inactive_connection_lifetime=_UNUSED_S,
            reset=_no_reset,
            server_settings={
                "application_name": self._application,
                "jit": "off",
                "plan_cache_mode": self._plans,
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
        A lost wake-up is covered by polling. What a carrier wants to know is told it at once, and it takes all along that is to be told
        then; what it has not taken after a moment goes by itself.
        """
        self._woken.update(keys)
        if not self._woken:
            return
        carried = self._carrier is not None and self._carrier.key in self._woken
        if self._carrier is not None and carried:
            self._woken.discard(self._carrier.key)
            self._carrier.told.set()
        if self._woken and (self._notifying is None or self._notifying.done()):
            self._notifying = tasks.start(self._notify(_CARRIED_WITHIN_S if carried else 0.0), "wake listeners")

    def carry(self, carrier: Carrier | None) -> None:
        """From now on it is told of its key, and takes along what is to be told (`take_woken`); None for nobody."""
        self._carrier = carrier

    def take_woken(self) -> str | None:
        """What is to be told by now, for one NOTIFY on CHANNEL; None when it is nothing. Whoever takes it tells it, or it is lost."""
        keys, size = [], 0
        while self._woken and size < _NOTIFY_MAX_BYTES:
            key = self._woken.pop()
            keys.append(key)
            size += len(key) + 1
        return "\n".join(keys) or None

    async def _notify(self, after_s: float) -> None:
        fair.speak_for(None)  # for all who wake somebody
        await asyncio.sleep(after_s)
        while (told := self.take_woken()) is not None:
            try:
                async with self.acquire() as conn:
                    await conn.execute("SELECT pg_notify($1, $2)", CHANNEL, told)
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
        async with understood(opened), conn.transaction():
            yield opened
            await opened.written()
        opened.woken_by(db)


@asynccontextmanager
async def statement(db: Database) -> AsyncIterator[Transaction]:
    """For what is one statement, which is a transaction by itself, and reads beside it: two round trips fewer.

    Whoever it names is woken when the block ends well. Raises as `transaction`.
    """
    async with db.acquire() as conn:
        opened = Transaction(conn)
        async with understood(opened):
            yield opened
            await opened.written()
        opened.woken_by(db)


@asynccontextmanager
async def understood(opened: Transaction) -> AsyncIterator[None]:
    try:
        yield
    except asyncpg.InterfaceError as error:
        if not opened._is_lost():
            raise Misuse(reason(error)) from error
        raise Unavailable(reason(error)) from error
    except (asyncpg.PostgresConnectionError, asyncpg.InternalClientError, OSError) as error:
        raise Unavailable(reason(error)) from error


async def only_row(conn: Connection, query: str, *args: object) -> Row:
    """Of a statement that always gives one: a count, or what RETURNING shows of a row that was written whatever was there."""
    row = await conn.fetchrow(query, *args)
    if row is None:
        raise Misuse(f"no row came of: {query}")
    return row
