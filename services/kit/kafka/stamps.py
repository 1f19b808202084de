"""By which clock the log's records are stamped."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.kit.kafka.client import START_TIMEOUT_S, stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable

_READ_WITHIN_S = 5.0


async def newest_stamps(cluster: Cluster | str) -> dict[str, int]:
    """By topic, the stamp in milliseconds of the newest of the last records of its partitions. In no group, and nothing is committed.
    What is not there within seconds is left out. Raises LogUnavailable."""
    cluster = Cluster.of(cluster)
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False)
    found: dict[str, int] = {}
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await consumer.start()
            topics = sorted(each for each in await consumer.topics() if not each.startswith("__"))
            places = [
                TopicPartition(name, each) for name in topics for each in consumer.partitions_for_topic(name) or ()
            ]
            begins = await consumer.beginning_offsets(places) if places else {}
            ends = await consumer.end_offsets(places) if places else {}
            waiting = {place for place in places if ends[place] > begins[place]}
            consumer.assign(sorted(waiting))
            for place in waiting:
                consumer.seek(place, ends[place] - 1)
        async with asyncio.timeout(_READ_WITHIN_S):
            while waiting:
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    waiting.discard(place)
                    found[place.topic] = max(found.get(place.topic, 0), *(record.timestamp for record in records))
    except (KafkaError, OSError, TimeoutError) as error:
        if not found:
            raise LogUnavailable(f"no broker at {cluster}: {await why_not(cluster, error)}") from error
    finally:
        await stop(consumer)
    return found
