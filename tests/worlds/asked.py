"""What a pool's connections ask the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.kit.database.db import Database

# Wake-ups, which go by themselves a moment after a commit; what a connection asks of types that nobody of its pool has met.
_OF_ITSELF = ("pg_notify", "current_setting('jit')", "typeinfo_tree")


@asynccontextmanager
async def asked_of(db: Database) -> AsyncIterator[list[str]]:
    """Every statement in one line, BEGIN and COMMIT included, of connections that are opened meanwhile too: a wake-up may hold the one
    that was there. Whole when the block has ended."""
    asked: list[str] = []

    def hear(query: Any) -> None:
        if not any(each in query.query for each in _OF_ITSELF):
            asked.append(" ".join(query.query.split()))

    async def listen(conn: Any) -> None:
        conn._con.add_query_logger(hear)

    holders = db._pool._holders  # type: ignore[union-attr]  # asyncpg tells of no connection that a pool opens
    for each in holders:
        each._setup = listen
    try:
        yield asked
        await asyncio.sleep(0)  # loggers are called by the loop
    finally:
        for each in holders:
            each._setup = None
            if each._con is not None:
                each._con.remove_query_logger(hear)
