"""What the inbox need not know any more, in short statements: a worker does it now and then."""

from __future__ import annotations

from datetime import timedelta

from services.kit.database.db import Connection
from services.kit.ids import EventId


async def forget_settled(conn: Connection, *, keep_days: int, limit: int = 1_000) -> bool:
    """A dead letter keeps its record until somebody has settled it, and then no longer than an archive keeps what was told. At most `limit`
    of them at once: a flood is settled in one go. Whether there may be more."""
    done = await conn.execute(
        """DELETE FROM dead_letter WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM dead_letter WHERE replayed_at < wlijo_now() - make_interval(days => $1) LIMIT $2))""",
        keep_days,
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit


async def forget_quiet(
    conn: Connection, consumer: str, place: tuple[str, str], *, keep_days: int, limit: int = 1_000
) -> bool:
    """Of a consumer that joins aggregates where it finds them: positions in a topic of facts of which nothing was heard for so many days,
    at most `limit`; whether there may be more. Neither a log nor an archive has anything of them any more, and what is told of one after
    all is where it is joined again.

    Ids begin with their time, so the oldest aggregates come first in the inbox's order, and an event's id says when it was told.
    """
    oldest = EventId.at(await conn.fetchval("SELECT wlijo_now()") - timedelta(days=keep_days))
    done = await conn.execute(
        """WITH first AS MATERIALIZED (
               SELECT aggregate FROM inbox WHERE consumer = $1 AND source = $2 AND topic = $3 ORDER BY aggregate LIMIT 1)
           DELETE FROM inbox WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM inbox WHERE consumer = $1 AND source = $2 AND topic = $3
               AND aggregate < (SELECT left(aggregate, -length($4)) || $4 FROM first) AND last_id < $5
               AND NOT EXISTS (SELECT FROM inbox_waiting w
                               WHERE (w.consumer, w.source, w.topic, w.aggregate) = ($1, $2, $3, inbox.aggregate))
               LIMIT $6 FOR UPDATE SKIP LOCKED))""",
        consumer,
        *place,
        str(oldest).partition("_")[2],
        str(oldest),
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
