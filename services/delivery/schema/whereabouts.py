"""What a company's own people see of where its riders are and its trips go: a dispatcher's map."""

from __future__ import annotations

import strawberry

from services.contracts.delivery import DeliveryId, RiderId
from services.contracts.quote import MAX_MERCHANTS
from services.delivery.schema.context import Context, Info
from services.delivery.schema.followed import RiderPosition
from services.delivery.schema.offers import JobPlace
from services.delivery.store import whereabouts
from services.delivery.store.positions import Seen
from services.delivery.store.reading import DeliveryView, RiderView
from services.delivery.store.reading_crews import PlaceView
from services.kit.graphql.pages import sized
from services.kit.graphql.types import Point

_MAX_PLACES = MAX_MERCHANTS + 1


async def _positions(context: Context, ids: list[RiderId]) -> list[Seen | None]:
    async with context.db.acquire() as conn:
        found = await whereabouts.of_riders(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def _places(context: Context, ids: list[DeliveryId]) -> list[list[PlaceView]]:
    async with context.db.acquire() as conn:
        found = await whereabouts.of_trips(conn, ids, context.viewer)
    return [found.get(each, []) for each in ids]


@strawberry.type
class RidersPlaceFields:
    """Of `Rider`."""

    view: strawberry.Private[RiderView]

    @strawberry.field(
        description="Where they are while they are on shift or on a trip, as they sent it within ten minutes; for the company's own people "
        "and the rider, else null."
    )
    async def position(self, info: Info) -> RiderPosition | None:
        seen = await info.context.load(_positions, self.view.id) if self.view.inside else None
        return RiderPosition(point=Point(lat=seen.point.lat, lng=seen.point.lng), at=seen.at) if seen else None


@strawberry.type
class TripsPlacesFields:
    """Of `Delivery`."""

    view: strawberry.Private[DeliveryView]

    @strawberry.field(
        description="The pickups in their order, then the drop-off, while the trip is under way; for the company's own people and its "
        "rider, else empty. `door` tells the door itself.",
        directives=[sized(_MAX_PLACES)],
    )
    async def places(self, info: Info) -> list[JobPlace]:
        found = await info.context.load(_places, self.view.id)
        return [JobPlace.of(each) for each in found]
