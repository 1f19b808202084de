"""A company enters what it rides for, and officers see who does for how much."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.roles import Role
from services.delivery.commands import rates as commands
from services.delivery.domain import rate
from services.delivery.schema.company_mutations import PEOPLE, acting
from services.delivery.schema.context import Info
from services.delivery.schema.rate_fields import CompanyRate
from services.delivery.schema.types import Partner
from services.delivery.store import rates
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable


@strawberry.input(description="What a company rides for, from a day to come.")
class CompanyRateInput:
    valid_from: date = strawberry.field(description="The first day, WIB: tomorrow or within a year.")
    per_mille: int = strawberry.field(
        description="Of what the rule makes of a trip: 1,000 is the rule's own, and ends a rate; `CompanyRates.lowest` the least."
    )


@strawberry.type
class EnterCompanyRatePayload(Payload):
    rate: CompanyRate | None = None


@strawberry.type(description="A rate with whose it is.")
class RateOfCompany:
    rate: CompanyRate = strawberry.field(description="The rate.")
    key: strawberry.Private[PartnerId]

    @strawberry.field(description="Whose it is.")
    async def partner(self, info: Info) -> Partner | None:
        return await Partner.find(info, self.key)


@strawberry.type
class RateMutations:
    @refusable(
        description="The company's people and operators: what it rides for from a day to come. Quotes are made of the lowest of who could "
        "go; what it takes off is the company's to bear, and riders get what the rule gives them. The key makes a repeat the same one."
    )
    async def enter_company_rate(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The company.")],
        input: Annotated[CompanyRateInput, strawberry.argument(description="The rate.")],
        idempotency_key: str,
    ) -> EnterCompanyRatePayload | None:
        subject = acting(info, *PEOPLE, Role.OPS)
        key = PartnerId.parse(id)
        async with transaction(info.context.db) as conn:
            number = await commands.enter(
                conn,
                info.context.caller,
                key,
                input.valid_from,
                input.per_mille,
                by=subject,
                idempotency_key=idempotency_key,
            )
            view = await rates.find(conn, number)
        return EnterCompanyRatePayload(rate=CompanyRate.of(view))


@strawberry.type
class RateQueries:
    @strawberry.field(
        description="Officers and operators only: what companies have entered, the last first.", directives=[PAGED]
    )
    async def company_rates(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[RateOfCompany] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[str])
        before = rate.number_of(page.after[0]) if page.after else None
        if page.after and before is None:
            raise BadUserInput("after is not a cursor of this list")
        async with info.context.db.acquire() as conn:
            rows = await rates.page(conn, before, page.limit)
        return page.connection(
            rows,
            key=lambda row: (rate.version(row.number),),
            node=lambda row: RateOfCompany(rate=CompanyRate.of(row), key=row.partner_id),
        )
