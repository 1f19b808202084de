"""What can be changed: by ops here, by companies and their people in the neighbours."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, PartnerStatus, RiderId
from services.contracts.roles import Role
from services.delivery.commands import endings, partners, reassigning
from services.delivery.domain.ending import CashIsNot, DeliveryOutcome, Ending
from services.delivery.domain.incident import Incident
from services.delivery.schema.company_mutations import CompanyMutations
from services.delivery.schema.context import Info
from services.delivery.schema.crew_mutations import CrewMutations
from services.delivery.schema.following import FollowingMutations
from services.delivery.schema.job_mutations import JobMutations, RiderMutations
from services.delivery.schema.policies import PolicyMutations
from services.delivery.schema.proof_mutations import ProofMutations
from services.delivery.schema.proof_rules import ProofRuleMutations
from services.delivery.schema.rates import RateMutations
from services.delivery.schema.reach import ReachMutations
from services.delivery.schema.rehearsal_mutations import RehearsalMutations
from services.delivery.schema.running import RunningMutations
from services.delivery.schema.searches import SearchMutations
from services.delivery.schema.tariffs import TariffMutations
from services.delivery.schema.types import Delivery, Partner
from services.delivery.schema.vain import VainMutations
from services.delivery.schema.webhook_mutations import WebhookMutations
from services.delivery.schema.zones import ZoneMutations
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
class ReassignDeliveryPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class Mutation(
    CompanyMutations,
    CrewMutations,
    ReachMutations,
    RateMutations,
    JobMutations,
    RiderMutations,
    ProofMutations,
    FollowingMutations,
    RehearsalMutations,
    WebhookMutations,
    ZoneMutations,
    TariffMutations,
    VainMutations,
    ProofRuleMutations,
    PolicyMutations,
    SearchMutations,
    RunningMutations,
):
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
        description="Ops: take a trip from who has it, and give it to another; with the goods on it their hand-over to this rider is "
        "what is said. Who says so and why is kept; who had it is told, and earns nothing of it."
    )
    async def reassign_delivery(
        self,
        info: Info,
        id: strawberry.ID,
        failure: Annotated[
            FailureCode, strawberry.argument(description="What happened, and by that whose fault it was.")
        ],
        reason: Annotated[
            str,
            strawberry.argument(description=f"For the record, one line of 1 to {_LONGEST_REASON} characters."),
        ],
        rider_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Who has it from now on. Null: another is sought, which is only possible until the goods are fetched."
            ),
        ] = None,
    ) -> ReassignDeliveryPayload | None:
        subject = info.context.identity.require(Role.OPS)
        key = DeliveryId.parse(id)
        rider = RiderId.parse(rider_id) if rider_id is not None else None
        said = Incident(failure, read_line("reason", reason, longest=_LONGEST_REASON), rider)
        async with transaction(info.context.db) as conn:
            await reassigning.reassign(conn, key, said, subject, info.context.means.rules.policy)
        return ReassignDeliveryPayload(delivery=await Delivery.find(info, key))

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
