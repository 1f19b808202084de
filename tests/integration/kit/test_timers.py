"""Durable timers on a real PostgreSQL, with its movable clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.kit.database.db import Connection, Database, only_row, transaction
from services.kit.messaging import timers
from services.kit.messaging.timers import Timers
from tests.integration.conftest import ThingId
from tests.worlds import servers


async def _move_clock(db: Database, by: timedelta) -> None:
    async with transaction(db) as conn:
        await conn.execute(
            "INSERT INTO clock_shift (shift) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift",
            by,
        )


async def _start(db: Database, kind: str, subject: ThingId, seconds: float) -> None:
    async with transaction(db) as conn:
        now = await conn.fetchval("SELECT wlijo_now()")
        await timers.start(conn, kind, subject, now + timedelta(seconds=seconds))


async def test_a_timer_fires_once_when_the_databases_clock_says_so(db: Database) -> None:
    fired: list[UUID] = []

    async def ring(_: Connection, subject: UUID) -> None:
        fired.append(subject)

    thing, running = ThingId.new(), Timers(db, {"ring": ring})
    await _start(db, "ring", thing, 3600)
    assert not await running.fire_one()
    await _move_clock(db, timedelta(hours=2))
    assert await running.fire_one()
    assert not await running.fire_one()
    assert fired == [thing.uuid]


async def test_a_timer_can_be_moved_and_stopped(db: Database) -> None:
    async def ring(_: Connection, subject: UUID) -> None:
        raise AssertionError

    thing, running = ThingId.new(), Timers(db, {"ring": ring, "other": ring})
    await _start(db, "ring", thing, -1)
    await _start(db, "ring", thing, 60)
    assert not await running.fire_one()
    await _start(db, "other", thing, -1)
    async with transaction(db) as opened:
        await timers.stop(opened, thing, "other")
    assert not await running.fire_one()
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer") == 1


async def test_a_timer_that_is_firing_is_not_waited_for_when_it_is_stopped(db: Database) -> None:
    thing = ThingId.new()
    await _start(db, "ring", thing, -1)
    await _start(db, "other", thing, 60)
    async with transaction(db) as firing:
        await firing.execute("DELETE FROM timer WHERE kind = 'ring'")  # as the firing does, before its rule runs
        async with transaction(db) as conn:
            await conn.execute("SET LOCAL lock_timeout = '2s'")
            await timers.stop(conn, thing)
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer") == 0


async def test_a_timer_whose_rule_fails_is_kept_with_the_reason_and_tried_again(db: Database) -> None:
    failing = True

    async def ring(conn: Connection, _: UUID) -> None:
        await conn.execute("CREATE TEMP TABLE trace (x int)")
        if failing:
            raise RuntimeError("not yet")

    running = Timers(db, {"ring": ring})
    await _start(db, "ring", ThingId.new(), -1)
    assert await running.fire_one()
    async with db.acquire() as conn:
        row = await only_row(conn, "SELECT attempts, error FROM timer")
    assert tuple(row) == (1, "RuntimeError: not yet")
    failing = False
    await _move_clock(db, timedelta(minutes=1))
    assert await running.fire_one()
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer") == 0


async def test_two_workers_never_fire_the_same_timer(db: Database, thing_database: servers.TestDatabase) -> None:
    import asyncio

    fired: list[UUID] = []

    async def ring(conn: Connection, subject: UUID) -> None:
        await conn.execute("SELECT 1")
        fired.append(subject)

    things = [ThingId.new() for _ in range(40)]
    for thing in things:
        await _start(db, "ring", thing, -1)

    async def work() -> None:
        while await Timers(db, {"ring": ring}).fire_one():
            pass

    await asyncio.gather(*(work() for _ in range(6)))
    assert sorted(fired) == sorted(thing.uuid for thing in things)


async def test_a_timer_that_was_moved_while_its_rule_failed_keeps_its_new_time(db: Database) -> None:
    thing = ThingId.new()

    async def ring(conn: Connection, _: UUID) -> None:
        raise RuntimeError("no \0 luck")

    async def moved_meanwhile(_: Connection, subject: UUID) -> None:
        raise AssertionError(subject)

    await _start(db, "ring", thing, -1)
    failing = Timers(db, {"ring": ring})
    assert await failing.fire_one()
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT error FROM timer") == "RuntimeError: no \\0 luck"
    await _start(db, "ring", thing, 3600)
    assert not await Timers(db, {"ring": moved_meanwhile}).fire_one()
