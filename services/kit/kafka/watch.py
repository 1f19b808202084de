"""Which log it is that the broker holds: the only record of topic `wlijo.log`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.kit.kafka.client import stop, why_not
from services.kit.kafka.cluster import Cluster
from services.kit.kafka.doorbell import Doorbell
from services.kit.kafka.pace import Rung, Unrung
from services.kit.messaging.relay import LogUnavailable

LOG_TOPIC = "wlijo.log"
_WATCH_EVERY_S = 1.0


class LogWatch:
    """Reads the log's own id: the only record of topic `wlijo.log`, written by whoever created the topics.

    `current()` is at most about a second old; `refresh()` reads it now. Shared by relay and consumers of a process.
    """

    def __init__(self, cluster: Cluster | str) -> None:
        self._cluster = Cluster.of(cluster)
        self._consumer: AIOKafkaConsumer | None = None
        self._seen: UUID | None = None
        self._seen_at = 0.0
        self._lock = asyncio.Lock()
        self.pace = Unrung()
        self._paces: set[Rung] = set()
        folder = self._cluster.doorbell
        self._doorbell = Doorbell(Path(folder), self._heard) if folder else None

    def rung(self, reads: Callable[[], Collection[str]]) -> Rung | None:
        """The pace of a consumer of these topics, which our own relays write; to be `let_go` by it. None where nobody rings."""
        if self._doorbell is None:
            return None
        self._doorbell.hang()
        pace = Rung(reads)
        self._paces.add(pace)
        return pace

    def let_go(self, pace: Rung) -> None:
        self._paces.discard(pace)

    def appended(self, topics: Collection[str]) -> None:
        """By this process: its own consumers read quickly, and who reads these topics on this machine looks at once."""
        self.pace.quicken()
        if self._doorbell is not None:
            self._doorbell.hang()
            self._doorbell.ring(topics)

    def _heard(self, topics: Collection[str]) -> None:
        for pace in self._paces:
            pace.heard(topics)

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
                raise LogUnavailable(
                    f"no log to be read at {self._cluster}: {await why_not(self._cluster, error)}"
                ) from error
            self._seen_at = asyncio.get_running_loop().time()
            return self._seen

    async def _read(self) -> UUID:
        place = TopicPartition(LOG_TOPIC, 0)
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._cluster.options(),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=500,
            )
            self._consumer = consumer
            await consumer.start()
            if LOG_TOPIC not in await consumer.topics():
                raise LogUnavailable(
                    f"topic {LOG_TOPIC} does not exist yet, or {self._cluster.username or 'we'} may not read it"
                )
            consumer.assign([place])
        # Between two looks nothing is fetched: what comes behind the one record is not waited for.
        self._consumer.seek(place, 0)
        self._consumer.resume(place)
        record = await self._consumer.getone()
        self._consumer.pause(place)
        return UUID(bytes(record.value).decode())

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer:
            await stop(consumer)

    async def close(self) -> None:
        if self._doorbell is not None:
            self._doorbell.close()
        async with self._lock:
            await self._drop()
