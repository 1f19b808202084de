"""A step: one look, a decision, and one statement that writes all of it (optimistic concurrency control): no BEGIN, no COMMIT, no lock held
while it is decided."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NoReturn, TypeVar

import asyncpg

from services.kit.database.db import Database, Row, Transaction, transaction, understood
from services.kit.database.writes import PutOff, Write, as_one

# What `in_step` raises, of the database; the same names twice, of two writes that go in one statement each; a row that somebody else has
# put there meanwhile.
_OVERTAKEN: Final = frozenset({"WL001", asyncpg.DuplicateAliasError.sqlstate, asyncpg.UniqueViolationError.sqlstate})
_GUARD: Final = "guard_"
T = TypeVar("T")


class NotInOne(Exception):
    """What is to be done takes more than a look and a statement, or was not so any more when it was written: nothing is. It is to be done
    again, whole, in a transaction."""


class Step(Transaction):
    """What a command is given in place of a transaction, where it looks before it writes: `look`, and every write is put off. Whatever else
    is asked of it raises NotInOne, so a command need not know how far it goes.

    What was looked at is to be as it was when it is written: `holds` says of which row. Whoever changes what a look sees of it has to leave
    another version of that row.
    """

    __slots__ = ("_guards",)

    def __init__(self, conn: asyncpg.pool.PoolConnectionProxy[Row] | asyncpg.Connection[Row]) -> None:
        super().__init__(conn)
        self._guards: list[Write] = []

    def _bind(self) -> None:
        self.execute = self.fetch = self.fetchrow = self.fetchval = _refused

    async def look(self, query: str, *arguments: object) -> list[Row]:
        """Rows of before anything of this is written; each look is of a moment of its own."""
        return await self._conn.fetch(query, *arguments)

    def holds(self, table: str, column: str, key: object, versions: Sequence[str], *, shared: bool = False) -> None:
        """The rows of this key have to be the versions that were seen, each `xmin::text`, in whatever order. `shared`: others may check
        them at the same moment."""
        name = f"{_GUARD}{len(self._guards)}"
        rows = f"SELECT xmin::text AS version FROM {table} WHERE {column} = $1 FOR {'SHARE' if shared else 'UPDATE'}"
        held = f"(SELECT array_agg(version ORDER BY version) AS versions FROM ({rows}) AS each) AS every"
        self._guards.append(
            Write(f"{name} AS MATERIALIZED (SELECT FROM {held} WHERE versions = $2::text[])", [key, sorted(versions)])
        )

    def holds_all(self, table: str, column: str, keys: Sequence[object], versions: Sequence[str]) -> None:
        """As `holds`, of all rows of these keys, which are checked in their order. A key that no version was seen of has to have no row
        still; of a row that came while it was checked, whoever writes one of the same key is refused."""
        name = f"{_GUARD}{len(self._guards)}"
        rows = f"SELECT xmin::text AS version FROM {table} WHERE {column} = ANY($1) ORDER BY {column} FOR UPDATE"
        held = (
            f"(SELECT coalesce(array_agg(version ORDER BY version), '{{}}') AS versions FROM ({rows}) AS each) AS every"
        )
        self._guards.append(
            Write(
                f"{name} AS MATERIALIZED (SELECT FROM {held} WHERE versions = $2::text[])",
                [list(keys), sorted(versions)],
            )
        )

    def takes_more(self) -> None:
        raise NotInOne

    async def later(self, write: PutOff) -> None:
        if any(each.changes & write.changes for each in self._later):
            raise NotInOne
        self._later.append(write)

    async def write(self, write: PutOff) -> None:
        await self.later(write)

    async def written(self) -> None:
        """Not before its end."""

    async def fetch_beside(self, query: str, *arguments: object) -> list[Row]:
        raise NotInOne

    def attempt(self) -> NoReturn:
        raise NotInOne

    async def made(self, statement: str, *arguments: object) -> Row:
        """The caller's statement, with `parts` in it, and what it shows."""
        rows = await self._conn.fetch(statement, *arguments)
        return rows[0]

    async def finish(self) -> None:
        """Write it, where there is no statement of the caller's that it goes with."""
        parts = self.parts
        await self._conn.fetch(f"WITH moved AS (SELECT), {parts.parts} SELECT FROM done", *parts.arguments)

    @property
    def parts(self) -> Write:
        """All of it, as CTEs. The last, `done`, fails the statement where a row is another, or nothing has `moved`, a CTE before them."""
        writes = [*self._guards, *self._later]
        held = ["EXISTS (SELECT FROM moved)", *(f"EXISTS (SELECT FROM {_GUARD}{n})" for n in range(len(self._guards)))]
        done = Write(f"done AS MATERIALIZED (SELECT in_step({' AND '.join(held)}) AS holds)", [])
        text, arguments = as_one([*writes, done])
        return Write(text.removeprefix("WITH ").removesuffix(" SELECT"), arguments)


async def _refused(*_: Any, **__: Any) -> NoReturn:
    raise NotInOne


@asynccontextmanager
async def step(db: Database) -> AsyncIterator[Step]:
    """The caller writes it, by `finish` or with `parts`, before the block ends; then whoever is named is woken. Raises NotInOne when it is
    to be done again, and as `transaction`."""
    async with db.acquire() as conn:
        opened = Step(conn)
        try:
            async with understood(opened):
                yield opened
        except asyncpg.PostgresError as error:
            if error.sqlstate in _OVERTAKEN:
                raise NotInOne from error
            raise
    opened.woken_by(db)


async def in_step(db: Database, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """In a step where that is all that it takes, else in a transaction: called again then, whole. Raises as `transaction`."""
    try:
        async with step(db) as stepping:
            done = await work(stepping)
            await stepping.finish()
    except NotInOne:
        async with transaction(db) as conn:
            return await work(conn)
    return done
