"""Bad days of docs/scenarios.md that have no other test."""

from __future__ import annotations

from services.contracts.delivery import ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import GeoPoint
from services.delivery.commands import prices
from services.delivery.commands.prices import Prices
from services.delivery.domain.zone import Zone
from services.kit.database.db import transaction
from tests.integration.delivery.test_graph_quotes import QUOTE, an_input
from tests.worlds.delivery import HOME, SEMERU
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import done, refused


async def test_a_place_that_is_closed_stops_new_trips_and_none_that_is_under_way(graph: Graph) -> None:
    """Semeru erupts: nobody is brought anything there any more, and whoever is on the way reports as ever."""
    world = graph.world
    job = await world.trip(SEMERU, "pickup", "picked_up")
    assert done((await graph.data("buyer", QUOTE, input=an_input()))["quoteDelivery"])
    around = [(0.01, -0.01), (0.01, 0.01), (-0.01, 0.01), (-0.01, -0.01)]
    corners = [GeoPoint(lat=HOME.lat + lat, lng=HOME.lng + lng) for lat, lng in around]
    zone = Zone(ZoneId.new(), "Pronojiwo", ZoneKind.HAZARD, ZoneEffect.DENY_DROPOFF, "the road is closed", corners)
    async with transaction(world.db) as conn:
        assert await prices.enter(conn, Prices([], [("pronojiwo", zone)]), "usr_ops") == ["pronojiwo"]
    await world.fire()
    answer = (await graph.data("buyer", QUOTE, input=an_input()))["quoteDelivery"]
    assert refused(answer)["code"] == "NOT_SERVED"
    for report in ("dropoff", "failed", "RETURNING", "RETURNED"):
        await world.report(SEMERU, job, report)
    assert await world.status(job) == "RETURNED"
