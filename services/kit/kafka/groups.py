"""How far the groups of others have read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.kit.kafka.client import START_TIMEOUT_S, stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable

_READ_WITHIN_S = 5.0
"""For the oldest records of all groups of one owner."""
MOST = 20
"""Groups of one owner that are looked at: he makes as many as he likes, and the others are to be seen all the same."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A group that keeps its places at the broker. `behind`: the records that it has not said it has read. `oldest`: since when the
    first of these lies there; None when there is none, or it could not be read within seconds."""

    group: str
    behind: int
    oldest: datetime | None


async def readings(cluster: Cluster, prefix: str) -> list[Reading]:
    """Of the groups whose name begins so, by name, whether or not they read now; of each `partner.<id>.` MOST at the most. In no group,
    and nothing is committed. Raises LogUnavailable."""
    admin = AIOKafkaAdminClient(**cluster.options())
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False)
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await admin.start()
            named = sorted({name for name, *_ in await admin.list_consumer_groups() if name.startswith(prefix)})
            owned = groupby(named, key=_owner)
            groups = [name for _, names in owned for name in islice(names, MOST)]
            said = {group: await admin.list_consumer_group_offsets(group) for group in groups}
            await consumer.start()
            places = sorted({place for each in said.values() for place in each})
            begins = await consumer.beginning_offsets(places) if places else {}
            ends = await consumer.end_offsets(places) if places else {}
        clock = asyncio.get_running_loop().time
        found, left_s = [], {_owner(group): _READ_WITHIN_S for group in groups}
        for group, committed in said.items():
            # What retention has taken is not read any more by anybody.
            at = {place: max(kept.offset, begins[place]) for place, kept in committed.items()}
            left = {place: offset for place, offset in at.items() if offset < ends[place]}
            behind = sum(ends[place] - offset for place, offset in left.items())
            began = clock()
            found.append(Reading(group, behind, await _oldest(consumer, left, left_s[_owner(group)])))
            left_s[_owner(group)] -= clock() - began
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"no broker at {cluster}: {await why_not(cluster, error)}") from error
    finally:
        await stop(consumer)
        await admin.close()
    return found


def _owner(group: str) -> str:
    return ".".join(group.split(".")[:2])


async def _oldest(consumer: AIOKafkaConsumer, places: dict[TopicPartition, int], within_s: float) -> datetime | None:
    consumer.assign(sorted(places))
    for place, offset in places.items():
        consumer.seek(place, offset)
    waiting, stamps = set(places), list[int]()
    try:
        async with asyncio.timeout(within_s):
            while waiting:
                for place, records in (await consumer.getmany(*waiting, timeout_ms=200)).items():
                    waiting.discard(place)
                    stamps.append(records[0].timestamp)
    except TimeoutError:
        return None
    return datetime.fromtimestamp(min(stamps) / 1000, UTC) if stamps else None
