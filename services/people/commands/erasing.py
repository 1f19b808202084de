"""A person is forgotten, as they have asked: at once, or when what they wait for is over."""

from __future__ import annotations

from datetime import datetime

from services.contracts.people import PersonErased, PersonId, StaffRole
from services.kit.database.db import Connection, Transaction
from services.kit.messaging import outbox
from services.people.commands import codes, persons, sessions
from services.people.commands.codes import Prover
from services.people.domain.erasure import Erasure, ErasureStatus
from services.people.domain.ids import SessionId
from services.people.domain.refusal import Unknown
from services.people.domain.session import Ending
from services.people.store import erasures, staff
from services.people.store import persons as stored
from services.people.store import sessions as ending


async def send_code(conn: Transaction, prover: Prover, person_id: PersonId, address: str) -> datetime:
    """To the number that they have; when it ends. Raises Unknown for who has none, TooManyCodes, TooManyInAll."""
    language = await persons.language(conn, person_id)
    number = await erasures.number(conn, person_id)
    if number is None:
        raise Unknown("they have no number to send a code to")
    return await codes.send(conn, prover, number, address, language, changes=person_id, kind=codes.ERASE)


async def ask(
    conn: Transaction, prover: Prover, person_id: PersonId, session_id: SessionId | None, guess: str, address: str
) -> Erasure | None:
    """None when the code is wrong, which is counted: the transaction has to commit. Asked already, it goes on. Raises TooManyCodes,
    SessionHasEnded, Unknown."""
    await sessions.check(conn, person_id, session_id)
    number = await erasures.number(conn, person_id)
    if number is None:
        raise Unknown("they have no number to prove")
    if not await codes.prove(conn, prover, number, guess, address, changes=person_id, kind=codes.ERASE):
        return None
    number = await _held(conn, person_id)
    if await erasures.ask(conn, person_id):
        await stored.write_down(conn, str(person_id), "ERASURE_ASKED", person_id)
    await _go_on(conn, person_id, number)
    return await of(conn, person_id)


async def cancel(conn: Transaction, person_id: PersonId, session_id: SessionId | None) -> None:
    """None is asked for afterwards. Raises SessionHasEnded, also when it was done meanwhile."""
    await sessions.check(conn, person_id, session_id)
    if await erasures.cancel(conn, person_id):
        await stored.write_down(conn, str(person_id), "ERASURE_CANCELLED", person_id)


async def of(conn: Connection, person_id: PersonId) -> Erasure | None:
    """None when they have not asked for it."""
    found = await erasures.state(conn, person_id)
    if found is None or found.asked_at is None:
        return None
    if found.erased_at is not None:
        return Erasure(ErasureStatus.DONE, found.asked_at, ())
    return Erasure(ErasureStatus.WAITING, found.asked_at, found.waits_for)


async def go_on(conn: Transaction, person_id: PersonId) -> None:
    """Nothing happens while they wait, or when it was cancelled or done before."""
    await _go_on(conn, person_id, await _held(conn, person_id))


async def _held(conn: Transaction, person_id: PersonId) -> str | None:
    """The number; two of ops who go at once do so one after the other."""
    await staff.lock_all(conn, StaffRole.OPS)
    return await erasures.hold(conn, person_id)


async def _go_on(conn: Transaction, person_id: PersonId, number: str | None) -> None:
    found = await of(conn, person_id)
    if found is None or found.status is ErasureStatus.DONE or found.waits_for:
        return
    await ending.end_all(conn, person_id, Ending.ERASED)
    at = await erasures.take_away(conn, person_id, number)
    await stored.write_down(conn, "people", "ERASED", person_id)
    await outbox.append(conn, PersonErased(person_id=person_id, erased_at=at))
