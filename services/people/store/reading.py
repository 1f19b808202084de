"""What GraphQL shows: one statement for any number of keys, rows only of what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.contracts.people import PersonId
from services.kit.database.db import Connection, Row
from services.people.domain.ids import SessionId


@dataclass(frozen=True, slots=True)
class PersonView:
    id: PersonId
    name: str | None
    phone: str | None
    language: Language
    registered_at: datetime


def person_view(row: Row, id: PersonId) -> PersonView:
    return PersonView(id, row["name"], row["number"], Language(row["language"]), row["registered_at"])


async def persons(conn: Connection, viewer: PersonId | None, ids: Sequence[PersonId]) -> Mapping[PersonId, PersonView]:
    """The viewer alone, as far as the ids name them: of another person nobody reads here."""
    rows = await conn.fetch(
        """SELECT p.id, p.name, n.number, p.language, p.registered_at FROM person p LEFT JOIN phone n ON n.person_id = p.id
           WHERE p.id = ANY($1::uuid[]) AND p.id = $2""",
        ids,
        viewer,
    )
    return {(id := PersonId(row["id"])): person_view(row, id) for row in rows}


@dataclass(frozen=True, slots=True)
class SessionView:
    id: SessionId
    device: str | None
    began_at: datetime
    used_at: datetime
    expires_at: datetime


async def sessions(conn: Connection, person_id: PersonId) -> list[SessionView]:
    """Those that go on, the one used last first."""
    rows = await conn.fetch(
        """SELECT id, device, began_at, used_at, expires_at FROM session
           WHERE person_id = $1 AND ended_at IS NULL AND expires_at > wlijo_now() ORDER BY used_at DESC, id DESC""",
        person_id,
    )
    return [session_view(row) for row in rows]


def session_view(row: Row) -> SessionView:
    return SessionView(SessionId(row["id"]), row["device"], row["began_at"], row["used_at"], row["expires_at"])


@dataclass(frozen=True, slots=True)
class ConsentView:
    document: str
    version: int
    given_at: datetime
    withdrawn_at: datetime | None


async def consents(conn: Connection, person_id: PersonId) -> list[ConsentView]:
    rows = await conn.fetch(
        """SELECT document, version, given_at, withdrawn_at FROM consent WHERE person_id = $1
           ORDER BY document, version DESC""",
        person_id,
    )
    return [ConsentView(row["document"], row["version"], row["given_at"], row["withdrawn_at"]) for row in rows]
