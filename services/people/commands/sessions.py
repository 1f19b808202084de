"""Sessions, as their owner ends them."""

from __future__ import annotations

from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.people.domain.ids import SessionId
from services.people.domain.refusal import Unknown
from services.people.domain.session import Ending, SessionHasEnded
from services.people.store import persons, sessions


async def check(conn: Transaction, person_id: PersonId, session_id: SessionId | None) -> None:
    """A token of an ended session counts for nothing here, even before anybody has heard of its end. Raises SessionHasEnded."""
    if session_id is None or not await sessions.is_open(conn, person_id, session_id):
        raise SessionHasEnded


async def check_to_write(conn: Transaction, person_id: PersonId, session_id: SessionId | None) -> None:
    """For what is written beside the person, who is not erased meanwhile. Raises SessionHasEnded."""
    await check(conn, person_id, session_id)
    if not await persons.stays(conn, person_id):
        raise SessionHasEnded


async def sign_out(conn: Transaction, person_id: PersonId, session_id: SessionId | None) -> None:
    """Ended already, it stays ended. Raises SessionHasEnded for a token that is of no session."""
    if session_id is None or not await sessions.end(conn, person_id, session_id, Ending.SIGNED_OUT):
        raise SessionHasEnded


async def end(conn: Transaction, person_id: PersonId, session_id: SessionId) -> None:
    """Ended already, it stays ended. Raises Unknown."""
    if not await sessions.end(conn, person_id, session_id, Ending.ENDED):
        raise Unknown("there is no such session")


async def end_others(conn: Transaction, person_id: PersonId, session_id: SessionId | None) -> None:
    await sessions.end_all(conn, person_id, Ending.ENDED, but=session_id)
