"""python -m infra.bench.backbone: what the backbone costs, beside a bare producer and consumer on the same broker in the same run.

The embedded broker and a real PostgreSQL; figures of one process on one machine. `--quick` takes smaller numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.bench import orders
from services.kit import kafka
from services.kit.database.db import Connection, Database, transaction
from services.kit.ids import Id
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import outbox
from services.kit.messaging.consumer import Consumer, Record
from services.kit.messaging.envelope import Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.relay import Batch, LogProgress, LogUnavailable, Pending, Relay, Sent
from services.kit.observe.readiness import Readiness
from tests.worlds import servers

SOURCE = "wlijo/bench"
PADDING = "x" * 300


class ThingId(Id, prefix="thg"):
    pass


class Said(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "bench.said.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "bench.things"

    thing_id: ThingId
    number: int
    padding: str = PADDING

    def aggregate(self) -> ThingId:
        return self.thing_id


class Rounds(PostgresOutbox):
    """An outbox that gives at most so many rows a round."""

    rows = 1_000

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        return await super().begin(min(limit, self.rows), sent=sent, under_way=under_way)


class Noting(kafka.KafkaLog):
    """A log that notes when each number of the one aggregate was acknowledged."""

    def __init__(self, cluster: Cluster, watch: kafka.LogWatch) -> None:
        super().__init__(cluster, watch)
        self.acknowledged: dict[int, float] = {}

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        outcomes = await super().append(batches)
        now = time.perf_counter()
        for batch, ok in zip(batches, outcomes, strict=True):
            if ok:
                self.acknowledged |= {row.envelope.seq: now for row in batch.rows}
        return outcomes


def say(name: str, value: str, beside: str = "") -> None:
    print(f"  {name:52} {value:>16}   {beside}", flush=True)


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000


async def _empty(db: Database) -> None:
    async with db.acquire() as conn:
        for table in ("outbox", "outbox_archive", "outbox_counter", "relay_log", "relay_lease"):
            await conn.execute(f"DELETE FROM {table}")


async def _fill_outbox(db: Database, rows: int) -> None:
    things = [ThingId.new() for _ in range(200)]
    for first in range(0, rows, 1_000):
        async with transaction(db) as conn:
            events = [Said(thing_id=things[n % 200], number=n) for n in range(first, min(first + 1_000, rows))]
            await outbox.append(conn, *events)


async def relay_rate(db: Database, cluster: Cluster, rows_a_round: int, rows: int) -> float:
    """Rows a second, from the table to the acknowledgement to the archive."""
    await _empty(db)
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    limited = Rounds(db, SOURCE)
    limited.rows = rows_a_round
    await limited.set_progress(LogProgress(await log.identity(), filled=True, filled_from=0), was=None)
    relay = Relay(limited, log, UUID(int=1))
    await _fill_outbox(db, 1)
    await relay.step()  # the connection is made
    await _fill_outbox(db, rows)
    began, sent = time.perf_counter(), 0
    while sent < rows:
        sent += (await relay.step()).sent
    await relay.settle()
    seconds = time.perf_counter() - began
    await log.close()
    await watch.close()
    return rows / seconds


async def bare_rate(cluster: Cluster, rows: int) -> float:
    """A producer that batches by itself, `acks=all`: records a second until all are acknowledged."""
    producer = AIOKafkaProducer(**cluster.options(), acks="all", linger_ms=5)
    await producer.start()
    value, keys = Said(thing_id=ThingId.new(), number=1).payload(), [str(ThingId.new()).encode() for _ in range(200)]
    began = time.perf_counter()
    sent = [await producer.send("bench.bare", value, key=keys[n % 200]) for n in range(rows)]
    await asyncio.gather(*sent)
    seconds = time.perf_counter() - began
    await producer.stop()
    return rows / seconds


async def commit_to_effect(
    db: Database, other: Database, cluster: Cluster, events: int
) -> tuple[list[float], list[float]]:
    """Seconds from a commit here to its event on the broker, and to the commit of its effect in another database, at about 50 a second."""
    await _empty(db)
    committed: dict[int, float] = {}
    seconds: list[float] = []
    handlers = Handlers()

    @handlers.on(Said)
    async def heard(conn: Connection, event: Said) -> None:
        await conn.execute("INSERT INTO heard (number) VALUES ($1)", event.number)

    processor = EventProcessor("bench", other, handlers, sources=frozenset({SOURCE}))

    async def take(records: Sequence[Record]) -> int:
        taken = await processor.take_some(records)
        for record in records[:taken]:
            number = int(dict(record.headers)["ce_aggregateseq"] or 0)
            if number in committed:
                seconds.append(time.perf_counter() - committed[number])
        return taken

    watch = kafka.LogWatch(cluster)
    consumer = Consumer(
        "bench",
        other,
        lambda topics: kafka.open_reader(cluster, watch, "bench", topics),
        [Said.topic],
        take,
        Readiness(),
    )
    log, woken = Noting(cluster, watch), asyncio.Event()
    relay = Relay(PostgresOutbox(db, SOURCE), log, UUID(int=2))

    async def publish() -> None:
        while True:
            woken.clear()
            if not (await relay.step()).more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await woken.wait()

    thing = ThingId.new()

    async def tell(number: int) -> None:
        async with transaction(db) as conn:
            await outbox.append(conn, Said(thing_id=thing, number=number))
        committed[number] = time.perf_counter()
        woken.set()  # as the NOTIFY after the commit does between processes

    running = [asyncio.create_task(consumer.run()), asyncio.create_task(publish())]
    async with other.acquire() as conn:
        await tell(1)
        while not await conn.fetchval("SELECT EXISTS (SELECT FROM heard)"):  # noqa: ASYNC110 - the group has to form first
            await asyncio.sleep(0.05)
    seconds.clear()
    for number in range(2, events + 2):
        await tell(number)
        await asyncio.sleep(0.02)
    while len(seconds) < events:  # noqa: ASYNC110 - another task fills it
        await asyncio.sleep(0.02)
    consumer.stop()
    running[1].cancel()
    await asyncio.wait(running)
    await log.close()
    await watch.close()
    told = [max(log.acknowledged[number] - committed[number], 0.0) for number in range(2, events + 2)]
    return told, seconds


async def bare_latency(cluster: Cluster, events: int) -> list[float]:
    """Seconds from send() to a consumer with the same settings, at the same pace."""
    producer = AIOKafkaProducer(**cluster.options(), acks="all")
    consumer = AIOKafkaConsumer("bench.bare.latency", **cluster.options(), fetch_max_wait_ms=100)
    await producer.start()
    await consumer.start()
    sent: dict[int, float] = {}
    seconds: list[float] = []

    async def read() -> None:
        async for record in consumer:
            number = int(record.value)
            if number in sent:
                seconds.append(time.perf_counter() - sent[number])

    reading = asyncio.create_task(read())
    for number in range(events):
        sent[number] = time.perf_counter()
        await producer.send_and_wait("bench.bare.latency", str(number).encode(), partition=0)
        await asyncio.sleep(0.02)
    while len(seconds) < events * 9 // 10:  # noqa: ASYNC110 - another task fills it
        await asyncio.sleep(0.02)
    reading.cancel()
    await consumer.stop()
    await producer.stop()
    return seconds


async def refill(db: Database, cluster: Cluster, rows: int) -> float:
    """Seconds from a new log to its being filled with so many archived events."""
    await _empty(db)
    payload = Said(thing_id=ThingId.new(), number=1).payload()
    async with db.acquire() as conn:
        await conn.execute(
            """INSERT INTO outbox_archive (seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, payload, created_at, sent_at)
               SELECT n, gen_random_uuid(), $2, 'thg_' || n % 1000, 1 + n / 1000, 'thg_' || n % 1000, $3, 'facts', 1, $4,
                      wlijo_now(), wlijo_now() FROM generate_series(0, $1 - 1) AS n""",
            rows,
            Said.topic,
            Said.type,
            payload,
            timeout=300,
        )
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    relay = Relay(PostgresOutbox(db, SOURCE), log, UUID(int=3))
    began, sent = time.perf_counter(), 0
    while True:
        try:
            done = await relay.step()
        except LogUnavailable:
            continue
        sent += done.sent
        if not done.filling and sent:
            break
    seconds = time.perf_counter() - began
    await log.close()
    await watch.close()
    return seconds


async def _on_a_broker(measure: Callable[[Cluster], Awaitable[Any]], *topics: str) -> Any:
    """A broker of its own for each figure: its cost grows with its log."""
    with servers.broker() as broker:
        await kafka.create_topics(broker.cluster, [Said.topic, "bench.bare", "bench.bare.latency", *topics])
        return await measure(broker.cluster)


async def measure(postgres: servers.Postgres, *, quick: bool) -> None:
    part = 10 if quick else 1
    made = [await asyncio.to_thread(postgres.database, "testing") for _ in range(2)]
    owner = await asyncpg.connect(made[1].owner_url)
    await owner.execute("CREATE TABLE heard (number bigint)")
    await owner.close()
    db, other = Database(made[0].url), Database(made[1].url)
    await db.open()
    await other.open()
    print("the backbone on the embedded broker, 400-byte events, one process")
    for rows_a_round, rows in ((1, 500), (100, 10_000), (1_000, 30_000)):

        async def rate(cluster: Cluster, rows_a_round: int = rows_a_round, rows: int = rows) -> float:
            return await relay_rate(db, cluster, rows_a_round, rows // part)

        bare = await _on_a_broker(lambda cluster: bare_rate(cluster, 30_000 // part))
        found = await _on_a_broker(rate)
        say(
            f"relay, rounds of {rows_a_round:,}",
            f"{found:,.0f} rows/s",
            f"{found / bare:.2f} of a bare producer's {bare:,.0f}, acks=all",
        )
    bare_ms = percentiles(await _on_a_broker(lambda cluster: bare_latency(cluster, 500 // part)))
    say("bare send to receive, p50 / p99", f"{bare_ms[0]:.1f} / {bare_ms[1]:.1f} ms")
    told_s, effect_s = await _on_a_broker(lambda cluster: commit_to_effect(db, other, cluster, 500 // part))
    told_ms, effect_ms = percentiles(told_s), percentiles(effect_s)
    say("commit to event on the broker, p50 / p99", f"{told_ms[0]:.1f} / {told_ms[1]:.1f} ms")
    say(
        "commit to effect in another database, p50 / p99",
        f"{effect_ms[0]:.1f} / {effect_ms[1]:.1f} ms",
        f"{effect_ms[0] / bare_ms[0]:.1f} times the bare pair",
    )
    rate, bare = await _on_a_broker(
        lambda cluster: orders.measure(postgres.database, cluster, 3_000 // part, 10 // part or 2),
        orders.Placed.topic,
        orders.Held.topic,
    )
    say(
        "orders until every effect is stored, two services",
        f"{rate:,.0f} orders/s",
        f"{rate / bare:.2f} of their bare statements under pgbench, {bare:,.0f}; goal 0.33",
    )
    rows = 100_000 // part
    bare = await _on_a_broker(lambda cluster: bare_rate(cluster, 30_000 // part))
    seconds = await _on_a_broker(lambda cluster: refill(db, cluster, rows))
    say(
        f"a new log filled with {rows:,} events",
        f"{seconds:.1f} s",
        f"{rows / seconds / bare:.2f} of a bare producer's {bare:,.0f} rows/s",
    )
    await db.close()
    await other.close()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.backbone")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args(argv)
    with servers.postgres() as postgres:
        uvloop.run(measure(postgres, quick=arguments.quick))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
