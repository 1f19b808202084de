"""The log that the relay appends to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from services.kit.kafka.client import START_TIMEOUT_S, stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.kafka.topics import partition_of
from services.kit.kafka.watch import LogWatch
from services.kit.messaging.relay import Batch, LogUnavailable
from services.kit.observe import telemetry

_logger = logging.getLogger(__name__)
_APPEND_TIMEOUT_S = 10.0

PARTITION_BATCHES = Gauge(
    "wlijo_relay_partition_batches",
    "Batches that this relay has appended to the log, the fullest partition",
    registry=telemetry.REGISTRY,
)


class KafkaLog:
    """Implements `relay.Log`. `acks=all`, one batch outstanding per partition.

    No idempotent producer: it can stay dead for ever after an outage, and nothing in the relay's argument needs it.
    """

    def __init__(self, cluster: Cluster | str, watch: LogWatch) -> None:
        self._cluster = Cluster.of(cluster)
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
            raise LogUnavailable(f"no broker at {self._cluster}: {await why_not(self._cluster, error)}") from error
        outcomes = await asyncio.gather(*(self._append(producer, batch) for batch in batches))
        self._watch.appended({batch.topic for batch in batches})
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
                # When it is appended, not when it happened: a broker refuses times of more than an hour ahead, for ever, and
                # what is told again to a new log shall be kept as long as what is new. `ce_time` says when it happened.
                timestamp=None,
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
                **self._cluster.options(),
                acks="all",
                enable_idempotence=False,
                max_request_size=1_048_576,
                max_batch_size=1_048_576,
                request_timeout_ms=8_000,
                retry_backoff_ms=100,
            )
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await producer.start()
            except BaseException:
                await stop(producer)
                raise
            self._producer = producer
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await stop(producer)

    async def close(self) -> None:
        await self._drop()
