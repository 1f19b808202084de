"""A company's client that keeps running over a lost embedded broker, as the contract's page tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.contracts.partner import Topics
from tests.worlds import servers
from tests.worlds.delivery import SEMERU
from tests.worlds.waiting import until

TOPIC = Topics.of(SEMERU).jobs
PLACE = TopicPartition(TOPIC, 0)


async def tell(broker: servers.Broker, *events: bytes) -> None:
    await asyncio.to_thread(broker.create_topics, [TOPIC])
    producer = AIOKafkaProducer(**broker.cluster.options(), enable_idempotence=False)
    await producer.start()
    try:
        for event in events:
            await producer.send_and_wait(TOPIC, event, partition=0)
    finally:
        await producer.stop()


async def goes_back(consumer: AIOKafkaConsumer) -> None:
    """The page's advice: an end before our position is the end of another log."""
    end = consumer.highwater(PLACE)
    if end is not None and end < await consumer.position(PLACE):
        await consumer.seek_to_beginning(PLACE)


async def hears(consumer: AIOKafkaConsumer, heard: list[bytes]) -> None:
    for records in (await consumer.getmany(timeout_ms=100)).values():
        heard += [bytes(record.value) for record in records]
    await goes_back(consumer)


@pytest.mark.skipif(servers.is_apache(), reason="a broker that comes back with its disk is gone on with")
async def test_who_compares_the_end_with_the_position_hears_the_new_log_and_who_does_not_may_not(
    broker: servers.Broker,
) -> None:
    await tell(broker, *(b"old %d" % number for number in range(5)))
    options = {**broker.cluster.options(), "auto_offset_reset": "earliest", "fetch_max_wait_ms": 20}
    careful, plain = AIOKafkaConsumer(**options), AIOKafkaConsumer(**options)
    heard: list[bytes] = []
    for consumer in (careful, plain):
        await consumer.start()
        consumer.assign([PLACE])
        await consumer.seek_to_beginning(PLACE)
    try:

        def has(*wanted: bytes) -> Callable[[], Awaitable[bool]]:
            async def listened() -> bool:
                await hears(careful, heard)
                return set(wanted) <= set(heard)

            return listened

        await until(has(b"old 4"))
        while await plain.position(PLACE) < 5:
            await plain.getmany(timeout_ms=100)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await tell(broker, b"new 0", b"new 1")
        await until(has(b"new 0", b"new 1"))
        # The embedded broker says nothing of an offset beyond its end: `auto_offset_reset` is never asked.
        assert await plain.getmany(timeout_ms=2_000) == {}
        assert await plain.position(PLACE) == 5
    finally:
        for consumer in (careful, plain):
            await consumer.stop()
