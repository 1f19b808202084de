"""What stands in the way of an inbox, in numbers, for metrics and for ops."""

from __future__ import annotations

from services.kit.database.db import Connection, only_row

_PATIENT_S = 3_600.0


async def trouble(conn: Connection, consumer: str) -> dict[str, int]:
    """Counts for the metrics: events that wait, keys that are parked, dead letters that nobody has settled."""
    row = await only_row(
        conn,
        """SELECT count(*) FILTER (WHERE error IS NULL) AS waiting, count(*) FILTER (WHERE error IS NOT NULL) AS parked,
                  (SELECT count(*) FROM dead_letter WHERE consumer = $1 AND replayed_at IS NULL) AS dead
           FROM inbox_waiting WHERE consumer = $1""",
        consumer,
    )
    return dict(row)


async def ages(conn: Connection, consumer: str) -> dict[str, float]:
    """How long the oldest event has waited for its predecessor, and the oldest parked head for its handler, in seconds."""
    row = await only_row(
        conn,
        """SELECT coalesce(extract(epoch FROM wlijo_now() - min(since) FILTER (WHERE error IS NULL)), 0)::float8 AS waiting,
                  coalesce(extract(epoch FROM wlijo_now() - min(since) FILTER (WHERE error IS NOT NULL)), 0)::float8 AS parked
           FROM inbox_waiting WHERE consumer = $1""",
        consumer,
    )
    return dict(row)


async def behind(conn: Connection, consumer: str, *, than: str) -> int:
    """Aggregates of which this consumer has applied less than the other one; of topics that both hear."""
    found: int = await conn.fetchval(
        """SELECT count(*) FROM inbox old LEFT JOIN inbox new ON new.consumer = $1
                  AND (new.source, new.topic, new.aggregate) = (old.source, old.topic, old.aggregate)
           WHERE old.consumer = $2 AND (coalesce(new.epoch, 0), coalesce(new.last, 0)) < (old.epoch, old.last)
             AND ($1 NOT IN (SELECT consumer FROM inbox) OR old.topic IN (SELECT topic FROM inbox WHERE consumer = $1))""",
        consumer,
        than,
        timeout=_PATIENT_S,
    )
    return found
