"""A foreign ojek company's client: it knows host, CA file, user, password and docs/partners.md, and writes down what it hears."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError


class Listener:
    """Applies each event of each job once, in the order of its number; repeats and a new log's old facts are dropped by their numbers."""

    def __init__(self, access: Mapping[str, Any]) -> None:
        self._access = access
        self._topic = f"partner.{access['sasl_plain_username']}.jobs.v1"
        self.applied: Counter[tuple[str, int, int]] = Counter()
        """(job, epoch, number): how many times it took effect."""
        self.last: dict[str, tuple[int, int]] = {}
        """Job -> epoch and number of the newest that took effect."""
        self.early: list[str] = []
        self.logs = 0
        self.repeats = 0

    async def listen(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(KafkaError, OSError, TimeoutError):
                await self._one_log()
            await asyncio.sleep(0.5)

    async def _one_log(self) -> None:
        consumer = AIOKafkaConsumer(**self._access, enable_auto_commit=False, auto_offset_reset="earliest")
        await consumer.start()
        try:
            while self._topic not in await consumer.topics():  # noqa: ASYNC110
                await asyncio.sleep(0.5)
            consumer.subscribe([self._topic])
            self.logs += 1
            while not await _ended(consumer):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        self._hear({name: value.decode() for name, value in record.headers}, json.loads(record.value))
        finally:
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await consumer.stop()

    def _hear(self, headers: Mapping[str, str], data: Mapping[str, Any]) -> None:
        job = headers["ce_subject"].rpartition(":")[2]
        place = (int(headers.get("ce_epoch", 1)), int(headers["ce_aggregateseq"]))
        epoch, last = self.last.get(job, (place[0], 0))
        if place <= (epoch, last):
            self.repeats += 1
        elif place[1] > last + 1 and place[0] == epoch:
            self.early.append(f"{job}: {place[1]} after {last}")
        else:
            self.applied[(job, *place)] += 1
            self.last[job] = place


async def _ended(consumer: Any) -> bool:
    """A log that ends before our position is another one than the one that we read."""
    for place in consumer.assignment():
        end = consumer.highwater(place)
        if end is not None and end < await consumer.position(place):
            return True
    return False
