"""Who waits for the log to be on the disk: who tells something, and not the relay's lease."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from services.kit.database.db import Database, transaction
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from tests.integration.conftest import ThingId, ThingSaid
from tests.worlds.servers import TestDatabase

# A test's server syncs nothing, and writes the log later for everybody: here it does as others do, and who waits writes it himself.
_AS_OTHERS = "synchronous_commit=on"
_OURS = "SELECT sum(writes)::bigint FROM pg_stat_get_backend_io(pg_backend_pid()) WHERE object = 'wal'"


async def _told(db: Database) -> None:
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=ThingId.new(), number=1))


async def _leased(db: Database) -> None:
    assert await PostgresOutbox(db, "wlijo/testing").lease(UUID(int=1), 6)


@pytest.mark.parametrize(
    ("work", "waits"),
    [pytest.param(_told, True, id="an event"), pytest.param(_leased, False, id="a lease")],
)
async def test_who_tells_waits_for_the_disk_and_the_lease_does_not(
    thing_database: TestDatabase, work: Callable[[Database], Awaitable[None]], waits: bool
) -> None:
    """Of ten times each: a page that has to make room may write the log in passing, now and then."""
    db = Database(f"{thing_database.url}?{_AS_OTHERS}", size=1)
    await db.open()
    before = await _written(db)
    for _ in range(10):
        await work(db)
    written = await _written(db) - before
    await db.close()
    assert written >= 10 if waits else written < 5


async def _written(db: Database) -> int:
    """Of the one connection there is."""
    async with db.acquire() as conn:
        await conn.execute("SELECT pg_stat_force_next_flush()")
        counted: int = await conn.fetchval(_OURS)
        return counted
