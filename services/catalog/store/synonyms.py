"""SQL of what people say for what goods are called."""

from __future__ import annotations

from services.kit.database.db import Connection


async def lock(conn: Connection) -> None:
    """Whoever enters one waits for the others; searches do not."""
    await conn.execute("LOCK TABLE synonym IN SHARE ROW EXCLUSIVE MODE")


async def all_of(conn: Connection) -> list[tuple[str, str]]:
    """Word and meaning, by the word."""
    return [(row["word"], row["means"]) for row in await conn.fetch("SELECT word, means FROM synonym ORDER BY word")]


async def save(conn: Connection, word: str, means: str, *, by: str) -> None:
    await conn.execute(
        """WITH saved AS (
               INSERT INTO synonym (word, means) VALUES ($1, $2) ON CONFLICT (word) DO UPDATE SET means = excluded.means)
           INSERT INTO synonym_change (word, means, subject, at) VALUES ($1, $2, $3, wlijo_now())""",
        word,
        means,
        by,
    )


async def remove(conn: Connection, word: str, *, by: str) -> None:
    await conn.execute(
        """WITH gone AS (DELETE FROM synonym WHERE word = $1 RETURNING word)
           INSERT INTO synonym_change (word, subject, at) SELECT word, $2, wlijo_now() FROM gone""",
        word,
        by,
    )
