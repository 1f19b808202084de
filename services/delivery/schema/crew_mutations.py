"""How somebody comes to a company, is made more or less, and goes; and its riders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId, PartnerRole, RiderId
from services.contracts.roles import Role
from services.delivery.commands import crews, riders
from services.delivery.domain.crew import (
    MAX_CARRIES_GRAM,
    MAX_CASH_LIMIT_RUPIAH,
    MAX_EXTERNAL_ID_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_PLATE_CHARACTERS,
    InvitationId,
    MemberId,
    RiderDetails,
    VehicleKind,
)
from services.delivery.schema.company_mutations import PEOPLE, acting, there
from services.delivery.schema.context import Info
from services.delivery.schema.types import Partner, Rider
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.kit.handed_on import LIVES_DAYS

_MAX_CODE_CHARACTERS = 40
_Of = Annotated[
    strawberry.ID, strawberry.argument(description="A company of which the caller is an owner; operators: any.")
]
_Member = Annotated[strawberry.ID, strawberry.argument(description="Of `Partner.members`.")]
_Rider = Annotated[strawberry.ID, strawberry.argument(description="Of `Partner.riders`.")]
_As = Annotated[PartnerRole, strawberry.argument(description="What they are to be.")]
_ONCE = "To hand on to who is to come; shown this once, and good for one person."


@strawberry.type
class InviteToPartnerPayload(Payload):
    partner: Partner | None = None
    code: str | None = strawberry.field(default=None, description=_ONCE)
    expires_at: datetime | None = strawberry.field(default=None, description="When the code is over.")


@strawberry.type
class InviteRiderPayload(Payload):
    rider: Rider | None = None
    code: str | None = strawberry.field(default=None, description=_ONCE)
    expires_at: datetime | None = strawberry.field(default=None, description="When the code is over.")


@strawberry.type
class WithdrawPartnerInvitationPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class JoinPartnerPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class ChangePartnerMemberPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class RemovePartnerMemberPayload(Payload):
    partner: Partner | None = strawberry.field(
        default=None, description="Null too for who has left what only its people see."
    )


@strawberry.type
class SaveRiderPayload(Payload):
    rider: Rider | None = None


@strawberry.type
class EndRiderPayload(Payload):
    rider: Rider | None = strawberry.field(default=None, description="Null for a rider who has gone by themself.")


@strawberry.type
class SetShiftPayload(Payload):
    rider: Rider | None = None


@strawberry.input(description="A rider as the company knows them.")
class RiderInput:
    name: str = strawberry.field(description=f"For buyers to know who comes; up to {MAX_NAME_CHARACTERS} characters.")
    plate: str = strawberry.field(description=f"Number plate of the vehicle; up to {MAX_PLATE_CHARACTERS} characters.")
    vehicle: VehicleKind = strawberry.field(default=VehicleKind.MOTORBIKE, description="What they ride.")
    has_box: bool = strawberry.field(default=False, description="Whether a box keeps goods dry and upright.")
    cash_limit: Rupiah | None = strawberry.field(
        default=None,
        description=f"The most that their jobs may have them collect at a time, 0 to {MAX_CASH_LIMIT_RUPIAH}; no limit unless said.",
    )
    carries_gram: int | None = strawberry.field(
        default=None,
        description=f"The most that they take along, 1 to {MAX_CARRIES_GRAM} grams; what their vehicle does unless said.",
    )

    def given(self) -> RiderDetails:
        return RiderDetails(self.name, self.plate, self.vehicle, self.has_box, self.cash_limit, self.carries_gram)


@strawberry.type
class CrewMutations:
    @refusable(description=f"Owners and operators only: a code by which one person joins within {LIVES_DAYS} days.")
    async def invite_to_partner(self, info: Info, id: _Of, role: _As) -> InviteToPartnerPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(id)
        async with transaction(info.context.db) as conn:
            made = await crews.invite(conn, info.context.caller, key, role, by=subject)
        return InviteToPartnerPayload(partner=await there(info, key), code=made.code, expires_at=made.expires_at)

    @refusable(
        description=f"The company's people and operators: a code by which one person is this rider within {LIVES_DAYS} days. A code made "
        "before is over."
    )
    async def invite_rider(self, info: Info, id: _Rider) -> InviteRiderPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = RiderId.parse(id)
        async with transaction(info.context.db) as conn:
            _, made = await crews.invite_rider(conn, info.context.caller, key, by=subject)
        return InviteRiderPayload(rider=await Rider.find(info, key), code=made.code, expires_at=made.expires_at)

    @refusable(description="Owners and operators only: the code opens nothing any more; one that was used has been.")
    async def withdraw_partner_invitation(
        self,
        info: Info,
        id: _Of,
        invitation_id: Annotated[strawberry.ID, strawberry.argument(description="Of `Partner.invitations`.")],
    ) -> WithdrawPartnerInvitationPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key, invitation = PartnerId.parse(id), InvitationId.parse(invitation_id)
        async with transaction(info.context.db) as conn:
            await crews.withdraw(conn, info.context.caller, key, invitation, by=subject)
        return WithdrawPartnerInvitationPayload(partner=await there(info, key))

    @refusable(
        description="Be of the company, or the rider, that the code was made for. Saying it again changes nothing."
    )
    async def join_partner(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="In any letter case, with or without hyphens.")],
        name: Annotated[
            str,
            strawberry.argument(
                description=f"What the others call who comes: 1 to {MAX_NAME_CHARACTERS} characters. Of a rider the company's word stands."
            ),
        ],
    ) -> JoinPartnerPayload | None:
        subject = acting(info, *PEOPLE)
        called = read_line("name", name, longest=MAX_NAME_CHARACTERS)
        typed = read_line("code", code, longest=_MAX_CODE_CHARACTERS)
        async with transaction(info.context.db) as conn:
            key = await crews.join(conn, typed, called, by=subject)
        return JoinPartnerPayload(partner=await Partner.find(info, key))

    @refusable(description="Owners and operators only: make a member an owner, or a dispatcher. An owner is left.")
    async def change_partner_member(
        self, info: Info, id: _Of, member_id: _Member, role: _As
    ) -> ChangePartnerMemberPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key, member = PartnerId.parse(id), MemberId.parse(member_id)
        async with transaction(info.context.db) as conn:
            await crews.change(conn, info.context.caller, key, member, role, by=subject)
        return ChangePartnerMemberPayload(partner=await there(info, key))

    @refusable(
        description="Owners and operators: a member is one no more. Whoever it is about may leave. An owner is left."
    )
    async def remove_partner_member(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The company.")],
        member_id: _Member,
    ) -> RemovePartnerMemberPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key, member = PartnerId.parse(id), MemberId.parse(member_id)
        async with transaction(info.context.db) as conn:
            await crews.remove(conn, info.context.caller, key, member, by=subject)
        return RemovePartnerMemberPayload(partner=await Partner.find(info, key))

    @refusable(
        description="The company's people and operators: enter a rider by the company's own id, or change the one who has it."
    )
    async def save_rider(
        self,
        info: Info,
        partner_id: Annotated[strawberry.ID, strawberry.argument(description="Whose rider it is.")],
        external_id: Annotated[
            str,
            strawberry.argument(
                description=f"The company's own id of them, 1 to {MAX_EXTERNAL_ID_CHARACTERS} characters."
            ),
        ],
        input: Annotated[RiderInput, strawberry.argument(description="All of it; texts are trimmed.")],
    ) -> SaveRiderPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            saved = await riders.save(conn, info.context.caller, key, external_id, input.given(), by=subject)
        return SaveRiderPayload(rider=await Rider.find(info, saved))

    @refusable(
        description="The company's people, the rider themself and operators: from now on they accept and see nothing. What they carry "
        "their company reports."
    )
    async def end_rider(self, info: Info, id: _Rider) -> EndRiderPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = RiderId.parse(id)
        async with transaction(info.context.db) as conn:
            await riders.end(conn, info.context.caller, key, by=subject)
        return EndRiderPayload(rider=await Rider.find(info, key))

    @refusable(
        description="The rider, the company's people and operators: whether they ride now. Who is on shift sees and hears of offers."
    )
    async def set_shift(
        self,
        info: Info,
        id: _Rider,
        on_shift: Annotated[bool, strawberry.argument(description="Whether the shift begins, or ends.")],
    ) -> SetShiftPayload | None:
        acting(info, *PEOPLE, Role.OPS)
        key = RiderId.parse(id)
        async with transaction(info.context.db) as conn:
            await riders.shift(conn, info.context.caller, key, on_shift=on_shift)
        return SetShiftPayload(rider=await Rider.find(info, key))
