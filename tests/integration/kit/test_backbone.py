"""From a transaction to an effect elsewhere, over a real broker: relay, reader, inbox; also over the loss of the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import uuid_utils.compat

from services.kit import kafka
from services.kit.database.db import Connection, Database, only_row, transaction
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import inbox_trouble, operations, outbox
from services.kit.messaging.consumer import Consumer
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.outbox_store import PostgresOutbox, keep_partitions
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.relay import LogUnavailable, Relay
from services.kit.observe.readiness import Readiness
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid, archived
from tests.worlds import servers
from tests.worlds.waiting import until

TOPICS = [ThingSaid.topic, ThingIs.topic]


class Listener:
    """A consumer that writes what it hears into a table of its own, in the same transaction."""

    def __init__(self, db: Database, cluster: Cluster, name: str = "listener") -> None:
        self.db = db
        self.failing: set[int] = set()
        self.watch = kafka.LogWatch(cluster)
        handlers = Handlers()
        handlers.on(ThingSaid)(self._said)
        handlers.on(ThingIs)(self._said)
        processor = EventProcessor(name, db, handlers, sources=frozenset({SOURCE}))
        self.consumer = Consumer(
            name,
            db,
            lambda topics: kafka.open_reader(cluster, self.watch, name, topics),
            handlers.topics(),
            processor.take_some,
            Readiness(),
            processor.due,
        )

    async def _said(self, conn: Connection, event: ThingSaid) -> None:
        if event.number in self.failing:
            raise RuntimeError(f"{event.number} is not liked")
        await conn.execute("INSERT INTO heard (thing, number) VALUES ($1, $2)", str(event.thing_id), event.number)

    async def heard(self, thing: ThingId) -> list[int]:
        async with self.db.acquire() as conn:
            rows = await conn.fetch("SELECT number FROM heard WHERE thing = $1 ORDER BY at", str(thing))
        return [row["number"] for row in rows]


@asynccontextmanager
async def running(listener: Listener) -> AsyncIterator[None]:
    task = asyncio.create_task(listener.consumer.run())
    try:
        yield
    finally:
        listener.consumer.stop()
        await asyncio.wait_for(task, 90)
        await listener.watch.close()


@asynccontextmanager
async def relaying(db: Database, cluster: Cluster) -> AsyncIterator[Relay]:
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    relay = Relay(PostgresOutbox(db, SOURCE), log, uuid_utils.compat.uuid7())

    async def run() -> None:
        while True:
            try:
                done = await relay.step()
                await asyncio.sleep(0 if done.more else 0.02)
            except LogUnavailable:
                await asyncio.sleep(0.1)

    task = asyncio.create_task(run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.wait({task})
        await log.close()
        await watch.close()


async def tell(db: Database, thing: ThingId, *numbers: int, kind: type[ThingSaid] = ThingSaid) -> None:
    for number in numbers:
        async with transaction(db) as conn:
            await outbox.append(conn, kind(thing_id=thing, number=number))


async def _opened(database: Callable[[str], servers.TestDatabase]) -> Database:
    made = await asyncio.to_thread(database, "testing")
    owner = Database(made.owner_url)
    await owner.open()
    async with owner.acquire() as conn:
        await conn.execute("CREATE TABLE heard (at bigint GENERATED ALWAYS AS IDENTITY, thing text, number bigint)")
    await owner.close()
    db = Database(made.url)
    await db.open()
    return db


async def test_what_is_told_takes_effect_elsewhere_once_and_in_order(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    things = [ThingId.new() for _ in range(5)]
    async with relaying(db, broker.cluster), running(listener):
        await asyncio.gather(*(tell(db, thing, *range(1, 21)) for thing in things))
        for thing in things:
            assert await until(partial(_when_long, listener, thing, 20)) == list(range(1, 21))
        async with db.acquire() as conn:
            assert await until(partial(conn.fetchval, "SELECT NOT EXISTS (SELECT FROM outbox)"))
            assert await conn.fetchval("SELECT count(*) FROM outbox_archive") == 100
    await listener.db.close()


async def _when_long(listener: Listener, thing: ThingId, length: int) -> list[int]:
    heard = await listener.heard(thing)
    return heard if len(heard) >= length else []


async def test_a_broker_that_lost_everything_is_filled_again_and_nothing_is_applied_twice(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    late = Listener(await _opened(database), broker.cluster, "late")
    thing = ThingId.new()
    async with relaying(db, broker.cluster):
        async with running(listener):
            await tell(db, thing, 1, 2, 3)
            assert await until(partial(_when_long, listener, thing, 3)) == [1, 2, 3]
            broker.kill()
            await tell(db, thing, 4, 5)
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(broker.create_topics, TOPICS)
            await tell(db, thing, 6)
            assert await until(partial(_when_long, listener, thing, 6)) == [1, 2, 3, 4, 5, 6]
        # One who reads the new log from its beginning finds everything in it, in order.
        async with running(late):
            assert await until(partial(_when_long, late, thing, 6)) == [1, 2, 3, 4, 5, 6]
        assert await listener.heard(thing) == [1, 2, 3, 4, 5, 6]
    await listener.db.close()
    await late.db.close()


async def test_a_handler_that_fails_parks_its_key_and_lets_the_others_go(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    listener.failing = {2}
    bad, good = ThingId.new(), ThingId.new()
    async with relaying(db, broker.cluster), running(listener):
        await tell(db, bad, 1, 2, 3)
        await tell(db, good, 10, 11)
        assert await until(partial(_when_long, listener, good, 2)) == [10, 11]
        async with listener.db.acquire() as conn:
            await until(partial(conn.fetchval, "SELECT count(*) = 2 FROM inbox_waiting"))
            assert await inbox_trouble.trouble(conn, "listener") == {"waiting": 1, "parked": 1, "dead": 0}
        assert await listener.heard(bad) == [1]
        listener.failing = set()
        assert await until(partial(_when_long, listener, bad, 3)) == [1, 2, 3]
        async with listener.db.acquire() as conn:
            assert await conn.fetchval("SELECT count(*) FROM inbox_waiting") == 0
    await listener.db.close()


async def test_of_states_only_newer_ones_are_applied(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    thing = ThingId.new()
    async with relaying(db, broker.cluster), running(listener):
        await tell(db, thing, 1, 2, kind=ThingIs)
        assert await until(partial(_when_long, listener, thing, 2)) == [1, 2]
    async with db.acquire() as conn:
        rows = await archived(PostgresOutbox(db, SOURCE))
        await keep_partitions(conn, keep_days=14)
    processor = EventProcessor("listener", listener.db, _handlers(listener), sources=frozenset({SOURCE}))
    assert [await processor.apply(row.envelope) for row in rows] == ["duplicate", "duplicate"]
    await listener.db.close()


def _handlers(listener: Listener) -> Handlers:
    handlers = Handlers()
    handlers.on(ThingIs)(listener._said)
    return handlers


async def test_a_record_that_is_no_event_of_ours_is_kept_as_a_dead_letter(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    from aiokafka import AIOKafkaProducer

    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    producer = AIOKafkaProducer(**broker.cluster.options())
    await producer.start()
    await producer.send_and_wait(ThingSaid.topic, b"not an event", key=b"k")
    await producer.stop()
    thing = ThingId.new()
    async with relaying(db, broker.cluster), running(listener):
        await tell(db, thing, 1)
        assert await until(partial(_when_long, listener, thing, 1)) == [1]
        async with listener.db.acquire() as conn:
            await until(partial(conn.fetchval, "SELECT count(*) = 1 FROM dead_letter"))
            row = await only_row(conn, "SELECT reason, record FROM dead_letter")
    assert tuple(row) == ("not a CloudEvents 1.0 record in binary mode", b"not an event")
    await listener.db.close()


async def test_after_a_restore_of_the_publisher_its_new_history_is_followed(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    listener = Listener(await _opened(database), broker.cluster)
    thing, untouched = ThingId.new(), ThingId.new()
    async with running(listener):
        async with relaying(db, broker.cluster):
            await tell(db, untouched, 1)
            await tell(db, thing, 1, 2, 3)
            assert await until(partial(_when_long, listener, thing, 3)) == [1, 2, 3]
            async with db.acquire() as conn:
                assert await until(partial(conn.fetchval, "SELECT NOT EXISTS (SELECT FROM outbox)"))
        # The backup was taken after the second event.
        async with transaction(db) as conn:
            await conn.execute("DELETE FROM outbox_archive WHERE aggregate = $1 AND aggregateseq > 2", str(thing))
            await conn.execute("UPDATE outbox_counter SET last = 2 WHERE aggregate = $1", str(thing))
        await operations.restored(db)
        async with relaying(db, broker.cluster):
            await tell(db, thing, 30, 40)
            await tell(db, untouched, 2)
            assert await until(partial(_when_long, listener, thing, 5)) == [1, 2, 3, 30, 40]
            assert await until(partial(_when_long, listener, untouched, 2)) == [1, 2]
    async with listener.db.acquire() as conn:
        assert await inbox_trouble.trouble(conn, "listener") == {"waiting": 0, "parked": 0, "dead": 0}
    await listener.db.close()
