"""What a merchant shows of its rounds and of whom it serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from services.catalog.domain.rounds import SHOWN
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.catalog.schema.week import RouteStop, routes_of
from services.catalog.store.passing import RoundView
from services.catalog.store.reading_merchants import StopView
from services.contracts.catalog import MerchantId, StopId
from services.contracts.places import KECAMATAN, GeoPoint
from services.contracts.serving import serves
from services.kit.graphql.pages import sized
from services.kit.graphql.types import Point, PointInput


@strawberry.type(description="A wlijo is on her way, at this moment.")
class Round:
    id: strawberry.ID = strawberry.field(description="Of this round, from its start to its end.")
    day: date = strawberry.field(
        description="The day of the weekly round that she walks: after midnight it may be the day before."
    )
    started_at: datetime = strawberry.field(description="When she set out.")
    position: Point | None = strawberry.field(
        description="Where she is, to about a hundred metres; null when nothing was heard of her for "
        f"{SHOWN.seconds // 60} minutes. It is gone when the round ends."
    )
    last_seen_at: datetime = strawberry.field(description="When that was.")
    eta_at: datetime | None = strawberry.field(
        description="When she is expected at `nextStop`: as planned, and as late as she is, or as far away."
    )
    key: strawberry.Private[MerchantId]
    next_key: strawberry.Private[StopId | None]

    @classmethod
    def of(cls, row: RoundView) -> Self:
        point = row.point.rounded() if row.point else None
        return cls(
            id=strawberry.ID(str(row.id)),
            day=row.day,
            started_at=row.started_at,
            position=Point(lat=point.lat, lng=point.lng) if point else None,
            last_seen_at=row.seen_at,
            eta_at=max(row.next_at, row.now) if row.next_at else None,
            key=row.merchant_id,
            next_key=row.next_stop,
        )

    @strawberry.field(description="Where she stops next; null behind the last, and of a round that was not planned.")
    async def next_stop(self, info: Info) -> RouteStop | None:
        if self.next_key is None:
            return None
        rows = await info.context.load(loaders.route_stops, self.key)
        return stop_of(rows, self.next_key)


def stop_of(rows: Sequence[StopView], key: StopId) -> RouteStop | None:
    """Of one merchant's stops."""
    wanted = str(key)
    return next((stop for route in routes_of(rows) for stop in route.stops if stop.id == wanted), None)


@strawberry.type(description="Whom a merchant has its goods brought to; what is not said is everybody.")
class ServingArea:
    radius_m: int | None = strawberry.field(
        description="Metres through the air from its pickup point; null for any distance."
    )
    kecamatan_codes: list[str] = strawberry.field(
        description="These districts alone; any when there are none.", directives=[sized(len(KECAMATAN))]
    )


@strawberry.type
class Travelling:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(description="The round that a wlijo is on; null while she is on none.")
    async def round(self, info: Info) -> Round | None:
        row = await info.context.load(loaders.rounds, self.key)
        return Round.of(row) if row else None

    @strawberry.field(description="Whom it has its goods brought to; null when everybody in the regency.")
    async def serving_area(self, info: Info) -> ServingArea | None:
        row = await info.context.load(loaders.serving_areas, self.key)
        if row is None or (row.radius_m is None and not row.kecamatan):
            return None
        return ServingArea(radius_m=row.radius_m, kecamatan_codes=row.kecamatan)

    @strawberry.field(
        description="Whether it has its goods brought to a point: in the regency, where somebody may stay, and in `servingArea`."
    )
    async def serves_point(
        self, info: Info, point: Annotated[PointInput, strawberry.argument(description="Where the buyer is.")]
    ) -> bool:
        row = await info.context.load(loaders.serving_areas, self.key)
        here = GeoPoint(lat=point.lat, lng=point.lng)
        return row is not None and serves(row.pickup, row.radius_m, row.kecamatan, here)
