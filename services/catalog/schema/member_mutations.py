"""How somebody comes to a merchant, is made more or less, and goes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.catalog.commands import members
from services.catalog.domain.caller import NotFound
from services.catalog.domain.ids import InvitationId, MemberId
from services.catalog.domain.membership import MAX_NAME_CHARACTERS
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Merchant
from services.contracts.catalog import MemberRole, MerchantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.kit.handed_on import LIVES_DAYS

_MAX_CODE_CHARACTERS = 40
_Of = Annotated[
    strawberry.ID, strawberry.argument(description="A merchant of which the caller is an owner; operators: any.")
]
_Member = Annotated[strawberry.ID, strawberry.argument(description="Of `Merchant.members`.")]
_Invitation = Annotated[strawberry.ID, strawberry.argument(description="Of `Merchant.invitations`.")]
_As = Annotated[MemberRole, strawberry.argument(description="What they are to be.")]


@strawberry.type
class InviteToMerchantPayload(Payload):
    merchant: Merchant | None = None
    code: str | None = strawberry.field(
        default=None, description="To hand on to who is to come; shown this once, and good for one person."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When the code is over.")


@strawberry.type
class WithdrawMerchantInvitationPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class JoinMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class ChangeMerchantMemberPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class RemoveMerchantMemberPayload(Payload):
    merchant: Merchant | None = strawberry.field(
        default=None, description="Null too for who has left what only its people see."
    )


@strawberry.type
class MemberMutations:
    @refusable(description=f"Owners and operators only: a code by which one person joins within {LIVES_DAYS} days.")
    async def invite_to_merchant(self, info: Info, id: _Of, role: _As) -> InviteToMerchantPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(id)
        async with transaction(info.context.db) as conn:
            made = await members.invite(conn, info.context.caller, key, role)
        return InviteToMerchantPayload(
            merchant=await Merchant.find(info, key), code=made.code, expires_at=made.expires_at
        )

    @refusable(description="Owners and operators only: the code opens nothing any more; one that was used has been.")
    async def withdraw_merchant_invitation(
        self, info: Info, id: _Of, invitation_id: _Invitation
    ) -> WithdrawMerchantInvitationPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, invitation = MerchantId.parse(id), InvitationId.parse(invitation_id)
        async with transaction(info.context.db) as conn:
            await members.withdraw(conn, info.context.caller, key, invitation)
        return WithdrawMerchantInvitationPayload(merchant=await Merchant.find(info, key))

    @refusable(description="Be of the merchant whose owner handed on the code. Saying it again changes nothing.")
    async def join_merchant(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="In any letter case, with or without hyphens.")],
        name: Annotated[
            str,
            strawberry.argument(description=f"What the others call who comes: 1 to {MAX_NAME_CHARACTERS} characters."),
        ],
    ) -> JoinMerchantPayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        called = read_line("name", name, longest=MAX_NAME_CHARACTERS)
        typed = read_line("code", code, longest=_MAX_CODE_CHARACTERS)
        async with transaction(info.context.db) as conn:
            key = await members.join(conn, typed, called, by=subject)
        return JoinMerchantPayload(merchant=await there(info, key))

    @refusable(description="Owners and operators only: make a member an owner, or staff. An owner is left.")
    async def change_merchant_member(
        self, info: Info, id: _Of, member_id: _Member, role: _As
    ) -> ChangeMerchantMemberPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, member = MerchantId.parse(id), MemberId.parse(member_id)
        async with transaction(info.context.db) as conn:
            await members.change(conn, info.context.caller, key, member, role)
        return ChangeMerchantMemberPayload(merchant=await there(info, key))

    @refusable(
        description="Owners and operators: a member is one no more. Whoever it is about may leave. An owner is left."
    )
    async def remove_merchant_member(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The merchant.")],
        member_id: _Member,
    ) -> RemoveMerchantMemberPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, member = MerchantId.parse(id), MemberId.parse(member_id)
        async with transaction(info.context.db) as conn:
            await members.remove(conn, info.context.caller, key, member)
        return RemoveMerchantMemberPayload(merchant=await Merchant.find(info, key))


async def there(info: Info, key: MerchantId) -> Merchant:
    """Raises NotFound: it went while it was being changed."""
    found = await Merchant.find(info, key)
    if found is None:
        raise NotFound
    return found
