"""Positions: droppable, the latest wins, and only while the trip is the rider's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId
from services.delivery.partner_topics import POSITIONS_FAILED, Positions
from services.delivery.store import positions
from services.kit.messaging.consumer import Record
from tests.worlds.delivery import AGUS, CASH, DEWI, KONCAR, RINI, SEMERU, World


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
    await Positions(world.db).take(record)


async def now(world: World) -> datetime:
    async with world.db.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT wlijo_now()")
        return at


def a_place(job: DeliveryId, at: datetime, **changes: Any) -> dict[str, Any]:
    return {"job_id": str(job), "rider_id": str(AGUS), "lat": -8.13, "lng": 113.22, "at": at.isoformat(), **changes}


async def shown(world: World) -> list[tuple[float, float]]:
    async with world.db.acquire() as conn:
        return [(row["lat"], row["lng"]) for row in await conn.fetch("SELECT lat, lng FROM position")]


async def test_the_latest_place_counts_whatever_the_order_of_arrival(world: World) -> None:
    job, at = await world.trip(SEMERU), await now(world)
    await send(world, SEMERU, a_place(job, at - timedelta(seconds=10)))
    await send(world, SEMERU, a_place(job, at, lat=-8.12))
    await send(world, SEMERU, a_place(job, at - timedelta(seconds=5), lat=-8.11))
    assert await shown(world) == [(-8.12, 113.22)]


async def test_a_clock_that_runs_ahead_does_not_hide_what_comes_later(world: World) -> None:
    job, at = await world.trip(SEMERU), await now(world)
    await send(world, SEMERU, a_place(job, at + timedelta(minutes=10), lat=-8.1))
    await send(world, SEMERU, a_place(job, at + timedelta(minutes=9), lat=-8.2))
    assert await shown(world) == [(-8.2, 113.22)]


async def test_places_of_strangers_of_other_trips_and_of_other_times_are_dropped(world: World) -> None:
    job, waiting, at = await world.trip(SEMERU), await world.job(), await now(world)
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
    job, at = await world.trip(SEMERU), await now(world)
    await send(world, SEMERU, body if isinstance(body, bytes) else {**a_place(job, at), **body})
    assert await shown(world) == []


async def test_a_fault_of_ours_drops_a_place_and_the_next_one_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, at = await world.trip(SEMERU), await now(world)
    failed = POSITIONS_FAILED._value.get()
    with monkeypatch.context() as broken:
        broken.setattr(positions, "move", None)
        await send(world, SEMERU, a_place(job, at))
    assert await shown(world) == []
    assert POSITIONS_FAILED._value.get() == failed + 1
    await send(world, SEMERU, a_place(job, at))
    assert await shown(world) == [(-8.13, 113.22)]
