"""SQL of what searches have no use for any more.

What is known already is not written again by who puts goods up for sale, so nobody may be about to when it goes: with their table
locked, what has been changed is committed and seen. The lock is asked for without patience, and held for some rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.kit.database.db import Connection, Transaction

_LOT: Final = 500
_PATIENCE: Final = "250ms"
_SOLD = "search_has(('''' || w.word || '''')::tsquery)"
_IN_SQUARE = "EXISTS (SELECT FROM search_row r WHERE search_near(r.document) @@ ('''@' || s.cell || '@' || s.cell || '''')::tsquery)"


async def dead_words(conn: Connection, after: str) -> tuple[str | None, list[str]]:
    """The last of the next words, None when there are no more; and those of them that no goods for sale have. Of most a seller who has
    one is known, and is asked first."""
    rows = await conn.fetch(
        f"""SELECT w.word, NOT EXISTS (
                SELECT FROM unnest(w.sellers) AS seller JOIN search_row r ON r.merchant_id = seller AND r.for_sale
                WHERE CASE WHEN r.document @@ ('''' || w.word || '''')::tsquery THEN true END
            ) AND NOT {_SOLD} AS dead
            FROM (SELECT * FROM search_word WHERE word > $1 ORDER BY word LIMIT {_LOT}) AS w ORDER BY w.word""",
        after,
    )
    return rows[-1]["word"] if len(rows) == _LOT else None, [row["word"] for row in rows if row["dead"]]


async def forget_words(conn: Transaction, words: Sequence[str]) -> None:
    """Those that still no goods have. Raises Busy."""
    await _alone(conn)
    await conn.execute(f"DELETE FROM search_word w WHERE w.word = ANY ($1::text[]) AND NOT {_SOLD}", words)


async def empty_squares(conn: Connection) -> list[int]:
    rows = await conn.fetch(f"SELECT s.cell FROM search_square s WHERE NOT {_IN_SQUARE}")
    return [row["cell"] for row in rows]


async def forget_squares(conn: Transaction, cells: Sequence[int]) -> None:
    """Those that are still empty. Raises Busy."""
    await _alone(conn)
    await conn.execute(f"DELETE FROM search_square s WHERE s.cell = ANY ($1::int[]) AND NOT {_IN_SQUARE}", cells)


async def _alone(conn: Transaction) -> None:
    await conn.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    await conn.execute("LOCK TABLE search_row IN SHARE MODE")
