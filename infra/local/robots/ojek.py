"""The robot of an ojek company: takes jobs from its Kafka topics and carries them out, a step a second.

Settings by environment as in company.py, and KAFKA_BOOTSTRAP_SERVERS; where Kafka asks who one is, KAFKA_PASSWORD_FILE, and with TLS
KAFKA_CA_FILE too. The user is the partner's id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from infra.local.robots.company import Company, main, now_text
from infra.local.robots.job import Job, Reply
from infra.local.robots.platform import Platform

_log = logging.getLogger("ojek")
_TICK_S = 0.1
_IDLE_S = 1.0
_RECONNECT_AFTER_S = 1.0


def access(user: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """What a Kafka client of this partner is made with."""
    found: dict[str, Any] = {"bootstrap_servers": settings["KAFKA_BOOTSTRAP_SERVERS"]}
    if not settings.get("KAFKA_PASSWORD_FILE"):
        return found
    ca = settings.get("KAFKA_CA_FILE")
    found |= {
        "security_protocol": "SASL_SSL" if ca else "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": Path(settings["KAFKA_PASSWORD_FILE"]).read_text("ascii").strip(),
    }
    return found | ({"ssl_context": ssl.create_default_context(cafile=ca)} if ca else {})


class Ojek(Company):
    def __init__(self, settings: Mapping[str, str], platform: Platform) -> None:
        super().__init__(settings, platform)
        self.access = access(self.partner_id, settings)

    def topic(self, what: str) -> str:
        return f"partner.{self.partner_id}.{what}.v1"

    async def work(self) -> None:
        """Until cancelled. A log that is new, or a lost broker, makes it read its topic from the beginning."""
        while True:
            try:
                await self._work_on_one_log()
            except (KafkaError, OSError) as problem:
                _log.warning("no broker: %r", problem)
            await asyncio.sleep(_RECONNECT_AFTER_S)

    async def _work_on_one_log(self) -> None:
        self.forget()
        consumer = AIOKafkaConsumer(
            **self.access,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=400,  # the embedded broker looks seven times and more in a fetch that finds nothing, however long it waits
            enable_auto_commit=False,
        )
        producer = AIOKafkaProducer(**self.access, acks="all", request_timeout_ms=5000)
        await consumer.start()
        try:
            await producer.start()
            try:
                await self._topic_exists(consumer)
                consumer.subscribe([self.topic("jobs")])
                while not await _is_another_log(consumer):
                    wait_s = _TICK_S if self.is_busy() else _IDLE_S
                    for records in (await consumer.getmany(timeout_ms=int(wait_s * 1000))).values():
                        for record in records:
                            self._hear(record)
                    await self.act(lambda job, reply: self._tell(producer, job, reply))
                _log.warning("the log is a new one: reading from its beginning")
            finally:
                await producer.stop()
        finally:
            await consumer.stop()

    async def _topic_exists(self, consumer: Any) -> None:
        """Waits for the topic: asking for one that is not there would create it in a wrong shape."""
        while self.topic("jobs") not in await consumer.topics():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(_RECONNECT_AFTER_S)

    def _hear(self, record: Any) -> None:
        headers = {name: value.decode(errors="replace") for name, value in record.headers}
        try:
            data = json.loads(record.value)
            job_id = str(data.get("job_id") or headers.get("ce_subject") or (record.key or b"").decode())
            sequence = int(headers.get("ce_aggregateseq", 0))
        except (ValueError, TypeError, AttributeError) as problem:
            _log.error("unreadable event %s: %r", headers.get("ce_id"), problem)
            return
        self.hear(headers.get("ce_id", ""), headers.get("ce_type", ""), job_id, sequence, data)

    async def _tell(self, producer: Any, job: Job, reply: Reply) -> None:
        point = job.position()
        if point:
            at = now_text()
            data = {"job_id": job.id, "rider_id": job.rider_id, "lat": point["lat"], "lng": point["lng"], "at": at}
            await self._send(producer, "locations", job.id, f"{job.id}.position.{at}", "position", data)
        await self._send(producer, "replies", job.id, reply.id, reply.type, reply.data)

    async def _send(
        self, producer: Any, what: str, job_id: str, event_id: str, kind: str, data: dict[str, Any]
    ) -> None:
        """CloudEvents 1.0 in Kafka's binary mode. Raises KafkaError: then all is said again on a new connection."""
        attributes = self.attributes(event_id, kind, job_id)
        headers = {f"ce_{name}": value for name, value in attributes.items()} | {"content-type": "application/json"}
        async with asyncio.timeout(10):
            await producer.send_and_wait(
                self.topic(what),
                json.dumps(data).encode(),
                key=job_id.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )


async def _is_another_log(consumer: Any) -> bool:
    """A log that ends before our position is not the one that we read. Its end comes with each fetch."""
    for partition in consumer.assignment():
        end = consumer.highwater(partition)
        if end is not None and end < await consumer.position(partition):
            return True
    return False


async def _work(settings: Mapping[str, str], platform: Platform) -> None:
    await Ojek(settings, platform).work()


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    main(_work)
