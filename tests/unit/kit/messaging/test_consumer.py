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

    async def take_one(records: Sequence[Record]) -> int:
        await take(records[0])
        return 1

    nowhere: Any = None  # a round asks no database
    return Consumer("ear", nowhere, open_reader, ["things"], take_one, readiness, due)


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


async def test_what_was_gathered_is_applied_across_partitions_first_and_the_rest_as_ever() -> None:
    taken: list[tuple[int, int]] = []
    asked: list[list[tuple[int, int]]] = []

    async def take(each: Record) -> None:
        taken.append((each.partition, each.offset))

    async def across(records: Sequence[Record]) -> set[tuple[str, int, int]]:
        asked.append([(each.partition, each.offset) for each in records])
        return {("things", 0, 5), ("things", 1, 8)}

    reader = Once([record(0, 5), record(0, 8), record(1, 8)])
    working = consumer(reader, take, Readiness())
    working.across = across
    await working._round(reader)
    assert asked == [[(0, 5), (0, 8), (1, 8)]]
    assert taken == [(0, 8)]
    assert reader.committed == {("things", 0): 9, ("things", 1): 9}
    reader.records = [record(0, 9)]
    await working._round(reader)
    assert (len(asked), taken) == (1, [(0, 8), (0, 9)])  # one alone is no crowd


async def test_several_are_taken_at_once_never_over_one_that_is_known() -> None:
    offered: list[list[int]] = []

    async def take(records: Sequence[Record]) -> int:
        offered.append([each.offset for each in records])
        return min(len(records), 2)

    async def passed(records: Sequence[Record]) -> set[int]:
        return {4}

    reader = Once([record(0, offset) for offset in (1, 2, 3, 4, 5, 6)])
    working = consumer(reader, None, Readiness())
    working.take, working.duplicates = take, passed
    await working._round(reader)
    assert offered == [[1, 2, 3], [3], [5, 6]]
    assert reader.committed == {("things", 0): 7}


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


@dataclass
class Held:
    """A consumer that passes over records of odd offsets, with a clock of its own."""

    reader: Once = field(default_factory=lambda: Once([]))
    taken: list[tuple[int, int]] = field(default_factory=list)
    together: list[list[tuple[int, int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def take(each: Record) -> None:
            self.taken.append((each.partition, each.offset))

        async def across(records: Sequence[Record]) -> set[tuple[str, int, int]]:
            self.together.append([(each.partition, each.offset) for each in records])
            return {(each.topic, each.partition, each.offset) for each in records}

        self.working = consumer(self.reader, take, Readiness())
        self.working.across = across
        self.working.passes = lambda each: each.offset % 2 == 1
        self.working._caught_up = True

    async def read(self, *records: Record) -> None:
        self.reader.records = [*records]
        await self.working._round(self.reader)

    def a_second_goes_by(self) -> None:
        self.working._held_until = float("-inf")


async def test_what_is_passed_over_at_the_end_goes_with_what_comes_after_it() -> None:
    held = Held()
    await held.read(record(0, 2), record(0, 3), record(0, 5))
    assert (held.taken, held.reader.committed) == ([(0, 2)], {("things", 0): 3})
    await held.read(record(1, 2))
    assert held.taken == [(0, 2), (1, 2)]
    await held.read(record(0, 6), record(0, 7))
    assert held.taken == [(0, 2), (1, 2), (0, 3), (0, 5), (0, 6)]
    assert (held.reader.committed, held.together) == ({("things", 0): 7, ("things", 1): 3}, [])


async def test_after_a_second_all_that_is_held_is_taken_at_once_however_much_comes() -> None:
    held = Held()
    await held.read(record(0, 1), record(1, 1))
    await held.read(record(0, 3))
    assert (held.taken, held.together, held.reader.committed) == ([], [], {})
    held.a_second_goes_by()
    await held.read(record(0, 5))
    assert (held.taken, [*map(sorted, held.together)]) == ([], [[(0, 1), (0, 3), (0, 5), (1, 1)]])
    assert held.reader.committed == {("things", 0): 6, ("things", 1): 2}
    await held.read(record(0, 7))
    held.a_second_goes_by()
    await held.read()
    assert (held.taken, held.reader.committed) == ([(0, 7)], {("things", 0): 8, ("things", 1): 2})


async def test_no_more_is_held_than_is_taken_at_once() -> None:
    held = Held()
    await held.read(*(record(0, 2 * n + 1) for n in range(100)))
    assert (len(held.together[0]), held.reader.committed) == (100, {("things", 0): 200})


async def test_nothing_is_held_while_catching_up() -> None:
    held = Held()
    held.working._caught_up = False
    held.reader.given = None
    await held.read(record(0, 1), record(1, 1))
    assert (sorted(held.taken), held.reader.committed) == ([(0, 1), (1, 1)], {("things", 0): 2, ("things", 1): 2})


async def test_of_a_partition_that_was_lost_and_came_back_nothing_is_taken_twice() -> None:
    held = Held()
    await held.read(record(0, 1), record(0, 3))
    await held.read(record(0, 1), record(0, 2))
    assert held.taken == [(0, 1), (0, 2)]
    held.a_second_goes_by()
    await held.read()
    assert (held.taken, held.reader.committed) == ([(0, 1), (0, 2)], {("things", 0): 3})


async def test_what_is_held_is_forgotten_with_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    async def begin_log(*_: Any) -> bool:
        return False

    monkeypatch.setattr(inbox_store, "begin_log", begin_log)
    monkeypatch.setattr("services.kit.messaging.consumer.transaction", lambda _: nullcontext())
    held = Held()
    await held.read(record(0, 1))
    running = asyncio.create_task(held.working.run())

    async def nothing_is_held() -> bool:
        return not held.working._held

    assert await until(nothing_is_held)
    held.working.stop()
    await running
    assert (held.taken, held.reader.committed) == ([], {})
