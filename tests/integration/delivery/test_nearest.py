"""Where riders are decides about who is asked: the nearest who is able, and what is assumed of those of whom nothing is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import DeliveryId, PartnerId
from services.delivery.domain.dispatch import UNKNOWN_M, Policy
from services.delivery.domain.policy import DispatchRule
from services.delivery.store import board
from tests.worlds.delivery import AGUS, CASH, DEWI, KONCAR, RINI, SEMERU, World
from tests.worlds.riding import north, set_riders, stands

NEAREST = Policy(rule=DispatchRule.NEAREST)


async def asked_first(world: World, **quote: Any) -> PartnerId:
    return (await world.open_offer(await world.job(**quote)))[1]


async def why(world: World, job: DeliveryId) -> asyncpg.Record:
    async with world.db.acquire() as conn:
        found = await conn.fetchrow("SELECT * FROM offer WHERE delivery_id = $1 ORDER BY offered_at DESC LIMIT 1", job)
    assert found
    return found


@pytest.fixture(autouse=True)
def _nearest(world: World) -> None:
    world.policy = NEAREST


async def test_the_company_of_the_nearest_rider_is_asked_and_it_is_kept_why(world: World) -> None:
    await stands(world, AGUS, north(900))
    await stands(world, RINI, north(400))
    job = await world.job()
    offer, partner = await world.open_offer(job)
    kept = await why(world, job)
    assert (partner, kept["rider_id"], kept["asked_of"], kept["taken_today"]) == (KONCAR, RINI.uuid, 2, 0)
    assert abs(kept["away_m"] - 400) <= 2
    await world.decline(job, offer, partner)
    assert (await world.open_offer(job))[1] == SEMERU


async def test_a_refusal_is_remembered_for_its_job_alone(world: World) -> None:
    await stands(world, AGUS, north(900))
    await stands(world, RINI, north(400))
    job = await world.job()
    await world.decline(job, *await world.open_offer(job))
    assert await asked_first(world) == KONCAR


@pytest.mark.parametrize(("metres", "first"), [(UNKNOWN_M - 50, KONCAR), (UNKNOWN_M + 50, SEMERU)])
async def test_who_shows_no_place_counts_as_far_as_is_assumed(world: World, metres: float, first: PartnerId) -> None:
    await stands(world, RINI, north(metres))
    assert await asked_first(world) == first


async def test_an_old_place_and_who_is_off_shift_count_as_unknown(world: World) -> None:
    await stands(world, RINI, north(100))
    await stands(world, AGUS, north(3_000))
    await world.move_clock(timedelta(minutes=3))
    await stands(world, AGUS, north(3_001))
    assert await asked_first(world) == SEMERU
    await stands(world, RINI, north(101))
    await set_riders(world, RINI, on_shift=False)
    await stands(world, DEWI, north(2_900))
    assert await asked_first(world) == SEMERU


async def test_whose_cash_room_or_vehicle_is_too_small_is_passed_by(world: World) -> None:
    await stands(world, AGUS, north(100))
    await stands(world, RINI, north(900))
    await set_riders(world, AGUS, cash_limit_rupiah=CASH - 1)
    assert await asked_first(world) == KONCAR
    await set_riders(world, AGUS, cash_limit_rupiah=None, vehicle="BICYCLE")
    assert (await why(world, await world.job(mass_limit_gram=20_000)))["rider_id"] != AGUS.uuid


async def test_cash_that_a_rider_collects_already_counts(world: World) -> None:
    await set_riders(world, AGUS, DEWI, RINI, cash_limit_rupiah=2 * CASH - 1)
    first, partner = await world.open_offer(job := await world.job())
    await world.accept(job, first, partner)
    other = await world.job()
    while (offer := await world.open_offer(other))[1] != partner:
        await world.decline(other, *offer)
    assert (await world.accept(other, *offer)).code == "OVER_CASH_LIMIT"


async def test_on_whom_an_offer_counts_is_not_counted_on_twice(world: World) -> None:
    await stands(world, AGUS, north(100))
    await stands(world, DEWI, north(300))
    await stands(world, RINI, north(200))
    asked = [(await why(world, await world.job()))["rider_id"] for _ in range(3)]
    assert asked == [AGUS.uuid, RINI.uuid, DEWI.uuid]


async def test_whose_riders_all_ride_is_asked_last(world: World) -> None:
    world.policy = Policy(rule=DispatchRule.NEAREST, together=1, batch=1)
    await stands(world, RINI, north(100))
    offer, partner = await world.open_offer(job := await world.job())
    assert partner == KONCAR
    await world.accept(job, offer, partner)
    assert await asked_first(world) == SEMERU


async def test_all_that_are_due_are_dispatched_together_and_one_that_fails_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_riders(world, AGUS, DEWI, RINI, cash_limit_rupiah=0)
    waiting = [await world.job() for _ in range(5)]
    await set_riders(world, AGUS, DEWI, RINI, cash_limit_rupiah=None)
    await world.move_clock(timedelta(seconds=6))
    read, poisoned = board.jobs, waiting[2]

    async def jobs(conn: Any, ids: Any) -> Any:
        if poisoned in ids:
            raise ValueError("such a job")
        return await read(conn, ids)

    monkeypatch.setattr(board, "jobs", jobs)
    assert await world.fire() == 1
    assert [await world.status(each) for each in waiting].count("OFFERED") == 4
    assert await world.status(poisoned) == "REQUESTED"
    monkeypatch.undo()
    await world.move_clock(timedelta(seconds=2))
    assert await world.fire() == 1
    assert await world.status(poisoned) == "OFFERED"


async def test_many_due_at_once_are_one_dispatch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await set_riders(world, AGUS, DEWI, RINI, cash_limit_rupiah=0)
    waiting = [await world.job() for _ in range(6)]
    await set_riders(world, AGUS, DEWI, RINI, cash_limit_rupiah=None)
    await world.move_clock(timedelta(seconds=6))
    read, looked = board.companies, []

    async def companies(conn: Any, now: Any) -> Any:
        looked.append(now)
        return await read(conn, now)

    monkeypatch.setattr(board, "companies", companies)
    assert await world.fire() == 1
    assert len(looked) == 1
    taken = [(await world.open_offer(each))[1] for each in waiting]
    assert taken.count(SEMERU) == taken.count(KONCAR) == 3
