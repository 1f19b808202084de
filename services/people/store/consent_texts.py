"""SQL of texts that people agree to. Rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.kit.database.db import Connection, Transaction


@dataclass(frozen=True, slots=True)
class ConsentText:
    document: str
    version: int
    language: Language
    text: str
    published_at: datetime


async def find(conn: Connection, document: str, version: int | None, language: Language) -> ConsentText | None:
    """The newest when no version is said."""
    row = await conn.fetchrow(
        """SELECT document, version, language, text, published_at FROM consent_text
           WHERE document = $1 AND ($2::integer IS NULL OR version = $2) AND language = $3 ORDER BY version DESC LIMIT 1""",
        document,
        version,
        language,
    )
    if row is None:
        return None
    return ConsentText(row["document"], row["version"], Language(row["language"]), row["text"], row["published_at"])


async def lock_newest(conn: Transaction, document: str) -> int:
    """0 when there is none; whoever else publishes this document waits until the transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('consent_text/' || $1, 0))", document)
    return int(await conn.fetchval("SELECT coalesce(max(version), 0) FROM consent_text WHERE document = $1", document))


async def add(conn: Connection, document: str, version: int, language: Language, text: str, by: str) -> None:
    await conn.execute(
        """INSERT INTO consent_text (document, version, language, text, published_at, published_by)
           VALUES ($1, $2, $3, $4, wlijo_now(), $5)""",
        document,
        version,
        language,
        text,
        by,
    )


async def may_be_given(conn: Connection, document: str, version: int) -> bool:
    """Whether this version has a text, or the document has none at all: then an installation keeps its texts elsewhere."""
    return bool(
        await conn.fetchval(
            """SELECT EXISTS (SELECT FROM consent_text WHERE document = $1 AND version = $2)
                   OR NOT EXISTS (SELECT FROM consent_text WHERE document = $1)""",
            document,
            version,
        )
    )
