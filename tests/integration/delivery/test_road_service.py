"""Quotes beside a road service that answers, is slow, lies, breaks off and is away: a double that speaks Valhalla's /route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.contracts.places import GeoPoint
from services.delivery.commands import quoting
from services.delivery.domain import roads
from services.delivery.domain.quote import Quote, Quoted, Wish
from services.delivery.road_service import RoadService
from tests.worlds.delivery import BUYER, HOME, KIOS, MALL, World
from tests.worlds.http_server import served

WISH = Wish.of(BUYER, [MALL, KIOS], HOME, 2_100, test=False)


def trip(km: Any, seconds: Any = 600) -> dict[str, Any]:
    """As Valhalla 3 answers with `directions_type: none`."""
    summary = {"has_toll": False, "length": km, "time": seconds, "min_lat": -8.1, "cost": 1.0}
    return {
        "trip": {
            "locations": [],
            "legs": [],
            "summary": summary,
            "status_message": "Found route between points",
            "status": 0,
        }
    }


@dataclass
class Valhalla:
    says: Any = field(default_factory=lambda: trip(6.2))
    status: int = 200
    hold: asyncio.Event | None = None
    asked: list[Any] = field(default_factory=list)
    url: str = ""

    async def answer(self, http: Request) -> Response:
        self.asked.append(await http.json())
        if self.hold:
            await self.hold.wait()
        return self.says if isinstance(self.says, Response) else JSONResponse(self.says, self.status)


@pytest.fixture
async def valhalla() -> AsyncIterator[Valhalla]:
    made = Valhalla()
    async with served(Starlette(routes=[Route("/route", made.answer, methods=["POST"])])) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
        if made.hold:
            made.hold.set()


async def quoted(world: World, service: RoadService | None) -> Quoted:
    return await quoting.quote_delivery(world.db, WISH, service)


def source(found: Quote) -> str:
    assert found.basis
    return found.basis.roads


async def test_the_distance_is_by_road_and_the_quote_says_so(world: World, valhalla: Valhalla) -> None:
    plain = (await quoted(world, None)).quote
    found = (await quoted(world, RoadService(valhalla.url))).quote
    assert (found.distance_m, found.duration_s, source(found)) == (
        6_200,
        600 + 2 * roads.HALT_S,
        "ROAD_SERVICE",
    )
    assert (source(plain), found.fee_rupiah > plain.fee_rupiah) == ("ESTIMATE", True)
    (asked,) = valhalla.asked
    assert asked["costing"] == "motor_scooter"
    assert asked["locations"][-1] == {"lat": HOME.rounded().lat, "lon": HOME.rounded().lng}  # no door to the metre
    assert len(asked["locations"]) == 3


@pytest.mark.parametrize(
    ("says", "status"),
    [
        ({"error_code": 442, "error": "No path could be found for input", "status_code": 400}, 400),
        ({}, 200),
        (trip("far"), 200),
        (trip(0.2), 200),  # shorter than the air line
        (trip(500), 200),
        (Response(b"x" * 100_000, media_type="application/json"), 200),
        (Response(status_code=302, headers={"location": "http://169.254.169.254/"}), 302),
        (trip(6.2), 503),
    ],
)
async def test_what_cannot_be_is_no_distance(world: World, valhalla: Valhalla, says: Any, status: int) -> None:
    valhalla.says, valhalla.status = says, status
    found = (await quoted(world, RoadService(valhalla.url))).quote
    assert source(found) == "ESTIMATE"
    assert found.distance_m == (await quoted(world, None)).quote.distance_m


async def test_who_is_slow_is_not_waited_for_and_then_not_asked(world: World, valhalla: Valhalla) -> None:
    now = [0.0]
    service = RoadService(valhalla.url, within_s=0.05, clock=lambda: now[0])
    valhalla.hold = asyncio.Event()
    for _ in range(5):
        found = (await quoted(world, service)).quote
        assert source(found) == "ESTIMATE"
    assert len(valhalla.asked) == 3
    valhalla.hold.set()
    assert await service.measure([HOME, HOME]) is None
    now[0] = 31.0
    assert await service.measure([HOME, HOME]) is not None
    assert await service.measure([HOME, HOME]) is not None
    assert len(valhalla.asked) == 5


async def test_more_than_it_takes_at_once_have_the_estimate(valhalla: Valhalla) -> None:
    service = RoadService(valhalla.url, within_s=30)
    valhalla.hold = asyncio.Event()
    first = [asyncio.create_task(service.measure([HOME, HOME])) for _ in range(16)]
    await asyncio.sleep(0)
    assert await service.measure([HOME, HOME]) is None
    valhalla.hold.set()
    assert all(await asyncio.gather(*first))


async def test_nobody_there_is_an_estimate(world: World) -> None:
    found = (await quoted(world, RoadService("http://127.0.0.1:1"))).quote
    assert source(found) == "ESTIMATE"


def test_without_a_merchant_it_is_shorter_as_the_estimate_is() -> None:
    estimate = roads.route([GeoPoint(lat=-8.1, lng=113.2), GeoPoint(lat=-8.2, lng=113.2)], HOME)
    found = roads.by_road(estimate, 2 * estimate.distance_m, 60)
    assert found is not None
    assert found.without_m == tuple(2 * each for each in estimate.without_m)
