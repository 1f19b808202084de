"""SQL of the audit as ops read it; `persons.write_down` writes it."""

from __future__ import annotations

from services.contracts.people import PersonId
from services.kit.database.db import Connection
from services.kit.process.audit import Entry, Wanted
from services.people.domain.ids import person_of


async def entries(conn: Connection, wanted: Wanted) -> list[Entry]:
    """None of a subject that is no person's."""
    person_id = None if wanted.subject is None else person_of(wanted.subject)
    if wanted.subject is not None and person_id is None:
        return []
    rows = await conn.fetch(
        """SELECT told_at, actor, action, person_id, detail FROM audit
           WHERE ($1::text IS NULL OR actor = $1) AND ($2::uuid IS NULL OR person_id = $2) ORDER BY told_at DESC, id DESC LIMIT $3""",
        wanted.actor,
        person_id,
        wanted.limit,
    )
    return [
        Entry(row["told_at"], row["actor"], row["action"], str(PersonId(row["person_id"])), row["detail"])
        for row in rows
    ]
