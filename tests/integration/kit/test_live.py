"""Live views on a real PostgreSQL: present first, newest next, also when a wake-up is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import pytest

from services.kit.database import fair
from services.kit.database.db import Busy, Carrier, Database, transaction
from services.kit.database.live import Live, NothingThere
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from tests.integration.conftest import ThingId, ThingSaid
from tests.worlds.waiting import until


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


async def test_a_view_that_finds_nothing_says_so_at_once_and_later(db: Database) -> None:
    found: list[int | None] = [None]

    async def load() -> int | None:
        return found[0]

    with pytest.raises(NothingThere):
        await anext(Live(db).follow(ThingId.new(), load, lambda version: version))
    found[0] = 1
    followed = Live(db).follow(ThingId.new(), load, lambda version: version)
    assert await anext(followed) == 1
    found[0] = None
    with pytest.raises(NothingThere):
        await anext(followed)


async def test_a_view_ends_with_the_state_that_is_the_last(db: Database) -> None:
    versions = iter([1, 3])

    async def load() -> int | None:
        return next(versions)

    async with listening(db) as live:
        for expected in ([1, 3], [3]):
            followed = live.follow(ThingId.new(), load, lambda version: version, lambda version: version == 3)
            assert [version async for version in followed] == expected
            versions = iter([3])
        assert live._watchers == {}


async def test_a_crowd_that_comes_back_together_leaves_the_pool_to_others(db: Database) -> None:
    looking = most = 0

    async def load() -> int | None:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        async with db.acquire() as conn:
            await conn.fetchval("SELECT pg_sleep(0.001)")
        looking -= 1
        return 1

    live = Live(db)
    crowd = [live.follow(ThingId.new(), load, lambda version: version) for _ in range(200)]
    assert await asyncio.gather(*(anext(each) for each in crowd)) == [1] * 200
    assert most == 3
    await asyncio.gather(*(each.aclose() for each in crowd))


async def test_a_rolled_back_transaction_wakes_nobody(db: Database) -> None:
    async with listening(db) as live:
        with live.watching("x") as x, live.watching("y") as y:
            async with asyncio.timeout(10):
                await x.wait()  # it listens, and all look once
                x.clear()
                y.clear()
                with suppress(RuntimeError):
                    async with transaction(db) as conn:
                        conn.wake("x")
                        raise RuntimeError
                async with transaction(db) as conn:
                    conn.wake("y")
                await y.wait()
            assert not x.is_set()


async def test_a_carrier_is_told_at_once_and_takes_along_what_is_to_be_told(db: Database) -> None:
    """The relay: what was told to it goes by its own next statement, and to those who watch in one NOTIFY."""
    told, rows = asyncio.Event(), PostgresOutbox(db, "wlijo/testing")
    thing = ThingId.new()
    async with listening(db) as live:
        with live.watching(str(thing)) as watched, live.watching(outbox.TOLD) as other:
            await asyncio.wait_for(watched.wait(), 10)  # it listens, and all look once
            watched.clear()
            other.clear()
            db.carry(Carrier(outbox.TOLD, told))
            async with transaction(db) as conn:
                await outbox.append(conn, ThingSaid(thing_id=thing, number=1))
            assert told.is_set()
            await rows.archive([], log=UUID(int=1))
            assert db.take_woken() is None
            await asyncio.wait_for(watched.wait(), 10)
            watched.clear()
            db.wake([str(thing)])  # nothing for the carrier: it goes by itself
            await asyncio.wait_for(watched.wait(), 10)
            watched.clear()
            db.wake([outbox.TOLD, str(thing)])  # and so does what no carrier comes for
            await asyncio.wait_for(watched.wait(), 10)
            assert not other.is_set()


async def test_what_a_carrier_took_and_could_not_tell_is_told_all_the_same(db: Database) -> None:
    rows, thing = PostgresOutbox(db, "wlijo/testing"), ThingId.new()
    async with listening(db) as live:
        with live.watching(str(thing)) as watched:
            await asyncio.wait_for(watched.wait(), 10)
            watched.clear()
            db.carry(Carrier(outbox.TOLD, asyncio.Event()))
            db.wake([outbox.TOLD, str(thing)])
            with pytest.raises(asyncpg.DataError):
                await rows.archive(["no number"], log=UUID(int=1))  # type: ignore[list-item]
            await asyncio.wait_for(watched.wait(), 10)


async def so(is_so: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return is_so()

    await until(asked)


async def test_those_who_follow_are_polled_for_in_one_statement_and_look_when_there_is_more(db: Database) -> None:
    things = sorted(ThingId.new() for _ in range(3))
    versions, looks, asked = dict.fromkeys(things, 1), Counter[ThingId](), 0

    async def newest(over: Database, ids: Sequence[ThingId]) -> dict[ThingId, int]:
        nonlocal asked
        assert over is db
        assert sorted(ids) == things
        asked += 1
        return dict(versions)

    def follow(live: Live, thing: ThingId) -> AsyncGenerator[int, None]:
        async def load() -> int | None:
            looks[thing] += 1
            return versions.get(thing)

        return live.follow(thing, load, lambda version: version, newest=newest)

    live = Live(db)  # that listens to nothing: every wake-up is lost
    followed = {thing: follow(live, thing) for thing in things}
    assert [await asyncio.wait_for(anext(each), 90) for each in followed.values()] == [1, 1, 1]
    waiting = [asyncio.create_task(anext(each)) for each in followed.values()]
    await so(lambda: asked >= 2)
    assert looks == dict.fromkeys(things, 1)  # nothing has changed, and nobody has looked
    changed, gone, still = things
    versions[changed] = 2
    del versions[gone]
    assert await asyncio.wait_for(waiting[0], 90) == 2
    with pytest.raises(NothingThere):
        await asyncio.wait_for(waiting[1], 90)
    assert looks[still] == 1
    waiting[2].cancel()
    await asyncio.gather(waiting[2], return_exceptions=True)
    for each in followed.values():
        await each.aclose()
    assert live._watchers == {}
    await so(lambda: not any(each._followers or each._seen for each in live._together.values()))


async def test_who_came_first_does_not_pay_for_the_poll_of_all_and_one_in_vain_is_not_the_last(db: Database) -> None:
    thing, asked_for = ThingId.new(), list[str | None]()

    async def newest(_: Database, ids: Sequence[ThingId]) -> dict[ThingId, int]:
        asked_for.append(fair.caller())
        if len(asked_for) == 1:
            raise Busy("for one look")
        return dict.fromkeys(ids, 1)

    async def load() -> int | None:
        return 1

    followed = Live(db).follow(thing, load, lambda version: version, newest=newest)
    with fair.on_behalf_of("one who has all his turns taken"):
        assert await anext(followed) == 1
        waiting = asyncio.create_task(anext(followed))
    await so(lambda: len(asked_for) >= 3)
    assert set(asked_for) == {None}
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_what_is_looked_at_for_more_than_to_be_shown_is_polled_by_itself(db: Database) -> None:
    looks = 0

    async def newest(_: Database, ids: Sequence[ThingId]) -> dict[ThingId, int]:
        return dict.fromkeys(ids, 1)

    async def load() -> int | None:
        nonlocal looks
        looks += 1
        return 1

    followed = Live(db).follow(
        ThingId.new(), load, lambda version: version, newest=newest, alone=lambda version: version == 1
    )
    assert await anext(followed) == 1
    waiting = asyncio.create_task(anext(followed))
    await so(lambda: looks >= 3)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_what_changes_many_times_at_a_moment_is_read_few_times(db: Database) -> None:
    thing, version, looks = ThingId.new(), 0, 0

    async def load() -> int | None:
        nonlocal looks
        looks += 1
        return version

    async with listening(db) as live:
        followed = live.follow(thing, load, lambda version: version)
        assert await anext(followed) == 0

        async def change() -> None:
            nonlocal version
            for version in range(1, 101):  # noqa: B007
                async with transaction(db) as conn:
                    conn.wake(str(thing))

        seen = [0]
        changing = asyncio.create_task(change())
        while seen[-1] < 100:
            seen.append(await asyncio.wait_for(anext(followed), 90))
        await changing
        assert seen == sorted(set(seen))
        assert looks < 50
        await followed.aclose()
