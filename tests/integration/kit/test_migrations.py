"""Migrations on a real PostgreSQL: once, in order, by one at a time, and never over a changed or newer database."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from services.kit.database import releases
from services.kit.database.migrate import Migration, MigrationError, find, migrate, missing, statements
from services.kit.observe.version import VERSION
from tests.worlds import servers
from tests.worlds.waiting import until


@pytest.fixture
def fresh(thing_database: servers.TestDatabase) -> str:
    return thing_database.owner_url


def kit() -> list[Migration]:
    return find("testing", Path("no such folder"))


async def _run(url: str, *more: Migration) -> list[str]:
    return await migrate(url, [*kit(), *more], runtime_role="testing", movable_clock=True)


COW = Migration(
    "testing/0001_cow.sql",
    "SET lock_timeout = '200ms'; CREATE TABLE cow (id int PRIMARY KEY); INSERT INTO cow VALUES (1)",
)


async def test_a_file_is_applied_once_also_when_two_migrate_at_the_same_time(fresh: str) -> None:
    both = await asyncio.gather(_run(fresh, COW), _run(fresh, COW))
    assert sorted(both) == [[], ["testing/0001_cow.sql"]]


async def test_the_runtime_role_may_use_what_the_owner_made_but_not_change_it(
    fresh: str, thing_database: servers.TestDatabase
) -> None:
    await _run(fresh, COW)
    conn = await asyncpg.connect(thing_database.url)
    assert await conn.fetchval("SELECT id FROM cow") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("DROP TABLE cow")
    await conn.close()


async def test_a_file_that_fails_changes_nothing_and_is_named(fresh: str) -> None:
    bad = Migration("testing/0002_bad.sql", "CREATE TABLE half (id int); SELECT * FROM nowhere")
    with pytest.raises(MigrationError, match=r"testing/0002_bad\.sql"):
        await _run(fresh, COW, bad)
    conn = await asyncpg.connect(fresh)
    assert await conn.fetchval("SELECT to_regclass('half')") is None
    assert await conn.fetchval("SELECT to_regclass('cow')") is not None
    await conn.close()


async def test_an_applied_file_that_changed_is_refused(fresh: str) -> None:
    await _run(fresh, COW)
    with pytest.raises(MigrationError, match="has changed"):
        await _run(fresh, Migration(COW.name, COW.sql + " -- edited"))


async def test_a_database_that_is_newer_than_the_code_is_refused(fresh: str) -> None:
    await _run(fresh, COW)
    with pytest.raises(MigrationError, match="newer"):
        await _run(fresh)


async def test_what_is_missing_is_known_before_and_nothing_after(fresh: str) -> None:
    conn = await asyncpg.connect(fresh)
    assert await missing(conn, [*kit(), COW]) == [COW.name]
    await _run(fresh, COW)
    assert await missing(conn, [*kit(), COW]) == []
    assert await missing(conn, kit()) == []
    await conn.close()


async def test_a_file_waits_for_a_lock_by_trying_again(fresh: str) -> None:
    await _run(fresh, COW)
    conn = await asyncpg.connect(fresh)
    held = conn.transaction()
    await held.start()
    await conn.execute("LOCK TABLE cow")
    alter = Migration("testing/0002_cow.sql", "SET LOCAL lock_timeout = '100ms'; ALTER TABLE cow ADD COLUMN name text")
    migrating = asyncio.create_task(_run(fresh, COW, alter))
    watch = await asyncpg.connect(fresh)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'cow'::regclass"
    await until(partial(watch.fetchval, waits))
    await until(partial(watch.fetchval, waits.replace("count(*)", "count(*) = 0")))  # gave up once
    await held.rollback()
    assert await migrating == ["testing/0002_cow.sql"]
    await conn.close()
    await watch.close()


async def test_a_file_may_run_outside_a_transaction(fresh: str) -> None:
    outside = Migration(
        "testing/0002_i.sql", "-- outside a transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS cow_i ON cow (id);\n"
    )
    assert await _run(fresh, COW, outside) == [COW.name, outside.name]


def test_statements_are_split_at_a_lines_end() -> None:
    assert statements("-- why\nSELECT 1;\n\nSELECT ';x';\n-- end\n") == ["-- why\nSELECT 1", "SELECT ';x'"]


async def test_a_release_that_was_skipped_is_refused_by_name_and_nothing_is_applied(
    fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _run(fresh)
    monkeypatch.setattr(releases, "RELEASES", (VERSION, "9.1.0", "9.2.0"))
    monkeypatch.setattr("services.kit.database.migrate.VERSION", "9.2.0")
    with pytest.raises(MigrationError, match=r"9\.1\.0 would be skipped"):
        await _run(fresh, COW)
    conn = await asyncpg.connect(fresh)
    assert await conn.fetchval("SELECT to_regclass('cow')") is None
    await conn.close()
    monkeypatch.setattr("services.kit.database.migrate.VERSION", "9.1.0")
    assert await _run(fresh, COW) == [COW.name]
    monkeypatch.setattr("services.kit.database.migrate.VERSION", "9.2.0")
    assert await _run(fresh, COW) == []


async def test_a_database_of_an_unknown_release_is_refused(fresh: str) -> None:
    await _run(fresh)
    conn = await asyncpg.connect(fresh)
    await conn.execute("INSERT INTO release_applied VALUES ('10.0.0', now() + interval '1 minute')")
    await conn.close()
    with pytest.raises(MigrationError, match=r"10\.0\.0"):
        await _run(fresh)
