"""The files of open data, as they were published."""

from __future__ import annotations

import hashlib

from services.insight.domain.opendata import File
from services.kit.database.db import Connection

MOST_LISTED = 2_000


async def write(conn: Connection, month: str, revision: int, format_: str, content: bytes) -> None:
    await conn.execute(
        "INSERT INTO published_file (month, revision, format, content, sha256) VALUES ($1, $2, $3, $4, $5)",
        month,
        revision,
        format_,
        content,
        hashlib.sha256(content).hexdigest(),
    )


async def listed(conn: Connection) -> list[File]:
    """The newest month first, and its newest revision."""
    rows = await conn.fetch(
        """SELECT f.month, f.revision, f.format, f.sha256, length(f.content) AS size, p.published_at, p.why, p.test
           FROM published_file f JOIN publication p USING (month, revision) ORDER BY month DESC, revision DESC, format LIMIT $1""",
        MOST_LISTED,
    )
    return [File(**dict(row)) for row in rows]


async def content(conn: Connection, month: str, revision: int | None, format_: str) -> tuple[bytes, str] | None:
    """With its checksum; of the newest revision when none is named."""
    row = await conn.fetchrow(
        """SELECT content, sha256 FROM published_file
           WHERE month = $1 AND format = $3 AND ($2::bigint IS NULL OR revision = $2) ORDER BY revision DESC LIMIT 1""",
        month,
        revision,
        format_,
    )
    return (bytes(row["content"]), row["sha256"]) if row else None
