"""The storefront is read from a streaming replica while it is fit, and from the primary else, without an error to who looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from services.kit import tasks
from services.kit.database import migrate
from services.kit.database.db import Database
from services.kit.database.migrate import Migration
from services.kit.database.replica import NotFromReplica, Replica
from services.kit.observe.readiness import Readiness
from services.kit.observe.telemetry import REGISTRY
from tests.worlds import replicas
from tests.worlds.catalog import BAYAM, Counting, Graph, stock_up
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until

MIGRATIONS = migrate.find("catalog", Path(__file__).parents[3] / "services/catalog/migrations")
LATER = Migration("catalog/9999_of_the_next_release.sql", "")
STOREFRONT = """query($point: PointInput!) {
  searchProducts(text: "bayam") { facets { total } edges { node { name variants { id } merchant { name } photos { id } } } }
  productsNear(point: $point, search: "bay") { edges { node { name } } } searchSuggestions(text: "bay") { text }
  merchants { edges { node { name } } } categories { name } saleUnits { label } regions { name } }"""
HERE = {"lat": -8.1291, "lng": 113.2241}
PRODUCT = "query($id: ID!) { product(id: $id) { name } }"
ENTITY = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Product { name } } }"
LOOKERS = 4


@dataclass(frozen=True)
class Scene:
    pair: replicas.Pair
    standby: replicas.Server
    made: TestDatabase
    db: Counting
    replica: Replica
    readiness: Readiness
    graph: Graph

    async def fit(self) -> bool:
        return self.replica.unfit is None

    async def unfit(self) -> str | None:
        return self.replica.unfit

    async def at_standby(self, statement: str) -> object:
        """As a superuser of the replica."""
        admin = await asyncpg.connect(self.standby.at(self.pair.admin_url))
        try:
            return await admin.fetchval(statement)
        finally:
            await admin.close()

    async def rename(self, name: str) -> None:
        """At the primary."""
        async with self.db.acquire() as conn:
            await conn.execute("UPDATE product SET name = $2 WHERE id = $1", BAYAM.uuid, name)

    async def named(self, role: str | None = None, graph: Graph | None = None) -> str:
        data = await (graph or self.graph).data(PRODUCT, role=role, name="bu-sri", id=str(BAYAM))
        return str(data["product"]["name"])

    def asked_of_primary(self) -> list[str]:
        """But where it stands."""
        return [each for each in self.db.statements if "pg_current_wal_flush_lsn" not in each]


@pytest.fixture(scope="module")
def pair() -> Iterator[replicas.Pair]:
    with replicas.pair() as running:
        running.replicate()
        yield running


@asynccontextmanager
async def scene(
    pair: replicas.Pair, *, behind_s: float = 300.0, migrations: Sequence[Migration] = MIGRATIONS
) -> AsyncIterator[Scene]:
    standby = pair.replica
    assert standby is not None
    made = await asyncio.to_thread(pair.postgres.database, "catalog")
    db = Counting(made.url)
    await db.open()
    readiness = Readiness()
    replica = Replica(db, Database(standby.at(made.url), one_plan=True), migrations, readiness, behind_s)
    this = Scene(pair, standby, made, db, replica, readiness, Graph.over(db, replica=replica))
    try:
        await stock_up(db)
        async with tasks.running(replica.run(), "the replica"):
            if migrations is MIGRATIONS:
                await until(this.fit)
            yield this
    finally:
        await db.close()
        await asyncio.to_thread(pair.postgres.drop, made)


def served(by: str) -> float:
    return REGISTRY.get_sample_value("wlijo_replica_reads_total", {"by": by}) or 0.0


async def replayed(this: Scene) -> bool:
    """The replica has all that the primary has."""
    async with this.db.acquire() as conn:
        position = await conn.fetchval("SELECT pg_current_wal_flush_lsn()::text")
    return bool(await this.at_standby(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"))


async def test_a_storefront_asks_nothing_of_the_primary(pair: replicas.Pair) -> None:
    async with scene(pair) as this:
        await until(lambda: replayed(this))
        this.db.statements.clear()
        data = await this.graph.data(STOREFRONT, point=HERE)
        assert data["searchProducts"]["facets"]["total"] == 1
        assert [each["node"]["name"] for each in data["productsNear"]["edges"]] == ["Bayam"]
        assert this.asked_of_primary() == []
        # That this would be seen:
        assert await Graph.over(this.db).data(STOREFRONT, point=HERE) == data
        assert this.asked_of_primary() != []


async def test_who_sells_and_who_settles_and_what_is_asked_of_a_product_by_others_see_the_present(
    pair: replicas.Pair,
) -> None:
    async with scene(pair) as this:
        await until(lambda: replayed(this))
        await this.at_standby("SELECT pg_wal_replay_pause()")
        try:
            await this.rename("Bayam merah")
            assert [await this.named(), await this.named("buyer")] == ["Bayam", "Bayam"]
            assert [await this.named("merchant"), await this.named("ops")] == ["Bayam merah", "Bayam merah"]
            of = [{"__typename": "Product", "id": str(BAYAM)}]
            assert await this.graph.data(ENTITY, of=of) == {"_entities": [{"name": "Bayam merah"}]}
            assert await this.named(graph=Graph.over(this.db)) == "Bayam merah"  # without a replica
        finally:
            await this.at_standby("SELECT pg_wal_replay_resume()")


async def test_a_replica_that_is_killed_under_load_fails_nobody_and_is_used_again(pair: replicas.Pair) -> None:
    async with scene(pair) as this:
        await until(lambda: replayed(this))
        seen: set[str] = set()
        looked, stop = 0, asyncio.Event()

        async def look() -> None:
            nonlocal looked
            while not stop.is_set():
                answer = await this.graph.answer(STOREFRONT, point=HERE)
                seen.update(str(error) for error in answer.get("errors", ()))
                looked += 1

        async def more(than: int) -> bool:
            return looked > than + LOOKERS

        lookers = [asyncio.create_task(look()) for _ in range(LOOKERS)]
        try:
            await until(lambda: more(0))
            before = served("primary")
            await asyncio.to_thread(this.standby.stop)
            assert "unreachable" in str(await until(this.unfit))
            so_far = looked
            await until(lambda: more(so_far))
            assert served("primary") > before
            with pytest.raises(NotFromReplica):
                await this.replica.read(lambda conn: conn.fetchval("SELECT 1"))
            assert "unreachable" in this.readiness.notes["replica"]
            assert all(check.ok for check in (await this.readiness.checks()).values())
            await asyncio.to_thread(this.standby.start)
            await until(this.fit)
            so_far, before = looked, served("replica")
            await until(lambda: more(so_far))
            assert served("replica") > before
        finally:
            stop.set()
            await asyncio.gather(*lookers)
        assert seen == set()
        assert "replica" not in this.readiness.notes


async def test_a_replica_that_stands_still_with_its_lines_open_fails_nobody(pair: replicas.Pair) -> None:
    async with scene(pair) as this:
        await until(lambda: replayed(this))
        assert await this.named() == "Bayam"  # there is a line
        this.standby.freeze()
        try:
            assert await asyncio.gather(*(this.named() for _ in range(LOOKERS))) == ["Bayam"] * LOOKERS
            await until(this.unfit)
        finally:
            this.standby.thaw()
        await until(this.fit)


async def test_a_replica_that_is_behind_is_left_until_it_has_caught_up(pair: replicas.Pair) -> None:
    async with scene(pair, behind_s=2.0) as this:
        await this.at_standby("SELECT pg_wal_replay_pause()")
        try:
            await this.rename("Bayam merah")
            assert "behind" in str(await until(this.unfit))
            assert await this.named() == "Bayam merah"
        finally:
            await this.at_standby("SELECT pg_wal_replay_resume()")
        await until(this.fit)
        assert await this.named() == "Bayam merah"


async def test_a_replica_that_is_cut_off_and_has_replayed_all_it_got_is_behind(pair: replicas.Pair) -> None:
    async with scene(pair, behind_s=2.0) as this:
        source = await this.at_standby("SELECT setting FROM pg_settings WHERE name = 'primary_conninfo'")
        await this.at_standby("ALTER SYSTEM SET primary_conninfo = ''")
        await this.at_standby("SELECT pg_reload_conf()")
        try:
            await this.rename("Bayam merah")
            assert "behind" in str(await until(this.unfit))
            idle = "SELECT pg_last_wal_receive_lsn() IS NULL OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"
            assert await this.at_standby(idle)  # by its own account it has all
            assert await this.named() == "Bayam merah"
        finally:
            quoted = str(source).replace("'", "''")
            await this.at_standby(f"ALTER SYSTEM SET primary_conninfo = '{quoted}'")
            await this.at_standby("SELECT pg_reload_conf()")
        await until(this.fit)


async def test_a_primary_at_which_nothing_is_written_is_no_lag(pair: replicas.Pair) -> None:
    async with scene(pair, behind_s=3.0) as this:  # more than a look takes on a busy machine
        quiet_since = time.monotonic()
        said: set[str | None] = set()

        async def longer_than_the_bound() -> bool:
            said.add(this.replica.unfit)
            return time.monotonic() - quiet_since > 5.0

        await until(longer_than_the_bound)
        assert said == {None}


async def test_a_replica_without_this_releases_migrations_is_waited_for(pair: replicas.Pair) -> None:
    async with scene(pair, migrations=[*MIGRATIONS, LATER]) as this:

        async def waits() -> bool:
            return this.replica.unfit == f"waits for the migration {LATER.name}"

        await until(waits)
        before = served("primary")
        assert await this.named() == "Bayam"
        assert served("primary") > before
        owner = await asyncpg.connect(this.made.owner_url)
        await owner.execute("INSERT INTO schema_migration (name, checksum) VALUES ($1, '')", LATER.name)
        await owner.close()
        await until(this.fit)


async def test_a_server_that_is_no_replica_is_not_read_from(pair: replicas.Pair) -> None:
    async with scene(pair) as this:
        itself = Database(this.made.url)
        replica = Replica(this.db, itself, MIGRATIONS, Readiness(), 300.0)
        await itself.open()
        try:
            await replica.look()
        finally:
            await itself.close()
        assert replica.unfit == "it is a server of its own, no replica"
