"""Settled months: what is forgotten of them, in short statements."""

from __future__ import annotations

from datetime import datetime

from services.kit.database.db import Connection

_AT_ONCE = 10_000


async def lock(conn: Connection, month: str) -> None:
    """Two who publish a month come one after the other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('insight publication'), hashtext($1))", month)


async def settle(conn: Connection, gen: int, until: str, heard_before: datetime) -> int:
    """Of months before `until`; and what was heard of orders before that, of which nothing else ever came. How many rows went."""
    await conn.execute("UPDATE generation SET closed_before = greatest(closed_before, $2) WHERE gen = $1", gen, until)
    gone = 0
    for statement, arguments in (
        (
            "DELETE FROM working WHERE ctid = ANY(ARRAY(SELECT ctid FROM working WHERE gen = $1 AND month < $2 LIMIT $3))",
            (gen, until),
        ),
        (
            """DELETE FROM working WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM working WHERE gen = $1 AND month IS NULL AND heard_at < $2 LIMIT $3))""",
            (gen, heard_before),
        ),
    ):
        status = await conn.execute(statement, *arguments, _AT_ONCE)
        gone += int(status.rpartition(" ")[2])
    if not gone:
        await conn.execute(
            """DELETE FROM month_key k WHERE month < $1 AND month ~ '^2'
               AND NOT EXISTS (SELECT FROM generation g WHERE g.state = 'BUILDING')""",
            until,
        )
    return gone
