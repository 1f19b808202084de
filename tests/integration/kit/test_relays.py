"""More than one relay, and one that freezes, on a real broker and database."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.local.free_ports import free_port
from services.contracts.registry import topics
from services.kit import kafka
from services.kit.database.db import Database
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogUnavailable, Relay
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid
from tests.integration.kit.test_backbone import tell
from tests.worlds import servers
from tests.worlds.waiting import until

TOPICS = [ThingSaid.topic, ThingIs.topic]


class Greedy(PostgresOutbox):
    """Believes that it has the lease, whoever has it: as one who woke up and does not know yet."""

    async def lease(self, holder: UUID, seconds: float) -> bool:
        return True


async def _relay(db: Database, cluster: Cluster, number: int, stopping: asyncio.Event) -> None:
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    relay = Relay(Greedy(db, SOURCE), log, UUID(int=number))
    while not stopping.is_set():
        try:
            done = await relay.step()
            await asyncio.sleep(0 if done.more else 0.01)
        except LogUnavailable:
            await asyncio.sleep(0.1)
    await log.close()
    await watch.close()


async def _published(cluster: Cluster) -> dict[str, list[int]]:
    """All numbers in the log by aggregate, repeats too, in the log's order."""
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(ThingSaid.topic, n) for n in range(kafka.partitions_of(ThingSaid.topic))]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        found: dict[str, list[int]] = {}
        while records := await consumer.getmany(timeout_ms=1_000):
            for batch in records.values():
                for record in batch:
                    headers = dict(record.headers)
                    found.setdefault(headers["ce_subject"].decode(), []).append(int(headers["ce_aggregateseq"]))
        return found
    finally:
        await consumer.stop()


def _first_occurrences(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


async def test_two_relays_at_once_repeat_at_most_and_lose_or_disorder_nothing(
    db: Database, broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    things = [ThingId.new() for _ in range(4)]
    stopping = asyncio.Event()
    relays = [asyncio.create_task(_relay(db, broker.cluster, n, stopping)) for n in (1, 2)]
    await asyncio.gather(*(tell(db, thing, *range(1, 31)) for thing in things))
    async with db.acquire() as conn:
        assert await until(lambda: conn.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
        assert await conn.fetchval("SELECT count(*) = count(DISTINCT seq) AND count(*) = 120 FROM outbox_archive")
    stopping.set()
    await asyncio.gather(*relays)
    published = await _published(broker.cluster)
    assert {thing: _first_occurrences(numbers) for thing, numbers in published.items()} == {
        str(thing): list(range(1, 31)) for thing in things
    }


@asynccontextmanager
async def _worker(made: servers.TestDatabase, broker: servers.Broker) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.catalog",
        "worker",
        env={
            **os.environ,
            "WLIJO_MODE": "test",
            "DATABASE_URL": made.url,
            **broker.environment("catalog"),
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
        },
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_relay_that_freezes_is_replaced_and_does_no_harm_when_it_wakes(
    database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, [*topics([]), *TOPICS])
    made = await asyncio.to_thread(database, "catalog")
    db, looking = Database(made.url), await asyncpg.connect(made.url)
    await db.open()
    thing = ThingId.new()
    async with _worker(made, broker) as first:
        holder = await until(lambda: looking.fetchval("SELECT holder FROM relay_lease"))
        async with _worker(made, broker):
            await tell(db, thing, 1)
            assert await until(lambda: looking.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
            first.send_signal(signal.SIGSTOP)
            await tell(db, thing, 2, 3)
            assert await until(lambda: looking.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
            assert await looking.fetchval("SELECT holder FROM relay_lease") != holder
            first.send_signal(signal.SIGCONT)
            await tell(db, thing, 4, 5)
            assert await until(lambda: looking.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
    published = await _published(broker.cluster)
    assert _first_occurrences(published[str(thing)]) == [1, 2, 3, 4, 5]
    await looking.close()
    await db.close()


@pytest.mark.skipif(servers.is_apache(), reason="there no client makes a topic by asking for it")
async def test_a_topic_that_a_client_asked_for_too_early_gets_its_partitions_before_the_log_is_stamped(
    broker: servers.Broker,
) -> None:
    early = AIOKafkaProducer(**broker.cluster.options())
    await early.start()
    assert len(await early.partitions_for(ThingSaid.topic)) < kafka.partitions_of(ThingSaid.topic)
    await early.stop()
    await asyncio.to_thread(broker.create_topics, TOPICS)
    late = AIOKafkaProducer(**broker.cluster.options())
    await late.start()
    assert len(await late.partitions_for(ThingSaid.topic)) == kafka.partitions_of(ThingSaid.topic)
    await late.stop()


async def test_creating_topics_again_leaves_the_log_what_it_is(broker: servers.Broker) -> None:
    first = await kafka.create_topics(broker.cluster, TOPICS)
    assert await kafka.create_topics(broker.cluster, [*TOPICS, "testing.more"]) == first
