"""The courier's program as the worker runs it: its loops, the courier's API and the door that it reads as its company's machine, all over
HTTP."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.contracts.delivery import DeliveryId, PartnerStatus
from services.delivery.couriers import working
from services.delivery.couriers.doors import DoorIsShut, DoorsOfTheMarket
from services.delivery.settings import TripSettings
from services.delivery.store import seeding
from services.delivery.store.partners import Partner
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Worker
from services.kit.process.settings import Mode
from services.kit.secret import Secret
from services.kit.tasks import running
from tests.worlds.couriers import ABROAD, a_profile
from tests.worlds.delivery import MALL, World
from tests.worlds.http_server import served
from tests.worlds.lalamove import a_lalamove
from tests.worlds.waiting import until


@dataclass
class Market:
    """The market's address, as far as a company's machine sees of it: tokens by credentials, and doors by tokens."""

    url: str = ""
    tokens: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    there: bool = True

    async def token(self, request: Request) -> Response:
        wanted = base64.b64encode(b"cli_of_the_tests:a secret of the tests").decode()
        form = (await request.body()).decode()
        if request.headers["authorization"] != f"Basic {wanted}" or form != "grant_type=client_credentials":
            return JSONResponse({"error": "invalid_client"}, 401)
        self.tokens.append(f"token-{len(self.tokens)}")
        return JSONResponse({"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": 300})

    async def contact(self, request: Request) -> Response:
        bearer = request.headers["authorization"].removeprefix("Bearer ")
        if bearer not in self.tokens or bearer in self.revoked:
            return JSONResponse({"code": "UNAUTHENTICATED"}, 401)
        if not self.there:
            return JSONResponse({"code": "NOT_FOUND"}, 404)
        door = {"recipient": "Bu Siti", "phone": "+6281234567890", "line": "Jl. Semeru 3", "note": None}
        dropoff = {**door, "point": {"lat": -8.1122, "lng": 113.2367}}
        found = {"job_id": request.path_params["job"], "order_code": "LMJ-1", "pickups": [], "dropoff": dropoff}
        return JSONResponse(found)


@asynccontextmanager
async def a_market() -> AsyncIterator[Market]:
    made = Market()
    routes = [
        Route("/oauth2/token", made.token, methods=["POST"]),
        Route("/partner/v1/jobs/{job}/contact", made.contact),
    ]
    async with served(Starlette(routes=routes)) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


async def test_a_door_is_read_by_the_companys_credentials() -> None:
    job = DeliveryId.new()
    async with a_market() as market:
        doors = DoorsOfTheMarket(a_profile("http://127.0.0.1:1", market_url=market.url))
        door = await doors.of(job)
        assert (door.recipient, door.line, door.note, door.order_code) == ("Bu Siti", "Jl. Semeru 3", "", "LMJ-1")
        await doors.of(job)
        assert len(market.tokens) == 1
        market.revoked.update(market.tokens)
        with pytest.raises(DoorIsShut, match="401"):
            await doors.of(job)
        await doors.of(job)  # with the next
        assert len(market.tokens) == 2
        market.there = False
        with pytest.raises(DoorIsShut, match="404"):
            await doors.of(job)
        await doors.close()
        other = DoorsOfTheMarket(a_profile("http://127.0.0.1:1", market_url=market.url, client_secret="another's"))
        with pytest.raises(DoorIsShut, match="no token"):
            await other.of(job)
        await other.close()
    away = DoorsOfTheMarket(a_profile("http://127.0.0.1:1"))
    with pytest.raises(DoorIsShut):
        await away.of(job)
    await away.close()


@dataclass
class _Settings:
    trips: TripSettings
    mode: Mode = Mode.TEST


async def test_an_offer_in_the_feed_becomes_an_order_at_the_courier(world: World) -> None:
    async with a_market() as market, a_lalamove() as road:
        profile = msgspec.json.encode(a_profile(road.url, market_url=market.url)).decode()
        settings = _Settings(TripSettings(handover_pin_key=Secret("a key"), courier_profile=Secret(profile)))
        worker = Worker(settings, world.db, Readiness(), cast("Any", None), asyncio.Event(), Live(world.db))
        async with transaction(world.db) as conn:
            await seeding.add_partner(conn, Partner(ABROAD, "Kurir Luar", PartnerStatus.ACTIVE))
        async with running(working.run(worker), "the courier's program"):

            async def entered() -> bool:
                async with world.db.acquire() as conn:
                    return bool(await conn.fetchval("SELECT true FROM courier"))

            await until(entered)
            order_id = await world.place(merchants=(MALL,))
            await world.confirm(order_id, 0)
            await world.pass_by(115)

            async def ordered() -> bool:
                await world.pass_by(1, step_s=1)  # its program says every few seconds that it is there
                return bool(road.orders)

            await until(ordered)
            order = road.only()
            assert (order.recipient["name"], order.job) == ("Bu Siti", str(await world.delivery_of(order_id)))
            worker.stopping.set()


async def test_without_a_profile_there_is_nothing_to_do(world: World) -> None:
    settings = _Settings(TripSettings())
    worker = Worker(settings, world.db, Readiness(), cast("Any", None), asyncio.Event(), Live(world.db))
    worker.stopping.set()
    await working.run(worker)
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM courier") == 0
