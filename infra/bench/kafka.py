"""python -m infra.bench.kafka: the relay on Apache Kafka with locks on, beside a bare aiokafka pair on the same broker in the same run.

400-byte events on 12 partitions; one relay process. Needs Java and Maven. `--rows N` events for the rate, `--seconds S` for the latencies.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from uuid import UUID

import asyncpg
import psutil  # type: ignore[import-untyped]
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.bench.backbone import SOURCE, Said, ThingId, percentiles, say
from infra.kafka import throwaway
from services.kit import kafka
from services.kit.database.db import Database, transaction
from services.kit.database.live import Live
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope, new_event_id
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress, Relay
from services.kit.observe.readiness import Readiness
from services.kit.process.relaying import relay
from services.kit.process.service import Service, Worker
from tests.worlds import servers

_EVERY_S = 0.02
_FIRST = 10_000_000
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
    rounds, log, watch = await _relay(db, cluster)
    await _tell(db, range(1))
    await rounds.step()
    for first in range(0, rows, 1_000):
        await _tell(db, range(first, first + 1_000))
    began, cpu, postgres, sent = time.perf_counter(), time.process_time(), _postgres_cpu_s(), 0
    while sent < rows:
        sent += (await rounds.step()).sent
    await rounds.settle()
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


@dataclass(frozen=True, slots=True)
class Load:
    """Bursts every 20 ms, as a busy service's transactions come."""

    per_s: float
    seconds: float

    async def offer(self, tell: Callable[[range], Awaitable[Mapping[int, float]]]) -> dict[int, float]:
        """When each event was handed over: committed, or taken by send()."""
        size, number, ends = max(1, int(self.per_s * _EVERY_S)), _FIRST, time.perf_counter() + self.seconds
        told: dict[int, float] = {}
        while (now := time.perf_counter()) < ends:
            told |= await tell(range(number, number + size))
            number += size
            await asyncio.sleep(max(0.0, now + _EVERY_S - time.perf_counter()))
        return told


async def _commits(url: str, load: Load) -> dict[int, float]:
    """As an api process tells: events and their NOTIFY."""
    db = Database(url)
    await db.open()

    async def commit(numbers: range) -> Mapping[int, float]:
        await _tell(db, numbers)
        return dict.fromkeys(numbers, time.perf_counter())

    await _tell(db, range(100))  # connections are made, statements prepared, and whoever waits is woken once
    await asyncio.sleep(1)
    try:
        return await load.offer(commit)
    finally:
        await db.close()


async def _sends(cluster: Cluster, load: Load, *, headers: bool) -> dict[int, float]:
    producer = AIOKafkaProducer(**cluster.options(), acks="all")
    await producer.start()

    async def send(numbers: range) -> Mapping[int, float]:
        told = {}
        for number in numbers:
            event = _event(number)
            where, payload = event.destination(), event.payload()
            envelope = Envelope(
                str(new_event_id()), event.source, event.type, where.topic, where.aggregate, number, 1, where.key,
                datetime.now(UTC), event.stream, None, payload,
            )  # fmt: skip
            told_as = envelope.headers() if headers else []
            await producer.send("bench.bare", payload, key=where.key.encode(), headers=told_as)
            told[number] = time.perf_counter()
        return told

    await send(range(100))
    await asyncio.sleep(1)
    try:
        return await load.offer(send)
    finally:
        await producer.stop()


async def _reads(pipe: Connection, cluster: Cluster, topics: Sequence[str]) -> None:
    """A plain consumer, in a process of its own as every service's is: tells when it reads, and at the end when it had what."""
    consumer = AIOKafkaConsumer(*topics, **cluster.options(), fetch_max_wait_ms=100)
    await consumer.start()
    await consumer.seek_to_end()
    for place in consumer.assignment():
        await consumer.position(place)
    pipe.send(None)
    had: dict[int, float] = {}
    give_up = float("inf")
    wanted = sys.maxsize
    while len(had) < wanted and time.perf_counter() < give_up:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            now = time.perf_counter()
            for record in records:
                number = int(record.value.partition(b'"number":')[2].partition(b",")[0])
                if number >= _FIRST:
                    had.setdefault(number, now)
        if wanted == sys.maxsize and pipe.poll():
            wanted, give_up = pipe.recv(), time.perf_counter() + 20
    pipe.send(had)
    await consumer.stop()


async def _relays(pipe: Connection, url: str, cluster: Cluster) -> None:
    """The relay as a worker runs it, in a process of its own: woken by NOTIFY."""
    gc.collect()
    gc.freeze()  # as `serve` does
    db, watch, stopping = Database(url), kafka.LogWatch(cluster), asyncio.Event()
    await db.open()
    worker = Worker(SimpleNamespace(kafka=cluster), db, Readiness(), watch, stopping, Live(db))
    listening = asyncio.create_task(worker.live.run())
    running = asyncio.create_task(relay(Service("bench", Path(), lambda _: ()), worker))
    while (check := worker.readiness.present.get("relay")) is None or not check.ok:
        if running.done():
            running.result()
        await asyncio.sleep(0.02)
    pipe.send(None)
    before = time.process_time()
    while not pipe.poll():  # noqa: ASYNC110 - a pipe between processes
        await asyncio.sleep(0.2)
    pipe.send(time.process_time() - before)
    stopping.set()
    await running
    listening.cancel()
    await watch.close()
    await db.close()


@contextmanager
def _process(work: Callable[..., Coroutine[None, None, None]], *args: object) -> Iterator[Connection]:
    """A process that does this and has said that it is ready."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=lambda: uvloop.run(work(theirs, *args)), name=work.__name__
    )
    process.start()
    try:
        ours.recv()
        yield ours
    finally:
        process.join(30)
        if process.is_alive():
            process.kill()


def _took(told: Mapping[int, float], read: Connection) -> list[float]:
    read.send(len(told))
    had: dict[int, float] = read.recv()
    if len(had) < len(told):
        raise SystemExit(f"{len(told) - len(had)} of {len(told)} events never came")
    return [max(had[number] - when, 0.0) for number, when in told.items()]


def bare_pair(cluster: Cluster, load: Load, *, headers: bool = True) -> list[float]:
    """The same records, or their keys and payloads alone."""
    with _process(_reads, cluster, ["bench.bare"]) as read:
        return _took(uvloop.run(_sends(cluster, load, headers=headers)), read)


def commit_to_consumer(url: str, cluster: Cluster, load: Load) -> tuple[list[float], float]:
    """The seconds, and the relay's CPU in seconds."""
    with (
        _process(_reads, cluster, [Said.topic, SaidElsewhere.topic]) as read,
        _process(_relays, url, cluster) as relaying,
    ):
        took = _took(uvloop.run(_commits(url, load)), read)
        relaying.send(None)
        return took, relaying.recv()


async def _as_in_production(owner_url: str) -> None:
    """A database of the tests has a clock that can be moved, which costs 8 µs each time it is looked at."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "CREATE OR REPLACE FUNCTION wlijo_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT clock_timestamp()'"
    )
    await owner.close()


async def _prepared(url: str, cluster: Cluster, rows: int) -> float:
    db = Database(url)
    await db.open()
    await kafka.create_topics(cluster, [Said.topic, SaidElsewhere.topic, "bench.bare"])
    try:
        return await rate(db, cluster, rows)
    finally:
        await db.close()


def measure(url: str, cluster: Cluster, rows: int, seconds: float, per_s: float | None) -> None:
    print(
        "the relay on Apache Kafka with locks on, 400-byte events, 12 partitions; writer, relay and consumer are processes"
    )
    found = uvloop.run(_prepared(url, cluster, rows))
    load = Load(per_s or found / 2, seconds)
    name = f"at {load.per_s:,.0f}/s, p50 / p99: "
    plain = percentiles(bare_pair(cluster, load, headers=False))
    say(f"{name}bare pair, without headers", f"{plain[0]:.1f} / {plain[1]:.1f} ms")
    bare = percentiles(bare_pair(cluster, load))
    say(f"{name}bare pair, the same records", f"{bare[0]:.1f} / {bare[1]:.1f} ms")
    took, cpu = commit_to_consumer(url, cluster, load)
    ours = percentiles(took)
    say(
        f"{name}commit to consumer",
        f"{ours[0]:.1f} / {ours[1]:.1f} ms",
        f"{ours[0] / bare[0]:.2f} times the bare pair's p50, {ours[0] / plain[0]:.2f} times the one without headers;"
        f" relay {cpu / len(took) * 1e6:.0f} µs of CPU an event",
    )


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.kafka")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--per-s", type=float, help="events a second for the latencies, instead of half of the rate that was found"
    )
    arguments = parser.parse_args(argv)
    throwaway.prepare()
    with (
        servers.postgres() as postgres,
        tempfile.TemporaryDirectory() as folder,
        throwaway.running(Path(folder), quick=False) as apache,
    ):
        made = postgres.database("testing")
        uvloop.run(_as_in_production(made.owner_url))
        measure(made.url, apache.admin, arguments.rows, arguments.seconds, arguments.per_s)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
