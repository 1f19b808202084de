"""A hazard of Semeru: switched on in the middle of trips, by the real commands; what is told to whom, and what stays as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, FailureCode, ZoneEffect, ZoneId, ZoneKind
from services.contracts.ordering import OrderId
from services.contracts.places import GeoPoint
from services.delivery.commands import hazards, zones
from services.delivery.domain.boundary import Drawn
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.domain.quote import sign
from services.delivery.domain.zone import Zone
from services.delivery.store import zones as stored
from services.kit.database.db import transaction
from tests.worlds.delivery import HOME, KIOS_AT, SEMERU, World, a_quote, an_order_placed, kinds

PLAIN = Zone(
    ZoneId.new(), "Lahar Semeru", ZoneKind.HAZARD, ZoneEffect.DENY_BOTH, "awas lahar dingin", switched_on=False
)


def square(at: GeoPoint, half: float = 0.003) -> list[GeoPoint]:
    return [
        GeoPoint(lat=at.lat + half * lat, lng=at.lng + half * lng) for lat, lng in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]


async def a_hazard(world: World, at: GeoPoint = HOME, **changes: Any) -> ZoneId:
    """Switched off."""
    like = Zone(**{name: changes.get(name, getattr(PLAIN, name)) for name in ("id", "name", "kind", "effect", "reason")},
                switched_on=False)  # fmt: skip
    async with transaction(world.db) as conn:
        (made,) = await zones.enter(
            conn, [Drawn("", square(at))], like, "PVMBG", by="per_officer", idempotency_key=str(ZoneId.new())
        )
    await world.fire()
    return made


async def switch(world: World, zone: ZoneId, *, on: bool) -> None:
    async with transaction(world.db) as conn:
        await zones.switch(conn, zone, on=on, why="PVMBG", by="per_officer")
    await world.fire()


async def told_of(world: World, job: DeliveryId) -> list[tuple[str, dict[str, Any]]]:
    told = [each for each in await world.told(topic="delivery.deliveries") if each.aggregate == str(job)]
    return list(zip(kinds(told), (each.data for each in told), strict=True))


async def to_company(world: World) -> list[tuple[Any, Any]]:
    wanted = ("partner.job_changed.v1", "partner.job_withdrawn.v1")
    told = [each for each in await world.told_to(SEMERU) if each.type in wanted]
    return [(each.data.get("change") or each.data.get("reason"), each.data.get("area")) for each in told]


@pytest.mark.parametrize("reports", [[], ["pickup"]])
async def test_a_trip_that_is_not_fetched_ends_without_fault(world: World, reports: list[str]) -> None:
    zone = await a_hazard(world)
    job = await world.trip(SEMERU, *reports)
    await switch(world, zone, on=True)
    assert await world.status(job) == "CANCELLED"
    kind, fact = (await told_of(world, job))[-1]
    assert (kind, fact["reason"]) == ("delivery_cancelled", "AREA_CLOSED")
    assert (await to_company(world))[-1] == ("AREA_CLOSED", None)
    assert (await world.report(SEMERU, job, "picked_up")).code == "NOT_YOUR_JOB"
    known, told = await world.state(), len(await world.told())
    await switch(world, zone, on=True)  # twice
    await switch(world, zone, on=False)
    assert await world.state() == known
    assert len(await world.told()) == told + 1  # the zone itself, switched off


async def test_waiting_requested_and_offered_trips_end_and_those_elsewhere_go_on(world: World) -> None:
    zone = await a_hazard(world)
    waiting = await world.delivery_of(await world.place())
    offered = await world.job()
    far = OrderId.new()
    placed = an_order_placed(far, sign(a_quote(), world.key), dropoff=GeoPoint(lat=-8.16, lng=113.26))
    await world.hear(placed)
    await world.confirm(far)
    await switch(world, zone, on=True)
    assert [await world.status(each) for each in (waiting, offered)] == ["CANCELLED", "CANCELLED"]
    assert await world.status(await world.delivery_of(far)) == "OFFERED"
    assert [offer.state for offer in await world.offers(offered)] == ["WITHDRAWN"]


async def test_a_rider_with_the_goods_waits_or_brings_them_back_at_nobodys_cost(world: World) -> None:
    zone = await a_hazard(world)
    job = await world.trip(SEMERU, "picked_up")
    await switch(world, zone, on=True)
    assert await world.status(job) == "PICKED_UP"
    assert (await to_company(world))[-1] == ("AREA_CLOSED", "Lahar Semeru")
    await switch(world, zone, on=False)
    assert (await to_company(world))[-1] == ("AREA_OPEN", "Lahar Semeru")
    await switch(world, zone, on=True)
    assert [each[0] for each in await to_company(world)] == ["AREA_CLOSED", "AREA_OPEN", "AREA_CLOSED"]
    failed = {"job_id": str(job), "code": "AREA_CLOSED"}
    assert (await world.reply(SEMERU, "failed", failed)).code is None
    for status in ("RETURNING", "RETURNED"):
        assert (await world.report(SEMERU, job, status)).code is None
    kind, fact = (await told_of(world, job))[-1]
    assert (kind, fact["code"], fact["disposed"]) == ("delivery_returned", "AREA_CLOSED", False)


async def test_a_hazard_over_the_merchant_alone_does_not_stop_goods_that_left_it(world: World) -> None:
    zone = await a_hazard(world, KIOS_AT)
    fetched, not_yet = await world.trip(SEMERU, "picked_up"), await world.trip(SEMERU)
    await switch(world, zone, on=True)
    assert [await world.status(each) for each in (fetched, not_yet)] == ["PICKED_UP", "CANCELLED"]
    assert all(area is None for _, area in await to_company(world))


async def test_nobody_says_hazard_where_none_was_told(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    answer = await world.reply(SEMERU, "failed", {"job_id": str(job), "code": "AREA_CLOSED"})
    assert (answer.code, await world.status(job)) == ("WRONG_ORDER", "PICKED_UP")
    await world.end(job, DeliveryOutcome.RETURNED, failure=FailureCode.AREA_CLOSED)  # a person may
    assert (await told_of(world, job))[-1][1]["code"] == "AREA_CLOSED"


async def test_an_order_with_a_quote_of_before_the_eruption_ends_at_once(world: World) -> None:
    zone = await a_hazard(world)
    await switch(world, zone, on=True)
    order = await world.place()
    job = await world.delivery_of(order)
    assert await world.status(job) == "CANCELLED"
    await world.confirm(order)  # it crossed
    assert await world.status(job) == "CANCELLED"
    assert [kind for kind, _ in await told_of(world, job)] == ["delivery_cancelled"]


async def test_a_trip_that_the_switch_did_not_see_ends_at_its_confirmation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = await a_hazard(world)
    order = await world.place()
    monkeypatch.setattr(stored, "trips_to_stop", _none)
    async with transaction(world.db) as conn:
        await zones.switch(conn, zone, on=True, why="PVMBG", by="per_officer")
    await world.confirm(order)
    assert await world.status(await world.delivery_of(order)) == "CANCELLED"


async def _none(*_: Any) -> list[DeliveryId]:
    return []


async def test_a_trip_that_somebody_is_at_work_on_is_stopped_when_they_are_done(world: World) -> None:
    zone = await a_hazard(world)
    job, other = await world.trip(SEMERU), await world.trip(SEMERU)
    async with transaction(world.db) as conn:
        await conn.execute("SELECT 1 FROM delivery WHERE id = $1 FOR UPDATE", job)
        await switch(world, zone, on=True)
        assert [await world.status(each) for each in (job, other)] == ["ASSIGNED", "CANCELLED"]
    await world.pass_by(2, step_s=1)
    assert await world.status(job) == "CANCELLED"
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE kind = 'delivery.hazard'") == 0


async def test_more_trips_than_a_turn_takes_are_all_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = await a_hazard(world)
    monkeypatch.setattr(hazards, "_AT_ONCE", 2)
    jobs = [await world.delivery_of(await world.place()) for _ in range(5)]
    told = [await world.trip(SEMERU, "picked_up") for _ in range(3)]
    await switch(world, zone, on=True)
    await world.pass_by(5, step_s=1)
    assert {await world.status(each) for each in jobs} == {"CANCELLED"}
    assert [change for change, _ in await to_company(world)].count("AREA_CLOSED") == len(told)
    await switch(world, zone, on=False)
    await world.pass_by(5, step_s=1)
    assert [change for change, _ in await to_company(world)].count("AREA_OPEN") == len(told)


async def test_other_kinds_of_zones_leave_trips_alone(world: World) -> None:
    zone = await a_hazard(world, kind=ZoneKind.RESTRICTED)
    job = await world.trip(SEMERU)
    await switch(world, zone, on=True)
    assert await world.status(job) == "ASSIGNED"


async def test_the_trip_shows_the_hazard_while_it_lasts(world: World) -> None:
    zone = await a_hazard(world)
    job = await world.trip(SEMERU, "picked_up")
    for on, there in ((True, 1), (False, 0)):
        await switch(world, zone, on=on)
        async with world.db.acquire() as conn:
            assert len(await stored.over_trips(conn, [job])) == there
    async with world.db.acquire() as conn:
        kept = await conn.fetch("SELECT action, reason, subject FROM zone_history WHERE zone_id = $1 ORDER BY id", zone)
    assert json.dumps([list(each) for each in kept]) == json.dumps(
        [
            ["ENTER", "PVMBG", "per_officer"],
            ["SWITCH_ON", "PVMBG", "per_officer"],
            ["SWITCH_OFF", "PVMBG", "per_officer"],
        ]
    )
