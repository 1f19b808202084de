"""Positions: droppable, the latest wins, and only while the rider rides."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, RiderId
from services.contracts.partner import Location
from services.delivery.commands.positions import OF_A_RIDER_AT_ONCE, POSITIONS_FAILED, Places
from services.delivery.partner_topics import Positions
from services.delivery.store import positions
from services.kit.messaging.consumer import Record
from tests.worlds.delivery import AGUS, CASH, DEWI, KONCAR, RINI, SEMERU, World
from tests.worlds.delivery_counter import Counter, an_event


async def send(world: World, partner: object, body: dict[str, Any] | bytes) -> None:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    record = Record(
        topic=f"partner.{partner}.locations.v1",
        partition=0,
        offset=0,
        key=None,
        value=value,
        headers=[],
        appended_at_ms=None,
    )
    where = Places(world.db, every_s=0)
    await Positions(where).take(record)
    await where.written()


def a_place(job: DeliveryId | None, at: datetime, **changes: Any) -> dict[str, Any]:
    named = {"job_id": str(job)} if job else {}
    return {**named, "rider_id": str(AGUS), "lat": -8.13, "lng": 113.22, "at": at.isoformat(), **changes}


def a_location(at: datetime, rider_id: RiderId = AGUS, job: DeliveryId | None = None, lat: float = -8.13) -> Location:
    return Location(job_id=job, rider_id=rider_id, lat=lat, lng=113.22, at=at)


async def shown(world: World) -> list[tuple[float, float]]:
    async with world.db.acquire() as conn:
        return [(row["lat"], row["lng"]) for row in await conn.fetch("SELECT lat, lng FROM rider_place")]


async def on_shift(world: World, *riders: RiderId) -> None:
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET on_shift = true WHERE id = ANY($1::uuid[])", riders)


async def test_the_latest_place_counts_whatever_the_order_of_arrival(world: World) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    await send(world, SEMERU, a_place(job, at - timedelta(seconds=10)))
    await send(world, SEMERU, a_place(job, at, lat=-8.12))
    await send(world, SEMERU, a_place(job, at - timedelta(seconds=5), lat=-8.11))
    assert await shown(world) == [(-8.12, 113.22)]


async def test_a_clock_that_runs_ahead_does_not_hide_what_comes_later(world: World) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    await send(world, SEMERU, a_place(job, at + timedelta(minutes=10), lat=-8.1))
    await send(world, SEMERU, a_place(job, at + timedelta(minutes=9), lat=-8.2))
    assert await shown(world) == [(-8.2, 113.22)]


async def test_places_of_strangers_of_other_trips_and_of_other_times_are_dropped(world: World) -> None:
    job, waiting, at = await world.trip(SEMERU), await world.job(), await world.now()
    await send(world, KONCAR, a_place(job, at))
    await send(world, KONCAR, a_place(job, at, rider_id=str(RINI)))
    await send(world, SEMERU, a_place(job, at, rider_id=str(DEWI)))
    await send(world, SEMERU, a_place(waiting, at))
    await send(world, SEMERU, a_place(DeliveryId.new(), at))
    await send(world, "nobody", a_place(job, at))
    await world.report(SEMERU, job, "picked_up")
    body = {"job_id": str(job), "pin": await world.pin(job), "cash_collected_rupiah": CASH}
    assert (await world.reply(SEMERU, "delivered", body)).code is None
    await send(world, SEMERU, a_place(job, at))
    assert await shown(world) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 3_000,
        b" " * 5_000,
        {"lat": 91},
        {"lng": "east"},
        {"at": "yesterday"},
        {"at": "2026-02-01T03:30:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"job_id": 7},
        {"rider_id": "agus"},
    ],
)
async def test_what_is_no_place_is_dropped(world: World, body: dict[str, Any] | bytes) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    await send(world, SEMERU, body if isinstance(body, bytes) else {**a_place(job, at), **body})
    assert await shown(world) == []


async def test_a_fault_of_ours_drops_a_place_and_the_next_one_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    failed = POSITIONS_FAILED._value.get()
    with monkeypatch.context() as broken:
        broken.setattr(positions, "move", None)
        await send(world, SEMERU, a_place(job, at))
    assert await shown(world) == []
    assert POSITIONS_FAILED._value.get() == failed + 1
    await send(world, SEMERU, a_place(job, at))
    assert await shown(world) == [(-8.13, 113.22)]


async def test_many_are_written_by_one_statement_and_each_is_told_what_became_of_it(world: World) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    await on_shift(world, RINI)
    second = timedelta(seconds=1)
    assert await world.rides_at(
        SEMERU,
        a_location(at - second, job=job),
        a_location(at, job=job, lat=-8.12),
        a_location(at - 2 * second, lat=-8.11),
        a_location(at, DEWI),
        a_location(at, RINI),
        a_location(at + timedelta(hours=1), job=job),
        a_location(at - timedelta(hours=1)),
    ) == ["SUPERSEDED", None, "SUPERSEDED", "NOT_ON_SHIFT", "NOT_YOUR_RIDER", "IN_FUTURE", "TOO_OLD"]
    assert await shown(world) == [(-8.12, 113.22)]


async def test_what_is_far_from_now_is_refused_and_a_clock_ten_minutes_off_is_not(world: World) -> None:
    await world.trip(SEMERU)
    at = await world.now()
    for off, code in ((-11, "TOO_OLD"), (-9, None), (10, None), (16, "IN_FUTURE")):
        assert await world.rides_at(SEMERU, a_location(at + timedelta(minutes=off))) == [code]


async def test_a_rider_on_shift_is_seen_without_a_job_and_no_longer_afterwards(world: World) -> None:
    assert await world.rides_at(SEMERU, a_location(await world.now())) == ["NOT_ON_SHIFT"]
    await on_shift(world, AGUS)
    assert await world.rides_at(SEMERU, a_location(await world.now())) == [None]
    async with world.db.acquire() as conn:
        await positions.forget(conn)
        assert len(await shown(world)) == 1
        await conn.execute("UPDATE rider SET on_shift = false")
        await positions.forget(conn)
    assert await shown(world) == []


async def test_a_flood_of_one_rider_takes_nothing_from_another(world: World) -> None:
    await on_shift(world, AGUS, DEWI)
    at = await world.now()
    flood = [a_location(at + timedelta(milliseconds=each)) for each in range(OF_A_RIDER_AT_ONCE + 5)]
    where = Places(world.db, every_s=0)
    found = [each.code if each else None for each in await where.tell(SEMERU, [*flood, a_location(at, DEWI)])]
    assert found[-6:] == [*["RATE_LIMITED"] * 5, None]


async def test_the_trail_is_a_place_every_twenty_seconds_and_gone_after_an_hour(world: World) -> None:
    job = await world.trip(SEMERU)
    for _ in range(3):
        for lat in (-8.13, -8.131):
            assert await world.rides_at(SEMERU, a_location(await world.now(), job=job, lat=lat)) == [None]
        await world.move_clock(timedelta(seconds=25))
    async with world.db.acquire() as conn:
        assert [each.point.lat for each in await positions.trail(conn, job, 10)] == [-8.13] * 3
        await world.move_clock(timedelta(minutes=59, seconds=20))
        await positions.forget(conn)
        assert len(await positions.trail(conn, job, 10)) == 1
        await world.move_clock(timedelta(minutes=2))
        await positions.forget(conn)
        assert await positions.trail(conn, job, 10) == []


async def test_a_batch_over_http_says_of_each_why_it_was_dropped(counter: Counter, world: World) -> None:
    job, at = await world.trip(SEMERU), await world.now()
    events = [
        json.loads(an_event("position", "a", **a_place(job, at))),
        json.loads(an_event("position", "b", **a_place(None, at, rider_id=str(DEWI)))),
    ]
    batch = "application/cloudevents-batch+json"
    answer = await counter.ask("POST", "locations", body=json.dumps(events).encode(), media_type=batch)
    said = answer.json()
    assert (answer.status, said["taken"]) == (202, 1)
    assert [(why["id"], why["code"], why["field"]) for why in said["dropped"]] == [("b", "NOT_ON_SHIFT", "rider_id")]
    for bad, field in (
        (b"{}", None),
        (b"[]", None),
        (json.dumps([events[0]] * 201).encode(), None),
        (json.dumps([events[0], {**events[1], "type": "partner.accept.v1"}]).encode(), "[1].type"),
        (json.dumps([events[0], {**events[1], "data": {}}]).encode(), "[1].rider_id"),
    ):
        refused = await counter.ask("POST", "locations", body=bad, media_type=batch)
        assert (refused.status, refused.json()["code"], refused.json().get("field")) == (400, "MALFORMED", field)
    large = await counter.ask("POST", "locations", body=b" " * 300_000, media_type=batch)
    assert large.status == 413
