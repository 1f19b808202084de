"""What of a trip is for who follows it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from services.contracts.roles import Role
from services.delivery.domain import eta
from services.delivery.domain.trip import SEEKING, TERMINAL, DeliveryStatus
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.store.reading import DeliveryView
from services.kit.graphql.pages import sized
from services.kit.graphql.types import Point

MAX_TRAIL = 200


@strawberry.type(description="Where the rider was last seen.")
class RiderPosition:
    point: Point = strawberry.field(
        description="For a trip's buyer to about a hundred metres until the goods are fetched; then, and for the company, as it was sent."
    )
    at: datetime = strawberry.field(description="When the rider was there; the latest that was sent.")


@strawberry.type(description="When the rider is at the door, as far as can be said.")
class Estimate:
    at: datetime = strawberry.field(
        description="By the rider's place where it is known, by what trips like this take where not."
    )
    margin_s: int = strawberry.field(
        description="Seconds; four of five trips of late were no farther off, early or late."
    )

    @classmethod
    async def of(cls, info: Info, said: tuple[datetime, DeliveryStatus] | None) -> Estimate | None:
        if said is None:
            return None
        arrives, status = said
        return cls(at=arrives, margin_s=eta.margin_s(await info.context.means.errors.of_late(), status))


@strawberry.type
class FollowedFields:
    """Of `Delivery`."""

    view: strawberry.Private[DeliveryView]

    @strawberry.field(
        description="Since when a person looks for a rider too, because nobody has taken it yet; null else, and once somebody has."
    )
    def wants_person_since(self) -> datetime | None:
        return self.view.wants_person_at if self.view.status in SEEKING else None

    @strawberry.field(description="When the search is given up, while there is one.")
    def seek_until(self) -> datetime | None:
        return self.view.seek_until if self.view.status in SEEKING else None

    @strawberry.field(description="During the trip, and to the buyer alone.")
    def position(self) -> RiderPosition | None:
        seen = self.view.position
        return RiderPosition(point=Point(lat=seen.point.lat, lng=seen.point.lng), at=seen.at) if seen else None

    @strawberry.field(
        description="When the rider is at the door; null while nobody has the job, at the door, and where it went wrong."
    )
    async def estimate(self, info: Info) -> Estimate | None:
        return await Estimate.of(info, await info.context.load(loaders.foreseen, self.view.id))

    @strawberry.field(
        description="By which others may follow the trip without signing in (`trackedDelivery`). To the buyer alone; null while nothing is "
        "shared and once the trip has ended."
    )
    async def tracking_token(self, info: Info) -> str | None:
        if not self.view.is_buyer or self.view.status in TERMINAL:
            return None
        nonce = await info.context.load(loaders.links, self.view.id)
        return info.context.means.links.token(self.view.id, nonce) if nonce else None

    @strawberry.field(
        description=f"Where the rider was on the trip, the newest first, at most {MAX_TRAIL}, for an hour at most. For ops alone, "
        "and written down; for others empty.",
        directives=[sized(MAX_TRAIL)],
    )
    async def trail(self, info: Info) -> list[RiderPosition]:
        if not info.context.identity.has(Role.OPS) or self.view.rider_id is None:
            return []
        found = await loaders.trail(info.context, self.view.id, self.view.rider_id, MAX_TRAIL)
        return [RiderPosition(point=Point(lat=each.point.lat, lng=each.point.lng), at=each.at) for each in found]
