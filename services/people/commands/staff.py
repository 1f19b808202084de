"""Staff roles: granted and withdrawn, each written down."""

from __future__ import annotations

from services.contracts.amounts import Language
from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Transaction
from services.kit.http.identity import Forbidden
from services.people.commands.persons import tell
from services.people.commands.signing_in import owner
from services.people.domain.refusal import Refused, Unknown
from services.people.domain.session import Ending, Lasting
from services.people.store import persons, sessions, staff


class LastOfOps(Refused):
    """Nobody would be left who could grant anything."""

    def __init__(self) -> None:
        super().__init__("the last of ops cannot go: grant the role to another first")


async def check(conn: Transaction, person_id: PersonId, role: StaffRole) -> None:
    """A token may say it in the moment after it was withdrawn. Raises Forbidden."""
    if role not in await staff.roles(conn, person_id):
        raise Forbidden(f"this needs the role {role.lower()}")


async def grant(
    conn: Transaction, lasting: Lasting, phone: str, role: StaffRole, *, actor: str
) -> tuple[PersonId, bool]:
    """To whoever has the number, who need not have signed in yet; whether it is new. Repeating changes nothing."""
    person_id, _ = await owner(conn, phone, lasting, Language.ID)
    if await persons.lock(conn, person_id) is None:
        raise Unknown("there is no such person")
    is_new = await staff.grant(conn, person_id, role)
    if is_new:
        await persons.write_down(conn, actor, "ROLE_GRANTED", person_id, role)
        await tell(conn, person_id)
    return person_id, is_new


async def withdraw(conn: Transaction, person_id: PersonId, role: StaffRole, *, actor: str) -> None:
    """Withdrawn already, it stays so. All sessions of theirs end, for the tokens say the role: they sign in without it.

    Raises Unknown, LastOfOps.
    """
    await staff.lock_all(conn, role)
    if await persons.lock(conn, person_id) is None:
        raise Unknown("there is no such person")
    if not await staff.withdraw(conn, person_id, role):
        return
    if role is StaffRole.OPS and not await staff.count(conn, role):
        raise LastOfOps
    await sessions.end_all(conn, person_id, Ending.ROLE_WITHDRAWN)
    await persons.write_down(conn, actor, "ROLE_WITHDRAWN", person_id, role)
    await tell(conn, person_id)
