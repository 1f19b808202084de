"""Who is of a merchant, and who is invited to be, for its people and the platform."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from services.catalog.domain.membership import MAX_INVITATIONS, MAX_MEMBERS
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.contracts.catalog import MemberRole, MerchantId
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized

described(
    MemberRole,
    "What somebody may do for a merchant.",
    OWNER="Decides who is of it, and whether it trades, and does all that staff do.",
    STAFF="Sells: its goods, its stock and its orders.",
)


@strawberry.type(description="Somebody who is of a merchant.")
class MerchantMember:
    id: strawberry.ID = strawberry.field(description="At this merchant alone.")
    name: str | None = strawberry.field(
        description="As they said when they came; null of who came before names were asked for."
    )
    role: MemberRole = strawberry.field(description="What they may do.")
    joined_at: datetime | None = strawberry.field(
        description="When they came; null of who came before that was written down."
    )
    is_me: bool = strawberry.field(description="Whether it is who asks.")


@strawberry.type(description="Room for somebody to come, until it is used, withdrawn or over. Its code was shown once.")
class MerchantInvitation:
    id: strawberry.ID = strawberry.field(description="To withdraw it by.")
    role: MemberRole = strawberry.field(description="What whoever comes by it is to be.")
    made_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it is over.")


@strawberry.type
class Peopled:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description=f"Owners first, at most {MAX_MEMBERS}; for its own people and the platform, else empty.",
        directives=[sized(MAX_MEMBERS)],
    )
    async def members(self, info: Info) -> list[MerchantMember]:
        return [
            MerchantMember(
                id=strawberry.ID(str(row.id)),
                name=row.name,
                role=row.role,
                joined_at=row.joined_at,
                is_me=row.is_me,
            )
            for row in await info.context.load(loaders.members, self.key)
        ]

    @strawberry.field(
        description=f"Open ones, the newest first, at most {MAX_INVITATIONS}; for owners and the platform, else empty.",
        directives=[sized(MAX_INVITATIONS)],
    )
    async def invitations(self, info: Info) -> list[MerchantInvitation]:
        return [
            MerchantInvitation(
                id=strawberry.ID(str(row.id)), role=row.role, made_at=row.made_at, expires_at=row.expires_at
            )
            for row in await info.context.load(loaders.invitations, self.key)
        ]
