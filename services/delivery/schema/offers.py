"""Offers as a company's people see them: what it takes to say yes, and nothing of the door."""

from __future__ import annotations

from datetime import datetime

import strawberry

from services.contracts.places import name_of
from services.delivery.store.reading_crews import OfferView, PlaceView
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Point


@strawberry.type(description="A place of a trip that is offered, to within a hundred metres.")
class JobPlace:
    kecamatan_code: str = strawberry.field(description="The district's dotted Kemendagri code, 35.08.10.")
    kecamatan_name: str = strawberry.field(description="The district's name.")
    point: Point = strawberry.field(description="Rounded to three decimals.")
    merchant_name: str | None = strawberry.field(description="At a pickup; null at the door.")

    @classmethod
    def of(cls, view: PlaceView) -> JobPlace:
        rounded = view.point.rounded()
        return cls(
            kecamatan_code=view.kecamatan_code,
            kecamatan_name=name_of(view.kecamatan_code),
            point=Point(lat=rounded.lat, lng=rounded.lng),
            merchant_name=view.merchant_name,
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
        )
