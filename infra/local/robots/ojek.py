"""The robot of an ojek company: takes jobs from its Kafka topics and carries them out, a step a second.

It knows the partner contract alone (docs/partners.md) and imports nothing of the platform. Settings by environment:
PARTNER_ID, RIDERS (ids, comma between), KAFKA_BOOTSTRAP_SERVERS, PLATFORM_URL, TOKEN_URL, TOKEN_AS, PIN, STEP_S.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import os
import signal
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from infra.local.robots.job import Job, Reply, Step
from infra.local.robots.platform import Platform, PlatformError

_log = logging.getLogger("ojek")
_SAY_AGAIN_AFTER_S = 5.0
_TICK_S = 0.1
_RECONNECT_AFTER_S = 1.0


class Ojek:
    """Jobs by id, and when to act on each. Everything here is forgotten at the end: the topic tells it again."""

    def __init__(self, settings: Mapping[str, str], platform: Platform) -> None:
        self.partner_id = settings["PARTNER_ID"]
        self.riders = tuple(settings["RIDERS"].split(","))
        self.brokers = settings["KAFKA_BOOTSTRAP_SERVERS"]
        self.pin = settings.get("PIN", "000000")
        self.step_s = float(settings.get("STEP_S", "1"))
        self.jobs: dict[str, Job] = {}
        self._act_at: dict[str, float] = {}
        self._contacts: set[str] = set()
        self._platform = platform

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
        self.jobs.clear()
        self._act_at.clear()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.brokers,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            enable_auto_commit=False,
        )
        producer = AIOKafkaProducer(bootstrap_servers=self.brokers, acks="all", request_timeout_ms=5000)
        await consumer.start()
        try:
            await producer.start()
            try:
                await self._topic_exists(consumer)
                consumer.subscribe([self.topic("jobs")])
                while not await _is_another_log(consumer):
                    for records in (await consumer.getmany(timeout_ms=int(_TICK_S * 1000))).values():
                        for record in records:
                            self._hear(record)
                    await self._act(producer)
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
        kind = headers.get("ce_type", "").removeprefix("partner.").removesuffix(".v1")
        try:
            data = json.loads(record.value)
            job_id = str(data.get("job_id") or headers.get("ce_subject") or (record.key or b"").decode())
            sequence = int(headers.get("ce_aggregateseq", 0))
        except (ValueError, TypeError, AttributeError) as problem:
            _log.error("unreadable event %s: %r", headers.get("ce_id"), problem)
            return
        job = self.jobs.setdefault(job_id, Job(job_id, self.riders, self.pin))
        before, reporting = job.step, job.report
        if not job.hear(sequence, headers.get("ce_id", ""), kind, data):
            return
        _log.info("%s heard %s: %s", job_id, kind, job.step)
        if job.trouble:
            _log.error("%s: our reply was refused for good: %s", job_id, job.trouble)
        now = asyncio.get_running_loop().time()
        if job.step is not before or kind == "reply_refused":
            self._act_at[job_id] = now + self.step_s
        elif job.report != reporting:
            self._act_at[job_id] = now
        else:
            self._act_at.setdefault(job_id, now)

    async def _act(self, producer: Any) -> None:
        now = asyncio.get_running_loop().time()
        for job_id in [job_id for job_id, at in self._act_at.items() if at <= now]:
            job = self.jobs[job_id]
            reply = job.next_reply()
            if reply is None:
                del self._act_at[job_id]
                continue
            if job.step is Step.ASSIGNED and job_id not in self._contacts:
                await self._read_contact(job_id)
            self._act_at[job_id] = now + _SAY_AGAIN_AFTER_S
            await self._tell_position(producer, job)
            await self._tell(producer, job_id, reply)

    async def _read_contact(self, job_id: str) -> None:
        """Whom to bring it to. A real company would show it to its rider; it is never logged."""
        try:
            status, _ = await self._platform.get(f"/partner/v1/jobs/{job_id}/contact")
        except PlatformError as problem:
            _log.warning("%s: no contact: %s", job_id, problem)
            return
        if status == 200:
            self._contacts.add(job_id)
        else:
            _log.warning("%s: no contact: status %s", job_id, status)

    async def _tell(self, producer: Any, job_id: str, reply: Reply) -> None:
        await self._send(producer, "replies", job_id, reply.id, reply.type, reply.data)
        _log.info("%s told %s", job_id, reply.id)

    async def _tell_position(self, producer: Any, job: Job) -> None:
        point = job.position()
        if point:
            at = _now()
            data = {"job_id": job.id, "rider_id": job.rider_id, "lat": point["lat"], "lng": point["lng"], "at": at}
            await self._send(producer, "locations", job.id, f"{job.id}.position.{at}", "position", data)

    async def _send(
        self, producer: Any, what: str, job_id: str, event_id: str, kind: str, data: dict[str, Any]
    ) -> None:
        """CloudEvents 1.0 in Kafka's binary mode. Raises KafkaError: then all is said again on a new connection."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_type": f"partner.{kind}.v1",
            "ce_source": f"/partners/{self.partner_id}",
            "ce_subject": job_id,
            "ce_time": _now(),
            "content-type": "application/json",
        }
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


def _now() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def run(settings: Mapping[str, str]) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    async with Platform(
        settings["PLATFORM_URL"], token_url=settings["TOKEN_URL"], role="partner", name=settings["TOKEN_AS"]
    ) as platform:
        working = asyncio.create_task(Ojek(settings, platform).work())
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        if working in done and not working.cancelled():
            working.result()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asyncio.run(run(os.environ))


if __name__ == "__main__":
    main()
