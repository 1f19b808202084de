"""What ops change."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId, PartnerStatus
from services.contracts.roles import Role
from services.delivery.commands import partners
from services.delivery.schema.context import Info
from services.delivery.schema.problems import PartnerStatusRefused
from services.delivery.schema.types import Partner
from services.graph import NotFound, TryLater
from services.kit.database.db import transaction
from services.kit.graphql.texts import read_line

_LONGEST_REASON = 500

SetPartnerStatusResult = Annotated[
    Partner | NotFound | PartnerStatusRefused | TryLater, strawberry.union("SetPartnerStatusResult")
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Ops: let a partner have jobs, or not. Jobs under way go on. Setting what is set already changes nothing."
    )
    async def set_partner_status(
        self,
        info: Info,
        id: strawberry.ID,
        status: Annotated[PartnerStatus, strawberry.argument(description="Any but INVITED.")],
        reason: Annotated[
            str,
            strawberry.argument(description=f"For the record, one line of 1 to {_LONGEST_REASON} characters."),
        ],
    ) -> SetPartnerStatusResult:
        info.context.identity.require(Role.OPS)
        key = PartnerId.parse(id)
        why = read_line("reason", reason, longest=_LONGEST_REASON)
        async with transaction(info.context.db) as conn:
            partner = await partners.set_status(conn, key, status, why)
        return Partner(id=id, name=partner.name, status=partner.status)
