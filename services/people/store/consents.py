"""SQL of consents."""

from __future__ import annotations

from services.contracts.people import PersonId
from services.kit.database.db import Connection


async def count(conn: Connection, person_id: PersonId) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM consent WHERE person_id = $1", person_id)
    return found


async def give(conn: Connection, person_id: PersonId, document: str, version: int) -> bool:
    """Whether it is new, or given anew."""
    done: str = await conn.execute(
        """INSERT INTO consent AS c (person_id, document, version, given_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT (person_id, document, version) DO UPDATE SET
               given_at = excluded.given_at, withdrawn_at = NULL WHERE c.withdrawn_at IS NOT NULL""",
        person_id,
        document,
        version,
    )
    return done.endswith(" 1")


async def withdraw(conn: Connection, person_id: PersonId, document: str) -> bool | None:
    """Whether one was withdrawn now; None when none was ever given."""
    done: str = await conn.execute(
        "UPDATE consent SET withdrawn_at = wlijo_now() WHERE person_id = $1 AND document = $2 AND withdrawn_at IS NULL",
        person_id,
        document,
    )
    if not done.endswith(" 0"):
        return True
    there = await conn.fetchval(
        "SELECT true FROM consent WHERE person_id = $1 AND document = $2 LIMIT 1", person_id, document
    )
    return False if there else None
