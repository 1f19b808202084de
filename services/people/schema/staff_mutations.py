"""Mutations of staff roles: ops alone."""

from typing import Annotated

import strawberry

from services.contracts.people import PersonId, StaffRole
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import Transaction, transaction
from services.kit.graphql.refusals import refusable
from services.people.commands import sessions, staff
from services.people.schema.context import Context, Info
from services.people.schema.signing_in import Phone


@strawberry.type
class StaffRolePayload(Payload):
    person_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose role it is; null when there are problems."
    )


@strawberry.type
class GrantStaffRolePayload(StaffRolePayload):
    pass


@strawberry.type
class WithdrawStaffRolePayload(StaffRolePayload):
    pass


_Role = Annotated[StaffRole, strawberry.argument(description="Which role.")]


@strawberry.type
class StaffMutations:
    @refusable(
        description="Give a role to whoever has the number, who need not have signed in yet. Repeating changes nothing. For ops."
    )
    async def grant_staff_role(self, info: Info, phone: Phone, role: _Role) -> GrantStaffRolePayload | None:
        actor, context = info.context.identity.require(Role.OPS), info.context
        number = context.means.phones.e164(phone)
        async with transaction(context.db) as conn:
            await _check(conn, context)
            person_id, _ = await staff.grant(conn, context.means.lasting, number, role, actor=actor)
        return GrantStaffRolePayload(person_id=strawberry.ID(str(person_id)))

    @refusable(
        description="Take a role away. All sessions of that person end at once: they sign in without it. The last of ops stays. For ops."
    )
    async def withdraw_staff_role(
        self,
        info: Info,
        person_id: Annotated[strawberry.ID, strawberry.argument(description="Whose role it is.")],
        role: _Role,
    ) -> WithdrawStaffRolePayload | None:
        actor = info.context.identity.require(Role.OPS)
        key = PersonId.parse(person_id)
        async with transaction(info.context.db) as conn:
            await _check(conn, info.context)
            await staff.withdraw(conn, key, role, actor=actor)
        return WithdrawStaffRolePayload(person_id=strawberry.ID(str(key)))


async def _check(conn: Transaction, context: Context) -> None:
    """Who signed in here asks with a session that goes on, and has the role still. Raises SessionHasEnded, Forbidden."""
    if (person_id := context.person_id) is not None:
        await sessions.check(conn, person_id, context.session_id)
        await staff.check(conn, person_id, StaffRole.OPS)
