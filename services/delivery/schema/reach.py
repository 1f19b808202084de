"""When, where and for how many jobs at once a company wants to be asked, and how it says so."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.places import Hours
from services.contracts.roles import Role
from services.delivery.commands import reach
from services.delivery.domain import boundary
from services.delivery.domain.reach import MAX_AT_ONCE, MAX_HOURS, checked
from services.delivery.schema.company_mutations import PEOPLE, acting, there
from services.delivery.schema.context import Info
from services.delivery.schema.types import Partner
from services.delivery.schema.zones import ZoneHoursInput
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable


@strawberry.input(description="When and where a company wants to be asked, and for how many jobs at once; all of it.")
class PartnerReachInput:
    hours: list[ZoneHoursInput] = strawberry.field(
        default_factory=list, description=f"At most {MAX_HOURS} that do not overlap; none for always."
    )
    kecamatan_codes: list[str] = strawberry.field(
        default_factory=list, description="35.08.xx; with no polygon either, everywhere."
    )
    geojson: str | None = strawberry.field(
        default=None,
        description="A polygon of GeoJSON (RFC 7946), as text, as of `EnterZonesInput`, of at most "
        f"{boundary.MAX_CORNERS} corners: a stop lies in one of the kecamatan or in it.",
    )
    jobs_at_once: int | None = strawberry.field(
        default=None,
        description=f"1 to {MAX_AT_ONCE}: offers that it holds count too; as many as there are unless said.",
    )


@strawberry.type
class SetPartnerReachPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class ReachMutations:
    @refusable(
        description="The company's people and operators: it is not asked outside of its hours and area, nor beyond its capacity, from the "
        "next offer on. What was offered stands. The key makes a repeat the same one."
    )
    async def set_partner_reach(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The company.")],
        input: Annotated[PartnerReachInput, strawberry.argument(description="All of it.")],
        idempotency_key: str,
    ) -> SetPartnerReachPayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(id)
        said = checked(
            [Hours(weekday=each.weekday - 1, opens=each.opens_at, closes=each.closes_at) for each in input.hours],
            input.kecamatan_codes,
            input.geojson,
            input.jobs_at_once,
        )
        async with transaction(info.context.db) as conn:
            await reach.put(conn, info.context.caller, key, said, by=subject, idempotency_key=idempotency_key)
        return SetPartnerReachPayload(partner=await there(info, key))
