"""What is published: revisions of months, fixed once they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.insight.domain.hiding import Why
from services.insight.domain.publishing import Published
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Revision:
    month: str
    revision: int
    published_at: datetime
    why: str
    test: bool


async def write(conn: Connection, made: Revision, cells: Sequence[Published]) -> None:
    await conn.execute(
        "INSERT INTO publication (month, revision, published_at, why, test) VALUES ($1, $2, $3, $4, $5)",
        made.month,
        made.revision,
        made.published_at,
        made.why,
        made.test,
    )
    await conn.execute(
        """INSERT INTO published_cell (month, revision, cube, cell, withheld, measures)
           SELECT $1, $2, c, n, nullif(w, ''), m::jsonb FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS u (c, n, w, m)""",
        made.month,
        made.revision,
        [each.cube for each in cells],
        [each.cell for each in cells],
        [str(each.withheld or "") for each in cells],
        [msgspec.json.encode(dict(each.measures)).decode() for each in cells],
    )


async def revisions(
    conn: Connection, *, after: tuple[str, int] | None = None, limit: int = 1_000, month: str | None = None
) -> list[Revision]:
    """The newest first."""
    rows = await conn.fetch(
        """SELECT month, revision, published_at, why, test FROM publication
           WHERE ($1::text IS NULL OR (month, revision) < ($1, $2)) AND ($4::text IS NULL OR month = $4)
           ORDER BY month DESC, revision DESC LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
        month,
    )
    return [Revision(**dict(row)) for row in rows]


async def newest(conn: Connection, month: str | None) -> Revision | None:
    """Of the month, or of the newest one."""
    found = await revisions(conn, month=month, limit=1)
    return found[0] if found else None


def _cell(row: Row) -> Published:
    why = row["withheld"]
    measures: dict[str, int] = msgspec.json.decode(str(row["measures"]))
    return Published(str(row["cube"]), str(row["cell"]), Why(str(why)) if why else None, measures)


async def cells(conn: Connection, month: str, revision: int, cubes: Iterable[str] | None = None) -> list[Published]:
    rows = await conn.fetch(
        """SELECT cube, cell, withheld, measures FROM published_cell
           WHERE month = $1 AND revision = $2 AND ($3::text[] IS NULL OR cube = ANY($3)) ORDER BY cube, cell""",
        month,
        revision,
        list(cubes) if cubes is not None else None,
    )
    return [_cell(row) for row in rows]


@dataclass(frozen=True, slots=True)
class OfMonth:
    """A cell in the newest revision of a month; `cell` is null where nothing was sold."""

    month: str
    revision: int
    test: bool
    cell: Published | None


async def of_months(conn: Connection, cube: str, cell: str, months: Sequence[str]) -> dict[str, OfMonth]:
    rows = await conn.fetch(
        """SELECT p.month, p.revision, p.test, c.cube, c.cell, c.withheld, c.measures
           FROM (SELECT DISTINCT ON (month) month, revision, test FROM publication WHERE month = ANY($3::text[])
                 ORDER BY month, revision DESC) p
           LEFT JOIN published_cell c ON c.month = p.month AND c.revision = p.revision AND c.cube = $1 AND c.cell = $2""",
        cube,
        cell,
        list(months),
    )
    return {
        row["month"]: OfMonth(row["month"], row["revision"], row["test"], _cell(row) if row["cube"] else None)
        for row in rows
    }


async def months(conn: Connection, *, before: str | None, limit: int) -> list[str]:
    """Published ones, the newest first."""
    rows = await conn.fetch(
        "SELECT DISTINCT month FROM publication WHERE $1::text IS NULL OR month < $1 ORDER BY month DESC LIMIT $2",
        before,
        limit,
    )
    return [row["month"] for row in rows]
