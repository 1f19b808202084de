"""Who follows a trip: its buyer, whoever has the buyer's link, and those who ask how good estimates are."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.partner import Location
from services.contracts.people import PersonErased, PersonId
from services.delivery.commands import following
from services.delivery.store import following as stored
from tests.worlds.delivery import AGUS, BUYER, SEMERU
from tests.worlds.delivery_graph import Graph, subject
from tests.worlds.payloads import refused

SHARE = "mutation($id: ID!) { shareDelivery(id: $id) { delivery { trackingToken } problems { code status } } }"
STOP = "mutation($id: ID!) { stopSharingDelivery(id: $id) { delivery { trackingToken } problems { code } } }"
SHARED = "query($id: ID!) { delivery(id: $id) { trackingToken } }"
TRACKED = """query($key: String!) { trackedDelivery(trackingToken: $key) { status partnerName riderName plate
  position { point { lat lng } } estimate { at marginS } history { status } } }"""
HERE = """mutation($lat: Float!, $lng: Float!, $at: DateTime!) {
  reportPosition(point: {lat: $lat, lng: $lng}, at: $at) { taken problems { code } } }"""


async def tracked(graph: Graph, token: str) -> Any:
    return (await graph.data("nobody", TRACKED, key=token))["trackedDelivery"]


async def share(graph: Graph, job: DeliveryId) -> str:
    data = await graph.data("buyer", SHARE, id=str(job))
    token: str = data["shareDelivery"]["delivery"]["trackingToken"]
    return token


async def ride_to(graph: Graph, job: DeliveryId, lat: float = -8.13041) -> None:
    at = await graph.world.now()
    place = Location(job_id=job, rider_id=AGUS, lat=lat, lng=113.22041, at=at)
    assert await graph.world.rides_at(SEMERU, place) == [None]


async def test_a_link_shows_steps_a_rough_place_and_a_first_name_and_ends_with_the_trip(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    async with graph.world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET name = 'Agus Setiawan' WHERE id = $1", AGUS)
    token = await share(graph, job)
    assert await share(graph, job) == token
    await graph.world.report(SEMERU, job, "picked_up")
    await ride_to(graph, job)
    seen = await tracked(graph, token)
    assert seen.pop("estimate")["marginS"] == 900
    steps = [each["status"] for each in seen.pop("history")]
    assert steps == ["WAITING", "REQUESTED", "OFFERED", "ASSIGNED", "PICKED_UP"]
    assert seen == {
        "status": "PICKED_UP",
        "partnerName": "Ojek Semeru",
        "riderName": "Agus",
        "plate": "N 1 A",
        "position": {"point": {"lat": -8.13, "lng": 113.22}},
    }
    await graph.world.report(SEMERU, job, "delivered")
    assert await tracked(graph, token) is None
    again = await graph.data("buyer", SHARE, id=str(job))
    assert refused(again["shareDelivery"]) == {"code": "WRONG_STATE", "status": "DELIVERED"}


async def test_a_link_is_withdrawn_at_once_and_the_next_is_another(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    token = await share(graph, job)
    await graph.data("buyer", STOP, id=str(job))
    assert await tracked(graph, token) is None
    assert (await graph.data("buyer", SHARED, id=str(job)))["delivery"] == {"trackingToken": None}
    assert await share(graph, job) != token
    assert await tracked(graph, token) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 24, "x" * 500, "é" * 24, "' OR 1=1 --"])
async def test_a_token_that_is_none_shows_nothing(graph: Graph, token: str) -> None:
    await share(graph, await graph.world.trip(SEMERU))
    assert await tracked(graph, token) is None


async def test_only_the_buyer_shares_and_is_shown_the_token(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    stranger = await graph.data("stranger", SHARE, id=str(job))
    assert refused(stranger["shareDelivery"]) == {"code": "NOT_FOUND"}
    assert (await graph.ask("ops", SHARE, id=str(job)))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await share(graph, job)
    for who in ("ops", "partner"):
        assert (await graph.data(who, SHARED, id=str(job)))["delivery"] == {"trackingToken": None}
    stopped = await graph.data("stranger", STOP, id=str(job))
    assert refused(stopped["stopSharingDelivery"]) == {"code": "NOT_FOUND"}
    assert (await graph.data("buyer", SHARED, id=str(job)))["delivery"]["trackingToken"]


async def test_a_buyer_who_is_forgotten_leaves_no_link(graph: Graph) -> None:
    token = await share(graph, await graph.world.trip(SEMERU))
    await graph.world.hear(PersonErased(person_id=PersonId.parse(BUYER), erased_at=await graph.world.now()))
    assert await tracked(graph, token) is None


@pytest.mark.usefixtures("rates_stand_still")
async def test_a_rider_tells_their_place_by_the_graph_and_is_told_why_not(graph: Graph) -> None:
    agus = "agus"
    async with graph.world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET subject = $2 WHERE id = $1", AGUS, subject(agus))
    at = await graph.world.now()

    async def tell(who: str = agus, lat: float = -8.13, after_s: float = 0) -> Any:
        said = {"lat": lat, "lng": 113.22, "at": (at + timedelta(seconds=after_s)).isoformat()}
        return (await graph.data(who, HERE, **said))["reportPosition"]

    assert refused(await tell("stranger")) == {"code": "NOT_FOUND"}
    assert refused(await tell()) == {"code": "WRONG_STATE"}
    await graph.world.trip(SEMERU)
    assert await tell() == {"taken": True, "problems": []}
    assert await tell(after_s=-5) == {"taken": False, "problems": []}
    assert refused(await tell(lat=0)) == {"code": "OUT_OF_AREA"}
    assert refused(await tell(after_s=3_600)) == {"code": "INVALID_TIME"}
    flood = await asyncio.gather(*(tell(after_s=each / 1_000) for each in range(40)))
    assert {"RATE_LIMITED"} == {problem["code"] for each in flood for problem in each["problems"]}


async def test_how_far_off_estimates_are_is_written_down_and_shown(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    async with graph.world.db.acquire() as conn:
        assert await following.write_down(conn) == 0  # nobody knows where the rider is
    await ride_to(graph, job)
    async with graph.world.db.acquire() as conn:
        assert [await following.write_down(conn) for _ in range(2)] == [1, 0]
    await graph.world.report(SEMERU, job, "picked_up")
    await ride_to(graph, job)
    async with graph.world.db.acquire() as conn:
        assert await following.write_down(conn) == 1
        said = {row["status"]: row["arrives_at"] for row in await conn.fetch("SELECT * FROM delivery_foreseen")}
        assert await stored.accuracy(conn) == []
    late = said["PICKED_UP"] - await graph.world.now() + timedelta(minutes=4)
    await graph.world.move_clock(late)
    await graph.world.report(SEMERU, job, "delivered")
    query = "{ estimateAccuracy { stage trips medianS withinFiveMinutes } }"
    shown = {each.pop("stage"): each for each in (await graph.data("officer", query))["estimateAccuracy"]}
    assert shown["PICKED_UP"].pop("medianS") == pytest.approx(240, abs=10)
    assert shown["PICKED_UP"] == {"trips": 1, "withinFiveMinutes": 1}
    assert set(shown) == {"ASSIGNED", "PICKED_UP"}
    assert (await graph.ask("buyer", query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_ops_alone_see_where_a_rider_was_and_it_is_written_down(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    await ride_to(graph, job)
    query = "query($id: ID!) { delivery(id: $id) { trail { point { lat } } } }"
    for who in ("buyer", "partner"):
        assert (await graph.data(who, query, id=str(job)))["delivery"] == {"trail": []}
    assert (await graph.data("officer", query, id=str(job)))["delivery"] is None
    assert (await graph.data("ops", query, id=str(job)))["delivery"] == {"trail": [{"point": {"lat": -8.13041}}]}
    assert ("usr_ops", str(AGUS)) in await graph.shown_to_staff()
