"""Trips, quotes, partners and riders as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, RiderId
from services.contracts.delivery import PartnerStatus as PartnerStatus  # described in schema.company
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.quote import MAX_MERCHANTS
from services.contracts.roles import Role
from services.delivery.domain.crew import VehicleKind
from services.delivery.domain.trip import ON_TRIP, TERMINAL
from services.delivery.domain.trip import Pickup as Stop
from services.delivery.schema import loaders, zones
from services.delivery.schema.company import CompanyFields
from services.delivery.schema.context import Info
from services.delivery.schema.followed import FollowedFields
from services.delivery.schema.lives import DeliveryLives
from services.delivery.schema.offers import JobOffer, RidingFields
from services.delivery.schema.proofs import PickupProofFields, ProofFields
from services.delivery.schema.rate_fields import RateFields
from services.delivery.schema.reach_fields import ReachFields
from services.delivery.schema.rehearsals import RehearsalFields
from services.delivery.schema.trip_status import DeliveryStatus
from services.delivery.schema.webhook import WebhookFields
from services.delivery.schema.whereabouts import RidersPlaceFields, TripsPlacesFields
from services.delivery.schema.zones import Zone
from services.delivery.store import reading
from services.delivery.store.reading import DeliveryView, PartnerView, PickupView, RiderView
from services.delivery.store.reading_crews import MAX_OFFERS
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node
from services.kit.ids import Id

K = TypeVar("K", bound=Id)
_MAX_CARRIED = 50


def _cursor(kind: type[K], text: str) -> K:
    try:
        return kind.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error


@strawberry.federation.type(keys=["id"], description="A local ojek company that takes jobs.")
class Partner(Node, CompanyFields, RehearsalFields, WebhookFields, ReachFields, RateFields):
    id: strawberry.ID
    key: strawberry.Private[PartnerId]
    name: str = strawberry.field(description="As buyers know it.")
    status: PartnerStatus = strawberry.field(description="Whether it gets jobs now, and which.")
    silence: strawberry.Private[int] = 0

    @strawberry.field(
        description="Offers in a row that it let expire; who has some is asked after those who answer. For ops alone."
    )
    def unanswered_offers(self, info: Info) -> int | None:
        return self.silence if info.context.identity.has(Role.OPS) else None

    @strawberry.field(
        description="When it replied last, by whatever way; null when it did not in the days for which replies are kept. For ops alone."
    )
    async def heard_at(self, info: Info) -> datetime | None:
        return await info.context.load(loaders.heard_at, self.key) if info.context.identity.has(Role.OPS) else None

    @classmethod
    def of(cls, view: PartnerView) -> Partner:
        return cls(
            id=strawberry.ID(str(view.id)),
            key=view.id,
            name=view.name,
            status=view.status,
            silence=view.unanswered,
        )

    @classmethod
    async def find(cls, info: Info, key: PartnerId) -> Partner | None:
        view = await info.context.load(loaders.partners, key)
        return cls.of(view) if view else None

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Partner | None:
        key = PartnerId.parse(id)
        return None if info.context.identity.anonymous else await cls.find(info, key)

    @strawberry.field(
        description="Its riders who have not ended, by name; for its own people and operators, for a rider themself.",
        directives=[PAGED],
    )
    async def riders(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Rider]:
        page = Page(first, after, tuple[str, str])
        begin = (page.after[0], _cursor(RiderId, page.after[1])) if page.after else None
        rows = await loaders.riders_of(info.context, self.key, begin, page.limit)
        return page.connection(rows, key=lambda row: (row.name, str(row.id)), node=Rider.of)

    @strawberry.field(
        description=f"Open offers, those that end first, at most {MAX_OFFERS}; for its people, riders on shift and operators.",
        directives=[sized(MAX_OFFERS)],
    )
    async def offers(self, info: Info) -> list[JobOffer]:
        return [JobOffer.of(row) for row in await info.context.load(loaders.offers, self.key)]

    @strawberry.field(
        description="Its jobs, the newest first, as far as the caller may see them: its people all, a rider their own.",
        directives=[PAGED],
    )
    async def jobs(
        self,
        info: Info,
        only_open: Annotated[bool, strawberry.argument(description="Those under way alone.")] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Delivery]:
        page = Page(first, after, tuple[str])
        last = _cursor(DeliveryId, page.after[0]) if page.after else None
        async with info.context.db.acquire() as conn:
            rows = await reading.jobs(
                conn, self.key, info.context.viewer, only_open=only_open, after=last, limit=page.limit
            )
        return page.connection(rows, key=lambda row: (str(row.id),), node=Delivery.of)


@strawberry.federation.type(
    keys=["id"],
    description="Who rides. Seen by the buyer of the trip, by the rider's company and by ops. Of the rest of it "
    "others than the company, the rider and ops see null.",
)
class Rider(Node, RidersPlaceFields, RidingFields):
    id: strawberry.ID
    view: strawberry.Private[RiderView]
    name: str = strawberry.field(description="For the buyer to know who comes, and for officers whom they pay.")
    plate: str = strawberry.field(description="Number plate of the vehicle.")
    external_id: str | None = strawberry.field(default=None, description="The company's own id of them.")
    vehicle: VehicleKind | None = strawberry.field(default=None, description="What they ride.")
    has_box: bool | None = strawberry.field(default=None, description="Whether a box keeps goods dry and upright.")
    cash_limit: Rupiah | None = strawberry.field(
        default=None,
        description="The most that their jobs may have them collect at a time; null when there is no limit.",
    )
    carries_gram: int | None = strawberry.field(
        default=None,
        description="The most that they take along, in grams, as the company said or as their vehicle does.",
    )
    on_shift: bool | None = strawberry.field(
        default=None, description="Whether they ride now: who does is told of offers."
    )
    ended: bool | None = strawberry.field(default=None, description="Whether they ride for the company no more.")
    signs_in: bool | None = strawberry.field(default=None, description="Whether a person has come by the rider's code.")
    is_me: bool | None = strawberry.field(default=None, description="Whether it is who asks.")

    @classmethod
    def of(cls, view: RiderView) -> Rider:
        inside = view.inside
        return cls(
            view=view,
            id=strawberry.ID(str(view.id)),
            name=view.name,
            plate=view.plate,
            external_id=inside.external_id if inside else None,
            vehicle=inside.vehicle if inside else None,
            has_box=inside.has_box if inside else None,
            cash_limit=Rupiah(inside.cash_limit_rupiah) if inside and inside.cash_limit_rupiah is not None else None,
            carries_gram=inside.carries_gram if inside else None,
            on_shift=inside.on_shift if inside else None,
            ended=inside.ended if inside else None,
            signs_in=inside.signs_in if inside else None,
            is_me=inside.is_me if inside else None,
        )

    @classmethod
    async def find(cls, info: Info, key: RiderId) -> Rider | None:
        view = await info.context.load(loaders.riders, key)
        return cls.of(view) if view else None

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Rider | None:
        return await cls.find(info, RiderId.parse(id))

    @strawberry.field(description="Whose rider it is; for the company, the rider and operators, else null.")
    async def partner(self, info: Info) -> Partner | None:
        inside = self.view.inside
        return await Partner.find(info, self.view.partner_id) if inside and self.view.partner_id else None

    @strawberry.field(
        description="What they carry now, at most 50; for the company, the rider and operators, else empty.",
        directives=[sized(_MAX_CARRIED)],
    )
    async def jobs(self, info: Info) -> list[Delivery]:
        if self.view.inside is None:
            return []
        ids = await info.context.load(loaders.jobs_of_riders, self.view.id)
        found = [await Delivery.find(info, each) for each in ids[:_MAX_CARRIED]]
        return [each for each in found if each]


@strawberry.type(description="A trip entered a state.")
class DeliveryStep:
    at: datetime = strawberry.field(description="When it came to the state.")
    status: DeliveryStatus = strawberry.field(description="The state that it came to.")


@strawberry.federation.type(keys=["id"], description="An order, as far as its delivery goes.")
class Order:
    id: strawberry.ID

    @strawberry.field(
        description="The order's trip; null before delivery has heard of the order, and for who may not see it."
    )
    async def delivery(self, info: Info) -> Delivery | None:
        view = await info.context.load(loaders.deliveries_of_orders, OrderId.parse(self.id))
        return Delivery.of(view) if view else None

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Order:
        OrderId.parse(id)
        return cls(id=id)


@strawberry.type(description="One merchant's stop of a trip, as it was reported.")
class DeliveryPickup:
    stop: int = strawberry.field(description="By which `reportTrip` and `reportFailure` name it.")
    merchant_name: str = strawberry.field(description="As its sign says.")
    arrived_at: datetime | None = strawberry.field(
        description="When the rider came; null before, and where the trip is reported as a whole."
    )
    fetched_at: datetime | None = strawberry.field(description="When the rider had the goods.")
    left_out_at: datetime | None = strawberry.field(description="Since when nobody goes there any more.")
    failure: FailureCode | None = strawberry.field(
        description="Why there were no goods to be had, where the rider has said so."
    )

    @classmethod
    def of(cls, row: Stop) -> DeliveryPickup:
        return cls(
            stop=row.number,
            merchant_name=row.merchant_name,
            arrived_at=row.arrived_at,
            fetched_at=row.fetched_at,
            left_out_at=row.left_out_at,
            failure=row.failure,
        )


@strawberry.type(description="Who fetches one merchant's goods. The door stays between the buyer and the rider.")
class Pickup(PickupProofFields):
    status: DeliveryStatus = strawberry.field(
        description="How far the whole trip is, the other merchants' goods included."
    )
    rider: Rider | None = strawberry.field(description="Who comes to fetch them; null while nobody has the job.")
    arrived_at: datetime | None = strawberry.field(
        description="When the rider came to this merchant, where that was said."
    )
    fetched_at: datetime | None = strawberry.field(description="When the rider had this merchant's goods.")
    partner_key: strawberry.Private[PartnerId | None]

    @strawberry.field(description="Whose rider it is; null while nobody has the job.")
    async def partner(self, info: Info) -> Partner | None:
        return await Partner.find(info, self.partner_key) if self.partner_key else None

    @classmethod
    def of(cls, view: PickupView) -> Pickup:
        rider = Rider.of(view.rider) if view.rider else None
        return cls(
            view=view,
            status=view.status,
            rider=rider,
            arrived_at=view.arrived_at,
            fetched_at=view.fetched_at,
            partner_key=view.partner_id,
        )


@strawberry.federation.type(keys=["id"], description="One merchant's part of an order, as far as it is fetched.")
class SellerOrder:
    id: strawberry.ID

    @strawberry.field(
        description="Who fetches its goods: for the merchant's own people, and who may see the trip. Null for others, and before delivery "
        "has heard of the order."
    )
    async def pickup(self, info: Info) -> Pickup | None:
        view = await info.context.load(loaders.pickups, SellerOrderId.parse(self.id))
        return Pickup.of(view) if view else None

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> SellerOrder:
        SellerOrderId.parse(id)
        return cls(id=id)


@strawberry.federation.type(
    keys=["id"],
    description="The trip of one order, from its merchants to the buyer. Seen by its buyer, its partner and ops.",
)
class Delivery(Node, FollowedFields, TripsPlacesFields, ProofFields, DeliveryLives):
    view: strawberry.Private[DeliveryView]
    id: strawberry.ID
    version: int = strawberry.field(description="Rises with every change of state; of two answers keep the higher.")
    status: DeliveryStatus = strawberry.field(description="How far it is.")
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
    async def find(cls, info: Info, key: DeliveryId) -> Delivery | None:
        view = await info.context.load(loaders.deliveries, key)
        return cls.of(view) if view else None

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Delivery | None:
        return await cls.find(info, DeliveryId.parse(id))

    @strawberry.field(description="What is delivered; null of a test job that a company ordered for itself.")
    def order(self) -> Order | None:
        return None if self.view.rehearsed else Order(id=strawberry.ID(str(self.view.order_id)))

    @strawberry.field(description="Who has the job; null while nobody has.")
    async def partner(self, info: Info) -> Partner | None:
        return await Partner.find(info, self.view.partner_id) if self.view.partner_id else None

    @strawberry.field(description="Null while nobody has the job.")
    async def rider(self, info: Info) -> Rider | None:
        return await Rider.find(info, self.view.rider_id) if self.view.rider_id else None

    @strawberry.field(
        description=f"Where goods are fetched, in the order of the trip; at most {MAX_MERCHANTS}.",
        directives=[sized(MAX_MERCHANTS)],
    )
    async def pickups(self, info: Info) -> list[DeliveryPickup]:
        return [DeliveryPickup.of(each) for each in await info.context.load(loaders.stops, self.view.id)]

    @strawberry.field(
        description="What the buyer shows the rider to get the goods. To the buyer alone, until the trip has ended."
    )
    def handover_pin(self, info: Info) -> str | None:
        if not self.view.is_buyer or self.view.status in TERMINAL:
            return None
        return info.context.means.pins.of(self.view.id, test=self.view.test)

    @strawberry.field(
        description="The hazard that keeps the rider from going on with the goods, while it lasts; they wait or bring them back."
    )
    async def hazard(self, info: Info) -> Zone | None:
        return await info.context.load(zones.hazards, self.view.id) if self.view.status in ON_TRIP else None

    @strawberry.field(description="Oldest first.")
    async def history(self, info: Info) -> list[DeliveryStep]:
        steps = await info.context.load(loaders.histories, self.view.id)
        return [DeliveryStep(at=step.at, status=step.status) for step in steps]
