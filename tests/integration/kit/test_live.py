"""Live views on a real PostgreSQL: present first, newest next, also when a wake-up is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from services.kit.database.db import Database, transaction
from services.kit.database.live import Live
from tests.integration.conftest import ThingId


@asynccontextmanager
async def listening(db: Database) -> AsyncIterator[Live]:
    live = Live(db)
    task = asyncio.create_task(live.run())
    try:
        yield live
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_follower_gets_the_present_and_then_what_was_committed(db: Database) -> None:
    thing, state = ThingId.new(), {"version": 1}

    async def load() -> int | None:
        return state["version"]

    async with listening(db) as live:
        followed = live.follow(thing, load, lambda version: version)
        assert await asyncio.wait_for(anext(followed), 90) == 1
        state["version"] = 2
        async with transaction(db) as conn:
            conn.wake(str(thing))
        assert await asyncio.wait_for(anext(followed), 90) == 2
        await followed.aclose()
        assert live._watchers == {}


async def test_a_change_whose_wake_up_is_lost_is_found_by_polling(db: Database) -> None:
    versions = iter([1, 1, 5])

    async def load() -> int | None:
        return next(versions)

    followed = Live(db).follow(ThingId.new(), load, lambda version: version)
    assert [await asyncio.wait_for(anext(followed), 90) for _ in range(2)] == [1, 5]
    await followed.aclose()


async def test_a_view_that_finds_nothing_ends(db: Database) -> None:
    async def load() -> int | None:
        return None

    assert [state async for state in Live(db).follow(ThingId.new(), load, lambda version: version)] == []


async def test_a_rolled_back_transaction_wakes_nobody(db: Database) -> None:
    async with listening(db) as live:
        ticks = live.ticks(every_s=60)
        await anext(ticks)
        with suppress(RuntimeError):
            async with transaction(db) as conn:
                conn.wake("x")
                raise RuntimeError
        async with transaction(db) as conn:
            conn.wake("y")
        assert db._woken <= {"y"}
        await ticks.aclose()
