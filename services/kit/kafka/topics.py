"""Topics: their shapes, making them, and the stamp that gives a new log its identity."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from services.kit.kafka.client import START_TIMEOUT_S, stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.kafka.watch import LOG_TOPIC, LogWatch
from services.kit.messaging.relay import LogUnavailable

_TOPIC_EXISTS = 36
# A topic of an outside party's own ends in the version of the contract with it.
_OF_AN_OUTSIDE_PARTY = re.compile(r"\.v\d+$")
MAX_OUTSIDE_BATCH_BYTES = 131_072
_HOUR_MS = 3_600_000
# Of a partition that an outside party writes, so that its haste does not fill the disk: what is deleted is whole segments.
_OUTSIDE_BYTES, _OUTSIDE_SEGMENT_BYTES = 268_435_456, 67_108_864
_FACTS_DAYS = 14  # as long as the relay's archive


def partitions_of(topic: str) -> int:
    """Pinned per topic: adding partitions would send a key elsewhere and break its order."""
    if topic == LOG_TOPIC:
        return 1
    return 3 if _OF_AN_OUTSIDE_PARTY.search(topic) else 6


@lru_cache(maxsize=4_096)
def partition_of(topic: str, key: str) -> int:
    """The same choice as every Kafka client's default partitioner. Kept: to reckon it was a fifth of what an event cost the relay, and
    an order tells ten in its life."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions_of(topic))


@dataclass(frozen=True, slots=True)
class Durability:
    """How many brokers hold each partition, and how many of them must have a record before it is acknowledged."""

    replication: int = 1
    min_isr: int = 1


async def create_topics(
    cluster: Cluster | str,
    topics: Iterable[str],
    *,
    compacted: Iterable[str] = (),
    durability: Durability = Durability(),
) -> UUID:
    """Create what is missing and stamp a new log with a random id; the id of the log. Raises LogUnavailable.

    `compacted` topics keep the newest record of each key for ever.
    """
    cluster = Cluster.of(cluster)
    admin = AIOKafkaAdminClient(**cluster.options())
    watch = LogWatch(cluster)
    kept_whole = set(compacted)
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await admin.start()
            wanted = {
                name: NewTopic(
                    name,
                    partitions_of(name),
                    durability.replication,
                    topic_configs=topic_configs(name, compacted=name in kept_whole, durability=durability),
                )
                for name in sorted({*topics, LOG_TOPIC})
            }
            created = await _create(admin, wanted.values())
            stamped = LOG_TOPIC not in created and await _is_stamped(cluster)
            if short := await _too_few_partitions(admin, wanted):
                # Some client asked for the topic before us, and the broker made it with partitions of its own number. Until the
                # log is stamped nobody has written there.
                if stamped:
                    raise LogUnavailable(f"too few partitions, and a key's place must not change: {', '.join(short)}")
                await admin.delete_topics(short)
                await _create(admin, [wanted[name] for name in short])
        return await (watch.refresh() if stamped else _stamp(cluster, watch))
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"no broker at {cluster}: {await why_not(cluster, error)}") from error
    finally:
        await watch.close()
        with suppress(KafkaError, OSError):
            await admin.close()


async def _create(admin: AIOKafkaAdminClient, wanted: Iterable[NewTopic]) -> set[str]:
    """Which of them were not there before."""
    answer = await admin.create_topics(list(wanted))
    for name, code, message in answer.topic_errors:
        if code not in (0, _TOPIC_EXISTS):
            raise LogUnavailable(f"topic {name} was not created: {message or code}")
    return {name for name, code, _ in answer.topic_errors if code == 0}


async def _too_few_partitions(admin: AIOKafkaAdminClient, topics: Collection[str]) -> list[str]:
    while True:
        described = await admin.describe_topics(list(topics))
        # The broker that is asked may not have heard yet of what the controller has just made.
        if all(each["error_code"] == 0 and each["partitions"] for each in described):
            return [each["topic"] for each in described if len(each["partitions"]) < partitions_of(each["topic"])]
        await asyncio.sleep(0.1)


async def _is_stamped(cluster: Cluster) -> bool:
    """False when whoever created the topic died before the stamp."""
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False)
    try:
        await consumer.start()
        place = TopicPartition(LOG_TOPIC, 0)
        ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
        return ends[place] > 0
    finally:
        await stop(consumer)


async def _stamp(cluster: Cluster, watch: LogWatch) -> UUID:
    from services.kit.ids import EventId

    producer = AIOKafkaProducer(**cluster.options(), acks="all", enable_idempotence=False)
    await producer.start()
    try:
        await producer.send_and_wait(LOG_TOPIC, str(EventId.new().uuid).encode(), partition=0)
    finally:
        await producer.stop()
    return await watch.refresh()


def topic_configs(topic: str, *, compacted: bool = False, durability: Durability = Durability()) -> dict[str, str]:
    """What the topic is made with, in Kafka's names."""
    configs = _retention(topic, compacted)
    if durability.min_isr > 1:
        configs["min.insync.replicas"] = str(durability.min_isr)
    if topic.endswith((".replies.v1", ".locations.v1")):
        # An outside party's batch of records; a reply itself is refused with an answer from 16 KiB on.
        configs["max.message.bytes"] = str(MAX_OUTSIDE_BATCH_BYTES)
        configs["retention.bytes"] = str(_OUTSIDE_BYTES)
        configs["segment.bytes"] = str(_OUTSIDE_SEGMENT_BYTES)
    if topic.endswith(".replies.v1"):
        # What is in time is judged by the broker's clock, never by the sender's.
        configs["message.timestamp.type"] = "LogAppendTime"
    return configs


def _retention(topic: str, compacted: bool) -> dict[str, str]:
    if topic == LOG_TOPIC:
        return {"retention.ms": "-1", "retention.bytes": "-1"}  # an identity that expires would stop everybody
    if compacted:
        return {"cleanup.policy": "compact"}
    if topic.endswith(".locations.v1"):
        return {"retention.ms": str(_HOUR_MS)}
    return {"retention.ms": str(_FACTS_DAYS * 24 * _HOUR_MS), "retention.bytes": "-1"}
