"""SQL of what is to be told to somebody; the worker sends it."""

from __future__ import annotations

from services.kit.database.db import Connection


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Those that were over a day ago, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM messages WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM messages WHERE expires_at < wlijo_now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
