"""Connections of one pool: the server is asked for a type once, and again when it has become another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest

from services.kit.database.db import Database
from tests.worlds import servers

_ASKS = "typeinfo_tree"


@pytest.fixture
async def owner(thing_database: servers.TestDatabase) -> AsyncIterator[asyncpg.Connection[Any]]:
    conn = await asyncpg.connect(thing_database.owner_url)
    await conn.execute(
        """CREATE TYPE place AS (lat float8, lng float8); CREATE TABLE seen (at place, ways place[], words text[]);
           INSERT INTO seen VALUES ((1, 2), ARRAY[(3, 4)]::place[], '{a,b}'); GRANT ALL ON seen TO testing"""
    )
    yield conn
    await conn.close()


class Several:
    """Connections of one pool, held together, and what each asked the server."""

    def __init__(self, db: Database, stack: AsyncExitStack) -> None:
        self._db, self._stack = db, stack

    async def another(self) -> tuple[Any, list[str]]:
        conn = await self._stack.enter_async_context(self._db.acquire())
        asked: list[str] = []
        conn._con.add_query_logger(lambda query: asked.append(query.query))  # type: ignore[attr-defined]
        return conn, asked


@pytest.fixture
async def several(thing_database: servers.TestDatabase, owner: object) -> AsyncIterator[Several]:
    db = Database(thing_database.url, size=4)
    await db.open()
    async with AsyncExitStack() as stack:
        yield Several(db, stack)
    await db.close()


async def test_the_second_connection_asks_nothing_and_understands_the_same(several: Several) -> None:
    (first, asked), (second, asked_again) = [await several.another() for _ in range(2)]
    rows = [tuple((await each.fetchrow("SELECT at, ways, words FROM seen")).values()) for each in (first, second)]
    assert rows[0] == rows[1] == ((1, 2), [(3, 4)], ["a", "b"])
    assert [len([each for each in log if _ASKS in each]) for log in (asked, asked_again)] == [1, 0]
    # Of one that is known and one that is not, both are asked for.
    found = await second.fetchrow("SELECT at, $1::uuid[] AS ids, $2::int8range[] AS ranges FROM seen", [], [])
    assert (found["at"], found["ids"], found["ranges"]) == ((1, 2), [], [])


async def test_arguments_go_by_what_another_has_learned(several: Several) -> None:
    (first, _), (second, asked) = [await several.another() for _ in range(2)]
    for each in (first, second):
        assert await each.fetchval("SELECT $1::place[]", [(5.0, 6.0)]) == [(5, 6)]
    assert not [each for each in asked if _ASKS in each]


async def test_a_type_that_was_changed_is_asked_for_again(several: Several, owner: asyncpg.Connection[Any]) -> None:
    (first, _), (second, asked) = [await several.another() for _ in range(2)]
    for each in (first, second):
        assert await each.fetchval("SELECT at FROM seen") == (1, 2)
    await owner.execute("ALTER TYPE place ADD ATTRIBUTE alt float8 CASCADE")
    with pytest.raises(asyncpg.OutdatedSchemaCacheError):
        await first.fetchval("SELECT at FROM seen")
    assert await first.fetchval("SELECT at FROM seen") == (1, 2, None)
    assert await second.fetchval("SELECT at, 1 FROM seen") == (1, 2, None)
    assert len([each for each in asked if _ASKS in each]) <= 1


async def test_two_databases_share_nothing(thing_database: servers.TestDatabase, owner: object) -> None:
    for _ in range(2):
        db = Database(thing_database.url, size=1)
        await db.open()
        async with AsyncExitStack() as stack:
            conn, asked = await Several(db, stack).another()
            assert await conn.fetchval("SELECT at FROM seen") == (1, 2)
            assert len([each for each in asked if _ASKS in each]) == 1
        await db.close()
