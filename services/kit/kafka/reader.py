"""The readers of consumers: members of a group on one log, and whether they have gone silent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from prometheus_client import Counter, Gauge

from services.kit.database.db import reason
from services.kit.kafka.client import START_TIMEOUT_S, stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.kafka.lag import LAG
from services.kit.kafka.pace import Rung, paced
from services.kit.kafka.records import install
from services.kit.kafka.watch import LogWatch
from services.kit.messaging.consumer import Record
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe import telemetry

install()
_LOOK_EVERY_S = 3.0
_SILENT_S = 15.0
# A question to the broker. aiokafka keeps no such bound itself, and can wait for ever for metadata after a broker was away.
_ASKED_WITHIN_S = 5.0
_IDLE_S = 0.25
_WAITED_MS = 500  # what comes is given at once; who is told to stop is not asked more often
_STARVED = 20  # a client that is busy with other partitions is given so many times longer

OWNED = Gauge(
    "wlijo_consumer_partitions",
    "Partitions that this member of the group reads",
    ("consumer",),
    registry=telemetry.REGISTRY,
)
SILENT = Counter(
    "wlijo_consumer_silent_total",
    "Clients that read nothing although there was something, and were made anew",
    ("consumer",),
    registry=telemetry.REGISTRY,
)


class KafkaReader:
    """Implements `consumer.Reader`: a member of a group whose name ends in the log's id, so that a new log is read from its beginning."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        watch: LogWatch,
        log: UUID,
        name: str = "",
        *,
        told: asyncio.Event | None = None,
        silent_s: float = _SILENT_S,
        rung: Rung | None = None,
    ) -> None:
        self._consumer = consumer
        self._rung = rung
        self._told = told
        self._followed: frozenset[str] | None = None  # None: what it was opened with
        self._held: frozenset[str] = frozenset()
        self._watch = watch
        self.log = log
        self._name = name
        self._silent_s = silent_s
        self._expected: dict[TopicPartition, int] = {}
        self._ends_at_first: dict[TopicPartition, int] = {}
        self._still: dict[TopicPartition, tuple[int, float]] = {}  # position, and since when it has been there
        self._looked_at = float("-inf")
        self._read_at = float("-inf")
        self._lagged: set[str] = set()
        SILENT.labels(name)  # a counter that comes with its first count has not increased, as Prometheus sees it

    async def follow(self, topics: Collection[str]) -> frozenset[str]:
        """From now on read these, as far as they are there and we may read them; those that are not. One that is missing costs the
        others nothing. Asking for a topic by its name could make it, so all are listed. Raises LogUnavailable."""
        try:
            async with asyncio.timeout(_ASKED_WITHIN_S):
                there = frozenset(await self._consumer.topics()) & frozenset(topics)
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(reason(error)) from error
        before, self._followed = self._followed, there
        if there and there != before:
            self._told = self._told or asyncio.Event()
            self._told.clear()
            self._consumer.subscribe(sorted(there), listener=_Assigned(self._told))
        elif before and not there:
            self._consumer.unsubscribe()
        return frozenset(topics) - there

    def hold(self, topics: Collection[str]) -> None:
        """Fetch nothing of these for now, and of all others again."""
        self._held = frozenset(topics)
        for place in self._consumer.assignment():
            if place.topic in topics:
                self._consumer.pause(place)
            else:
                self._consumer.resume(place)

    async def ends(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By partition: where we are, and where its end was when this was called, or later. Raises LogUnavailable."""
        if self.owned() is None:
            return {}
        places = list(self._consumer.assignment())
        try:
            async with asyncio.timeout(_ASKED_WITHIN_S):
                ends = await self._consumer.end_offsets(places) if places else {}
                return {
                    (place.topic, place.partition): (
                        await self._consumer.position(place),
                        max(ends.get(place, 0), self._consumer.highwater(place) or 0),
                    )
                    for place in places
                }
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(reason(error)) from error

    async def fetch(self) -> dict[tuple[str, int], list[Record]]:
        if self._followed is not None and not self._followed:
            await asyncio.sleep(_IDLE_S)
            return {}
        try:
            fetched = await self._consumer.getmany(timeout_ms=_WAITED_MS, max_records=500)
            if any(fetched.values()):
                self._read_at = asyncio.get_running_loop().time()
            await self._look()
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(reason(error)) from error
        backwards = any(
            records[0].offset < self._expected.get(place, 0) for place, records in fetched.items() if records
        )
        log = await (self._watch.refresh() if backwards else self._watch.current())
        if log != self.log:
            raise LogUnavailable(f"the log is another one now: {log}")
        for place, records in fetched.items():
            if records:
                self._expected[place] = records[-1].offset + 1
        return {
            (place.topic, place.partition): [_record(record) for record in records]
            for place, records in fetched.items()
            if records
        }

    async def _look(self) -> None:
        """The lag; and whether the client has gone silent, which it does not say itself: then it is to be made anew.

        The fetcher's high watermark is exact, but a dead fetcher learns no new one; the end offsets are asked for by another way, and
        the embedded broker's are up to a batch too low. So either being ahead means that there is something to read.
        """
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < min(_LOOK_EVERY_S, self._silent_s):
            return
        self._looked_at = now
        places = self._consumer.assignment()
        OWNED.labels(self._name).set(len(places))
        self._still = {place: still for place, still in self._still.items() if place in places}
        async with asyncio.timeout(_ASKED_WITHIN_S):
            ends = await self._consumer.end_offsets(list(places)) if places else {}
            lags: dict[str, int] = {}
            for place in places:
                position = await self._consumer.position(place)
                behind = max(ends.get(place, 0), self._consumer.highwater(place) or 0) - position
                lags[place.topic] = lags.get(place.topic, 0) + max(behind, 0)
                stood_at, since = self._still.get(place, (-1, now))
                if behind <= 0 or position != stood_at or place.topic in self._held:
                    self._still[place] = (position, now)
                elif now - max(since, self._read_at) > self._silent_s or now - since > _STARVED * self._silent_s:
                    SILENT.labels(self._name).inc()
                    raise LogUnavailable(f"silent: {behind} records of {place.topic} are there and do not come")
        for topic in self._lagged - lags.keys():
            LAG.labels(self._name, topic).set(0)  # another member of the group reads it now
        self._lagged = {*lags}
        for topic, lag in lags.items():
            LAG.labels(self._name, topic).set(lag)

    def owned(self) -> set[tuple[str, int]] | None:
        """The partitions that this member reads now; None until the group has given it some, or none."""
        if self._followed is not None and not self._followed:
            return set()
        if self._told is not None and not self._told.is_set():
            return None
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

    async def reached(self) -> bool:
        if self.owned() is None:
            return False
        places = self._consumer.assignment()
        try:
            async with asyncio.timeout(_ASKED_WITHIN_S):
                if new := [place for place in places if place not in self._ends_at_first]:
                    self._ends_at_first |= await self._consumer.end_offsets(new)
                return all([await self._consumer.position(place) >= self._ends_at_first[place] for place in places])
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(reason(error)) from error

    async def commit(self, done: dict[tuple[str, int], int]) -> None:
        owned = self._consumer.assignment()
        offsets = {
            place: OffsetAndMetadata(offset, "")
            for (topic, partition), offset in done.items()
            if (place := TopicPartition(topic, partition)) in owned
        }
        if not offsets:
            return
        try:
            async with asyncio.timeout(_ASKED_WITHIN_S):
                await self._consumer.commit(offsets)
        except (KafkaError, OSError, TimeoutError) as error:
            # The effects are stored; the records come again and the inbox knows them.
            raise LogUnavailable(f"positions were not committed: {reason(error)}") from error

    async def close(self) -> None:
        OWNED.labels(self._name).set(0)
        if self._rung is not None:
            self._watch.let_go(self._rung)
        await stop(self._consumer)


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Tells when the group has said what this member reads, also when that is nothing: an assignment alone does not say."""

    def __init__(self, told: asyncio.Event) -> None:
        self._told = told

    async def on_partitions_revoked(self, revoked: object) -> None:
        self._told.clear()

    async def on_partitions_assigned(self, assigned: object) -> None:
        self._told.set()


async def open_reader(
    cluster: Cluster | str, watch: LogWatch, consumer: str, topics: Sequence[str], *, instance: str | None = None
) -> KafkaReader:
    """Join the consumer's group on the present log; without topics, once the reader follows some. Raises LogUnavailable."""
    OWNED.labels(consumer).set(0)  # whoever never comes in reads nothing: it is no one of whom nothing is known
    log = await watch.refresh()
    told = asyncio.Event()
    client = AIOKafkaConsumer(
        **Cluster.of(cluster).options(),
        group_id=f"{consumer}.{log.hex[:12]}",
        group_instance_id=instance,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000 if instance else 2_000,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=Cluster.of(cluster).held_ms,
        metadata_max_age_ms=30_000,
    )
    if topics:
        client.subscribe(list(topics), listener=_Assigned(told))
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await client.start()
    except (KafkaError, OSError, TimeoutError) as error:
        await stop(client)
        raise LogUnavailable(await why_not(Cluster.of(cluster), error)) from error
    except BaseException:
        await stop(client)
        raise
    rung = None
    if not Cluster.of(cluster).holds_fetches:
        # What a reader follows later is written by others, who ring no bell.
        rung = watch.rung(client.subscription) if topics else None
        paced(client, rung or watch.pace)
    return KafkaReader(client, watch, log, consumer, told=told, rung=rung)


def _record(record: Any) -> Record:
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        appended_at_ms=record.timestamp if record.timestamp_type == 1 else None,
    )
