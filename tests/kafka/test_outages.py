"""Consumers and relay of ours on a real broker that restarts, freezes, loses a leader, refuses a record, or slows a partner down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError

from services.contracts.partner import Topics
from services.kit import kafka
from services.kit.database.db import Database
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable
from tests.integration.conftest import ThingId
from tests.integration.conftest import db as db
from tests.integration.conftest import thing_database as thing_database
from tests.integration.kit.test_backbone import TOPICS, Listener, _opened, relaying, running, tell
from tests.kafka.conftest import ONE, Locked, opens
from tests.worlds import servers
from tests.worlds.waiting import until

SoMany = Callable[[int], Coroutine[None, None, None]]


@asynccontextmanager
async def flowing(
    db: Database, database: Callable[[str], servers.TestDatabase], cluster: Cluster, copies: int = 1
) -> AsyncIterator[SoMany]:
    """Relay and consumer run. `await so_many(n)` tells n more and waits until all was heard, each once and in order."""
    await kafka.create_topics(cluster, TOPICS, durability=kafka.Durability(copies, max(1, copies - 1)))
    heard_by = await _opened(database)
    listener, thing, told = Listener(heard_by, cluster), ThingId.new(), 0

    async def so_many(count: int) -> None:
        nonlocal told
        await tell(db, thing, *range(told + 1, told + count + 1))
        told += count

        async def all_heard() -> bool:
            return await listener.heard(thing) == [*range(1, told + 1)]

        await until(all_heard, within_s=90)

    async with relaying(db, cluster), running(listener):
        await so_many(20)
        yield so_many
    await heard_by.close()


async def test_a_broker_that_restarts_with_its_disk_is_gone_on_with(
    db: Database, database: Callable[[str], servers.TestDatabase], alone: Locked
) -> None:
    async with flowing(db, database, alone.kafka.admin) as so_many:
        (broker,) = alone.kafka.brokers
        await asyncio.to_thread(broker.stop)
        broker.start()
        await so_many(20)
        await asyncio.to_thread(broker.kill)
        broker.start()
        await so_many(20)


async def test_a_broker_that_freezes_is_gone_on_with(
    db: Database, database: Callable[[str], servers.TestDatabase], alone: Locked
) -> None:
    async with flowing(db, database, alone.kafka.admin) as so_many:
        (broker,) = alone.kafka.brokers
        broker.freeze()
        try:
            waiting = asyncio.create_task(so_many(20))
            await asyncio.sleep(8)  # longer than a member's session
            assert not waiting.done()
        finally:
            broker.thaw()
        await waiting


@pytest.mark.parametrize("days", [1, -400])
async def test_events_of_a_clock_that_goes_wrong_come_to_the_log_all_the_same(
    db: Database,
    database: Callable[[str], servers.TestDatabase],
    thing_database: servers.TestDatabase,
    alone: Locked,
    days: int,
) -> None:
    async with flowing(db, database, alone.kafka.admin) as so_many:
        owner = Database(thing_database.owner_url)
        await owner.open()
        async with owner.acquire() as conn:
            await conn.execute(
                f"""CREATE OR REPLACE FUNCTION wlijo_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
                    AS 'SELECT clock_timestamp() + make_interval(days => {days})'"""
            )
        await owner.close()
        await so_many(20)


async def test_a_leader_that_is_killed_is_followed_by_another_and_nothing_is_lost(
    db: Database, database: Callable[[str], servers.TestDatabase], three: Locked
) -> None:
    async with flowing(db, database, three.kafka.admin, copies=3) as so_many:
        leader = three.kafka.brokers[await leader_of(three.kafka.admin, TOPICS[0]) - 1]
        await asyncio.to_thread(leader.kill)
        await so_many(20)
        leader.start()
        await asyncio.to_thread(three.kafka.wait_ready)
        await so_many(20)


async def leader_of(cluster: Cluster, topic: str) -> int:
    client = AIOKafkaClient(**cluster.options())
    await client.bootstrap()
    try:
        found = await client.fetch_all_metadata()
        return int(next(place.leader for place in found._partitions[topic].values()))
    finally:
        await client.close()


async def known(alone: Locked) -> None:
    """Until the broker knows the partner: what the controller has acknowledged it applies when it gets to it (KAFKA-21069)."""
    partner = alone.partner(ONE)
    await until(partial(asyncio.to_thread, opens, partner), within_s=90)


async def test_a_partners_record_that_is_too_large_is_refused_to_him_and_disturbs_nobody(alone: Locked) -> None:
    await known(alone)
    replies = Topics.of(ONE).replies
    producer = AIOKafkaProducer(**alone.partner(ONE).options(), acks="all", max_request_size=2_000_000)
    await producer.start()
    try:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(replies, bytes(200_000), key=b"k")
        await producer.send_and_wait(replies, bytes(20_000), key=b"k")
    finally:
        await producer.stop()


async def test_a_partner_who_floods_is_slowed_down_and_the_others_are_not(alone: Locked) -> None:
    """256 KiB/s are his, after a burst of ten seconds; a service's records are through long before his, however slow the machine: the flood
    goes on until they are."""
    await known(alone)
    locations = Topics.of(ONE).locations
    flood = AIOKafkaProducer(**alone.partner(ONE).options(), acks="all", max_batch_size=65_536)
    service = AIOKafkaProducer(**alone.service("ordering").options(), acks="all")
    clock = asyncio.get_running_loop().time
    enough, sent = asyncio.Event(), 0
    await flood.start()
    await service.start()

    async def flooding() -> float:
        """Seconds, from the first to the last."""
        nonlocal sent
        began = clock()
        while not enough.is_set() or sent < 90:
            await flood.send_and_wait(locations, bytes(60_000), key=b"k")
            sent += 1
        return clock() - began

    try:
        his = asyncio.create_task(flooding())
        for _ in range(200):
            await service.send_and_wait("ordering.payments", bytes(400), key=b"k")
        enough.set()
        flooded_s = await his
        # What he may send grows with the time that it took: a slow machine only makes this easier to keep.
        assert sent * 60_000 <= 11 * 262_144 + 2 * 262_144 * flooded_s
    finally:
        await flood.stop()
        await service.stop()


async def test_a_worker_whose_password_was_revoked_says_so(alone: Locked) -> None:
    reached = alone.kafka.user("ordering", "revoked-long-ago")
    watch = kafka.LogWatch(reached)
    with pytest.raises(LogUnavailable, match="the broker refuses user ordering: wrong password, or no such user"):
        await watch.refresh()
    with suppress(LogUnavailable):
        await watch.close()


async def test_no_client_makes_a_topic_by_asking_for_it(alone: Locked) -> None:
    """Where the embedded broker does."""
    producer = AIOKafkaProducer(**alone.kafka.admin.options(), request_timeout_ms=1_500)
    await producer.start()
    try:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("asked.for.too.early", b"{}")
    finally:
        await producer.stop()
    admin = AIOKafkaAdminClient(**alone.kafka.admin.options())
    await admin.start()
    try:
        assert "asked.for.too.early" not in await admin.list_topics()
    finally:
        await admin.close()
