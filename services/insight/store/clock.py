"""The platform's clock."""

from __future__ import annotations

from datetime import datetime

from services.kit.database.db import Connection


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at
