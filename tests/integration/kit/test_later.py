"""Writes that are put off: there before anything is read, before a savepoint begins or ends and before the commit, in their order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from services.kit.database.db import Database, Transaction, statement, transaction
from services.kit.database.writes import PutOff, Write
from tests.worlds import servers

TABLES = ("one", "two")
OPS = ("later", "later", "later", "write", "read", "run", "attempt")


class Undone(Exception):
    """What the tests let an attempt or a transaction end with."""


@pytest.fixture
async def said(db: Database, thing_database: servers.TestDatabase) -> Database:
    """Two tables of one row, to which numbers are added."""
    owner = await asyncpg.connect(thing_database.owner_url)
    for each in TABLES:
        await owner.execute(f"CREATE TABLE {each} (said integer[] NOT NULL); GRANT ALL ON {each} TO testing")
        await owner.execute(f"INSERT INTO {each} VALUES ('{{}}')")
    await owner.close()
    return db


def adds(table: str, number: int) -> Write:
    return Write(f"{table}_said AS (UPDATE {table} SET said = said || $1::integer)", [number], frozenset({table}))


async def heard(conn: Any, table: str) -> list[int]:
    return list(await conn.fetchval(f"SELECT said FROM {table}"))


class Program:
    """Random work in one transaction, and beside it what must have come of it."""

    def __init__(self, seed: int) -> None:
        self._some = random.Random(seed)
        self._number = 0
        self.right: dict[str, list[int]] = {each: [] for each in TABLES}

    async def run(self, conn: Transaction, *, deep: int = 0) -> None:
        for _ in range(self._some.randint(1, 9)):
            table, op = self._some.choice(TABLES), self._some.choice(OPS)
            if op == "read":
                assert await heard(conn, table) == self.right[table]
            elif op == "attempt":
                if deep < 2:
                    await self._attempt(conn, deep + 1)
            else:
                self._number += 1
                self.right[table].append(self._number)
                if op == "run":
                    await conn.execute(f"UPDATE {table} SET said = said || $1::integer", self._number)
                else:
                    await (conn.later if op == "later" else conn.write)(adds(table, self._number))

    async def _attempt(self, conn: Transaction, deep: int) -> None:
        before, fails = {name: [*numbers] for name, numbers in self.right.items()}, self._some.random() < 0.4
        try:
            async with conn.attempt():
                await self.run(conn, deep=deep)
                if fails:
                    raise Undone
        except Undone:
            self.right = before


async def right(db: Database, kind: type[Transaction], seeds: Iterable[int]) -> None:
    """Raises AssertionError where a program does not come to what it must."""
    for seed in seeds:
        program = Program(seed)
        async with db.acquire() as conn:
            for each in TABLES:
                await conn.execute(f"UPDATE {each} SET said = '{{}}'")
            async with conn.transaction():
                opened = kind(conn)
                await program.run(opened)
                await opened.written()
            assert {each: await heard(conn, each) for each in TABLES} == program.right, seed


async def test_whatever_is_put_off_comes_to_what_it_would_at_once(said: Database) -> None:
    await right(said, Transaction, range(60))


class Forgets(Transaction):
    async def written(self) -> None:
        self._forget_later()


class ReadsTooEarly(Transaction):
    def _bind_written_first(self) -> None: ...


class TakesAllTogether(Transaction):
    async def later(self, write: PutOff) -> None:
        self._later.append(Write(f"{write.parts[:3]}_{len(self._later)}{write.parts[3:]}", write.arguments))
        self._bind_written_first()


class TakesIntoTheAttempt(Transaction):
    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        try:
            async with self._conn.transaction():
                yield
                await self.written()
        except BaseException:
            self._forget_later()
            raise


class LeavesToTheOuter(Transaction):
    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        await self.written()
        async with self._conn.transaction():
            yield


@pytest.mark.parametrize("kind", [Forgets, ReadsTooEarly, TakesAllTogether, TakesIntoTheAttempt, LeavesToTheOuter])
async def test_a_transaction_that_errs_is_found_out(said: Database, kind: type[Transaction]) -> None:
    """The control of the test above: each fault that there may be."""
    with pytest.raises(AssertionError):
        await right(said, kind, range(60))


async def test_what_nothing_comes_after_is_there_when_it_is_committed(said: Database) -> None:
    async with transaction(said) as conn:
        await conn.later(adds("one", 1))
        await conn.later(adds("two", 2))
    async with statement(said) as conn:
        await conn.later(adds("one", 3))
    async with said.acquire() as conn:
        assert [await heard(conn, each) for each in TABLES] == [[1, 3], [2]]


async def test_of_a_transaction_that_fails_nothing_is_there(said: Database) -> None:
    with pytest.raises(Undone):
        async with transaction(said) as conn:
            await conn.later(adds("one", 1))
            raise Undone
    async with said.acquire() as conn:
        assert await heard(conn, "one") == []


async def test_writes_of_other_tables_are_one_statement_and_of_one_table_two(said: Database) -> None:
    asked: list[str] = []
    async with transaction(said) as conn:
        conn._conn._con.add_query_logger(lambda query: asked.append(query.query))  # type: ignore[union-attr]
        await conn.later(adds("one", 1))
        await conn.later(adds("two", 2))
        await conn.later(adds("one", 3))
    await asyncio.sleep(0)  # loggers are called by the loop
    both, last = [each for each in asked if "_said" in each]
    assert ("one_said" in both, "two_said" in both, "one_said" in last) == (True, True, True)


async def test_a_fault_names_where_each_was_put_off(said: Database) -> None:
    async def somewhere(conn: Transaction) -> None:
        await conn.later(Write("fault AS (UPDATE one SET said = ARRAY[1 / $1::integer])", [0], frozenset({"one"})))

    with pytest.raises(asyncpg.DivisionByZeroError) as caught:
        async with transaction(said) as conn:
            await conn.later(adds("two", 1))
            await somewhere(conn)
            await heard(conn, "two")
    first, second = caught.value.__notes__
    assert first.endswith("in test_a_fault_names_where_each_was_put_off")
    assert "test_later.py:" in second
    assert second.endswith("somewhere")
