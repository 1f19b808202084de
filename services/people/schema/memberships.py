"""What somebody is of: which screens an app shows them."""

from typing import Self

import strawberry

from services.kit.graphql.enums import described
from services.people.domain.membership import MOST_SHOWN, MembershipKind
from services.people.schema.context import Info
from services.people.store import memberships

described(
    MembershipKind,
    "By what somebody is of a merchant or company. New values may come.",
    MERCHANT="Sells there, as owner or staff: `merchant`, `merchantOrders`.",
    COMPANY_OWNER="Owns the delivery company: `partner`.",
    DISPATCHER="Sends its riders: `partner`, `partnerJobs`.",
    RIDER="Rides for it: `myRider`, `partnerJobs`.",
)


@strawberry.type(description="That somebody is of a merchant or a delivery company.")
class Membership:
    kind: MembershipKind = strawberry.field(description="By what.")
    about: strawberry.ID = strawberry.field(description="The merchant's or the company's id, to open its page by.")
    name: str = strawberry.field(description="What that is called.")

    @classmethod
    def of(cls, found: memberships.Membership) -> Self:
        return cls(kind=found.kind, about=strawberry.ID(str(found.about)), name=found.name)


@strawberry.type
class Memberships:
    @strawberry.field(
        description="What the caller is of, merchants first, at most 100; as people has heard it, within a second of a change. "
        "What they may do there, that service decides."
    )
    async def memberships(self, info: Info) -> list[Membership]:
        if (subject := info.context.subject) is None:
            return []
        async with info.context.db.acquire() as conn:
            return [Membership.of(each) for each in await memberships.of(conn, subject, MOST_SHOWN)]
