"""SQL of what was taken of limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.database.db import Connection
from services.people.domain.limits import Take


@dataclass(frozen=True, slots=True)
class Taken:
    """How many were taken, this one included, and when it begins anew."""

    take: Take
    count: int
    left_ms: int

    @property
    def is_too_much(self) -> bool:
        return self.count > self.take.most


async def take(conn: Connection, takes: Sequence[Take]) -> list[Taken]:
    """One of each, whose rows are held until the transaction ends: name them in one order everywhere."""
    rows = await conn.fetch(
        """INSERT INTO allowance AS a (kind, key, since, taken)
           SELECT t.kind, t.key, wlijo_now(), 1 FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY
               AS t (kind, key, within_s, n) ORDER BY t.n
           ON CONFLICT (kind, key) DO UPDATE SET
               taken = CASE WHEN a.since + (SELECT within_s FROM unnest($1::text[], $3::integer[]) AS w (kind, within_s)
                                            WHERE w.kind = a.kind) * interval '1 second' <= excluded.since
                            THEN 1 ELSE a.taken + 1 END,
               since = CASE WHEN a.since + (SELECT within_s FROM unnest($1::text[], $3::integer[]) AS w (kind, within_s)
                                            WHERE w.kind = a.kind) * interval '1 second' <= excluded.since
                            THEN excluded.since ELSE a.since END
           RETURNING kind, taken, extract(epoch FROM wlijo_now() - since)::float8 AS age_s""",
        [each.kind for each in takes],
        [each.key for each in takes],
        [each.within_s for each in takes],
    )
    found = {row["kind"]: row for row in rows}
    return [
        Taken(each, found[each.kind]["taken"], max(1, int((each.within_s - found[each.kind]["age_s"]) * 1_000)))
        for each in takes
    ]


async def give_back(conn: Connection, takes: Sequence[Take]) -> None:
    """Of what was taken in this transaction before it was known that it counts for nothing."""
    await conn.execute(
        """UPDATE allowance SET taken = greatest(taken - 1, 0)
           WHERE (kind, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))""",
        [each.kind for each in takes],
        [each.key for each in takes],
    )


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Those that began two days ago, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM allowance WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM allowance WHERE since < wlijo_now() - interval '2 days' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
