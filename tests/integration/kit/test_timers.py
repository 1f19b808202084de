"""Durable timers on a real PostgreSQL, with its movable clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from asyncpg import LockNotAvailableError

from services.kit import tasks
from services.kit.database.db import Busy, Connection, Database, Transaction, only_row, transaction
from services.kit.messaging import timers
from services.kit.messaging.timers import Change, Timers, Together
from tests.integration.conftest import ThingId
from tests.worlds import servers
from tests.worlds.waiting import until


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


async def test_a_look_that_finds_nothing_is_one_statement(db: Database) -> None:
    rung, looks = asyncio.Event(), 0

    async def ring(_: Connection, subject: UUID) -> None:
        rung.set()

    class Counting(Timers):
        async def fire_one(self) -> bool:
            nonlocal looks
            looks += 1
            return await super().fire_one()

    running = Counting(db, {"ring": ring})
    await _start(db, "other", ThingId.new(), -1)  # due, and of a kind that somebody else fires
    await _start(db, "ring", ThingId.new(), 3600)
    async with tasks.running(running.run(), "timers"):
        assert await running._next_s() == 1.0
        assert looks == 0
        await _move_clock(db, timedelta(hours=2))
        await rung.wait()
    assert looks >= 1


async def _has_looked(running: Timers) -> bool:
    return running._looks_at is not None


async def test_what_this_process_sets_is_looked_for_when_it_is_due_and_not_a_base_later(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "_BASE_S", 31_536_000.0)
    rung: asyncio.Queue[UUID] = asyncio.Queue()

    async def ring(_: Connection, subject: UUID) -> None:
        rung.put_nowait(subject)

    running = Timers(db, {"ring": ring})
    things = [ThingId.new() for _ in range(4)]
    async with tasks.running(running.run(), "timers"), asyncio.timeout(60):
        await until(partial(_has_looked, running))
        await _start(db, "ring", things[0], -1)
        assert await rung.get() == things[0].uuid
        await _start(db, "ring", things[1], 1.0)
        async with transaction(db) as conn:
            now = await conn.fetchval("SELECT wlijo_now()")
            await timers.change(conn, Change(started=[("ring", things[2], now + timedelta(seconds=0.5))]))
        assert [await rung.get(), await rung.get()] == [things[2].uuid, things[1].uuid]
        await _start(db, "ring", things[3], 3600)
        async with transaction(db) as conn:
            await timers.hasten(conn, "ring", [things[3]])
        assert await rung.get() == things[3].uuid


async def test_a_timer_of_later_makes_nobody_look(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: as told of everything, it would look at once."""
    monkeypatch.setattr(timers, "_BASE_S", 60.0)

    async def ring(_: Connection, subject: UUID) -> None: ...

    running = Timers(db, {"ring": ring})
    async with tasks.running(running.run(), "timers"):
        await until(partial(_has_looked, running))
        await _start(db, "ring", ThingId.new(), 3600)
        assert not running._sooner.is_set()
        await _start(db, "ring", ThingId.new(), 1)
        assert running._sooner.is_set()


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


async def test_only_what_is_due_is_looked_at(db: Database) -> None:
    """However many are open: the clock's function may be another at each row, and then no index would help."""
    async with transaction(db) as conn:
        for other in ("seqscan", "bitmapscan", "sort"):  # of few rows each is as good; of many none is
            await conn.execute(f"SET LOCAL enable_{other} = off")
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN (COSTS off) {timers.TAKE}", ["ring"], ["ring"]))
    assert plan.count("Index Cond: (due_at <= ") == 2, plan


class Many:
    """A rule that takes many, writes of each that it rang, and fails with those that are `poisoned`."""

    def __init__(self, *poisoned: ThingId) -> None:
        self.poisoned = {each.uuid for each in poisoned}
        self.asked: list[int] = []

    async def __call__(self, conn: Transaction, subjects: Sequence[UUID]) -> None:
        self.asked.append(len(subjects))
        at = await conn.fetchval("SELECT wlijo_now()")
        await timers.change(conn, Change(started=[("rung", ThingId(each), at) for each in subjects]))
        if found := self.poisoned & {*subjects}:
            raise ValueError(f"{len(found)} of these")


async def _open(db: Database, kind: str) -> dict[UUID, tuple[int, str | None]]:
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT subject, attempts, error FROM timer WHERE kind = $1", kind)
    return {row["subject"]: (row["attempts"], row["error"]) for row in rows}


async def _fire_all(db: Database, rule: Many) -> None:
    running = Timers(db, {"ring": Together(rule)})
    while await running.fire_one():
        pass


async def test_a_rule_that_takes_many_is_given_all_that_are_due_at_once(db: Database) -> None:
    things = [ThingId.new() for _ in range(9)]
    for seconds, each in enumerate(things, start=-8):
        await _start(db, "ring", each, seconds)
    await _start(db, "other", ThingId.new(), -60)
    rule = Many()
    await _fire_all(db, rule)
    assert rule.asked == [9]
    assert (await _open(db, "rung")).keys() == {each.uuid for each in things}
    assert len(await _open(db, "other")) == 1  # nobody's here


async def test_what_fails_among_many_is_put_back_alone_and_takes_nobody_along(db: Database) -> None:
    things = [ThingId.new() for _ in range(32)]
    for each in things:
        await _start(db, "ring", each, -1)
    poisoned = (things[4], things[21])
    await _fire_all(db, rule := Many(*poisoned))
    assert (await _open(db, "rung")).keys() == {each.uuid for each in things} - rule.poisoned
    assert await _open(db, "ring") == {each.uuid: (1, "ValueError: 1 of these") for each in poisoned}
    assert len(rule.asked) == 1 + 2 * 9  # all, and halves down to each of the two, of which they share the first
    await _move_clock(db, timedelta(seconds=2))
    others = [ThingId.new() for _ in range(3)]
    for each in others:
        await _start(db, "ring", each, -1)
    rule.asked.clear()
    await _fire_all(db, rule)
    assert sorted(rule.asked) == [1, 1, 3]  # what has failed is alone, and the others are together
    assert {attempts for attempts, _ in (await _open(db, "ring")).values()} == {2}
    rule.poisoned.clear()
    await _move_clock(db, timedelta(minutes=1))
    await _fire_all(db, rule)
    assert (await _open(db, "rung")).keys() == {each.uuid for each in (*things, *others)}


async def test_where_the_database_cannot_go_on_all_of_them_stay_due(db: Database) -> None:
    async def ring(conn: Transaction, subjects: Sequence[UUID]) -> None:
        raise LockNotAvailableError("somebody has one of them")

    things = [ThingId.new() for _ in range(3)]
    for each in things:
        await _start(db, "ring", each, -1)
    with pytest.raises(Busy):
        await Timers(db, {"ring": Together(ring)}).fire_one()
    assert await _open(db, "ring") == {each.uuid: (0, None) for each in things}
