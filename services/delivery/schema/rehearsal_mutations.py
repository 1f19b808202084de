"""Test jobs, as a company's people and its machine order and end them."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.roles import Role
from services.delivery.commands import rehearsals
from services.delivery.domain.caller import NotFound
from services.delivery.domain.rehearsal import MAX_AN_HOUR, MAX_OPEN, TestScenario
from services.delivery.schema.company_mutations import PEOPLE, acting
from services.delivery.schema.context import Info
from services.delivery.schema.rehearsals import TestJob
from services.delivery.store import rehearsals as stored
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable


@strawberry.type
class RequestTestJobPayload(Payload):
    test_job: TestJob | None = None


@strawberry.type
class EndTestJobPayload(Payload):
    test_job: TestJob | None = None


@strawberry.type
class RehearsalMutations:
    @refusable(
        description="A company's people and its machine, once it is in its sandbox or active: order a test job for it alone, by the way of "
        f"all jobs. A robot plays the rest. At most {MAX_OPEN} open and {MAX_AN_HOUR} an hour. The key makes a repeat the same one."
    )
    async def request_test_job(
        self,
        info: Info,
        partner_id: Annotated[strawberry.ID, strawberry.argument(description="The company's id.")],
        scenario: Annotated[TestScenario, strawberry.argument(description="What is to be played.")],
        idempotency_key: str,
    ) -> RequestTestJobPayload | None:
        subject, key = acting(info, *PEOPLE, Role.PARTNER, Role.OPS), PartnerId.parse(partner_id)
        async with transaction(info.context.db) as conn:
            made = await rehearsals.request(
                conn,
                info.context.caller,
                key,
                scenario,
                info.context.means.rules.policy,
                machine=info.context.viewer.partner_id,
                by=subject,
                idempotency_key=idempotency_key,
            )
        return RequestTestJobPayload(test_job=await _there(info, key, made))

    @refusable(
        description="A company's people, its machine and operators: end a test job now. One that has ended stays as it is."
    )
    async def end_test_job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The test job's.")]
    ) -> EndTestJobPayload | None:
        subject, key = acting(info, *PEOPLE, Role.PARTNER, Role.OPS), DeliveryId.parse(id)
        async with transaction(info.context.db) as conn:
            owner = await rehearsals.end(
                conn, info.context.caller, key, machine=info.context.viewer.partner_id, by=subject
            )
        return EndTestJobPayload(test_job=await _there(info, owner, key))


async def _there(info: Info, partner_id: PartnerId, job_id: DeliveryId) -> TestJob:
    async with info.context.db.acquire() as conn:
        found = await stored.of_partner(conn, partner_id, info.context.viewer, job_id)
    if not found:
        raise NotFound
    return TestJob.of(found[0])
