"""The one module that knows aiokafka: the log that the relay appends to, the readers of consumers, topics and the log's identity."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.structs import OffsetAndMetadata
from prometheus_client import Counter, Gauge

from services.kit import telemetry
from services.kit.consumer import Record
from services.kit.db import reason
from services.kit.relay import Batch, LogUnavailable

_logger = logging.getLogger(__name__)

LOG_TOPIC = "wlijo.log"
_TOPIC_EXISTS = 36
_APPEND_TIMEOUT_S = 10.0
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_WATCH_EVERY_S = 1.0
_LOOK_EVERY_S = 3.0
_SILENT_S = 15.0
_STARVED = 20  # a client that is busy with other partitions is given so many times longer
_REPLICAS = 3
_HOUR_MS = 3_600_000
_FACTS_DAYS = 14  # as long as the relay's archive

PARTITION_BATCHES = Gauge(
    "wlijo_relay_partition_batches",
    "Batches that this relay has appended to the log, the fullest partition",
    registry=telemetry.REGISTRY,
)
LAG = Gauge(
    "wlijo_consumer_lag_records",
    "Records of the log that this consumer has not read yet, by topic",
    ("consumer", "topic"),
    registry=telemetry.REGISTRY,
)
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


def partitions_of(topic: str) -> int:
    """Pinned per topic: adding partitions would send a key elsewhere and break its order."""
    if topic == LOG_TOPIC:
        return 1
    return 3 if topic.startswith("partner.") else 6


def partition_of(topic: str, key: str) -> int:
    """The same choice as every Kafka client's default partitioner."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions_of(topic))


class LogWatch:
    """Reads the log's own id: the only record of topic `wlijo.log`, written by whoever created the topics.

    `current()` is at most about a second old; `refresh()` reads it now. Shared by relay and consumers of a process.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumer: AIOKafkaConsumer | None = None
        self._seen: UUID | None = None
        self._seen_at = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> UUID:
        """Raises LogUnavailable."""
        if self._seen is not None and asyncio.get_running_loop().time() - self._seen_at < _WATCH_EVERY_S:
            return self._seen
        return await self.refresh()

    def forget(self) -> None:
        """A connection broke off: what was read last may be another log's."""
        self._seen = None

    async def refresh(self) -> UUID:
        """Raises LogUnavailable."""
        async with self._lock:
            try:
                async with asyncio.timeout(5):
                    self._seen = await self._read()
            except LogUnavailable:
                self._seen = None
                await self._drop()
                raise
            except (KafkaError, OSError, TimeoutError, ValueError) as error:
                self._seen = None
                await self._drop()
                raise LogUnavailable(f"no log to be read at {self._bootstrap}: {reason(error)}") from error
            self._seen_at = asyncio.get_running_loop().time()
            return self._seen

    async def _read(self) -> UUID:
        place = TopicPartition(LOG_TOPIC, 0)
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=500,
            )
            self._consumer = consumer
            await consumer.start()
            if not await _topic_exists(consumer, LOG_TOPIC):
                raise LogUnavailable(f"topic {LOG_TOPIC} does not exist yet")
            consumer.assign([place])
        self._consumer.seek(place, 0)
        record = await self._consumer.getone()
        return UUID(bytes(record.value).decode())

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer:
            await _stop(consumer)

    async def close(self) -> None:
        async with self._lock:
            await self._drop()


class KafkaLog:
    """Implements `relay.Log`. `acks=all`, one batch outstanding per partition.

    No idempotent producer: it can stay dead for ever after an outage, and nothing in the relay's argument needs it.
    """

    def __init__(self, bootstrap: str, watch: LogWatch) -> None:
        self._bootstrap = bootstrap
        self._watch = watch
        self._producer: AIOKafkaProducer | None = None
        self._log: UUID | None = None
        self._appended: dict[tuple[str, int], tuple[int, int]] = {}  # partition -> last base offset, batches

    async def identity(self, *, fresh: bool = False) -> UUID:
        log = await (self._watch.refresh() if fresh else self._watch.current())
        if log != self._log:
            await self._drop()
            self._log = log
            self._appended.clear()
        return log

    def partition(self, topic: str, key: str) -> int:
        return partition_of(topic, key)

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        try:
            producer = await self._connected()
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"no broker at {self._bootstrap}: {reason(error)}") from error
        outcomes = await asyncio.gather(*(self._append(producer, batch) for batch in batches))
        if not all(outcomes):
            # An unknown outcome: a new producer, so that nothing of the old one's queue comes after what is sent again.
            await self._drop()
            self._watch.forget()
        return outcomes

    async def _append(self, producer: AIOKafkaProducer, batch: Batch) -> bool:
        builder = producer.create_batch()
        for row in batch.rows:
            envelope = row.envelope
            appended = builder.append(
                key=envelope.key.encode(),
                value=envelope.data,
                timestamp=int(envelope.time.timestamp() * 1000),
                headers=envelope.headers(),
            )
            if appended is None:
                raise ValueError(f"a batch of {len(batch.rows)} rows does not fit a request")
        builder.close()
        place = (batch.topic, batch.partition)
        try:
            async with asyncio.timeout(_APPEND_TIMEOUT_S):
                future = await producer.send_batch(builder, batch.topic, partition=batch.partition)
                metadata = await future
        except (KafkaError, OSError, TimeoutError) as error:
            _logger.warning(
                "a batch of unknown outcome will be sent again: %s",
                error or type(error).__name__,
                extra={"topic": batch.topic},
            )
            return False
        last, count = self._appended.get(place, (-1, 0))
        if metadata.offset <= last:
            _logger.warning("an offset went backwards: reading the log's identity anew", extra={"topic": batch.topic})
            await self._watch.refresh()
        self._appended[place] = (metadata.offset, count + 1)
        PARTITION_BATCHES.set(max(count for _, count in self._appended.values()))
        return True

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=False,
                max_request_size=1_048_576,
                max_batch_size=1_048_576,
                request_timeout_ms=8_000,
                retry_backoff_ms=100,
            )
            try:
                async with asyncio.timeout(_START_TIMEOUT_S):
                    await producer.start()
            except BaseException:
                await _stop(producer)
                raise
            self._producer = producer
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await _stop(producer)

    async def close(self) -> None:
        await self._drop()


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
    ) -> None:
        self._consumer = consumer
        self._told = told
        self._watch = watch
        self.log = log
        self._name = name
        self._silent_s = silent_s
        self._expected: dict[TopicPartition, int] = {}
        self._still: dict[TopicPartition, tuple[int, float]] = {}  # position, and since when it has been there
        self._looked_at = float("-inf")
        self._read_at = float("-inf")

    async def fetch(self) -> dict[tuple[str, int], list[Record]]:
        try:
            fetched = await self._consumer.getmany(timeout_ms=250, max_records=500)
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
        async with asyncio.timeout(5):
            ends = await self._consumer.end_offsets(list(places)) if places else {}
            lags: dict[str, int] = {}
            for place in places:
                position = await self._consumer.position(place)
                behind = max(ends.get(place, 0), self._consumer.highwater(place) or 0) - position
                lags[place.topic] = lags.get(place.topic, 0) + max(behind, 0)
                stood_at, since = self._still.get(place, (-1, now))
                if behind <= 0 or position != stood_at:
                    self._still[place] = (position, now)
                elif now - max(since, self._read_at) > self._silent_s or now - since > _STARVED * self._silent_s:
                    SILENT.labels(self._name).inc()
                    raise LogUnavailable(f"silent: {behind} records of {place.topic} are there and do not come")
        for topic, lag in lags.items():
            LAG.labels(self._name, topic).set(lag)

    def owned(self) -> set[tuple[str, int]] | None:
        """The partitions that this member reads now; None until the group has given it some, or none."""
        if self._told is not None and not self._told.is_set():
            return None
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

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
            await self._consumer.commit(offsets)
        except (KafkaError, OSError) as error:
            # The effects are stored; the records come again and the inbox knows them.
            raise LogUnavailable(f"positions were not committed: {reason(error)}") from error

    async def close(self) -> None:
        await _stop(self._consumer)


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Tells when the group has said what this member reads, also when that is nothing: an assignment alone does not say."""

    def __init__(self, told: asyncio.Event) -> None:
        self._told = told

    async def on_partitions_revoked(self, revoked: object) -> None:
        self._told.clear()

    async def on_partitions_assigned(self, assigned: object) -> None:
        self._told.set()


async def open_reader(
    bootstrap: str, watch: LogWatch, consumer: str, topics: Sequence[str], *, instance: str | None = None
) -> KafkaReader:
    """Join the consumer's group on the present log. Raises LogUnavailable."""
    log = await watch.refresh()
    told = asyncio.Event()
    client = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=f"{consumer}.{log.hex[:12]}",
        group_instance_id=instance,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000 if instance else 2_000,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=100,
        metadata_max_age_ms=30_000,
    )
    client.subscribe(list(topics), listener=_Assigned(told))
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            await client.start()
    except (KafkaError, OSError, TimeoutError) as error:
        await _stop(client)
        raise LogUnavailable(reason(error)) from error
    except BaseException:
        await _stop(client)
        raise
    return KafkaReader(client, watch, log, consumer, told=told)


async def create_topics(bootstrap: str, topics: Iterable[str], *, compacted: Iterable[str] = ()) -> UUID:
    """Create what is missing and stamp a new log with a random id; the id of the log. Raises LogUnavailable.

    `compacted` topics keep the newest record of each key for ever.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    watch = LogWatch(bootstrap)
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            await admin.start()
            replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
            wanted = {
                name: NewTopic(name, partitions_of(name), replicas, topic_configs=_topic_configs(name, set(compacted)))
                for name in sorted({*topics, LOG_TOPIC})
            }
            created = await _create(admin, wanted.values())
            stamped = LOG_TOPIC not in created and await _is_stamped(bootstrap)
            if short := await _too_few_partitions(admin, wanted):
                # Some client asked for the topic before us, and the broker made it with partitions of its own number. Until the
                # log is stamped nobody has written there.
                if stamped:
                    raise LogUnavailable(f"too few partitions, and a key's place must not change: {', '.join(short)}")
                await admin.delete_topics(short)
                await _create(admin, [wanted[name] for name in short])
        return await (watch.refresh() if stamped else _stamp(bootstrap, watch))
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"no broker at {bootstrap}: {reason(error)}") from error
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


async def _too_few_partitions(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> list[str]:
    described = await admin.describe_topics(list(topics))
    return [each["topic"] for each in described if len(each["partitions"]) < partitions_of(each["topic"])]


async def _is_stamped(bootstrap: str) -> bool:
    """False when whoever created the topic died before the stamp."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        place = TopicPartition(LOG_TOPIC, 0)
        ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
        return ends[place] > 0
    finally:
        await _stop(consumer)


async def _stamp(bootstrap: str, watch: LogWatch) -> UUID:
    from services.kit.ids import EventId

    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
    await producer.start()
    try:
        await producer.send_and_wait(LOG_TOPIC, str(EventId.new().uuid).encode(), partition=0)
    finally:
        await producer.stop()
    return await watch.refresh()


def _topic_configs(topic: str, compacted: set[str]) -> dict[str, str]:
    if topic == LOG_TOPIC:
        return {"retention.ms": "-1", "retention.bytes": "-1"}  # an identity that expires would stop everybody
    if topic in compacted:
        return {"cleanup.policy": "compact"}
    if topic.endswith(".locations.v1"):
        return {"retention.ms": str(_HOUR_MS)}
    kept = {"retention.ms": str(_FACTS_DAYS * 24 * _HOUR_MS), "retention.bytes": "-1"}
    if topic.endswith(".replies.v1"):
        # Offers are judged by the broker's clock, never by the partner's.
        kept["message.timestamp.type"] = "LogAppendTime"
    return kept


async def _topic_exists(consumer: AIOKafkaConsumer, topic: str) -> bool:
    return topic in await consumer.topics()


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


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """A client whose broker is gone may hang while it says goodbye, or answer with a cancellation of its own that is none of ours.

    So it says goodbye in a task of its own, whose outcome is nobody's concern.
    """
    goodbye = asyncio.ensure_future(client.stop())
    done, late = await asyncio.wait({goodbye}, timeout=_STOP_TIMEOUT_S)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled() and task.exception():
            _logger.info("a client did not close cleanly: %r", task.exception())
