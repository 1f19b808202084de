"""A mutation asked twice, on a real database: one effect, one answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from services.kit.graphql import idempotency
from services.kit.graphql.errors import BadUserInput, KeyReused
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until

KEY = "key-of-16-chars!"


@pytest.fixture
async def connections(database: Callable[[str], TestDatabase]) -> AsyncIterator[list[asyncpg.Connection]]:
    made = await asyncio.to_thread(database, "ordering")
    opened = [await asyncpg.connect(made.url) for _ in range(3)]
    yield opened
    for connection in opened:
        await connection.close()


async def claim(conn: Any, body: Any = "body", caller: str = "budi", key: str = KEY) -> idempotency.Claim:
    return await idempotency.claim(conn, caller=caller, mutation="placeOrder", key=key, body=body)


async def count(conn: Any) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM idempotency")
    return found


async def test_a_repeat_gets_the_stored_answer(connections: list[asyncpg.Connection]) -> None:
    conn = connections[0]
    async with conn.transaction():
        first = await claim(conn)
        assert first.answer is None
        await first.store(conn, {"order": "ord_1", "lines": [1, 2]})
    async with conn.transaction():
        assert (await claim(conn)).answer == {"order": "ord_1", "lines": [1, 2]}
    assert await count(conn) == 1


async def test_a_refusal_is_not_stored(connections: list[asyncpg.Connection]) -> None:
    conn = connections[0]
    with pytest.raises(LookupError):
        async with conn.transaction():
            await claim(conn)
            raise LookupError("refused")
    assert await count(conn) == 0
    async with conn.transaction():
        assert (await claim(conn, body="a corrected body")).answer is None


async def test_another_body_is_refused_and_changes_nothing(connections: list[asyncpg.Connection]) -> None:
    conn = connections[0]
    async with conn.transaction():
        await (await claim(conn)).store(conn, 1)
    before = await conn.fetch("SELECT * FROM idempotency")
    with pytest.raises(KeyReused):
        async with conn.transaction():
            await claim(conn, body="another")
    assert await conn.fetch("SELECT * FROM idempotency") == before


async def test_keys_of_two_callers_are_two_keys(connections: list[asyncpg.Connection]) -> None:
    conn = connections[0]
    async with conn.transaction():
        await (await claim(conn)).store(conn, 1)
        assert (await claim(conn, caller="sri")).answer is None


async def test_a_malformed_key_asks_the_database_nothing(connections: list[asyncpg.Connection]) -> None:
    with pytest.raises(BadUserInput):
        await claim(connections[0], key="short")
    assert await count(connections[0]) == 0


async def waits(watcher: Any, waiting: asyncpg.Connection) -> None:
    async def blocked() -> bool:
        found = await watcher.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", waiting.get_server_pid())
        return bool(found)

    await until(blocked)


async def test_a_twin_in_flight_waits_and_gets_the_same(connections: list[asyncpg.Connection]) -> None:
    first, second, watcher = connections
    async with first.transaction():
        mine = await claim(first)

        async def twin() -> idempotency.Claim:
            async with second.transaction():
                return await claim(second)

        running = asyncio.create_task(twin())
        await waits(watcher, second)
        await mine.store(first, {"order": "ord_1"})
    assert (await running).answer == {"order": "ord_1"}


async def test_a_twin_goes_on_when_the_first_rolls_back(connections: list[asyncpg.Connection]) -> None:
    first, second, watcher = connections

    async def twin() -> None:
        async with second.transaction():
            mine = await claim(second)
            assert mine.answer is None
            await mine.store(second, {"order": "ord_2"})

    with pytest.raises(LookupError):
        async with first.transaction():
            await claim(first)
            running = asyncio.create_task(twin())
            await waits(watcher, second)
            raise LookupError("refused")
    await running
    async with first.transaction():
        assert (await claim(first)).answer == {"order": "ord_2"}


async def test_an_answer_is_kept_for_seven_days(
    connections: list[asyncpg.Connection],
) -> None:
    conn = connections[0]
    async with conn.transaction():
        await (await claim(conn)).store(conn, 1)
    await conn.execute("INSERT INTO clock_shift (shift) VALUES (interval '6 days 23 hours')")
    assert not await idempotency.purge(conn)
    async with conn.transaction():
        assert (await claim(conn)).answer == 1
    await conn.execute("UPDATE clock_shift SET shift = interval '7 days 1 minute'")
    with pytest.raises(LookupError):
        async with conn.transaction():
            assert (await claim(conn, body="another")).answer is None  # the row is there, and counts as absent
            raise LookupError("refused")
    assert await idempotency.purge(conn, limit=1)
    assert await count(conn) == 0
    assert not await idempotency.purge(conn, limit=1)


async def test_only_what_is_old_is_looked_at(connections: list[asyncpg.Connection]) -> None:
    await connections[0].execute("SET enable_seqscan = off")
    plan = await connections[0].fetch(f"EXPLAIN (COSTS off) {idempotency.PURGE}", 1_000)
    assert any("Index Cond: (created_at < " in row[0] for row in plan)
