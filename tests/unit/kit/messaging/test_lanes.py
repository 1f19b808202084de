"""Each topic in a lane of its own: what one brings delays no other, and what is said to be read has been taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from services.kit.database.db import Unavailable
from services.kit.messaging import inbox_store, lanes
from services.kit.messaging.consumer import Record
from services.kit.messaging.lanes import Lanes, Place
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe import telemetry
from services.kit.observe.readiness import Readiness
from tests.worlds.waiting import until

LOG = UUID(int=1)


@dataclass
class Log:
    """Topics of one partition in memory, as a reader gives them: so many records of each topic at a time."""

    log: UUID = LOG
    records: dict[str, list[float]] = field(default_factory=dict)  # when each was appended
    followed: frozenset[str] = frozenset()
    at: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    committed: dict[Place, int] = field(default_factory=dict)
    gone: bool = False

    def append(self, topic: str, count: int = 1) -> None:
        now = asyncio.get_running_loop().time()
        self.records.setdefault(topic, []).extend([now] * count)

    async def follow(self, topics: Collection[str]) -> frozenset[str]:
        self.followed = frozenset(topics) & frozenset(self.records)
        return frozenset(topics) - self.followed

    def hold(self, topics: Collection[str]) -> None:
        self.held = set(topics)

    async def fetch(self) -> dict[Place, list[Record]]:
        await asyncio.sleep(0.001)
        if self.gone:
            raise LogUnavailable("gone")
        found = {}
        for topic in self.followed - self.held:
            start, end = self.at.get(topic, 0), min(self.at.get(topic, 0) + 500, len(self.records[topic]))
            if end > start:
                self.at[topic] = end
                found[topic, 0] = [Record(topic, 0, offset, None, None, (), None) for offset in range(start, end)]
        return found

    async def ends(self) -> Mapping[Place, tuple[int, int]]:
        await asyncio.sleep(0)
        return {(topic, 0): (self.at.get(topic, 0), len(self.records[topic])) for topic in self.followed}

    async def reached(self) -> bool:
        return True

    async def commit(self, done: dict[Place, int]) -> None:
        self.committed |= done

    async def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def begin_log(*_: Any) -> bool:
        return False

    monkeypatch.setattr(inbox_store, "begin_log", begin_log)
    monkeypatch.setattr(lanes, "transaction", lambda _: nullcontext())
    monkeypatch.setattr(lanes, "_LOOK_EVERY_S", 0.005)
    monkeypatch.setattr(lanes, "_FOLLOW_EVERY_S", 0.01)


def made_of(log: Log, take: Any, wanted: Any, **changes: Any) -> Lanes:
    async def open_reader() -> Log:
        return log

    nowhere: Any = None
    return Lanes("ear", nowhere, open_reader, wanted, take, Readiness(), **changes)


@asynccontextmanager
async def running(log: Log, take: Any, wanted: Any, **changes: Any) -> AsyncIterator[Lanes]:
    made = made_of(log, take, wanted, **changes)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.stop()
        await task


def these(*topics: str) -> Any:
    async def wanted() -> list[str]:
        return [*topics]

    return wanted


async def test_a_flood_of_one_delays_another_by_a_turn_and_not_by_its_length() -> None:
    """4,000 small records of one delayed another's by 57 s."""
    taken: list[str] = []
    log = Log()
    log.append("flood", 4_000)
    log.append("quiet", 0)

    async def take(record: Record) -> None:
        await asyncio.sleep(0)
        taken.append(record.topic)
        if len(taken) == 100:
            log.append("quiet")

    async def heard() -> bool:
        return "quiet" in taken

    async with running(log, take, these("flood", "quiet"), at_once=1):
        await until(heard)
        assert 100 <= taken.index("quiet") < 1_000  # not behind what was fetched of the flood before

        async def all_taken() -> bool:
            return len(taken) == 4_001

        await until(all_taken)
    assert log.committed == {("flood", 0): 4_000, ("quiet", 0): 1}


async def test_turns_go_round_among_all_who_have_something() -> None:
    taken: list[str] = []
    log, topics = Log(), [f"t{number}" for number in range(5)]
    for topic in topics:
        log.append(topic, 40)

    async def take(record: Record) -> None:
        taken.append(record.topic)
        await asyncio.sleep(0)

    async def all_taken() -> bool:
        return len(taken) == 200

    async with running(log, take, these(*topics), at_once=1):
        await until(all_taken)
    for turn in range(10, 35):
        assert sorted(taken[5 * turn : 5 * turn + 5]) == topics


async def test_a_lane_that_meets_a_fault_waits_alone_and_is_told_of() -> None:
    well: list[int] = []
    log = Log()
    log.append("stuck", 3)
    log.append("well", 3)
    mended = asyncio.Event()

    async def take(record: Record) -> None:
        if record.topic == "stuck" and not mended.is_set():
            raise Unavailable("its rows are locked")
        well.append(record.offset)

    async def done() -> bool:
        return log.committed.get(("well", 0)) == 3

    async with running(log, take, these("stuck", "well")) as made:
        await until(done)
        assert ("stuck", 0) not in log.committed

        async def told() -> bool:
            return (await made.readiness.checks())["ear"].reason == "its rows are locked"

        await until(told)
        mended.set()

        async def all_done() -> bool:
            return log.committed.get(("stuck", 0)) == 3 and (await made.readiness.checks())["ear"].ok

        await until(all_done)


async def test_what_is_said_to_be_read_has_been_taken_also_of_a_topic_that_never_falls_silent() -> None:
    """Junk at any rate kept a topic from ever counting as read, and offers open."""
    taken: dict[str, int] = {"junk": 0, "quiet": 0}
    noted: list[tuple[Place, float]] = []
    log = Log()
    log.append("junk", 10)
    log.append("quiet", 10)

    async def take(record: Record) -> None:
        if record.topic == "junk":
            log.append("junk")  # for each that is taken another comes
        await asyncio.sleep(0.001)
        taken[record.topic] += 1

    async def note(places: Mapping[Place, float]) -> None:
        for (topic, partition), at in places.items():
            assert taken[topic] >= sum(appended < at for appended in log.records[topic])
            noted.append(((topic, partition), at))

    async def often() -> bool:
        return sum(place == ("junk", 0) for place, _ in noted) > 20

    async with running(log, take, these("junk", "quiet"), have_read=note):
        await until(often)
    instants = [at for place, at in noted if place == ("junk", 0)]
    assert instants == sorted(instants)
    assert ("quiet", 0) in dict(noted)


async def test_a_topic_that_is_missing_costs_the_others_nothing_and_is_read_once_it_is_there() -> None:
    """Adding one company stopped the reading of all others until its topics were made."""
    taken: list[str] = []
    log = Log()
    log.append("there", 1)

    async def take(record: Record) -> None:
        taken.append(record.topic)

    def missing() -> float | None:
        return telemetry.REGISTRY.get_sample_value("wlijo_consumer_topics_missing", {"consumer": "ear"})

    async with running(log, take, these("there", "late")) as made:

        async def told() -> bool:
            return made.readiness.notes.get("ear") == "without late" and taken == ["there"]

        await until(told)
        assert missing() == 1
        assert (await made.readiness.checks())["ear"].ok
        log.append("late")

        async def heard() -> bool:
            return taken == ["there", "late"] and not made.readiness.notes

        await until(heard)
        assert missing() == 0


async def test_nothing_more_is_fetched_for_a_full_lane() -> None:
    log, go_on = Log(), asyncio.Event()
    log.append("full", 5_000)

    async def take(_: Record) -> None:
        await go_on.wait()

    async def held() -> bool:
        return log.held == {"full"}

    async with running(log, take, these("full")):
        await until(held)
        assert log.at["full"] == 500
        go_on.set()

        async def all_done() -> bool:
            return log.committed.get(("full", 0)) == 5_000

        await until(all_done)


async def test_after_a_lost_broker_what_was_not_committed_comes_again() -> None:
    taken: list[int] = []
    log = Log()
    log.append("one", 2)

    async def take(record: Record) -> None:
        taken.append(record.offset)

    async def both() -> bool:
        return len(taken) == 2

    async def again() -> bool:
        return taken[2:] == [0, 1, 2]

    async with running(log, take, these("one")) as made:
        await until(both)
        log.gone = True

        async def told() -> bool:
            return not (await made.readiness.checks())["ear"].ok

        await until(told)
        log.at.clear()
        log.append("one")
        log.gone = False
        await until(again)


async def test_a_lane_that_falls_over_is_no_silent_end() -> None:
    log = Log()
    log.append("one")

    async def take(_: Record) -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await made_of(log, take, these("one")).run()


async def test_what_comes_twice_while_it_waits_is_taken_once() -> None:
    taken: list[int] = []

    async def take(record: Record) -> None:
        taken.append(record.offset)

    lane = lanes.Lane("ear", "one", take, asyncio.Semaphore(1))
    records = [Record("one", 0, offset, None, None, (), None) for offset in range(4)]
    lane.put(records[:3])
    lane.put(records[1:])
    task = asyncio.create_task(lane.run())

    async def all_four() -> bool:
        return lane.done == {("one", 0): 4}

    await until(all_four)
    assert taken == [0, 1, 2, 3]
    assert lane.finished(0, 7) == 7
    task.cancel()


async def left_out(said: list[tuple[str, str]], late: list[tuple[str, str]]) -> tuple[list[int], list[int]]:
    """The offsets that a lane takes of records by key and content; the late ones come while the second record is being taken."""
    taken: list[int] = []
    lane = lanes.Lane("ear", "one", None, asyncio.Semaphore(1), content=lambda record: record.value or None)  # type: ignore[arg-type]
    records = [
        Record("one", 0, offset, key.encode(), value.encode(), (), None)
        for offset, (key, value) in enumerate(said + late)
    ]

    async def take(record: Record) -> None:
        taken.append(record.offset)
        if record.offset == 1:
            lane.put(records[len(said) :])

    lane._take = take
    lane.put(records[: len(said)])
    task = asyncio.create_task(lane.run())

    async def all_of_them() -> bool:
        return lane.done == {("one", 0): len(records)}

    await until(all_of_them)
    task.cancel()
    return taken, [offset for offset in range(len(records)) if offset not in taken]


async def test_what_was_sent_again_before_it_was_taken_is_left_out() -> None:
    taken, left = await left_out([("a", "x"), ("b", "x"), ("a", "x"), ("b", "x"), ("a", "x")], [])
    assert (taken, left) == ([0, 1], [2, 3, 4])


async def test_what_was_sent_again_after_it_was_taken_is_taken_again() -> None:
    taken, left = await left_out([("a", "x"), ("b", "x"), ("b", "y")], [("a", "x")])
    assert (taken, left) == ([0, 1, 2, 3], [])


async def test_what_says_something_else_is_taken_and_so_is_what_was_said_before_it() -> None:
    taken, left = await left_out([("a", "x"), ("a", "y"), ("a", "y"), ("a", "x")], [])
    assert (taken, left) == ([0, 1, 3], [2])


async def test_a_lane_remembers_no_more_than_so_many_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_REMEMBERED", 2)
    taken, left = await left_out([("a", "x"), ("b", "x"), ("c", "x"), ("c", "x"), ("a", "x")], [])
    assert (taken, left) == ([0, 1, 2, 4], [3])


async def test_what_says_nothing_is_no_repeat_and_long_keys_are_not_kept() -> None:
    long = "k" * 100_000
    taken, left = await left_out([(long, "x"), ("b", ""), ("b", ""), (long, "x")], [])
    assert (taken, left) == ([0, 1, 2], [3])
    lane = lanes.Lane("ear", "one", None, asyncio.Semaphore(1), content=lambda record: 1)  # type: ignore[arg-type]
    lane.put([Record("one", 0, offset, long.encode(), b"", (), None) for offset in range(2)])
    lane._remember(await lane._waiting.get())
    assert [type(part) for part in next(iter(lane._last))] == [int, int]
