"""What can be changed: by ops here, by companies and their people in the neighbours."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, PartnerStatus
from services.contracts.roles import Role
from services.delivery.commands import endings, partners
from services.delivery.domain.ending import CashIsNot, DeliveryOutcome, Ending
from services.delivery.schema.company_mutations import CompanyMutations
from services.delivery.schema.context import Info
from services.delivery.schema.crew_mutations import CrewMutations
from services.delivery.schema.job_mutations import JobMutations
from services.delivery.schema.types import Delivery, Partner
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

_LONGEST_REASON = 500


@strawberry.type
class SetPartnerStatusPayload(Payload):
    partner: Partner | None = None


@strawberry.type
class EndDeliveryPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class Mutation(CompanyMutations, CrewMutations, JobMutations):
    @refusable(
        description="Ops: let a partner have jobs, or not. Open offers that it may not have end at once; jobs under way go on. "
        "Setting what is set already changes nothing."
    )
    async def set_partner_status(
        self,
        info: Info,
        id: strawberry.ID,
        status: Annotated[PartnerStatus, strawberry.argument(description="SANDBOX, ACTIVE or PAUSED.")],
        reason: Annotated[
            str,
            strawberry.argument(description=f"For the record, one line of 1 to {_LONGEST_REASON} characters."),
        ],
    ) -> SetPartnerStatusPayload | None:
        subject = info.context.identity.require(Role.OPS)
        key = PartnerId.parse(id)
        why = read_line("reason", reason, longest=_LONGEST_REASON)
        async with transaction(info.context.db) as conn:
            await partners.set_status(conn, key, status, why, by=subject)
        partner = await Partner.find(info, key)
        assert partner
        return SetPartnerStatusPayload(partner=partner)

    @refusable(
        description="Ops: end a trip that nothing else ends; who says so and why is kept. The order, the books and the stock follow. "
        "Ending it as it has ended changes nothing."
    )
    async def end_delivery(
        self,
        info: Info,
        id: strawberry.ID,
        outcome: Annotated[DeliveryOutcome, strawberry.argument(description="What has become of the goods.")],
        reason: Annotated[
            str,
            strawberry.argument(description=f"For the record, one line of 1 to {_LONGEST_REASON} characters."),
        ],
        failure: Annotated[
            FailureCode | None,
            strawberry.argument(
                description="Whose fault it was that nothing was delivered: what the company reported, or else its rider's, unless said."
            ),
        ] = None,
        cash_collected: Annotated[
            Rupiah | None,
            strawberry.argument(
                description="What the rider took of what was due, when DELIVERED: all of it unless said."
            ),
        ] = None,
    ) -> EndDeliveryPayload | None:
        subject = info.context.identity.require(Role.OPS)
        key = DeliveryId.parse(id)
        said = Ending(outcome, read_line("reason", reason, longest=_LONGEST_REASON), failure, cash_collected)
        try:
            async with transaction(info.context.db) as conn:
                await endings.end_delivery(conn, key, said, subject)
        except CashIsNot as error:
            raise BadUserInput(f"cashCollected: {error}") from error
        ended = await Delivery.find(info, key)
        assert ended  # ops see every trip
        return EndDeliveryPayload(delivery=ended)
