"""The workers of all services on one broker and their databases, what is written between them, and the verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module

import orjson
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from starlette.applications import Starlette

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.contracts.registry import NAMES, SERVICES, topics
from services.kit.database.db import Database
from services.kit.ids import EventId
from services.kit.messaging import inbox_trouble, operations
from services.kit.process.service import Service
from services.kit.process.settings import load
from services.kit.process.worker import worker
from tests.slow.hostile_records.drawn import Drawer, Honest, Record, honest
from tests.worlds.asgi import request
from tests.worlds.ordering import KEYS
from tests.worlds.servers import Broker, Postgres
from tests.worlds.waiting import until

Say = Callable[[str], None]
PARTNER = PartnerId.seeded("ojek-a")
_TOGETHER = 50
# What may be the first that is heard of an aggregate, and have its effect then.
_FIRST = (
    "catalog.merchant_changed.v1",
    "catalog.product_changed.v1",
    "ordering.order_completed.v1",
    "delivery.partner_changed.v1",
)
_WITHIN_S = 240.0
# A key that signs quotes may be published after the first of them, and merchants are told of on another topic.
_MAY_COME = ("InvalidStatement:", "UnknownMerchants:")


@dataclass
class Verdict:
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class World:
    """What the workers stand on. `services` may be others in place of the real ones, for a control."""

    def __init__(self, services: Mapping[str, Service], databases: Mapping[str, Database], broker: Broker) -> None:
        self.services = services
        self.databases = databases
        self.broker = broker
        self.workers: dict[str, Starlette] = {}
        self._client = AIOKafkaClient(**broker.cluster.options())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self._client.bootstrap()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._client.close)
            for name, service in self.services.items():
                env = {
                    "WLIJO_MODE": "test", "PORT": "0", "DATABASE_URL": self.databases[name]._url, **self.broker.environment(name),
                    "QUOTE_JWKS": orjson.dumps(KEYS.as_dict(private=False)).decode(),
                }  # fmt: skip
                self.workers[name] = app = worker(service, load(service.worker_settings, env))
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    async def write(self, topic: str, partition: int, record: Record) -> bool:
        """Whether the broker took it."""
        await self._client._wait_on_metadata(topic)
        node = self._client.cluster.leader_for_partition(_place(topic, partition))
        asked = ProduceRequest(None, -1, 5_000, [(topic, [(partition, record.batch())])])
        answer = await self._client.send(node, asked)
        return int(answer.topics[0][1][0][1]) == 0

    def partitions(self, topic: str) -> list[int]:
        return sorted(self._client.cluster.partitions_for_topic(topic) or {0})

    async def ready(self) -> dict[str, str]:
        """What each worker says that keeps it from being ready."""
        reasons: dict[str, str] = {}
        for name, app in self.workers.items():
            told = (await request(app, "GET", "/readyz")).json()
            reasons |= {f"{name}: {check}": why for check, why in told["reasons"].items()}
        return reasons

    async def is_ready(self) -> bool:
        return not await self.ready()

    def hearers(self, told: Honest) -> list[tuple[str, str]]:
        return [
            (name, hears.consumer)
            for name, service in self.services.items()
            for hears in service.hears
            if told.topic in hears.handlers.topics()
        ]

    async def last(self, service: str, consumer: str, told: Honest) -> int:
        async with self.databases[service].acquire() as conn:
            return (
                await conn.fetchval(
                    "SELECT last FROM inbox WHERE consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4",
                    consumer, told.source, told.topic, told.aggregate,
                )
                or 0
            )  # fmt: skip


def _place(topic: str, partition: int) -> object:
    from aiokafka import TopicPartition

    return TopicPartition(topic, partition)


def real() -> dict[str, Service]:
    return {name: import_module(f"services.{name}.app").SERVICE for name in NAMES}


@asynccontextmanager
async def world(postgres: Postgres, broker: Broker, services: Mapping[str, Service]) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        databases = {}
        for name in services:
            db = Database((await asyncio.to_thread(postgres.database, name)).url)
            await db.open()
            stack.push_async_callback(db.close)
            databases[name] = db
        await asyncio.to_thread(broker.create_topics, topics([PARTNER]))
        made = World(services, databases, broker)
        await _one_partner(made)
        async with made.running():
            await until(made.is_ready, within_s=_WITHIN_S)
            yield made


async def _one_partner(made: World) -> None:
    if "delivery" in made.databases:
        async with made.databases["delivery"].acquire() as conn:
            await conn.execute(
                "INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek', 'ACTIVE') ON CONFLICT DO NOTHING", PARTNER
            )


async def run(made: World, records: int, seed: int, say: Say) -> Verdict:
    """Hostile records, an honest one after every fourth; at the end one of each topic on each partition."""
    heard = {
        topic for service in made.services.values() for hears in service.hears for topic in hears.handlers.topics()
    }
    types = [event.type for service in SERVICES for event in service.events() if event.topic in heard]
    partners = [Topics.of(PARTNER).replies, Topics.of(PARTNER).locations]
    firsts = [each for each in types if each in _FIRST]
    drawer, verdict, told = Drawer(seed, firsts, types, [*sorted(heard), *partners]), Verdict(), []
    taken = refused = 0
    for begin in range(0, records, _TOGETHER):
        drawn = [drawer.hostile() for _ in range(min(_TOGETHER, records - begin))]
        honest_ones = [drawer.honest() for _ in drawn[::4]]
        took = await asyncio.gather(
            *(made.write(topic, drawer.any_of(made.partitions(topic)), record) for topic, record in drawn)
        )
        taken, refused = taken + sum(took), refused + len(took) - sum(took)
        for each in honest_ones:
            assert await made.write(each.topic, drawer.any_of(made.partitions(each.topic)), each.record)
        told += honest_ones
        if begin % 1_000 == 0:
            say(f"{begin + len(drawn)} written")
    last = {event.topic: event.type for service in SERVICES for event in service.events() if event.type in firsts}
    for topic, event_type in last.items():
        for partition in made.partitions(topic):
            each = honest(event_type)
            assert await made.write(topic, partition, each.record)
            told.append(each)
    replies = await _replies(made, partners[0])
    verdict.counts |= {"hostile": taken, "refused by the broker": refused, "honest": len(told)}
    await _judge(made, told, replies, verdict, say)
    return verdict


async def _replies(made: World, topic: str) -> list[str]:
    """An honest reply at the end of each partition."""
    ids = []
    for partition in made.partitions(topic):
        reply = str(EventId.new())
        headers = [(b"ce_id", reply.encode()), (b"ce_type", b"partner.accept.v1"), (b"ce_specversion", b"1.0")]
        assert await made.write(topic, partition, Record(b"k", b'{"delivery_id": "none"}', headers))
        ids.append(reply)
    return ids


async def _judge(made: World, told: Sequence[Honest], replies: Sequence[str], verdict: Verdict, say: Say) -> None:
    missing = [(each, *where) for each in told for where in made.hearers(each)]

    async def all_applied() -> bool:
        nonlocal missing
        missing = [row for row in missing if await made.last(row[1], row[2], row[0]) < 1]
        return not missing

    try:
        await until(all_applied, within_s=_WITHIN_S)
        await until(made.is_ready, within_s=_WITHIN_S)
    except AssertionError:
        verdict.faults += [
            f"{consumer} has not applied {each.aggregate} of {each.topic}" for each, _, consumer in missing[:10]
        ]
        verdict.faults += [f"not ready: {name}: {why}" for name, why in (await made.ready()).items()]
    if "delivery" in made.databases:
        unanswered = await _unanswered(made, replies)
        verdict.faults += [f"reply {reply} has no answer" for reply in unanswered]
    await _ended(made, verdict, say)


async def _unanswered(made: World, replies: Sequence[str]) -> list[str]:
    async def answered() -> set[str]:
        async with made.databases["delivery"].acquire() as conn:
            rows = await conn.fetch("SELECT reply_id FROM reply_inbox WHERE reply_id = ANY($1::text[])", list(replies))
        return {row["reply_id"] for row in rows}

    async def all_answered() -> bool:
        return len(await answered()) == len(replies)

    try:
        await until(all_answered, within_s=_WITHIN_S / 4)
    except AssertionError:
        return sorted(set(replies) - await answered())
    return []


async def _ended(made: World, verdict: Verdict, say: Say) -> None:
    """What is left is what ops can end, and does, with its own verbs."""
    for name, service in made.services.items():
        db = made.databases[name]
        for hears in service.hears:
            async with db.acquire() as conn:
                for kind, count in (await inbox_trouble.trouble(conn, hears.consumer)).items():
                    verdict.counts[f"{hears.consumer}: {kind}"] = count
                rows = await conn.fetch(
                    "SELECT error FROM inbox_waiting WHERE consumer = $1 AND error IS NOT NULL", hears.consumer
                )
            for row in rows[:5]:
                say(f"parked at {hears.consumer}: {row['error'][:300]}")
            # What waits for something may come to it. Of a thing that is not there all that will be told was told.
            verdict.faults += [
                f"{hears.consumer} waits for what never comes: {row['error'][:300]}"
                for row in rows
                if not row["error"].startswith(_MAY_COME)
            ][:5]
            left = await _settled(db, name, hears.consumer)
            if any(left.values()):
                verdict.faults.append(f"{hears.consumer}: no verb of ops ends {left}")


async def _settled(db: Database, service: str, consumer: str) -> dict[str, int]:
    """What is still there when ops has used all its verbs, and the workers have gone on."""

    async def left() -> dict[str, int]:
        async with db.acquire() as conn:
            return await inbox_trouble.trouble(conn, consumer)

    async def nothing() -> bool:
        for verb in (["dead"], ["skip"], ["leave", "--because", "hostile"]):
            await _verb(db, service, consumer, verb)
        return not any((await left()).values())

    with suppress(AssertionError):
        await until(nothing, within_s=_WITHIN_S)
    return await left()


async def _verb(db: Database, service: str, consumer: str, verb: Sequence[str]) -> None:
    if verb[0] == "skip":
        async with db.acquire() as conn:
            rows = await conn.fetch("SELECT DISTINCT aggregate FROM inbox_waiting WHERE consumer = $1", consumer)
        each = [[*verb, "--key", row["aggregate"]] for row in rows]
    else:
        each = [list(verb)]
    for argv in each:
        arguments = operations.commands(
            service, [*argv, "--consumer", consumer, "--apply", "--limit", "100000", "--per-second", "1e6"]
        )
        await operations.run(arguments, db, dict, lambda _: None)
