"""What GraphQL shows: one statement for any number of keys, rows only of what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class PersonView:
    id: PersonId
    name: str | None
    phone: str | None
    language: Language
    registered_at: datetime


def _person(row: Row) -> PersonView:
    return PersonView(PersonId(row["id"]), row["name"], row["number"], Language(row["language"]), row["registered_at"])


async def persons(conn: Connection, viewer: PersonId | None, ids: Sequence[PersonId]) -> Mapping[PersonId, PersonView]:
    """The viewer alone, as far as the ids name them: of another person nobody reads here."""
    rows = await conn.fetch(
        """SELECT p.id, p.name, n.number, p.language, p.registered_at FROM person p LEFT JOIN phone n ON n.person_id = p.id
           WHERE p.id = ANY($1::uuid[]) AND p.id = $2""",
        ids,
        viewer,
    )
    return {view.id: view for view in map(_person, rows)}


async def staff_roles(conn: Connection, person_id: PersonId) -> list[StaffRole]:
    rows = await conn.fetch("SELECT role FROM staff_role WHERE person_id = $1 ORDER BY role", person_id)
    return [StaffRole(row["role"]) for row in rows]
