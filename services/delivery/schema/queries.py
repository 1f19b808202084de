"""What a caller may read, and what a trip would cost."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.places import GeoPoint
from services.contracts.quote import MAX_MERCHANTS
from services.contracts.roles import Role
from services.delivery.schema.context import Info
from services.delivery.schema.following import FollowingQueries
from services.delivery.schema.policies import PolicyQueries
from services.delivery.schema.proof_rules import ProofRuleQueries
from services.delivery.schema.proofs import ProofQueries
from services.delivery.schema.quoting import QuoteDeliveryPayload, quotes
from services.delivery.schema.rates import RateQueries
from services.delivery.schema.running import RunningQueries
from services.delivery.schema.searches import SearchQueries
from services.delivery.schema.tariffs import TariffQueries
from services.delivery.schema.types import Delivery, Partner, Rider
from services.delivery.schema.vain import VainQueries
from services.delivery.schema.zones import ZoneQueries
from services.delivery.store import reading, reading_crews
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import MAX_FIRST, PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.types import PointInput


@strawberry.input(description="From whom to where, and how heavy.")
class QuoteDeliveryInput:
    merchant_ids: list[strawberry.ID] = strawberry.field(
        description=f"Where to fetch: 1 to {MAX_MERCHANTS} merchants; each counts once."
    )
    dropoff: PointInput = strawberry.field(description="The exact place; placeOrder compares it with the contact's.")
    mass_gram: int = strawberry.field(description="What the goods weigh.")


@strawberry.type
class Query(
    FollowingQueries,
    ZoneQueries,
    TariffQueries,
    RateQueries,
    VainQueries,
    ProofRuleQueries,
    PolicyQueries,
    SearchQueries,
    ProofQueries,
    RunningQueries,
):
    @refusable(
        description="What delivery would cost this buyer; for a cart that is there `Cart.checkout` says it. Stores nothing."
    )
    async def quote_delivery(
        self,
        info: Info,
        input: Annotated[
            QuoteDeliveryInput, strawberry.argument(description="The trip, as the order would ask for it.")
        ],
    ) -> QuoteDeliveryPayload | None:
        info.context.identity.require(Role.BUYER)
        merchants = list(dict.fromkeys(MerchantId.parse(each) for each in input.merchant_ids))
        if not merchants:
            raise BadUserInput("merchantIds names no merchant")
        if input.mass_gram < 0:
            raise BadUserInput("massGram is at least 0")
        dropoff = GeoPoint(lat=input.dropoff.lat, lng=input.dropoff.lng)
        return await quotes(info, merchants, dropoff, input.mass_gram)

    @strawberry.field(description="Null when there is none that the caller may see.")
    async def delivery(self, info: Info, id: strawberry.ID) -> Delivery | None:
        key = DeliveryId.parse(id)
        info.context.identity.require()
        return await Delivery.find(info, key)

    @strawberry.field(description="The ojek companies, by name.", directives=[PAGED])
    async def partners(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Partner] | None:
        info.context.identity.require()
        page = Page(first, after, tuple[str, str])
        begin = (page.after[0], _after(page.after[1])) if page.after else None
        async with info.context.db.acquire() as conn:
            rows = await reading.partner_page(conn, begin, page.limit)
        return page.connection(rows, key=lambda row: (row.name, str(row.id)), node=Partner.of)

    @strawberry.field(
        description="One company; null when there is none, or it is not for the caller to see: who only asks is seen by its own people."
    )
    async def partner(self, info: Info, id: strawberry.ID) -> Partner | None:
        key = PartnerId.parse(id)
        info.context.identity.require()
        return await Partner.find(info, key)

    @strawberry.field(
        description="The companies whose owner or dispatcher the caller is, by name; at most 100.",
        directives=[sized(MAX_FIRST)],
    )
    async def my_partners(self, info: Info) -> list[Partner] | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            rows = await reading.partners_of(conn, info.context.viewer.person, MAX_FIRST)
        return [Partner.of(row) for row in rows]

    @strawberry.field(description="Who the caller is as a rider; null for who rides for nobody.")
    async def my_rider(self, info: Info) -> Rider | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            row = await reading_crews.rider_of(conn, info.context.viewer)
        return Rider.of(row) if row else None

    @strawberry.field(
        description="Officers and operators only: companies that applied and wait, in the order in which they first came.",
        directives=[PAGED],
    )
    async def partner_applications(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Partner] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[str])
        async with info.context.db.acquire() as conn:
            rows = await reading.applicants(conn, _after(page.after[0]) if page.after else None, page.limit)
        return page.connection(rows, key=lambda row: (str(row.id),), node=Partner.of)


def _after(text: str) -> PartnerId:
    try:
        return PartnerId.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error
