"""The delivery part of the graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry
from strawberry.types import Info as StrawberryInfo

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus, RiderId
from services.contracts.ordering import OrderId
from services.contracts.problems import ProblemCode
from services.contracts.roles import Role
from services.delivery import quotes
from services.delivery.commands import quoting
from services.delivery.commands import trips as commands
from services.delivery.domain import roads, tariff
from services.delivery.domain import trip as domain
from services.delivery.domain.trip import DeliveryStatus
from services.delivery.schema import context
from services.delivery.schema.context import Context
from services.delivery.store import reading
from services.delivery.store.reading import DeliveryView, PartnerView, RiderView
from services.delivery.words import WORDS
from services.graph import NotFound, Problem, RateLimited, subgraph
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node, Point, PointInput

Info: TypeAlias = StrawberryInfo[Context, None]
_MAX_GRAM = 10**9

strawberry.enum(
    DeliveryStatus,
    description="Where a trip is. WAITING: the order is not confirmed yet. AT_PICKUP and AT_DROPOFF may be skipped. New states may come.",
)
strawberry.enum(
    PartnerStatus,
    description="Whether an ojek company gets jobs: ACTIVE all, SANDBOX test jobs alone, INVITED and PAUSED none.",
)


@strawberry.federation.type(keys=["id"], description="A local ojek company that takes jobs.")
class Partner(Node):
    id: strawberry.ID
    name: str
    status: PartnerStatus

    @classmethod
    def of(cls, view: PartnerView) -> Partner:
        return cls(id=strawberry.ID(str(view.id)), name=view.name, status=view.status)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Partner | None:
        partner_id = PartnerId.parse(id)
        return None if info.context.identity.anonymous else await _partner(info, partner_id)


@strawberry.federation.type(
    keys=["id"], description="Who rides. Seen by the buyer of the trip, by the rider's company and by ops."
)
class Rider(Node):
    id: strawberry.ID
    name: str
    plate: str = strawberry.field(description="Number plate of the motorbike.")

    @classmethod
    def of(cls, view: RiderView) -> Rider:
        return cls(id=strawberry.ID(str(view.id)), name=view.name, plate=view.plate)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Rider | None:
        return await _rider(info, RiderId.parse(id))


@strawberry.type(description="Where the rider was last seen.")
class RiderPosition:
    point: Point
    at: datetime


@strawberry.type(description="A trip entered a state.")
class DeliveryStep:
    at: datetime
    status: DeliveryStatus


@strawberry.federation.type(keys=["id"], description="An order, as far as its delivery goes.")
class Order:
    id: strawberry.ID

    @strawberry.field(
        description="The order's trip; null before delivery has heard of the order, and for who may not see it."
    )
    async def delivery(self, info: Info) -> Delivery | None:
        view = await info.context.load(context.deliveries_of_orders, OrderId.parse(self.id))
        return Delivery.of(view) if view else None

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Order:
        OrderId.parse(id)
        return cls(id=id)


@strawberry.federation.type(
    keys=["id"],
    description="The trip of one order, from its merchants to the buyer. Seen by its buyer, its partner and ops.",
)
class Delivery(Node):
    view: strawberry.Private[DeliveryView]
    id: strawberry.ID
    version: int = strawberry.field(description="Rises with every change of state; of two answers keep the higher.")
    status: DeliveryStatus
    test: bool = strawberry.field(description="No real rider is sent, and no real money moves.")
    fee: Rupiah = strawberry.field(description="As quoted.")
    cash_to_collect: Rupiah = strawberry.field(
        description="What the rider collects at the door; 0 before the order is confirmed."
    )
    requested_at: datetime | None = strawberry.field(
        description="Since when a rider is sought; null before the order is confirmed."
    )

    @classmethod
    def of(cls, view: DeliveryView) -> Delivery:
        return cls(
            view=view,
            id=strawberry.ID(str(view.id)),
            version=view.version,
            status=view.status,
            test=view.test,
            fee=Rupiah(view.fee_rupiah),
            cash_to_collect=Rupiah(view.cash_to_collect_rupiah),
            requested_at=view.requested_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Delivery | None:
        return await _delivery(info, DeliveryId.parse(id))

    @strawberry.field
    def order(self) -> Order | None:
        return Order(id=strawberry.ID(str(self.view.order_id)))

    @strawberry.field(description="Who has the job; null while nobody has.")
    async def partner(self, info: Info) -> Partner | None:
        return await _partner(info, self.view.partner_id) if self.view.partner_id else None

    @strawberry.field(description="Null while nobody has the job.")
    async def rider(self, info: Info) -> Rider | None:
        return await _rider(info, self.view.rider_id) if self.view.rider_id else None

    @strawberry.field(description="During the trip, and to the buyer alone.")
    def position(self) -> RiderPosition | None:
        point, at = self.view.position, self.view.position_at
        return RiderPosition(point=Point(lat=point.lat, lng=point.lng), at=at) if point and at else None

    @strawberry.field(
        description="What the buyer shows the rider to get the goods. To the buyer alone, until the trip has ended."
    )
    def handover_pin(self, info: Info) -> str | None:
        if not self.view.is_buyer or self.view.status in domain.TERMINAL:
            return None
        return info.context.means.pins.of(self.view.id, test=self.view.test)

    @strawberry.field(description="Oldest first.")
    async def history(self, info: Info) -> list[DeliveryStep]:
        steps = await info.context.load(context.histories, self.view.id)
        return [DeliveryStep(at=step.at, status=step.status) for step in steps]


async def _delivery(info: Info, delivery_id: DeliveryId) -> Delivery | None:
    view = await info.context.load(context.deliveries, delivery_id)
    return Delivery.of(view) if view else None


async def _partner(info: Info, partner_id: PartnerId) -> Partner | None:
    view = await info.context.load(context.partners, partner_id)
    return Partner.of(view) if view else None


async def _rider(info: Info, rider_id: RiderId) -> Rider | None:
    view = await info.context.load(context.riders, rider_id)
    return Rider.of(view) if view else None


@strawberry.type(
    description="What a trip costs: a signed statement for this buyer, these merchants and this drop-off. Nothing is stored; "
    "give `token` to placeOrder before `expiresAt`."
)
class Quote:
    id: strawberry.ID
    token: str = strawberry.field(description="The signed statement.")
    fee: Rupiah
    distance_m: int = strawberry.field(description="Metres by road, over all merchants.")
    duration_s: int = strawberry.field(description="Seconds from the first merchant to the door, halts included.")
    rider_share: Rupiah
    partner_share: Rupiah
    platform_share: Rupiah = strawberry.field(description="The three shares make the fee.")
    mass_limit_gram: int = strawberry.field(description="The goods may weigh so much.")
    tariff_version: str
    legal_basis: str = strawberry.field(description="What the tariff rests on.")
    expires_at: datetime
    test: bool

    @classmethod
    def of(cls, quoted: quoting.Quoted, token: str) -> Quote:
        quote = quoted.quote
        return cls(
            id=strawberry.ID(str(quote.id)),
            token=token,
            fee=Rupiah(quote.fee_rupiah),
            distance_m=quote.distance_m,
            duration_s=quote.duration_s,
            rider_share=Rupiah(quote.rider_share_rupiah),
            partner_share=Rupiah(quote.partner_share_rupiah),
            platform_share=Rupiah(quote.platform_share_rupiah),
            mass_limit_gram=quote.mass_limit_gram,
            tariff_version=quote.tariff,
            legal_basis=quoted.rule.legal_basis,
            expires_at=quote.expires_at,
            test=quote.test,
        )


@strawberry.federation.type(shareable=True, description="No rider goes there, or may fetch goods there.")
class OutOfArea(Problem):
    code: ProblemCode = ProblemCode.OUT_OF_AREA
    message: str = "No rider goes there"


@strawberry.federation.type(
    shareable=True, description="These merchants do not exist, or are not known to delivery yet."
)
class MerchantUnknown(Problem):
    code: ProblemCode = ProblemCode.NOT_FOUND
    message: str = "Some of these merchants are not known"
    merchant_ids: list[strawberry.ID]


@strawberry.federation.type(shareable=True, description="More than a motorbike carries.")
class TooHeavy(Problem):
    code: ProblemCode = ProblemCode.TOO_HEAVY
    message: str = "More than a motorbike carries"
    limit_gram: int = tariff.MAX_MASS_GRAM


@strawberry.federation.type(shareable=True, description="A partner cannot be put into this status from where it is.")
class PartnerStatusRefused(Problem):
    code: ProblemCode = ProblemCode.WRONG_STATE
    message: str = "The partner cannot be put into this status"
    status: PartnerStatus = strawberry.field(description="Its present status.")


QuoteDeliveryResult = Annotated[
    Quote | OutOfArea | MerchantUnknown | TooHeavy | RateLimited, strawberry.union("QuoteDeliveryResult")
]
SetPartnerStatusResult = Annotated[
    Partner | NotFound | PartnerStatusRefused, strawberry.union("SetPartnerStatusResult")
]


@strawberry.input
class QuoteDeliveryInput:
    merchant_ids: list[strawberry.ID] = strawberry.field(
        description=f"Where to fetch: 1 to {roads.MAX_PICKUPS} merchants; each counts once."
    )
    dropoff: PointInput = strawberry.field(description="The exact place; placeOrder compares it with the contact's.")
    mass_gram: int = strawberry.field(description="What the goods weigh.")


@strawberry.type
class Query:
    @strawberry.field(description="What delivery would cost this buyer. Stores nothing.")
    async def quote_delivery(self, info: Info, input: QuoteDeliveryInput) -> QuoteDeliveryResult:
        buyer = info.context.identity.require(Role.BUYER)
        merchants = list(dict.fromkeys(MerchantId.parse(each) for each in input.merchant_ids))
        if not 1 <= len(merchants) <= roads.MAX_PICKUPS:
            raise BadUserInput(f"merchantIds names 1 to {roads.MAX_PICKUPS} merchants")
        if not 0 <= input.mass_gram <= _MAX_GRAM:
            raise BadUserInput(f"massGram is from 0 to {_MAX_GRAM}")
        means = info.context.means
        means.quotes_limit.take(buyer)
        dropoff = roads.Point(input.dropoff.lat, input.dropoff.lng)
        try:
            async with means.db.acquire() as conn:
                quoted = await quoting.quote_delivery(
                    conn, buyer, merchants, dropoff, input.mass_gram, test=means.tests_only
                )
        except quoting.OutOfArea as refused:
            return OutOfArea(message=str(refused))
        except quoting.UnknownMerchants as refused:
            return MerchantUnknown(merchant_ids=[strawberry.ID(str(each)) for each in refused.merchants])
        except quoting.TooHeavy as refused:
            return TooHeavy(message=str(refused))
        return Quote.of(quoted, quotes.sign(quoted.quote, means.signing_key))

    @strawberry.field(description="Null when there is none that the caller may see.")
    async def delivery(self, info: Info, id: strawberry.ID) -> Delivery | None:
        delivery_id = DeliveryId.parse(id)
        info.context.identity.require()
        return await _delivery(info, delivery_id)

    @strawberry.field(description="The ojek companies, by name.", directives=[PAGED])
    async def partners(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Partner]:
        info.context.identity.require()
        page = Page(first, after, tuple[str, str])
        begin = (page.after[0], _after(page.after[1])) if page.after else None
        async with info.context.db.acquire() as conn:
            rows = await reading.partner_page(conn, begin, page.limit)
        return page.connection(rows, key=lambda row: (row.name, str(row.id)), node=Partner.of)


def _after(text: str) -> PartnerId:
    try:
        return PartnerId.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Ops: let a partner have jobs, or not. Jobs under way go on. Setting what is set already changes nothing."
    )
    async def set_partner_status(
        self, info: Info, id: strawberry.ID, status: PartnerStatus, reason: str
    ) -> SetPartnerStatusResult:
        info.context.identity.require(Role.OPS)
        partner_id = PartnerId.parse(id)
        if not 0 < len(reason.strip()) <= 500:
            raise BadUserInput("reason is 1 to 500 characters")
        try:
            async with transaction(info.context.db) as conn:
                found = await commands.set_partner_status(conn, partner_id, status, reason.strip())
        except commands.IllegalStatus as refused:
            return PartnerStatusRefused(status=refused.current)
        return Partner(id=id, name=found[0], status=found[1]) if found else NotFound()


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="A trip's present state at once, then at every change, positions included. "
        "Ends when there is nothing that the caller may see."
    )
    async def delivery_changed(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Delivery, None]:
        delivery_id = DeliveryId.parse(id)
        info.context.identity.require()

        async def load() -> DeliveryView | None:
            return (await context.deliveries(info.context, [delivery_id]))[0]

        async for view in info.context.means.live.follow(delivery_id, load, lambda seen: seen.live):
            yield Delivery.of(view)


SCHEMA = subgraph(query=Query, mutation=Mutation, subscription=Subscription, types=[Order], words=WORDS)
