"""SQL of riders as persons."""

from __future__ import annotations

from services.kit.database.db import Connection


async def erase(conn: Connection, subject: str) -> None:
    """The rider stays as their company names them, and is no person that signs in."""
    await conn.execute("UPDATE rider SET subject = NULL WHERE subject = $1", subject)
