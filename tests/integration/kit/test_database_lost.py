"""The database goes away in the middle of statements: whoever used it is told that it is away, and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial

import asyncpg

from services.kit.database.db import Database, Unavailable, transaction
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until

_ROUNDS, _USERS = 10, 16


_OURS = """FROM pg_stat_activity
           WHERE datname = current_database() AND usename = current_user AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


async def test_a_statement_cut_off_by_the_servers_end_is_the_database_being_away(
    database: Callable[[str], TestDatabase],
) -> None:
    made = await asyncio.to_thread(database, "ordering")
    db = Database(made.url)
    await db.open()
    terminator = await asyncpg.connect(made.url)
    seen: Counter[str] = Counter()
    stop = asyncio.Event()

    async def use() -> None:
        while not stop.is_set():
            try:
                async with transaction(db) as conn:
                    await conn.fetch("SELECT repeat('x', 2000) FROM generate_series(1, 200)")
                    await conn.fetchval("SELECT 1")
            except (Unavailable, asyncpg.AdminShutdownError):
                seen["away"] += 1
            except Exception as error:  # noqa: BLE001 - whatever else it is, it is what must not be
                seen[f"{type(error).__name__}: {error}"] += 1

    async def used() -> bool:
        return bool(await terminator.fetchval(f"SELECT count(*) > 0 {_OURS}"))

    async def cut_off(before: int) -> bool:
        return seen["away"] > before or len(seen) > 1

    users = [asyncio.create_task(use()) for _ in range(_USERS)]
    try:
        for _ in range(_ROUNDS):
            before = seen["away"]
            await until(used)
            # Our own sessions alone: the server's workers (autovacuum) are not the runtime role's to end.
            await terminator.execute(f"SELECT pg_terminate_backend(pid) {_OURS}")
            await until(partial(cut_off, before))
    finally:
        stop.set()
        await asyncio.gather(*users)
        await terminator.close()
        await db.close()
    assert set(seen) == {"away"}, seen
