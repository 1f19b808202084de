"""Offers as a company's people see them: what it takes to say yes, and nothing of the door."""

from __future__ import annotations

from datetime import datetime

import strawberry

from services.contracts.delivery import Place
from services.contracts.places import name_of
from services.delivery.domain.insertion import Visit
from services.delivery.domain.job import WAIT_LIMIT_S
from services.delivery.domain.trip import Stop
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.store.reading import RiderView
from services.delivery.store.reading_crews import OfferView, PlaceView
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Point

_MAX_STOPS = 50

described(Place, "What a stop is for.", PICKUP="Goods are fetched.", DROPOFF="Goods are brought.")


@strawberry.type(description="A place of a trip that is offered, to within a hundred metres.")
class JobPlace:
    kecamatan_code: str = strawberry.field(description="The district's dotted Kemendagri code, 35.08.10.")
    kecamatan_name: str = strawberry.field(description="The district's name.")
    point: Point = strawberry.field(description="Rounded to three decimals.")
    merchant_name: str | None = strawberry.field(description="At a pickup; null at the door.")
    stop: int = strawberry.field(description="Its number on this trip, which stays its own when others are left out.")
    ready_at: datetime | None = strawberry.field(
        description="When the merchant has promised the goods; null at the door, and where nothing was promised."
    )
    packed_at: datetime | None = strawberry.field(
        description="When the merchant said that they are packed; null before."
    )

    @classmethod
    def of(cls, view: PlaceView) -> JobPlace:
        rounded = view.point.rounded()
        return cls(
            kecamatan_code=view.kecamatan_code,
            kecamatan_name=name_of(view.kecamatan_code),
            point=Point(lat=rounded.lat, lng=rounded.lng),
            merchant_name=view.merchant_name,
            stop=view.number,
            ready_at=view.ready_at,
            packed_at=view.packed_at,
        )


@strawberry.type(description="A job that the company may have until `expiresAt`.")
class JobOffer:
    id: strawberry.ID = strawberry.field(description="For `acceptOffer` and `declineOffer`, with `deliveryId`.")
    delivery_id: strawberry.ID = strawberry.field(description="The trip; seen once the company has it.")
    expires_at: datetime = strawberry.field(description="An answer counts until then.")
    test: bool = strawberry.field(description="No real rider is to be sent.")
    places: list[JobPlace] = strawberry.field(description="The pickups in their order, then the drop-off.")
    distance_m: int = strawberry.field(description="Metres by road, over all pickups.")
    fee: Rupiah = strawberry.field(description="What the buyer pays for the trip.")
    rider_share: Rupiah = strawberry.field(description="What the rider gets of it.")
    partner_share: Rupiah = strawberry.field(description="What the company gets of it.")
    cash_to_collect: Rupiah = strawberry.field(description="What the rider collects at the door.")
    weight_limit_gram: int | None = strawberry.field(
        description="It weighs no more than that; null of trips of before."
    )
    parcels: int = strawberry.field(description="Merchants' bags to carry.")
    wait_limit_s: int = strawberry.field(
        description="Seconds that a rider waits at most at a merchant's, from when they are there or from `readyAt`, whichever is later."
    )
    joins_delivery_id: strawberry.ID | None = strawberry.field(
        description="A job of the company that it goes with; null where it goes with none. Another rider may take it as well."
    )
    added_m: int | None = strawberry.field(description="Metres by road by which that job's rider drives farther.")

    @classmethod
    def of(cls, view: OfferView) -> JobOffer:
        return cls(
            id=strawberry.ID(str(view.id)),
            delivery_id=strawberry.ID(str(view.job_id)),
            expires_at=view.expires_at,
            test=view.test,
            places=[JobPlace.of(each) for each in view.places],
            distance_m=view.distance_m,
            fee=Rupiah(view.fee_rupiah),
            rider_share=Rupiah(view.rider_share_rupiah),
            partner_share=Rupiah(view.partner_share_rupiah),
            cash_to_collect=Rupiah(view.cash_to_collect_rupiah),
            weight_limit_gram=view.weight_limit_gram,
            parcels=len(view.places) - 1,
            wait_limit_s=WAIT_LIMIT_S,
            joins_delivery_id=strawberry.ID(str(view.joins_id)) if view.joins_id else None,
            added_m=view.added_m,
        )


@strawberry.type(description="A stop on a rider's way.")
class RiderStop:
    delivery_id: strawberry.ID = strawberry.field(description="The trip that it is of.")
    place: Place = strawberry.field(description="Whether goods are fetched there, or brought.")
    kecamatan_name: str = strawberry.field(description="Where it is.")
    merchant_name: str | None = strawberry.field(description="At a pickup; null at a door.")

    @classmethod
    def of(cls, visit: Visit, stop: Stop) -> RiderStop:
        return cls(
            delivery_id=strawberry.ID(str(visit.job_id)),
            place=visit.place,
            kecamatan_name=name_of(stop.kecamatan_code),
            merchant_name=stop.merchant_name,
        )


@strawberry.type
class RidingFields:
    """Of `Rider`."""

    view: strawberry.Private[RiderView]

    @strawberry.field(
        description=f"Where they go next and after that, over all jobs, at most {_MAX_STOPS}; for the company, the rider and operators, "
        "else empty.",
        directives=[sized(_MAX_STOPS)],
    )
    async def stops(self, info: Info) -> list[RiderStop]:
        if self.view.inside is None:
            return []
        carried = await info.context.load(loaders.plans_of, self.view.id)
        names = {(job.id, stop.number): stop for job in carried.jobs for stop in job.stops}
        return [RiderStop.of(each, names[each.job_id, each.seq]) for each in carried.ahead[:_MAX_STOPS]]
