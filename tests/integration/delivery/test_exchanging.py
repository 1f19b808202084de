"""Another rider of the company goes on with a trip: seen by the buyer from then on, and who had it before stays on record."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.contracts.delivery import DeliveryId, RiderId
from services.contracts.partner import Location
from services.delivery.store import positions, reading
from services.delivery.store.reading import Viewer
from tests.worlds.crews import Company, a_company
from tests.worlds.delivery import AGUS, BUYER, CASH, DEWI, KONCAR, RINI, SEMERU, World, kinds
from tests.worlds.delivery_counter import Counter
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, refused

CHANGE = f"""mutation($job: ID!, $rider: ID!, $key: String!) {{
  answer: changeRider(deliveryId: $job, riderId: $rider, idempotencyKey: $key) {{
    {PROBLEMS} delivery {{ status rider {{ id }} }} }} }}"""


async def _change(world: World, job: DeliveryId, **who: Any) -> Any:
    return await world.reply(SEMERU, "rider_changed", {"job_id": str(job), **who})


async def _at(world: World, rider: RiderId, job: DeliveryId, lat: float) -> list[Any]:
    return await world.rides_at(SEMERU, Location(job_id=job, rider_id=rider, lat=lat, lng=113.22, at=await world.now()))


async def _seen(world: World, job: DeliveryId) -> tuple[RiderId | None, float | None]:
    """By the buyer."""
    viewer = Viewer(buyer=BUYER, partner_id=None, ops=False)
    async with world.db.acquire() as conn:
        [view] = await reading.deliveries(conn, [job], viewer)
    assert view
    return view.rider_id, view.position.point.lat if view.position else None


async def test_the_buyer_sees_who_goes_on_and_no_place_of_who_had_it(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    await _at(world, DEWI, job, -8.11)
    assert await _at(world, AGUS, job, -8.13) == [None]
    assert await _seen(world, job) == (AGUS, -8.13)
    assert (await _change(world, job, rider_id=str(DEWI))).code is None
    assert await _seen(world, job) == (DEWI, None)
    assert await _at(world, AGUS, job, -8.14) == ["NOT_YOUR_RIDER"]
    assert await _at(world, DEWI, job, -8.12) == [None]
    assert await _seen(world, job) == (DEWI, -8.12)
    assert await world.status(job) == "PICKED_UP"
    async with world.db.acquire() as conn:
        trail = [round(each.point.lat, 2) for each in await positions.trail(conn, job, 10)]
    assert trail == [-8.12, -8.13]


async def test_it_is_told_and_who_had_what_until_when_stays_on_record(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    assert (await _change(world, job, external_id="dewi")).code is None
    assert (await world.report(SEMERU, job, "picked_up")).code is None
    assert (await _change(world, job, external_id="agus")).code is None
    assert kinds(await world.told(topic="delivery.deliveries"))[-3:] == [
        "rider_exchanged",
        "picked_up",
        "rider_exchanged",
    ]
    changed = [each.data for each in await world.told() if each.type == "partner.job_changed.v1"]
    assert [(each["change"], each["rider_id"]) for each in changed] == [
        ("RIDER_CHANGED", str(DEWI)),
        ("RIDER_CHANGED", str(AGUS)),
    ]
    shown = (await counter.ask("GET", f"jobs/{job}")).json()
    assert shown["rider_id"] == str(AGUS)
    before = [(each["rider_id"], each["status"]) for each in shown["riders_before"]]
    assert before == [(str(AGUS), "ASSIGNED"), (str(DEWI), "PICKED_UP")]
    assert shown["riders_before"][0]["until"] == shown["riders_before"][1]["since"]
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_said_again_it_changes_nothing_and_a_rider_may_be_new(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    new = {"rider": {"name": "Wawan", "plate": "N 77 W"}}
    for reply_id in ("one", "two"):
        answer = await counter.post(SEMERU, "rider_changed", reply_id, job_id=str(job), **new)
        assert answer.json()["outcome"] == "applied"
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM delivery_exchange") == 1


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"rider_id": str(RINI)}, "NOT_YOUR_RIDER"),
        ({"external_id": "nobody"}, "NOT_YOUR_RIDER"),
        ({"external_id": "dewi"}, "OVER_CASH_LIMIT"),
        ({}, "MALFORMED"),
    ],
)
async def test_who_may_not_take_it_does_not(world: World, who: dict[str, Any], code: str) -> None:
    job = await world.trip(SEMERU)
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET cash_limit_rupiah = $2 WHERE id = $1", DEWI, CASH - 1)
    assert (await _change(world, job, **who)).code == code
    assert (await _seen(world, job))[0] == AGUS


async def test_a_rival_s_trip_and_one_that_is_over_have_no_other_rider(world: World) -> None:
    theirs, done = await world.trip(KONCAR), await world.trip(SEMERU, "picked_up", "delivered")
    assert (await _change(world, theirs, rider_id=str(DEWI))).code == "NOT_YOUR_JOB"
    assert (await _change(world, done, rider_id=str(DEWI))).code == "ALREADY_DONE"


async def test_a_paused_company_still_changes_who_finishes(world: World) -> None:
    job = await world.trip(SEMERU)
    await world.pause(SEMERU)
    assert (await _change(world, job, rider_id=str(DEWI))).code is None


@pytest.fixture
async def company(graph: Graph) -> Company:
    made = await a_company(graph)
    await made.begin()
    await made.come("yuli")
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    return made


async def test_a_dispatcher_changes_it_and_no_rider_does(company: Company) -> None:
    wawan, eko = [await company.rider(name) for name in ("wawan", "eko")]
    await company.rides("wawan", wawan)
    world = company.graph.world
    job = await world.job()
    offer, _ = await world.open_offer(job)
    assert (await world.accept(job, offer, company.key, RiderId.parse(wawan))).code is None
    named = {"job": str(job), "key": uuid4().hex}
    for who in ("wawan", "stranger"):
        assert refused(await company.ask(who, CHANGE, rider=eko, **named)) == {"code": "NOT_FOUND"}
    for _ in range(2):
        answer = await company.done("yuli", CHANGE, rider=eko, **named)
        assert answer["delivery"] == {"status": "ASSIGNED", "rider": {"id": eko}}
