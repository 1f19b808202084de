"""What is told of a client that reads nothing: the watchdog, against a client that plays dead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition

from services.kit.kafka import KafkaReader, LogWatch, open_reader
from services.kit.kafka import reader as kit_reader
from services.kit.kafka.cluster import Cluster, Protocol
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe import telemetry
from services.kit.secret import Secret
from tests.worlds.waiting import until

PLACE = TopicPartition("things", 0)


class Client:
    """As much of aiokafka's consumer as a reader asks; it never delivers."""

    def __init__(self, *, end: int, highwater: int | None, position: int = 3) -> None:
        self.end, self.high, self.at = end, highwater, position

    async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
        return {}

    def assignment(self) -> set[TopicPartition]:
        return {PLACE}

    async def end_offsets(self, _: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {PLACE: self.end}

    def highwater(self, _: TopicPartition) -> int | None:
        return self.high

    async def position(self, _: TopicPartition) -> int:
        return self.at

    async def stop(self) -> None:
        """It holds nothing."""


class SameLog(LogWatch):
    async def current(self) -> UUID:
        return UUID(int=1)


def reader(client: Client, *, name: str = "watched") -> KafkaReader:
    return KafkaReader(client, SameLog("nowhere:9092"), UUID(int=1), name, silent_s=0.03)


@pytest.mark.parametrize(
    "client",
    [
        Client(end=7, highwater=None),  # the fetcher is dead and has learnt nothing
        Client(end=3, highwater=7),  # the embedded broker's end offsets are too low
    ],
)
async def test_a_client_that_reads_nothing_although_there_is_something_is_made_anew(client: Client) -> None:
    watched = reader(client)

    async def refused() -> str:
        try:
            await watched.fetch()
        except LogUnavailable as error:
            return str(error)
        return ""

    assert await until(refused) == "silent: 4 records of things are there and do not come"
    assert telemetry.REGISTRY.get_sample_value("wlijo_consumer_silent_total", {"consumer": "watched"})


async def test_a_client_that_never_comes_back_from_a_commit_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wedged(Client):
        async def commit(self, _: object) -> None:
            """A coordinator is looked for, and metadata that nobody asks for any more is waited for."""
            await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(kit_reader, "_ASKED_WITHIN_S", 0.03)
    async with asyncio.timeout(90):
        with pytest.raises(LogUnavailable, match="positions were not committed: TimeoutError"):
            await reader(Wedged(end=3, highwater=3)).commit({("things", 0): 3})


async def test_a_client_that_is_busy_with_another_partition_is_given_more_time() -> None:
    class Busy(Client):
        async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
            return {TopicPartition("others", 0): [Read(self.next)]}

        next = 0

    @dataclass
    class Read:
        offset: int
        topic: str = "others"
        partition: int = 0
        key: bytes | None = None
        value: bytes | None = None
        headers: tuple[tuple[str, bytes], ...] = ()
        timestamp: int = 0
        timestamp_type: int = 0

    client = Busy(end=7, highwater=7)
    watched = reader(client)
    for client.next in range(5):
        assert await watched.fetch()
        await asyncio.sleep(0.04)  # longer than it may be silent: no condition can tell of what must not happen


async def test_a_client_that_has_read_everything_may_be_silent_for_ever() -> None:
    client = Client(end=3, highwater=3)
    watched, looks = reader(client), 0

    async def looked_often() -> bool:
        nonlocal looks
        await watched.fetch()
        looks += 1
        return looks > 20

    assert await until(looked_often)


async def test_a_client_that_moves_is_not_silent_however_far_behind_it_is() -> None:
    client = Client(end=10**6, highwater=10**6)
    watched = reader(client)

    async def moved_on() -> bool:
        await watched.fetch()
        client.at += 1
        return client.at > 20

    assert await until(moved_on)
    lag = telemetry.REGISTRY.get_sample_value("wlijo_consumer_lag_records", {"consumer": "watched", "topic": "things"})
    assert lag
    assert lag > 999_900


def test_a_broker_that_answers_at_once_holds_a_fetch_and_another_is_asked_for_what_is_there() -> None:
    locked = Cluster("kafka:9092", Protocol.SASL_PLAINTEXT, username="catalog", password=Secret("x"))
    assert [(each.holds_fetches, each.held_ms) for each in (locked, Cluster("kafka:9092"))] == [
        (True, 1_000),
        (False, 1),
    ]


def told(metric: str, **labels: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value(metric, labels)


async def test_a_consumer_that_never_comes_into_its_group_is_told_to_read_nothing() -> None:
    """What is not told at all is no zero, and calls nobody."""

    class Away(LogWatch):
        async def refresh(self) -> UUID:
            raise LogUnavailable("no broker")

    with pytest.raises(LogUnavailable):
        await open_reader(Cluster("nowhere:9092"), Away("nowhere:9092"), "outside", ["things"])
    assert told("wlijo_consumer_partitions", consumer="outside") == 0


async def test_a_reader_that_was_closed_reads_no_partition() -> None:
    watched = reader(Client(end=3, highwater=3))
    await watched.fetch()
    assert told("wlijo_consumer_partitions", consumer="watched") == 1
    await watched.close()
    assert told("wlijo_consumer_partitions", consumer="watched") == 0


async def test_the_first_silence_is_an_increase_too() -> None:
    """Prometheus sees none in a counter that comes with its first count."""
    reader(Client(end=3, highwater=3), name="never silent")
    assert told("wlijo_consumer_silent_total", consumer="never silent") == 0


async def test_what_another_member_reads_now_is_no_lag_of_ours() -> None:
    class Shared(Client):
        places = frozenset({PLACE})

        def assignment(self) -> set[TopicPartition]:
            return set(self.places)

    client = Shared(end=7, highwater=7)
    watched = reader(client)
    await watched.fetch()
    assert told("wlijo_consumer_lag_records", consumer="watched", topic="things") == 4
    client.places = frozenset()

    async def is_anothers() -> bool:
        await watched.fetch()
        return told("wlijo_consumer_lag_records", consumer="watched", topic="things") == 0

    await until(is_anothers)
