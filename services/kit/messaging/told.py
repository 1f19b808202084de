"""What was told of some aggregates, as staff read it: whether each event has left, and nothing of what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.database.db import Connection

MOST = 200


@dataclass(frozen=True, slots=True)
class Told:
    """`sent_at` is None while it waits for the broker."""

    id: UUID
    type: str
    count: int
    told_at: datetime
    sent_at: datetime | None


_PLACES = "unnest($1::text[], $2::text[]) AS place (topic, aggregate)"
_EVENTS = f"""
SELECT DISTINCT ON (told_at, id) * FROM (
    SELECT id, type, aggregateseq, created_at AS told_at, sent_at FROM {_PLACES} JOIN outbox_archive USING (topic, aggregate)
    UNION ALL SELECT id, type, aggregateseq, created_at, sent_at FROM {_PLACES} JOIN outbox_kept USING (topic, aggregate)
    UNION ALL SELECT id, type, aggregateseq, created_at, NULL FROM {_PLACES} JOIN outbox USING (topic, aggregate)) AS told
ORDER BY told_at, id, sent_at LIMIT $3"""


async def of(conn: Connection, places: Sequence[tuple[str, str]]) -> list[Told]:
    """By topic and aggregate, in the order told, at most `MOST`. One that is to be sent again counts as sent. Facts are kept for
    fourteen days, and not longer."""
    rows = await conn.fetch(_EVENTS, [topic for topic, _ in places], [aggregate for _, aggregate in places], MOST)
    return [Told(row["id"], row["type"], row["aggregateseq"], row["told_at"], row["sent_at"]) for row in rows]
