"""SQL of what is to be told to somebody; the worker sends it."""

from __future__ import annotations

from services.contracts.amounts import Language
from services.kit.database.db import Connection
from services.people.domain.ids import MessageId


async def add(
    conn: Connection, *, phone: str, kind: str, language: Language, text: str, code: str, lives_s: int
) -> None:
    await conn.execute(
        """INSERT INTO messages (id, phone, kind, language, text, created_at, expires_at, not_before, code)
           VALUES ($1, $2, $3, $4, $5, wlijo_now(), wlijo_now() + $6 * interval '1 second', wlijo_now(), $7)""",
        MessageId.new(),
        phone,
        kind,
        language.lower(),
        text,
        lives_s,
        code,
    )


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Those that were over a day ago, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM messages WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM messages WHERE expires_at < wlijo_now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
