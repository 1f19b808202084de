"""The catalog's processes as they are run: migrate, seed, api and worker, over a real PostgreSQL and a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import uuid_utils.compat

from infra.local.free_ports import free_port
from services.contracts.catalog import StockCommitted, StockHeld, StockRefused
from services.contracts.ordering import SOURCE as ORDERING
from services.contracts.ordering import OrderCancelled, OrderConfirmed, OrderPlaced
from services.contracts.registry import topics
from services.kit import kafka
from services.kit.database.db import Database, transaction
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogUnavailable, Relay
from tests.worlds import servers
from tests.worlds.catalog import BAYAM_IKAT, an_order, confirmed, states, stock_of, stock_up
from tests.worlds.waiting import until

SEED = Path(__file__).parents[3] / "infra" / "local" / "seed" / "catalog.json"


@pytest.fixture
def ordering(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    """A database that has the kit's tables alone: enough to tell what ordering tells."""
    return database("testing")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def _run(*arguments: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.catalog", *arguments, env={**os.environ, "WLIJO_MODE": "test", **environment}
    )


@asynccontextmanager
async def serving(kind: str, port: int, environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ready."""
    running = await _run(kind, environment={**environment, "PORT": str(port)})
    try:
        async with aiohttp.ClientSession() as session:

            async def ready() -> bool:
                assert running.returncode is None
                with suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        return answer.status == 200
                return False

            await until(ready)
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


@asynccontextmanager
async def relaying(db: Database, cluster: Cluster) -> AsyncIterator[None]:
    """What is told in this database reaches the broker, as ordering's."""
    watch = kafka.LogWatch(cluster)
    log = kafka.KafkaLog(cluster, watch)
    relay = Relay(PostgresOutbox(db, ORDERING), log, uuid_utils.compat.uuid7())

    async def run() -> None:
        while True:
            with suppress(LogUnavailable):
                await relay.step()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        await log.close()
        await watch.close()


async def _tell(db: Database, *events: OrderPlaced | OrderConfirmed | OrderCancelled) -> None:
    async with transaction(db) as conn:
        await outbox.append(conn, *events)


async def _published(db: Database, event_type: str) -> int:
    async with db.acquire() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM outbox_archive WHERE type = $1", event_type))


async def test_an_order_is_held_and_taken_out_by_a_worker_that_was_killed_in_between(
    catalog: servers.TestDatabase, ordering: servers.TestDatabase, broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, topics([]))
    environment = {"DATABASE_URL": catalog.url, **broker.environment("catalog")}
    async with opened(catalog.url) as goods, opened(ordering.url) as orders, relaying(orders, broker.cluster):
        await stock_up(goods)
        first, second, third = an_order((BAYAM_IKAT, 4)), an_order((BAYAM_IKAT, 5)), an_order((BAYAM_IKAT, 2))
        async with serving("worker", free_port(), environment) as worker:
            await _tell(orders, first)

            async def held() -> bool:
                return await _published(goods, StockHeld.type) == 1

            await until(held)
            assert await stock_of(goods, BAYAM_IKAT) == (10, 4)
            worker.kill()
        await _tell(orders, confirmed(first), second, third)
        async with serving("worker", free_port(), environment) as worker:

            async def all_told() -> bool:
                counts = [await _published(goods, each.type) for each in (StockHeld, StockCommitted, StockRefused)]
                return counts == [2, 1, 1]

            await until(all_told)
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0
        assert sorted(await states(goods)) == ["COMMITTED", "HELD", "REFUSED"]
        on_hand, reserved = await stock_of(goods, BAYAM_IKAT)
        assert (on_hand, reserved) in ((6, 5), (6, 2))


async def test_a_worker_that_stands_by_while_another_sends_is_ready(
    catalog: servers.TestDatabase, broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, topics([]))
    environment = {"DATABASE_URL": catalog.url, **broker.environment("catalog")}
    async with opened(catalog.url) as goods, serving("worker", free_port(), environment):
        async with goods.acquire() as conn:
            sends = await conn.fetchval("SELECT holder FROM relay_lease")
        async with serving("worker", free_port(), environment), goods.acquire() as conn:
            assert await conn.fetchval("SELECT holder FROM relay_lease") == sends


async def test_a_database_is_migrated_and_seeded_with_real_lumajang_and_both_bear_a_repeat(
    catalog: servers.TestDatabase,
) -> None:
    for _ in range(2):
        migrated = await _run("migrate", environment={"MIGRATION_DATABASE_URL": catalog.owner_url})
        assert await migrated.wait() == 0
    counts = []
    async with opened(catalog.url) as db:
        for _ in range(2):
            seeded = await _run("seed", str(SEED), environment={"DATABASE_URL": catalog.url})
            assert await seeded.wait() == 0
            async with db.acquire() as conn:
                counts.append(
                    [
                        await conn.fetchval(f"SELECT count(*) FROM {table}")
                        for table in ("merchant", "product", "variant", "stock_item", "price_history", "outbox")
                    ]
                )
        content = json.loads(SEED.read_text("utf-8"))
        goods = [product for merchant in content["merchants"] for product in merchant["products"]]
        variants = sum(len(product["variants"]) for product in goods)
        merchants, products = len(content["merchants"]), len(goods)
        assert counts == [[merchants, products, variants, variants, variants, merchants + products + variants]] * 2
        async with db.acquire() as conn:
            wlijo = await conn.fetchval(
                "SELECT count(DISTINCT merchant_id) FROM route_stop JOIN merchant m ON m.id = merchant_id"
            )
        assert merchants >= 12
        assert wlijo >= 3


async def test_goods_are_not_seeded_in_production(catalog: servers.TestDatabase) -> None:
    refused = await _run("seed", str(SEED), environment={"DATABASE_URL": catalog.url, "WLIJO_MODE": "production"})
    assert await refused.wait() == 1
    async with opened(catalog.url) as db, db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM merchant") == 0


async def test_the_api_answers_over_http_once_the_database_is_there(catalog: servers.TestDatabase) -> None:
    async with opened(catalog.url) as db:
        await stock_up(db)
    port, away = free_port(), free_port()
    environment = {
        "DATABASE_URL": catalog.url,
        "JWT_ISSUER": f"http://127.0.0.1:{away}",
        "JWKS_URL": f"http://127.0.0.1:{away}/jwks",
        "PORT": str(port),
    }
    running = await _run("api", environment=environment)
    try:
        async with aiohttp.ClientSession() as session:

            async def answered() -> object:
                with suppress(aiohttp.ClientError):
                    async with session.post(
                        f"http://127.0.0.1:{port}/graphql", json={"query": "{ merchants { edges { node { name } } } }"}
                    ) as answer:
                        return await answer.json()
                return None

            assert await until(answered) == {
                "data": {
                    "merchants": {"edges": [{"node": {"name": "Kios Pak Min"}}, {"node": {"name": "Wlijo Bu Sri"}}]}
                }
            }
            async with session.get(f"http://127.0.0.1:{port}/readyz") as ready:
                report = await ready.json()
            assert (ready.status, report["checks"]) == (503, {"database": True, "issuer": False})
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
