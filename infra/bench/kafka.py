"""python -m infra.bench.kafka: the relay on Apache Kafka with locks on, beside a bare aiokafka pair on the same broker in the same run.

400-byte events on 12 partitions; one relay process. Needs Java and Maven. `--rows N` events for the rate, `--seconds S` for the latencies.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import psutil  # type: ignore[import-untyped]
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.bench.backbone import SOURCE, Said, ThingId, percentiles, say
from infra.kafka import throwaway
from services.kit import kafka
from services.kit.database.db import Database, transaction
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress, Relay
from tests.worlds import servers

_EVERY_S = 0.02
_THINGS = [ThingId.new() for _ in range(400)]


class SaidElsewhere(Said, frozen=True, kw_only=True):
    type: ClassVar[str] = "bench.said_elsewhere.v1"
    source: ClassVar[str] = "bench"
    topic: ClassVar[str] = "bench.others"


def _event(number: int) -> Said:
    """Half of the things tell into each of two topics of six partitions."""
    thing = number % len(_THINGS)
    return (Said if thing % 2 else SaidElsewhere)(thing_id=_THINGS[thing], number=number)


def _postgres_cpu_s() -> float:
    ours = psutil.Process().children(recursive=True)
    times = [each.cpu_times() for each in ours if each.name() == "postgres"]
    return float(sum(spent.user + spent.system + spent.children_user + spent.children_system for spent in times))


async def _tell(db: Database, numbers: range) -> None:
    async with transaction(db) as conn:
        await outbox.append(conn, *(_event(number) for number in numbers))


async def _relay(db: Database, cluster: Cluster) -> tuple[Relay, kafka.KafkaLog, kafka.LogWatch]:
    watch = kafka.LogWatch(cluster)
    log, box = kafka.KafkaLog(cluster, watch), PostgresOutbox(db, SOURCE)
    await box.set_progress(LogProgress(await log.identity(), filled=True, filled_from=0), was=await box.progress())
    return Relay(box, log, UUID(int=1)), log, watch


async def rate(db: Database, cluster: Cluster, rows: int) -> float:
    relay, log, watch = await _relay(db, cluster)
    await _tell(db, range(1))
    await relay.step()
    for first in range(0, rows, 1_000):
        await _tell(db, range(first, first + 1_000))
    began, cpu, postgres, sent = time.perf_counter(), time.process_time(), _postgres_cpu_s(), 0
    while sent < rows:
        sent += (await relay.step()).sent
    seconds = time.perf_counter() - began
    cpu, postgres = time.process_time() - cpu, _postgres_cpu_s() - postgres
    say(
        f"relay, archive included, {rows:,} events",
        f"{rows / seconds:,.0f} /s",
        f"CPU: relay {cpu:.2f} s ({rows / cpu:,.0f} /CPU-s), PostgreSQL {postgres:.2f} s",
    )
    await log.close()
    await watch.close()
    return rows / seconds


async def latency(
    cluster: Cluster, topics: Sequence[str], send: Callable[[range], Awaitable[None]], per_s: float, seconds: float
) -> list[float]:
    """From the commit, or from send(), to a plain consumer; so many events every 20 ms."""
    consumer = AIOKafkaConsumer(*topics, **cluster.options(), fetch_max_wait_ms=100)
    await consumer.start()
    await consumer.seek_to_end()
    for place in consumer.assignment():
        await consumer.position(place)
    begun: dict[int, float] = {}
    took: list[float] = []

    async def read() -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                now = time.perf_counter()
                for record in records:
                    number = int(record.value.partition(b'"number":')[2].partition(b",")[0])
                    if number in begun:
                        took.append(now - begun.pop(number))

    reading = asyncio.create_task(read())
    size, number, ends = max(1, int(per_s * _EVERY_S)), 10_000_000, time.perf_counter() + seconds
    total = 0
    while (now := time.perf_counter()) < ends:
        some = range(number, number + size)
        number, total = number + size, total + size
        begun.update(dict.fromkeys(some, float("inf")))
        await send(some)
        done = time.perf_counter()
        begun.update({each: done for each in some if each in begun})
        await asyncio.sleep(max(0.0, now + _EVERY_S - done))
    give_up = time.perf_counter() + 20
    while len(took) < total and time.perf_counter() < give_up:  # noqa: ASYNC110 - another task fills it
        await asyncio.sleep(0.02)
    reading.cancel()
    await consumer.stop()
    return [max(each, 0.0) for each in took]


async def commit_to_consumer(db: Database, cluster: Cluster, per_s: float, seconds: float) -> list[float]:
    relay, log, watch = await _relay(db, cluster)
    woken = asyncio.Event()

    async def run() -> None:
        while True:
            woken.clear()
            if not (await relay.step()).more:
                await woken.wait()

    async def commit(numbers: range) -> None:
        await _tell(db, numbers)
        woken.set()

    relaying = asyncio.create_task(run())
    try:
        return await latency(cluster, [Said.topic, SaidElsewhere.topic], commit, per_s, seconds)
    finally:
        relaying.cancel()
        await asyncio.wait({relaying})
        await log.close()
        await watch.close()


async def bare_pair(cluster: Cluster, per_s: float, seconds: float) -> list[float]:
    producer = AIOKafkaProducer(**cluster.options(), acks="all")
    await producer.start()

    async def send(numbers: range) -> None:
        for number in numbers:
            event = _event(number)
            await producer.send("bench.bare", event.payload(), key=str(event.thing_id).encode())

    try:
        return await latency(cluster, ["bench.bare"], send, per_s, seconds)
    finally:
        await producer.stop()


async def measure(postgres: servers.Postgres, cluster: Cluster, rows: int, seconds: float) -> None:
    db = Database((await asyncio.to_thread(postgres.database, "testing")).url)
    await db.open()
    await kafka.create_topics(cluster, [Said.topic, SaidElsewhere.topic, "bench.bare"])
    print("the relay on Apache Kafka with locks on, 400-byte events, 12 partitions, one process")
    found = await rate(db, cluster, rows)
    bare = percentiles(await bare_pair(cluster, found / 2, seconds))
    say(f"bare pair at {found / 2:,.0f}/s, send to consumer p50 / p99", f"{bare[0]:.1f} / {bare[1]:.1f} ms")
    ours = percentiles(await commit_to_consumer(db, cluster, found / 2, seconds))
    say(
        f"at {found / 2:,.0f}/s, commit to consumer p50 / p99",
        f"{ours[0]:.1f} / {ours[1]:.1f} ms",
        f"{ours[0] / bare[0]:.1f} times the bare pair's p50",
    )
    await db.close()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.kafka")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args(argv)
    throwaway.prepare()
    with (
        servers.postgres() as postgres,
        tempfile.TemporaryDirectory() as folder,
        throwaway.running(Path(folder), quick=False) as apache,
    ):
        uvloop.run(measure(postgres, apache.admin, arguments.rows, arguments.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
