"""Ordering's migrations on tables that are in use."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg
import pytest

from services.kit.database.migrate import find, migrate
from services.ordering.app import SERVICE
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until

_WAITS = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = $1::regclass"
_HOLDS = """SELECT coalesce(array_agg(relation::regclass::text), '{}') FROM pg_locks
            WHERE granted AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL AND pid = $1"""


@pytest.mark.parametrize("table", ["merchant", "merchant_member", "product", "variant", "orders"])
async def test_a_default_waits_for_its_table_without_holding_another(made: TestDatabase, table: str) -> None:
    """A shop's request reads several of these at once: with two held, it and the migration could wait for each other."""
    name = "ordering/0005_unread_columns.sql"
    owner, reader = await asyncpg.connect(made.owner_url), await asyncpg.connect(made.url)
    try:
        await owner.execute("DELETE FROM schema_migration WHERE name = $1", name)
        async with reader.transaction():
            await reader.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
            files = find(SERVICE.name, SERVICE.migrations)
            migrating = asyncio.create_task(
                migrate(made.owner_url, files, runtime_role=SERVICE.name, movable_clock=False)
            )
            pid = await until(partial(owner.fetchval, _WAITS, table))
            held = await owner.fetchval(_HOLDS, pid)
        assert await migrating == [name]
        assert held == []
    finally:
        await owner.close()
        await reader.close()
