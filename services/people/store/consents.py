"""SQL of consents."""

from __future__ import annotations

from services.contracts.people import PersonId
from services.kit.database.db import Connection


async def give(conn: Connection, person_id: PersonId, document: str, version: int) -> None:
    await conn.execute(
        """INSERT INTO consent AS c (person_id, document, version, given_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT (person_id, document, version) DO UPDATE SET
               given_at = CASE WHEN c.withdrawn_at IS NULL THEN c.given_at ELSE excluded.given_at END, withdrawn_at = NULL""",
        person_id,
        document,
        version,
    )


async def withdraw(conn: Connection, person_id: PersonId, document: str) -> bool:
    """Whether any was ever given."""
    await conn.execute(
        "UPDATE consent SET withdrawn_at = wlijo_now() WHERE person_id = $1 AND document = $2 AND withdrawn_at IS NULL",
        person_id,
        document,
    )
    return bool(
        await conn.fetchval(
            "SELECT true FROM consent WHERE person_id = $1 AND document = $2 LIMIT 1", person_id, document
        )
    )
