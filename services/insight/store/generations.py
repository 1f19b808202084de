"""Generations of the sums: the one that serves, and one that is built beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.kit.database.db import Connection, only_row


@dataclass(frozen=True, slots=True)
class Generation:
    gen: int
    state: str
    from_day: date
    closed_before: str


async def serving(conn: Connection, *, counting: bool = False) -> Generation:
    """`counting`: it goes on serving until the caller's transaction ends."""
    lock = " FOR SHARE" if counting else ""
    row = await only_row(
        conn, f"SELECT gen, state, from_day, closed_before FROM generation WHERE state = 'SERVING'{lock}"
    )
    return Generation(row["gen"], row["state"], row["from_day"], row["closed_before"])


async def building(conn: Connection, *, counting: bool = False) -> Generation | None:
    """`counting`: it goes on being built until the caller's transaction ends."""
    lock = " FOR SHARE" if counting else ""
    row = await conn.fetchrow(
        f"SELECT gen, state, from_day, closed_before FROM generation WHERE state = 'BUILDING'{lock}"
    )
    return Generation(row["gen"], row["state"], row["from_day"], row["closed_before"]) if row else None


async def late(conn: Connection, gen: int, facts: int) -> None:
    await conn.execute("UPDATE generation SET late = late + $2 WHERE gen = $1", gen, facts)


async def begin(conn: Connection, from_day: date, at: datetime) -> int:
    gen: int = await conn.fetchval(
        """INSERT INTO generation (gen, state, from_day, begun_at) SELECT max(gen) + 1, 'BUILDING', $1, $2 FROM generation RETURNING gen""",
        from_day,
        at,
    )
    return gen


async def retire(conn: Connection, gen: int) -> None:
    await conn.execute("UPDATE generation SET state = 'RETIRED' WHERE gen = $1", gen)


async def serve(conn: Connection, gen: int, closed_before: str, at: datetime) -> None:
    """From now on nothing is before its first day."""
    await conn.execute(
        """UPDATE generation SET state = 'SERVING', from_day = '2020-01-01', closed_before = $2, swapped_at = $3 WHERE gen = $1""",
        gen,
        closed_before,
        at,
    )


async def carried(conn: Connection, old: int, from_day: date, after: bytes, limit: int) -> list[bytes]:
    """Orders that the old one still knows, of months until that day's, by their digests in order."""
    rows = await conn.fetch(
        """SELECT digest FROM working WHERE gen = $1 AND digest > $3 AND month <= left($2::date::text, 7)
           ORDER BY digest LIMIT $4""",
        old,
        from_day,
        after,
        limit,
    )
    return [bytes(row["digest"]) for row in rows]


async def carry_settled(conn: Connection, old: int, new: int, closed_before: str) -> None:
    """Sums of months of whose orders nothing is kept, and when sellers sold."""
    await conn.execute("SET LOCAL statement_timeout = 0")
    await conn.execute("DELETE FROM tally WHERE gen = $1 AND day < $2", new, closed_before)
    columns = await conn.fetchval(
        """SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
           WHERE attrelid = 'tally'::regclass AND attnum > 1 AND NOT attisdropped"""
    )
    await conn.execute(
        f"INSERT INTO tally (gen, {columns}) SELECT $2, {columns} FROM tally WHERE gen = $1 AND day < $3",
        old,
        new,
        closed_before,
    )
    await conn.execute(
        """INSERT INTO seller_life AS l (gen, merchant_id, first_day, last_day)
           SELECT $2, merchant_id, first_day, last_day FROM seller_life WHERE gen = $1
           ON CONFLICT (gen, merchant_id) DO UPDATE
           SET first_day = least(l.first_day, excluded.first_day), last_day = greatest(l.last_day, excluded.last_day)""",
        old,
        new,
    )


async def forget_retired(conn: Connection, limit: int = 10_000) -> int:
    """Rows of generations that neither serve nor are built; how many went, of which there may be more."""
    gone = 0
    for table in ("working", "tally", "seller_life"):
        status = await conn.execute(
            f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
                    SELECT t.ctid FROM {table} t JOIN generation g USING (gen) WHERE g.state = 'RETIRED' LIMIT $1))""",
            limit,
        )
        gone += int(status.rpartition(" ")[2])
    return gone
