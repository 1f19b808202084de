"""Who passes near somebody, when and with what; and who wants to be told when a wlijo comes near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import strawberry

from services.catalog.commands import rounds
from services.catalog.domain.rounds import (
    DAYS_AHEAD,
    MAX_PASSES_M,
    MAX_PASSING,
    MAX_WISHES,
    NEAR_M,
    PASSES_M,
    instant,
    meeting,
)
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.catalog.schema.rounds import stop_of
from services.catalog.schema.types import Merchant, Product
from services.catalog.schema.week import RouteStop
from services.catalog.store import passing, wishes
from services.catalog.store.passing import MAX_GOODS, Candidate, LiveView
from services.catalog.store.wishes import WishView
from services.contracts import regency
from services.contracts.catalog import MerchantId, StopId
from services.contracts.places import WIB, GeoPoint
from services.contracts.serving import metres_between
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.types import Point, PointInput

_GONE: Final = timedelta(minutes=15)
"""Who was to pass earlier than this has passed."""


@dataclass(frozen=True, slots=True)
class _Passing:
    merchant_id: MerchantId
    at: datetime
    live: bool
    distance_m: float
    stop_id: StopId | None


@strawberry.type(description="A wlijo who passes near a point.")
class WlijoPassing:
    at: datetime = strawberry.field(
        description="When: as planned, or as she is expected while she is on that round. What lies between two stops is in proportion."
    )
    live: bool = strawberry.field(description="Whether she is on that round now.")
    distance_m: int = strawberry.field(description="How near she comes, in metres through the air.")
    key: strawberry.Private[MerchantId]
    stop_key: strawberry.Private[StopId | None]

    @strawberry.field(description="Who passes.")
    async def merchant(self, info: Info) -> Merchant | None:
        return await Merchant.find(info, self.key)

    @strawberry.field(description="Where she stops near the point; null when she only passes it.")
    async def stop(self, info: Info) -> RouteStop | None:
        if self.stop_key is None:
            return None
        return stop_of(await info.context.load(loaders.route_stops, self.key), self.stop_key)

    @strawberry.field(
        description=f"What of hers can be ordered now, at most {MAX_GOODS}, by name.", directives=[sized(MAX_GOODS)]
    )
    async def goods(self, info: Info) -> list[Product]:
        return [Product.of(row.product) for row in await info.context.load(loaders.goods_in_stock, self.key)]


@strawberry.type(description="That somebody wants to be told when a wlijo comes near.")
class PassingWish:
    id: strawberry.ID = strawberry.field(description="Of this wish.")
    point: Point = strawberry.field(description="Near to where, as it is kept: to about a hundred metres.")
    made_at: datetime = strawberry.field(description="Since when.")
    key: strawberry.Private[MerchantId]

    @classmethod
    def of(cls, row: WishView) -> PassingWish:
        return cls(
            id=strawberry.ID(str(row.id)),
            point=Point(lat=row.point.lat, lng=row.point.lng),
            made_at=row.made_at,
            key=row.merchant_id,
        )

    @strawberry.field(description="Which wlijo; null when it is not to be seen any more.")
    async def merchant(self, info: Info) -> Merchant | None:
        return await Merchant.find(info, self.key)


@strawberry.type
class PassingQueries:
    @strawberry.field(
        description=f"The wlijo who pass near a point on one day, at most {MAX_PASSING}, the next first, each when she first comes near. "
        "Who is shut then, or has ended that round herself, does not pass.",
        directives=[sized(MAX_PASSING)],
    )
    async def wlijo_passing(
        self,
        info: Info,
        point: Annotated[
            PointInput, strawberry.argument(description="Where the buyer is; where nobody delivers, nobody passes.")
        ],
        day: Annotated[
            date | None,
            strawberry.argument(
                description=f"In WIB, from today to {DAYS_AHEAD} days ahead; today when it is not said."
            ),
        ] = None,
        radius_m: Annotated[
            int | None,
            strawberry.argument(
                description=f"How near she comes, in metres through the air, 1 to {MAX_PASSES_M}; {PASSES_M} when it is not said."
            ),
        ] = None,
    ) -> list[WlijoPassing] | None:
        if radius_m is not None and not 1 <= radius_m <= MAX_PASSES_M:
            raise BadUserInput(f"radiusM is from 1 to {MAX_PASSES_M}")
        here, reach = GeoPoint(lat=point.lat, lng=point.lng), radius_m or PASSES_M
        async with info.context.db.acquire() as conn:
            now = await passing.now(conn)
            today = now.astimezone(WIB).date()
            asked = day or today
            if not today <= asked <= today + timedelta(days=DAYS_AHEAD):
                raise BadUserInput(f"day is from today to {DAYS_AHEAD} days ahead")
            if not regency.is_delivered_to(here):
                return []
            found = await passing.candidates(conn, here, reach, [asked - timedelta(days=1), asked])
            live = await passing.live_near(conn, here, reach) if asked == today else []
        return [
            WlijoPassing(
                at=each.at,
                live=each.live,
                distance_m=round(each.distance_m),
                key=each.merchant_id,
                stop_key=each.stop_id,
            )
            for each in _soonest(found, live, here, reach, asked, now)
        ]

    @strawberry.field(
        description="Of which wlijo the caller wants to be told, the newest first.", directives=[sized(MAX_WISHES)]
    )
    async def my_passing_wishes(self, info: Info) -> list[PassingWish] | None:
        subject = info.context.identity.require()
        async with info.context.db.acquire() as conn:
            rows = await wishes.of_subject(conn, subject)
        return [PassingWish.of(row) for row in rows]


def _soonest(
    found: list[Candidate], live: list[LiveView], here: GeoPoint, reach: int, asked: date, now: datetime
) -> list[_Passing]:
    """Of each wlijo the first time."""
    best: dict[MerchantId, _Passing] = {}
    for each in found:
        met = meeting(each.leg, here)
        planned = instant(each.day, met.at_s)
        walks = each.late_s is not None
        at = planned + timedelta(seconds=each.late_s) if each.late_s is not None else planned
        shut = any(closure.starts <= planned < closure.ends for closure in each.closures)
        been = walks and each.stop_at_s is not None and met.at_s < each.stop_at_s
        if met.distance_m > reach or planned.date() != asked or shut or been or at < now - _GONE:
            continue
        one = _Passing(each.merchant_id, at, walks, met.distance_m, each.stop_id if met.of_stop else None)
        if (other := best.get(each.merchant_id)) is None or (one.at, one.distance_m) < (other.at, other.distance_m):
            best[each.merchant_id] = one
    for seen in live:
        known = best.get(seen.merchant_id)
        if known is None or known.at > now:
            # By what others may know of where she is.
            distance = metres_between(here, seen.point.rounded())
            best[seen.merchant_id] = _Passing(seen.merchant_id, now, True, distance, known.stop_id if known else None)
    return sorted(best.values(), key=lambda one: (one.at, one.distance_m, one.merchant_id))[:MAX_PASSING]


@strawberry.type
class TellMeWhenPassingPayload(Payload):
    wish: PassingWish | None = None


@strawberry.type
class TellMeNoMorePayload(Payload):
    merchant: Merchant | None = strawberry.field(default=None, description="Of whom nothing is told any more.")


@strawberry.type
class PassingMutations:
    @refusable(
        description=f"The caller wants to be told, once a day at most, when this wlijo on her round is within {NEAR_M} metres of a point, "
        f"and agrees to that point being kept for it, to about a hundred metres, until they say `tellMeNoMore`. Of at most {MAX_WISHES} "
        "wlijo; said again it is of another point."
    )
    async def tell_me_when_passing(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="A wlijo who sells.")],
        point: Annotated[PointInput, strawberry.argument(description="Near to where, in the regency.")],
    ) -> TellMeWhenPassingPayload | None:
        subject = info.context.identity.require()
        key = MerchantId.parse(merchant_id)
        async with transaction(info.context.db) as conn:
            await rounds.tell_me(conn, subject, key, GeoPoint(lat=point.lat, lng=point.lng))
            rows = await wishes.of_subject(conn, subject)
        return TellMeWhenPassingPayload(wish=next(PassingWish.of(row) for row in rows if row.merchant_id == key))

    @refusable(
        description="The caller wants to be told of this wlijo no more, and the point is forgotten. Who did not ask is no trouble."
    )
    async def tell_me_no_more(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="Of `myPassingWishes`.")],
    ) -> TellMeNoMorePayload | None:
        subject = info.context.identity.require()
        key = MerchantId.parse(merchant_id)
        async with transaction(info.context.db) as conn:
            await rounds.tell_me_no_more(conn, subject, key)
        return TellMeNoMorePayload(merchant=await Merchant.find(info, key))
