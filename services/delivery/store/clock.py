"""The database's clocks: the wall clock, and ours, which local and test mode can move."""

from __future__ import annotations

from datetime import datetime

from services.kit.database.db import Connection


async def ours(conn: Connection, wall: datetime) -> datetime:
    """A wall clock's instant on our clock."""
    at: datetime = await conn.fetchval("SELECT $1::timestamptz + (wlijo_now() - clock_timestamp())", wall)
    return at


async def seconds_ago(conn: Connection, seconds: float) -> datetime:
    """The wall clock's instant so long before this statement, by the server that everybody asks."""
    at: datetime = await conn.fetchval("SELECT clock_timestamp() - make_interval(secs => $1)", seconds)
    return at
