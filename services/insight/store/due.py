"""What is due: licences that end, and complaints by their deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.contracts.licences import LicenceEvent
from services.kit.database.db import Connection

NAMES: Final = ("opened", "in_time", "late", "withdrawn", "unanswered")


async def holds(conn: Connection, event: LicenceEvent) -> None:
    await conn.execute(
        """INSERT INTO licence (licence_id, merchant_id, kind, expires_on) VALUES ($1, $2, $3, $4)
           ON CONFLICT (licence_id) DO UPDATE SET expires_on = excluded.expires_on""",
        str(event.licence_id),
        str(event.merchant_id),
        str(event.kind),
        event.expires_on,
    )


async def holds_no_more(conn: Connection, licence_id: str) -> None:
    await conn.execute("DELETE FROM licence WHERE licence_id = $1", licence_id)


@dataclass(frozen=True, slots=True)
class Ending:
    kind: str
    place: str
    soon: int
    later: int


async def ending(
    conn: Connection, today: date, soon: date, later: date, *, after: tuple[str, str] | None, limit: int
) -> list[Ending]:
    """Licences that end until `later`, and of those until `soon`, by kind and by where the merchant is now; `?` where that is not known.
    One whose merchant has another of the kind that holds for longer is none of them."""
    rows = await conn.fetch(
        """SELECT kind, place, count(*) FILTER (WHERE expires_on <= $2) AS soon, count(*) AS later
           FROM (SELECT l.kind, l.expires_on, coalesce((SELECT kecamatan FROM seller_was w WHERE w.merchant_id = l.merchant_id
                                                        ORDER BY since DESC LIMIT 1), '?') AS place
                 FROM licence l WHERE l.expires_on BETWEEN $1 AND $3
                 AND NOT EXISTS (SELECT FROM licence n WHERE n.merchant_id = l.merchant_id AND n.kind = l.kind
                                 AND (n.expires_on IS NULL OR n.expires_on > l.expires_on))) ends
           WHERE $4::text IS NULL OR (kind, place) > ($4, $5::text)
           GROUP BY kind, place ORDER BY kind, place LIMIT $6""",
        today,
        soon,
        later,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [Ending(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Open:
    month: str
    kind: str
    due_at: datetime | None


async def open_complaint(conn: Connection, digest: bytes, month: str, kind: str, due_at: datetime) -> None:
    await conn.execute(
        "INSERT INTO complaint (digest, month, kind, due_at) VALUES ($1, $2, $3, $4)", digest, month, kind, due_at
    )
    await count(conn, month, kind, "opened")


async def lock(conn: Connection, digest: bytes) -> Open | None:
    row = await conn.fetchrow("SELECT month, kind, due_at FROM complaint WHERE digest = $1 FOR UPDATE", digest)
    return Open(**dict(row)) if row else None


async def due(conn: Connection, digest: bytes, due_at: datetime | None) -> None:
    await conn.execute("UPDATE complaint SET due_at = $2 WHERE digest = $1", digest, due_at)


async def close(conn: Connection, digest: bytes) -> None:
    await conn.execute("DELETE FROM complaint WHERE digest = $1", digest)


async def count(conn: Connection, month: str, kind: str, what: str) -> None:
    assert what in NAMES
    await conn.execute(
        f"""INSERT INTO complaint_tally AS t (month, kind, {what}) VALUES ($1, $2, 1)
            ON CONFLICT (month, kind) DO UPDATE SET {what} = t.{what} + 1""",
        month,
        kind,
    )


@dataclass(frozen=True, slots=True)
class Complaints:
    month: str
    kind: str
    opened: int
    in_time: int
    late: int
    withdrawn: int
    unanswered: int
    overdue: int
    """Open, and past their deadline."""


async def complaints(
    conn: Connection, now: datetime, *, after: tuple[str, str] | None, limit: int
) -> Sequence[Complaints]:
    """The newest month first, then by kind."""
    rows = await conn.fetch(
        f"""SELECT month, kind, {", ".join(NAMES)},
                   (SELECT count(*) FROM complaint c WHERE c.month = t.month AND c.kind = t.kind AND c.due_at < $1) AS overdue
            FROM complaint_tally t
            WHERE $2::text IS NULL OR month < $2 OR (month = $2 AND kind > $3::text)
            ORDER BY month DESC, kind LIMIT $4""",
        now,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [Complaints(**dict(row)) for row in rows]
