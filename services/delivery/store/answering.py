"""How partners answer: who lets offers expire, who uses its topic, and up to when that has been read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import PartnerId
from services.kit.database.db import Connection, only_row

_USES_DAYS = 14  # as long as a topic keeps its records


async def let_expire(conn: Connection, partner_id: PartnerId) -> None:
    """One more offer in a row that it did not answer."""
    await conn.execute(
        """INSERT INTO partner_answering AS a (partner_id, unanswered) VALUES ($1, 1)
           ON CONFLICT (partner_id) DO UPDATE SET unanswered = a.unanswered + 1""",
        partner_id,
    )


NOTED = """
INSERT INTO partner_answering AS a (partner_id, topic_used_at)
SELECT $1, CASE WHEN $3 THEN wlijo_now() END WHERE $2 AND (
    EXISTS (SELECT FROM partner_answering WHERE partner_id = $1 AND unanswered > 0)
    OR $3 AND NOT EXISTS (SELECT FROM partner_answering
                          WHERE partner_id = $1 AND topic_used_at > wlijo_now() - interval '1 day'))
ON CONFLICT (partner_id) DO UPDATE SET unanswered = 0, topic_used_at = coalesce(excluded.topic_used_at, a.topic_used_at)"""
"""The partner $1 has said something that was of use, if $2: it is awake, and, if $3, uses its topic. Seldom a write: after silence, and
once a day."""


async def noted(conn: Connection, partner_id: PartnerId, *, of_use: bool, by_topic: bool) -> None:
    if of_use:
        await conn.execute(NOTED, partner_id, of_use, by_topic)


@dataclass(frozen=True, slots=True)
class Heard:
    """Up to when all of a partner's replies on its topic have been read; None when a partition has not been read at all."""

    uses_topic: bool
    read_to: datetime | None


async def heard(conn: Connection, partner_id: PartnerId, partitions: int) -> Heard:
    row = await only_row(
        conn,
        """SELECT EXISTS (SELECT FROM partner_answering WHERE partner_id = $1
                          AND topic_used_at > wlijo_now() - make_interval(days => $3)) AS uses_topic,
                  (SELECT CASE WHEN count(*) >= $2 THEN min(read_to) END FROM reply_reading WHERE partner_id = $1) AS read_to""",
        partner_id,
        partitions,
        _USES_DAYS,
    )
    return Heard(row["uses_topic"], row["read_to"])


async def mark_read(conn: Connection, places: Sequence[tuple[PartnerId, int, float]]) -> None:
    """All replies in these (partner, partition) that were appended so many seconds ago have been read; a second is left for the broker's
    clock. Written while somebody may care: an offer is open, or the company has yet to be known as one that is heard."""
    await conn.execute(
        """INSERT INTO reply_reading (partner_id, partition, read_to)
           SELECT p, n, wlijo_now() - make_interval(secs => s + 1)
           FROM unnest($1::uuid[], $2::integer[], $3::float8[]) AS t (p, n, s)
           WHERE EXISTS (SELECT FROM offer WHERE partner_id = p AND state = 'OPEN')
              OR NOT EXISTS (SELECT FROM reply_reading r WHERE r.partner_id = p AND r.partition = n)
           ON CONFLICT (partner_id, partition) DO UPDATE SET read_to = greatest(reply_reading.read_to, excluded.read_to)""",
        [partner for partner, _, _ in places],
        [partition for _, partition, _ in places],
        [seconds for _, _, seconds in places],
    )
