"""Signing in: who has a number, and the session that begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.contracts.people import PersonChanged, PersonId, StaffRole
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.people.commands.codes import Prover, prove
from services.people.domain.ids import SessionId
from services.people.domain.session import MOST_SESSIONS, Ending, Lasting, SessionHasEnded, digest, refresh_token
from services.people.store import persons, sessions
from services.people.store.reading import PersonView, SessionView


@dataclass(frozen=True, slots=True)
class Opened:
    """What an app needs to go on: `refresh` is shown here and kept nowhere."""

    person_id: PersonId
    session_id: SessionId
    roles: list[StaffRole]
    refresh: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn(Opened):
    session: SessionView
    person: PersonView
    is_new: bool


async def sign_in(
    conn: Transaction,
    prover: Prover,
    lasting: Lasting,
    *,
    phone: str,
    guess: str,
    address: str,
    device: str | None,
    language: Language,
) -> SignedIn | None:
    """None when the code is wrong, which is counted: the transaction has to commit. Raises TooManyCodes."""
    if not await prove(conn, prover, phone, guess, address):
        return None
    person_id, is_new = await owner(conn, phone, lasting, language, proved=True)
    token = refresh_token()
    begun = await sessions.begin(
        conn, SessionId.new(), person_id, device, digest(token), lasting.idle_days, MOST_SESSIONS
    )
    session = begun.session
    return SignedIn(person_id, session.id, begun.roles, token, session.expires_at, session, begun.person, is_new)


async def refresh(conn: Transaction, lasting: Lasting, token: str) -> Opened | None:
    """With another token, for each is used once. None when the session has ended, or ends because of this: the transaction has to
    commit. Raises SessionHasEnded for what is no token."""
    shown = digest(token)
    found = await sessions.lock_by_token(conn, shown)
    if found is None or not found.is_open:
        return None
    if found.is_used:
        # Somebody has a copy. Which of the two is the owner cannot be told, and both have to prove it.
        await sessions.end(conn, found.person_id, found.session_id, Ending.TOKEN_REUSED)
        return None
    await sessions.use_token(conn, shown, found.person_id)
    following = refresh_token()
    ends_at, roles = await sessions.go_on(conn, found.session_id, digest(following), lasting.idle_days)
    return Opened(found.person_id, found.session_id, roles, following, ends_at)


async def revoke(conn: Transaction, token: str) -> None:
    """Ends the session of a refresh token, used or not; nothing when there is none."""
    try:
        found = await sessions.lock_by_token(conn, digest(token))
    except SessionHasEnded:
        return
    if found is not None:
        await sessions.end(conn, found.person_id, found.session_id, Ending.SIGNED_OUT)


async def owner(
    conn: Transaction, phone: str, lasting: Lasting, language: Language, *, proved: bool = False
) -> tuple[PersonId, bool]:
    """Whose the number is, and whether they are new. One whose owner is silent has gone to somebody else, who is a person of their own:
    the former one keeps what is theirs, and has no number. Who has `proved` it is seen, and held."""
    known = await persons.lock_owner(conn, phone, lasting.silent_days, proved=proved)
    if known is not None and not known.is_silent:
        return known.person_id, False
    if known is not None:
        await persons.take_number(conn, phone)
        await sessions.end_all(conn, known.person_id, Ending.NUMBER_LOST)
        await persons.write_down(conn, "people", "NUMBER_LOST", known.person_id)
    return await _register(conn, phone, language)


async def _register(conn: Transaction, phone: str, language: Language) -> tuple[PersonId, bool]:
    added = await persons.add(conn, phone, PersonId.new(), language)
    if added.registered_at is None:
        await persons.seen(conn, added.person_id)
        return added.person_id, False
    await outbox.append(
        conn,
        PersonChanged(person_id=added.person_id, registered_at=added.registered_at, language=language, staff_roles=[]),
    )
    return added.person_id, True
