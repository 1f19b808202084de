"""Quoting: one read, no write, and the road service where there is one."""

from __future__ import annotations

from services.contracts.places import GeoPoint
from services.delivery.domain import quote, roads
from services.delivery.domain.quote import Facts, Quoted, Wish
from services.delivery.road_service import RoadService
from services.delivery.store import pricing
from services.kit.database.db import Database


async def quote_delivery(db: Database, wish: Wish, road_service: RoadService | None) -> Quoted:
    """Raises NoTariff, UnknownMerchants, OutOfArea, NotServed. No connection is held while the road service is asked."""
    async with db.acquire() as conn:
        # The zones too are those of the rounded door: what is told on of a quote says no more of it than its surroundings.
        facts = await pricing.facts(conn, wish.merchants, wish.dropoff.rounded())
    estimated = quote.make(wish, facts)
    if road_service is None:
        return estimated
    route = quote.way(wish, facts)
    by_road = await road_service.measure(_points(wish, facts, route))
    if by_road is None:
        return estimated
    measured = roads.by_road(route, by_road.distance_m, by_road.seconds)
    return quote.make(wish, facts, measured) if measured else estimated


def _points(wish: Wish, facts: Facts, route: roads.Route) -> list[GeoPoint]:
    known = {stop.merchant_id: stop.point for stop in facts.pickups}
    return [*(known[wish.merchants[n]] for n in route.order), wish.dropoff.rounded()]
