"""Where a rider is, when they come, and who may follow them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId
from services.contracts.partner import DropCode, Location
from services.contracts.roles import Role
from services.delivery.commands import following
from services.delivery.commands.positions import NotTaken
from services.delivery.domain import links
from services.delivery.domain.caller import NotFound
from services.delivery.domain.trip import DeliveryStatus
from services.delivery.schema.company_mutations import PEOPLE
from services.delivery.schema.context import Info
from services.delivery.schema.followed import Estimate, RiderPosition
from services.delivery.schema.types import Delivery, DeliveryStep
from services.delivery.store import following as stored
from services.delivery.store import reading_crews
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.types import Point, PointInput

_STEPS = 40


@strawberry.type(description="A trip as who was handed its link sees it: nothing of the goods, the money or the door.")
class TrackedDelivery:
    status: DeliveryStatus = strawberry.field(description="How far it is.")
    partner_name: str | None = strawberry.field(description="The rider's company; null while nobody has the job.")
    rider_name: str | None = strawberry.field(description="The rider's first name; null while nobody has the job.")
    plate: str | None = strawberry.field(description="Number plate of the vehicle.")
    position: RiderPosition | None = strawberry.field(description="Where the rider is, to about a hundred metres.")
    estimate: Estimate | None = strawberry.field(
        description="When the rider is at the door; null where nobody can say."
    )
    history: list[DeliveryStep] = strawberry.field(
        description=f"Oldest first, at most {_STEPS}.", directives=[sized(_STEPS)]
    )


@strawberry.type(description="How far off estimates were, of trips that have arrived.")
class EstimateAccuracy:
    stage: DeliveryStatus = strawberry.field(
        description="ASSIGNED: said while the goods were fetched; PICKED_UP: on the way to the door."
    )
    trips: int = strawberry.field(description="So many have arrived.")
    median_s: int = strawberry.field(
        description="Seconds; half of them came later than this after the estimate. Early is negative."
    )
    off_by_s: int = strawberry.field(description="Seconds; four of five were no farther off, early or late.")
    within_five_minutes: int = strawberry.field(description="So many came within five minutes of the estimate.")


@strawberry.type
class FollowingQueries:
    @strawberry.field(
        description="For anybody who has the token that a buyer handed on. Null when it is none, was withdrawn, or the trip has ended: "
        "which, is not said."
    )
    async def tracked_delivery(
        self,
        info: Info,
        tracking_token: Annotated[str, strawberry.argument(description="Of `Delivery.trackingToken`.")],
    ) -> TrackedDelivery | None:
        if not 1 <= len(tracking_token) <= links.MAX_TOKEN or not tracking_token.isascii():
            return None
        async with info.context.db.acquire() as conn:
            found = await stored.tracked(conn, links.digest(tracking_token))
            foreseen = await following.foreseen(conn, [found.id]) if found else {}
        if found is None:
            return None
        arrives = foreseen.get(found.id)
        seen = found.seen
        return TrackedDelivery(
            status=found.status,
            partner_name=found.partner,
            rider_name=links.first_name(found.rider) if found.rider else None,
            plate=found.plate,
            position=RiderPosition(point=Point(lat=seen.point.lat, lng=seen.point.lng), at=seen.at) if seen else None,
            estimate=await Estimate.of(info, arrives),
            history=[DeliveryStep(at=at, status=status) for at, status in found.steps[-_STEPS:]],
        )

    @strawberry.field(
        description="Officers and operators: how far off estimates were in the last fourteen days, by the stage at which they were said.",
        directives=[sized(2)],
    )
    async def estimate_accuracy(self, info: Info) -> list[EstimateAccuracy] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return [
            EstimateAccuracy(
                stage=each.stage,
                trips=each.trips,
                median_s=each.median_s,
                off_by_s=each.off_by_80_s,
                within_five_minutes=each.within_five_minutes,
            )
            for each in await info.context.means.errors.of_late()
        ]


@strawberry.type
class ReportPositionPayload(Payload):
    taken: bool | None = strawberry.field(
        default=None, description="Whether it is the rider's place now; else a later one is."
    )


@strawberry.type
class ShareDeliveryPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class StopSharingDeliveryPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class FollowingMutations:
    @refusable(
        description="A rider on shift or on a trip, for themselves: where they are. The latest counts, one a second is enough, and nothing "
        "is kept longer than two hours."
    )
    async def report_position(
        self,
        info: Info,
        point: Annotated[PointInput, strawberry.argument(description="By the phone.")],
        at: Annotated[datetime, strawberry.argument(description="When the phone was there.")],
    ) -> ReportPositionPayload | None:
        subject = info.context.identity.require(*PEOPLE)
        async with info.context.db.acquire() as conn:
            rider = await reading_crews.rider_of(conn, info.context.viewer)
        if rider is None or rider.partner_id is None or not subject:
            raise NotFound
        place = Location(rider_id=rider.id, lat=point.lat, lng=point.lng, at=at)
        dropped = await info.context.means.places.put(rider.partner_id, place)
        if dropped is None or dropped.code is DropCode.SUPERSEDED:
            return ReportPositionPayload(taken=dropped is None)
        raise NotTaken(dropped)

    @refusable(
        description="The buyer: make a link of the trip for others to follow it by, who need not sign in. It ends with the trip. Said "
        "again, it stays the same."
    )
    async def share_delivery(self, info: Info, id: strawberry.ID) -> ShareDeliveryPayload | None:
        buyer = info.context.identity.require(Role.BUYER)
        key = DeliveryId.parse(id)
        info.context.means.replies_limit.take(buyer)
        async with transaction(info.context.db) as conn:
            await following.share(conn, info.context.means.links, buyer, key)
        return ShareDeliveryPayload(delivery=await Delivery.find(info, key))

    @refusable(
        description="The buyer: whoever has the link sees nothing any more, at once. One that is made later is another."
    )
    async def stop_sharing_delivery(self, info: Info, id: strawberry.ID) -> StopSharingDeliveryPayload | None:
        buyer = info.context.identity.require(Role.BUYER)
        key = DeliveryId.parse(id)
        info.context.means.replies_limit.take(buyer)
        async with transaction(info.context.db) as conn:
            await following.stop_sharing(conn, buyer, key)
        return StopSharingDeliveryPayload(delivery=await Delivery.find(info, key))
