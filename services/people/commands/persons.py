"""What persons do with their own: name, language, number, consents, sessions."""

from __future__ import annotations

from services.contracts.amounts import Language
from services.contracts.people import PersonChanged, PersonId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.people.commands.codes import CHANGE, Prover, prove
from services.people.domain.ids import SessionId
from services.people.domain.person import MOST_CHANGES_A_DAY, MOST_CONSENTS, NumberIsTaken, TooManyChanges
from services.people.domain.refusal import Unknown
from services.people.domain.session import Ending, Lasting
from services.people.store import consent_texts, consents, persons, sessions, staff


async def update(conn: Transaction, person_id: PersonId, name: str | None, language: Language | None) -> None:
    """What is None stays. Raises Unknown."""
    person = await persons.lock(conn, person_id)
    if person is None:
        raise Unknown("there is no such person")
    chosen = language or person.language
    await persons.save(conn, person_id, name or person.name, chosen)
    if chosen != person.language:
        await tell(conn, person_id)


async def language(conn: Transaction, person_id: PersonId) -> Language:
    """In which they are written to. Raises Unknown."""
    person = await persons.lock(conn, person_id)
    if person is None:
        raise Unknown("there is no such person")
    return person.language


async def tell(conn: Transaction, person_id: PersonId) -> None:
    """The person's state as it is now; the person is held. Raises Unknown."""
    person = await persons.lock(conn, person_id)
    if person is None:
        raise Unknown("there is no such person")
    roles = await staff.roles(conn, person_id)
    await outbox.append(
        conn,
        PersonChanged(
            person_id=person_id, registered_at=person.registered_at, language=person.language, staff_roles=roles
        ),
    )


async def change_number(
    conn: Transaction,
    prover: Prover,
    lasting: Lasting,
    *,
    person_id: PersonId,
    session_id: SessionId | None,
    phone: str,
    guess: str,
    address: str,
) -> bool:
    """False when the code is wrong, which is counted: the transaction has to commit. Sessions but this one end: whoever had the old phone
    has no part in it any more. Raises TooManyCodes, Unknown, NumberIsTaken; then the code was not used."""
    if not await prove(conn, prover, phone, guess, address, changes=person_id, kind=CHANGE):
        return False
    if await persons.lock(conn, person_id) is None:
        raise Unknown("there is no such person")
    known = await persons.lock_owner(conn, phone, lasting.silent_days)
    if known is not None and known.person_id != person_id:
        if not known.is_silent:
            raise NumberIsTaken
        await persons.take_number(conn, phone)
        await sessions.end_all(conn, known.person_id, Ending.NUMBER_LOST)
        await persons.write_down(conn, str(person_id), "NUMBER_LOST", known.person_id)
    if await persons.give_number(conn, phone, person_id) != person_id:
        raise NumberIsTaken
    await persons.seen(conn, person_id)
    await sessions.end_all(conn, person_id, Ending.ENDED, but=session_id)
    await persons.write_down(conn, str(person_id), "NUMBER_CHANGED", person_id)
    return True


async def give_consent(conn: Transaction, person_id: PersonId, document: str, version: int) -> None:
    """Given already, it stays as it was given; one that was withdrawn is given anew. Raises Unknown, also for a version that is not
    published of a document that is; TooManyChanges."""
    if await persons.lock(conn, person_id) is None:
        raise Unknown("there is no such person")
    if not await consent_texts.may_be_given(conn, document, version):
        raise Unknown("there is no such version of this text")
    await _check_haste(conn, person_id)
    if await consents.give(conn, person_id, document, version):
        await persons.write_down(conn, str(person_id), "CONSENT_GIVEN", person_id, f"{document} {version}")


async def withdraw_consent(conn: Transaction, person_id: PersonId, document: str) -> None:
    """To all versions of it. Raises Unknown when none was ever given."""
    is_new = await consents.withdraw(conn, person_id, document)
    if is_new is None:
        raise Unknown("no consent to this was given")
    if is_new:
        await persons.write_down(conn, str(person_id), "CONSENT_WITHDRAWN", person_id, document)


async def _check_haste(conn: Transaction, person_id: PersonId) -> None:
    """What is written down stays for ever. Who has agreed too often may withdraw all the same. Raises TooManyChanges."""
    if (
        await persons.written_down_lately(conn, str(person_id)) >= MOST_CHANGES_A_DAY
        or await consents.count(conn, person_id) >= MOST_CONSENTS
    ):
        raise TooManyChanges
