"""A database moves to another server while it is written: what was acknowledged is there, and who has both addresses follows."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from services.kit.database.db import TRANSIENT, Database, transaction
from tests.worlds import replicas
from tests.worlds.waiting import until

WRITERS = 4
ALONE = ("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
SYNCHRONOUS = ("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")


@pytest.fixture
def pair() -> Iterator[replicas.Pair]:
    with replicas.pair() as running:
        yield running


def both(pair: replicas.Pair, url: str) -> str:
    """Whichever of the two takes writes."""
    assert pair.replica
    parts = urlsplit(url)
    hosts = ",".join(f"{parts.hostname}:{each.port}" for each in (pair.primary, pair.replica))
    address = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{hosts}"))
    return f"{address}?target_session_attrs=read-write"


async def at(url: str, *statements: str) -> object:
    """As a superuser; what the last one says."""
    admin = await asyncpg.connect(url)
    try:
        return [await admin.fetchval(each) for each in statements][-1]
    finally:
        await admin.close()


@pytest.mark.parametrize("copied_with_the_setting", [False, True])
async def test_a_database_moves_under_writes_and_nothing_acknowledged_is_lost(
    pair: replicas.Pair, copied_with_the_setting: bool
) -> None:
    made = await asyncio.to_thread(pair.postgres.database, "testing")
    await at(made.owner_url, "CREATE TABLE written (number bigint PRIMARY KEY)")
    if copied_with_the_setting:
        await at(pair.admin_url, *SYNCHRONOUS)
    standby = await asyncio.to_thread(pair.replicate)
    await at(pair.admin_url, *SYNCHRONOUS)

    async def is_synchronous() -> object:
        return await at(pair.admin_url, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")

    await until(is_synchronous)
    db = Database(both(pair, made.url))
    await db.open()
    acknowledged: set[int] = set()
    last_before, first_after = 0.0, 0.0
    numbers, stop, moved = iter(range(10**9)), asyncio.Event(), asyncio.Event()

    async def write() -> None:
        nonlocal last_before, first_after
        while not stop.is_set():
            number = next(numbers)
            try:
                async with asyncio.timeout(5), transaction(db) as conn:
                    await conn.execute("INSERT INTO written VALUES ($1)", number)
            except TRANSIENT:
                await asyncio.sleep(0.05)
                continue
            acknowledged.add(number)
            if moved.is_set():
                first_after = first_after or time.monotonic()
            else:
                last_before = time.monotonic()

    async def more(than: int) -> bool:
        return len(acknowledged) > than + 200

    writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
    try:
        await until(lambda: more(0))
        await asyncio.to_thread(pair.primary.stop)  # for good: it must never take a write again
        before = len(acknowledged)
        moved.set()
        assert await at(standby.at(pair.admin_url), "SELECT pg_promote()")
        if copied_with_the_setting:
            await at(standby.at(pair.admin_url), *ALONE)
        await until(lambda: more(before))
    finally:
        stop.set()
        await asyncio.gather(*writers)
        await db.close()
    there = await asyncpg.connect(standby.at(made.url))
    kept = {row["number"] for row in await there.fetch("SELECT number FROM written")}
    await there.close()
    assert acknowledged - kept == set()
    waited = first_after - last_before
    sys.stdout.write(f"{len(acknowledged)} writes acknowledged, none lost; none was for {waited:.1f} s\n")


async def test_an_asynchronous_replica_that_is_promoted_lacks_what_it_had_not_received(pair: replicas.Pair) -> None:
    made = await asyncio.to_thread(pair.postgres.database, "testing")
    await at(made.owner_url, "CREATE TABLE written (number bigint PRIMARY KEY)")
    standby = await asyncio.to_thread(pair.replicate)
    standby_admin = standby.at(pair.admin_url)

    async def is_replayed() -> object:
        return await at(standby_admin, f"SELECT pg_last_wal_replay_lsn() >= '{position}'")

    async def receives() -> object:
        return await at(standby_admin, "SELECT count(*) FROM pg_stat_wal_receiver")

    async def receives_nothing() -> bool:
        return await receives() == 0

    await until(receives)
    await at(made.url, "INSERT INTO written VALUES (1)")
    position = await at(pair.admin_url, "SELECT pg_current_wal_flush_lsn()::text")
    await until(is_replayed)
    await at(standby_admin, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    await until(receives_nothing)
    await at(made.url, "INSERT INTO written VALUES (2)")  # acknowledged by the primary alone
    await asyncio.to_thread(pair.primary.stop)
    assert await at(standby_admin, "SELECT pg_promote()")
    assert await at(standby.at(made.url), "SELECT array_agg(number) FROM written") == [1]
