"""The loop that reads topics, against a reader and a database that are not there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from services.kit.database.db import Unavailable
from services.kit.messaging import inbox_store
from services.kit.messaging.consumer import Consumer, Reader, Record
from services.kit.observe.readiness import Readiness
from tests.worlds.waiting import until

LOG = UUID(int=1)


def record(partition: int, offset: int) -> Record:
    return Record("things", partition, offset, None, None, (), None)


@dataclass
class Once:
    """A reader that gives its records once, and remembers what was committed."""

    records: list[Record]
    log: UUID = LOG
    committed: dict[tuple[str, int], int] = field(default_factory=dict)

    given: set[tuple[str, int]] | None = field(default_factory=lambda: {("things", 0), ("things", 1)})

    def owned(self) -> set[tuple[str, int]] | None:
        return self.given

    async def reached(self) -> bool:
        return self.given is not None

    async def fetch(self) -> dict[tuple[str, int], list[Record]]:
        await asyncio.sleep(0)
        given, self.records = self.records, []
        found: dict[tuple[str, int], list[Record]] = {}
        for each in given:
            found.setdefault((each.topic, each.partition), []).append(each)
        return found

    async def commit(self, done: dict[tuple[str, int], int]) -> None:
        self.committed.update(done)

    async def close(self) -> None: ...


def consumer(reader: Once, take: Any, readiness: Readiness, due: Any = None) -> Consumer:
    async def open_reader(_: Sequence[str]) -> Reader:
        return reader

    nowhere: Any = None  # a round asks no database
    return Consumer("ear", nowhere, open_reader, ["things"], take, readiness, due)


async def test_one_partition_that_falls_over_loses_the_others_neither_records_nor_positions() -> None:
    taken: list[tuple[int, int]] = []

    async def take(each: Record) -> None:
        if each.partition == 0:
            raise ValueError("a bug in the loop's own code")
        await asyncio.sleep(0)
        taken.append((each.partition, each.offset))

    reader = Once([record(0, 5), record(1, 7), record(1, 8)])
    outcome: Exception | None = None
    try:
        await consumer(reader, take, Readiness())._round(reader)
    except ValueError as error:
        outcome = error
    assert str(outcome) == "a bug in the loop's own code"
    assert taken == [(1, 7), (1, 8)]
    assert reader.committed == {("things", 1): 9}


async def test_what_is_known_is_passed_over_while_catching_up_or_when_much_comes_at_once() -> None:
    taken: list[int] = []
    asked: list[list[int]] = []

    async def take(each: Record) -> None:
        taken.append(each.offset)

    async def passed(records: Sequence[Record]) -> set[int]:
        asked.append([each.offset for each in records])
        return {3, 5, 8, 9, 10}

    reader = Once([record(0, 3), record(0, 4), record(0, 5)])
    working = consumer(reader, take, Readiness())
    working.duplicates = passed
    await working._round(reader)
    assert (taken, reader.committed) == ([4], {("things", 0): 6})
    working._caught_up = True
    reader.records = [record(0, 6), record(0, 7)]
    await working._round(reader)
    assert (taken, reader.committed) == ([4, 6, 7], {("things", 0): 8})
    assert asked == [[3, 4, 5]]
    reader.records = [record(0, offset) for offset in range(8, 13)]  # a fill that had paused goes on
    await working._round(reader)
    assert (taken, reader.committed) == ([4, 6, 7, 11, 12], {("things", 0): 13})


@pytest.mark.parametrize(("given", "ready"), [(None, False), (set(), True), ({("things", 0)}, True)])
async def test_a_member_without_partitions_has_caught_up_and_one_that_waits_for_them_has_not(
    monkeypatch: pytest.MonkeyPatch, given: set[tuple[str, int]] | None, ready: bool
) -> None:
    async def begin_log(*_: Any) -> bool:
        return False

    monkeypatch.setattr(inbox_store, "begin_log", begin_log)
    monkeypatch.setattr("services.kit.messaging.consumer.transaction", lambda _: nullcontext())
    rounds = 0

    @dataclass
    class Idle(Once):
        async def fetch(self) -> dict[tuple[str, int], list[Record]]:
            nonlocal rounds
            rounds += 1
            return await super().fetch()

    async def take(_: Record) -> None: ...

    readiness = Readiness()
    working = consumer(Idle([], given=given), take, readiness)
    running = asyncio.create_task(working.run())

    async def some_rounds_have_gone() -> bool:
        return rounds > 3

    await until(some_rounds_have_gone)
    assert (await readiness.checks())["ear"].ok is ready
    working.stop()
    await running


async def test_what_is_known_cannot_be_told_while_the_database_is_away_and_is_taken() -> None:
    taken: list[int] = []

    async def take(each: Record) -> None:
        taken.append(each.offset)

    async def passed(_: Sequence[Record]) -> set[int]:
        raise Unavailable("away")

    reader = Once([record(0, 3)])
    working = consumer(reader, take, Readiness())
    working.duplicates = passed
    await working._round(reader)
    assert (taken, reader.committed) == ([3], {("things", 0): 4})


async def test_readiness_is_false_until_no_partition_is_stuck() -> None:
    faults = {0: 1, 1: 1}
    readiness = Readiness()
    released = asyncio.Event()

    async def take(each: Record) -> None:
        if faults[each.partition]:
            if each.partition == 1:
                await asyncio.sleep(0)
                if released.is_set():
                    faults[1] = 0
                    return
            else:
                faults[0] = 0
            raise Unavailable(f"partition {each.partition} cannot")

    reader = Once([record(0, 1), record(1, 1)])
    working = consumer(reader, take, readiness)
    working._caught_up = True
    round_ = asyncio.create_task(working._round(reader))

    async def first_has_recovered() -> bool:
        return list(working._stuck.values()) == ["partition 1 cannot"]

    assert await until(first_has_recovered)
    check = (await readiness.checks())["ear"]
    assert (check.ok, check.reason) == (False, "partition 1 cannot")
    released.set()
    await round_
    assert (await readiness.checks())["ear"].ok
    assert reader.committed == {("things", 0): 2, ("things", 1): 2}


async def test_what_is_stored_and_cannot_be_applied_now_does_not_cost_the_group() -> None:
    async def take(_: Record) -> None: ...

    async def due() -> None:
        raise Unavailable("later")

    reader = Once([record(0, 1)])
    working = consumer(reader, take, Readiness(), due)
    working._due_at = float("-inf")
    await working._round(reader)
    assert reader.committed == {("things", 0): 2}


async def test_a_consumer_of_a_log_that_is_never_idle_is_ready_once_it_has_read_what_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def begin_log(*_: Any) -> bool:
        return False

    monkeypatch.setattr(inbox_store, "begin_log", begin_log)
    monkeypatch.setattr("services.kit.messaging.consumer.transaction", lambda _: nullcontext())

    @dataclass
    class Busy(Once):
        read: int = 0
        there_at_first: int = 3

        async def reached(self) -> bool:
            return self.read >= self.there_at_first

        async def fetch(self) -> dict[tuple[str, int], list[Record]]:
            await asyncio.sleep(0)
            self.read += 1
            return {("things", 0): [record(0, self.read)]}

    ready_after: list[int] = []
    taken: list[int] = []
    readiness = Readiness()

    async def take(each: Record) -> None:
        taken.append(each.offset)
        if (await readiness.checks())["ear"].ok:
            ready_after.append(each.offset)

    working = consumer(Busy([]), take, readiness)
    running = asyncio.create_task(working.run())

    async def it_is_ready() -> bool:
        return bool(ready_after)

    await until(it_is_ready)
    working.stop()
    await running
    assert ready_after[0] == 4
    assert taken[:4] == [1, 2, 3, 4]
