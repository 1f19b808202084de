"""Delivery's real worker, database and broker, neighbours that tell, and ojek companies that know nothing but their topics."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from joserfc.jwk import KeySet, OKPKey

from infra.local.free_ports import free_port
from services.contracts import catalog, ordering
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.ordering import OrderConfirmed, OrderId
from services.contracts.partner import Topics
from services.contracts.registry import topics
from services.delivery.domain.quote import sign
from services.kit.database.db import Database
from services.kit.ids import EventId
from services.kit.kafka import partition_of, partitions_of
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.envelope import Envelope, Event
from tests.worlds import servers
from tests.worlds.delivery import (
    CASH,
    KIOS,
    KIOS_AT,
    KONCAR,
    MALL,
    MALL_AT,
    RIDERS,
    SANDBOXED,
    SEED,
    SEMERU,
    a_key,
    a_merchant,
    a_quote,
    an_order_placed,
)
from tests.worlds.waiting import until

ROOT = Path(__file__).parents[2]
EVERYBODY = (SEMERU, KONCAR, SANDBOXED)


@dataclass
class Company:
    """Takes what it is offered and rides: told nothing but its jobs topic, saying everything twice."""

    cluster: Cluster
    partner: PartnerId
    rider: RiderId
    pin: str
    heard: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)  # by ce_id, in the order heard
    counts: dict[str, list[int]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    sent: int = 0

    async def run(self) -> None:
        own = Topics.of(self.partner)
        places = [TopicPartition(own.jobs, number) for number in range(partitions_of(own.jobs))]
        consumer = AIOKafkaConsumer(**self.cluster.options(), auto_offset_reset="earliest", fetch_max_wait_ms=20)
        producer = AIOKafkaProducer(**self.cluster.options(), enable_idempotence=False)
        await consumer.start()
        await producer.start()
        try:
            consumer.assign(places)
            await consumer.seek_to_beginning()
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        headers = {name: value.decode() for name, value in record.headers}
                        if headers["ce_id"] in self.heard:
                            continue
                        data = json.loads(record.value)
                        self.heard[headers["ce_id"]] = (headers["ce_type"], data)
                        self.counts.setdefault(headers["ce_subject"], []).append(int(headers["ce_aggregateseq"]))
                        await self._react(producer, headers["ce_type"], data)
        finally:
            await consumer.stop()
            await producer.stop()

    async def _react(self, producer: AIOKafkaProducer, event_type: str, data: dict[str, Any]) -> None:
        own = Topics.of(self.partner)
        job, answered = data.get("job_id", ""), data.get("reply_id", "")
        if answered in self.answered:
            return  # the stored answer to a reply that was sent again
        if answered:
            self.answered.add(answered)

        async def reply(kind: str, **body: Any) -> None:
            self.sent += 1
            value = json.dumps({"job_id": job, **body}).encode()
            headers = [
                ("ce_specversion", b"1.0"),
                ("ce_id", f"{job}/{kind}/{body.get('at', '')}".encode()),
                ("ce_source", str(self.partner).encode()),
                ("ce_type", f"partner.{kind}.v1".encode()),
            ]
            for _ in range(2):
                await producer.send_and_wait(own.replies, value, key=job.encode(), headers=headers)

        match event_type, answered.removeprefix(job):
            case "partner.job_offered.v1", _:
                await reply("accept", offer_id=data["offer_id"], rider_id=str(self.rider))
            case "partner.job_assigned.v1", _:
                place = {"lat": -8.13, "lng": 113.22, "at": datetime.now(UTC).isoformat()}
                value = json.dumps({"job_id": job, "rider_id": str(self.rider), **place}).encode()
                await producer.send_and_wait(own.locations, value, key=job.encode())
            case "partner.reply_applied.v1", "/accept/":
                await reply("arrived", at="pickup")
            case "partner.reply_applied.v1", "/arrived/pickup":
                await reply("picked_up")
            case "partner.reply_applied.v1", "/picked_up/":
                await reply("arrived", at="dropoff")
            case "partner.reply_applied.v1", "/arrived/dropoff":
                await reply("delivered", pin=self.pin, cash_collected_rupiah=CASH)


class Neighbours:
    """Tells what catalog and ordering would tell."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._counts: dict[str, int] = {}

    async def tell(self, source: str, event: Event) -> None:
        where = event.destination()
        seq = self._counts[where.aggregate] = self._counts.get(where.aggregate, 0) + 1
        envelope = Envelope(
            id=str(EventId.new()),
            source=source,
            type=event.type,
            topic=where.topic,
            aggregate=where.aggregate,
            seq=seq,
            epoch=1,
            key=where.key,
            time=datetime.now(UTC),
            stream=event.stream,
            traceparent=None,
            data=event.payload(),
        )
        await self._producer.send_and_wait(
            where.topic,
            event.payload(),
            key=where.key.encode(),
            partition=partition_of(where.topic, where.key),
            headers=envelope.headers(),
        )


@asynccontextmanager
async def a_worker(
    own: servers.TestDatabase, broker: servers.Broker, jwks: Path, **settings: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "WLIJO_MODE": "test",
        "PORT": str(free_port()),
        "DATABASE_URL": own.url,
        **broker.environment("delivery"),
        "QUOTE_JWKS_FILE": str(jwks),
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-m", "services.delivery", "worker"], cwd=ROOT, env=environment)  # noqa: ASYNC220 - it returns at once
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def seeded(own: servers.TestDatabase, folder: Path) -> None:
    file = folder / "delivery.json"
    file.write_text(json.dumps(SEED))
    environment = {**os.environ, "WLIJO_MODE": "test", "DATABASE_URL": own.url}
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "services.delivery", "seed", str(file)], cwd=ROOT, env=environment, check=True
        )


@dataclass
class Scene:
    """A seeded database, neighbours that tell, companies that ride."""

    own: servers.TestDatabase
    broker: servers.Broker
    db: Database
    key: OKPKey
    jwks: Path
    neighbours: Neighbours

    async def order(self) -> OrderId:
        """Placed and confirmed."""
        order_id = OrderId.new()
        await self.neighbours.tell(ordering.SOURCE, an_order_placed(order_id, sign(a_quote(test=True), self.key)))
        confirmed = OrderConfirmed(order_id=order_id, confirmed_at=datetime.now(UTC), cash_to_collect_rupiah=CASH)
        await self.neighbours.tell(ordering.SOURCE, confirmed)
        return order_id

    def worker(self, **settings: str) -> AbstractAsyncContextManager[subprocess.Popen[bytes]]:
        return a_worker(self.own, self.broker, self.jwks, **settings)

    async def ask(self, query: str, *values: Any) -> Any:
        async with self.db.acquire() as conn:
            return await conn.fetchval(query, *values)

    async def delivered(self, trips: int) -> None:
        async def all_of_them() -> bool:
            return bool(await self.ask("SELECT count(*) = $1 FROM delivery WHERE status = 'DELIVERED'", trips))

        await until(all_of_them)

    async def sleep_through_offers(self, trips: int, *, awake: PartnerId, by_s: int = 3_660) -> None:
        """Until so many trips are delivered: whenever an offer is open to somebody else, its time passes."""
        passed: set[Any] = set()

        async def all_of_them() -> bool:
            missed = await self.ask("SELECT id FROM offer WHERE state = 'OPEN' AND partner_id <> $1", awake)
            if missed and missed not in passed:
                passed.add(missed)
                await self.ask(
                    """INSERT INTO clock_shift AS c (shift) VALUES (make_interval(secs => $1))
                       ON CONFLICT (only_row) DO UPDATE SET shift = c.shift + excluded.shift RETURNING 1""",
                    by_s,
                )
            return bool(await self.ask("SELECT count(*) >= $1 FROM delivery WHERE status = 'DELIVERED'", trips))

        await until(all_of_them)

    async def all_told(self) -> None:
        async def empty() -> bool:
            return bool(await self.ask("SELECT NOT EXISTS (SELECT FROM outbox)"))

        await until(empty)


@asynccontextmanager
async def a_scene(own: servers.TestDatabase, broker: servers.Broker, folder: Path) -> AsyncIterator[Scene]:
    """With the topics of everybody, and with merchants told of."""
    await asyncio.to_thread(broker.create_topics, topics(EVERYBODY))
    await asyncio.to_thread(seeded, own, folder)
    key, jwks = a_key(), folder / "quotes.jwks"
    jwks.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    db = Database(own.url)
    await db.open()
    producer = AIOKafkaProducer(**broker.cluster.options(), enable_idempotence=False)
    await producer.start()
    made = Scene(own, broker, db, key, jwks, Neighbours(producer))
    await made.neighbours.tell(catalog.SOURCE, a_merchant(MALL, MALL_AT))
    await made.neighbours.tell(catalog.SOURCE, a_merchant(KIOS, KIOS_AT))
    try:
        yield made
    finally:
        await producer.stop()
        await db.close()


@asynccontextmanager
async def riding(*companies: Company) -> AsyncIterator[None]:
    """Whatever a company falls by is said at the end, beside what was waited for in vain meanwhile."""
    tasks = [asyncio.create_task(each.run()) for each in companies]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        if fallen := [end for end in ends if isinstance(end, Exception)]:
            raise ExceptionGroup("companies fell", fallen)


def company_at(broker: servers.Broker, partner: PartnerId) -> Company:
    return Company(broker.partner(partner), partner, RIDERS[partner], "000000")


def companies_at(broker: servers.Broker) -> list[Company]:
    return [company_at(broker, each) for each in EVERYBODY]


def check_what_they_heard(company: Company) -> None:
    assert all(sorted(seqs) == [*range(1, len(seqs) + 1)] for seqs in company.counts.values())
    assert all(data["test"] for _, data in company.heard.values())
    # Nothing of a job that was never offered to it.
    offered = {data["job_id"] for kind, data in company.heard.values() if kind == "partner.job_offered.v1"}
    assert {data["job_id"] for _, data in company.heard.values()} == offered
