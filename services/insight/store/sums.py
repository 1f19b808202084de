"""Sums, who is seen in them, and the orders that may still change. One statement for any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.insight.domain.cubes import MEASURES, Change
from services.insight.domain.known import Known, read, write
from services.kit.database.db import Connection

_COLUMNS: Final = ", ".join(MEASURES)
_EACH: Final = ", ".join(f"m[{at}]" for at in range(1, 1 + len(MEASURES)))
_ADD: Final = f"""
INSERT INTO tally AS t (gen, cube, day, cell, {_COLUMNS})
SELECT $1, split_part(u, e'\\t', 1), split_part(u, e'\\t', 2), split_part(u, e'\\t', 3), {_EACH}
FROM unnest($2::text[]) AS u, LATERAL (SELECT split_part(u, e'\\t', 4)::bigint[] AS m) AS n
ON CONFLICT (gen, cube, day, cell) DO UPDATE SET {", ".join(f"{name} = t.{name} + excluded.{name}" for name in MEASURES)}"""
# A row each in one text: the driver looks at every element of an array, and there are thousands.


async def add(conn: Connection, gen: int, change: Change) -> None:
    """Rows are met in one order, so that two at once wait for each other and never in a circle."""
    rows = []
    for cell in sorted(change.sums):
        said = change.sums[cell]
        amounts = ",".join([str(said.get(name, 0)) for name in MEASURES])
        rows.append(f"{cell[0]}\t{cell[1]}\t{cell[2]}\t{{{amounts}}}")
    if rows:
        await conn.execute(_ADD, gen, rows)
    lives = sorted((merchant, min(days), max(days)) for merchant, days in change.life.items())
    if lives:
        await conn.execute(
            """INSERT INTO seller_life AS l (gen, merchant_id, first_day, last_day)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
               ON CONFLICT (gen, merchant_id) DO UPDATE
               SET first_day = least(l.first_day, excluded.first_day), last_day = greatest(l.last_day, excluded.last_day)
               WHERE l.first_day > excluded.first_day OR l.last_day < excluded.last_day""",
            gen,
            *map(list, zip(*lives, strict=True)),
        )


async def lock(conn: Connection, gen: int, digests: Iterable[bytes]) -> dict[bytes, Known]:
    """What is known of these orders, locked in one order; of new ones nothing."""
    wanted = sorted(set(digests))
    rows = await conn.fetch(
        "SELECT digest, state FROM working WHERE gen = $1 AND digest = ANY($2::bytea[]) ORDER BY digest FOR UPDATE",
        gen,
        wanted,
    )
    found = {bytes(row["digest"]): read(row["state"]) for row in rows}
    missing = [digest for digest in wanted if digest not in found]
    if missing:
        made = await conn.fetch(
            """INSERT INTO working (gen, digest, state, heard_at) SELECT $1, d, '{}', wlijo_now() FROM unnest($2::bytea[]) d
               ON CONFLICT (gen, digest) DO NOTHING RETURNING digest""",
            gen,
            missing,
        )
        ours = {bytes(row["digest"]) for row in made}
        found |= {digest: Known() for digest in ours}
        if theirs := [digest for digest in missing if digest not in ours]:  # somebody began it just now
            found |= await lock(conn, gen, theirs)
    return found


async def save(conn: Connection, gen: int, orders: Mapping[bytes, tuple[Known, Sequence[str]]]) -> None:
    """With what each waits for: sellers and goods that nothing was heard of yet."""
    digests = sorted(orders)
    known = [orders[digest][0] for digest in digests]
    await conn.execute(
        """UPDATE working w SET month = n.month, buyer = n.buyer, waits = string_to_array(n.waits, ','), state = n.state
           FROM unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::bytea[]) n (digest, month, buyer, waits, state)
           WHERE w.gen = $1 AND w.digest = n.digest""",
        gen,
        digests,
        [each.day[:7] if each.placed_at else None for each in known],
        [each.buyer or None for each in known],
        [",".join(orders[digest][1]) or None for digest in digests],
        [write(each) for each in known],
    )


async def waiting_for(conn: Connection, named: Sequence[str], limit: int) -> list[tuple[int, bytes]]:
    """Orders that wait for any of these sellers or goods: of which generation, and by which digest."""
    rows = await conn.fetch(
        "SELECT gen, digest FROM working WHERE waits IS NOT NULL AND waits && $1::text[] ORDER BY gen, digest LIMIT $2",
        named,
        limit,
    )
    return [(row["gen"], bytes(row["digest"])) for row in rows]


async def month(conn: Connection, gen: int, which: str) -> list[tuple[str, str, Mapping[str, int]]]:
    """All cells of a month with what is in them, days of the whole as `DAY`."""
    rows = await conn.fetch(
        f"""SELECT cube, cell, {", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)} FROM tally
            WHERE gen = $1 AND day >= $2 || '-01' AND day <= $2 || '-31' GROUP BY cube, cell
            UNION ALL SELECT 'DAY', day, {_COLUMNS} FROM tally
            WHERE gen = $1 AND cube = 'ALL' AND day >= $2 || '-01' AND day <= $2 || '-31'""",
        gen,
        which,
    )
    return [(row["cube"], row["cell"], {name: row[name] for name in MEASURES}) for row in rows]


async def orders(conn: Connection, gen: int, which: str, after: bytes, limit: int) -> list[tuple[bytes, Known]]:
    """Of a month, as they are known now, by their digests."""
    rows = await conn.fetch(
        "SELECT digest, state FROM working WHERE gen = $1 AND month = $2 AND digest > $3 ORDER BY digest LIMIT $4",
        gen,
        which,
        after,
        limit,
    )
    return [(bytes(row["digest"]), read(row["state"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Day:
    day: str
    measures: Mapping[str, int]


async def days(conn: Connection, gen: int, until: str, *, limit: int, below: bool = False) -> list[Day]:
    """Of the whole regency, the days that have something, the newest first: until this day, or before it."""
    rows = await conn.fetch(
        f"""SELECT day, {_COLUMNS} FROM tally
            WHERE gen = $1 AND cube = 'ALL' AND cell = '' AND (day < $2 OR day = $2 AND NOT $4) ORDER BY day DESC LIMIT $3""",
        gen,
        until,
        limit,
        below,
    )
    return [Day(row["day"], {name: row[name] for name in MEASURES}) for row in rows]


async def totals(conn: Connection, gen: int, cube: str, first: str, last: str) -> dict[str, Mapping[str, int]]:
    """By cell, of a cube that names nobody: companies, programmes, cancellations."""
    rows = await conn.fetch(
        f"""SELECT cell, {", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)} FROM tally
            WHERE gen = $1 AND cube = $2 AND day BETWEEN $3 AND $4 GROUP BY cell ORDER BY cell""",
        gen,
        cube,
        first,
        last,
    )
    return {row["cell"]: {name: row[name] for name in MEASURES} for row in rows}


async def months(conn: Connection, gen: int) -> list[str]:
    """Those that have something, the oldest first."""
    rows = await conn.fetch(
        "SELECT DISTINCT left(day, 7) AS month FROM tally WHERE gen = $1 AND cube = 'ALL' AND cell = '' ORDER BY 1", gen
    )
    return [row["month"] for row in rows]


async def lives(conn: Connection, gen: int, first: str, last: str) -> tuple[int, int]:
    """Sellers whose first sale lies between these days, and whose last does."""
    row = await conn.fetchrow(
        """SELECT count(*) FILTER (WHERE first_day BETWEEN $2 AND $3) AS born, count(*) FILTER (WHERE last_day BETWEEN $2 AND $3) AS last
           FROM seller_life WHERE gen = $1""",
        gen,
        first,
        last,
    )
    assert row is not None
    return row["born"], row["last"]
