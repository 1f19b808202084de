"""A company is asked for what one of its riders may carry, and for nothing else."""

from __future__ import annotations

import pytest

from services.contracts.delivery import PartnerId, RiderId
from tests.worlds.delivery import AGUS, CASH, DEWI, KONCAR, RINI, SEMERU, World


async def _may_carry(world: World, rupiah: int | None, *riders: RiderId, on_shift: bool = False) -> None:
    async with world.db.acquire() as conn:
        await conn.execute(
            "UPDATE rider SET cash_limit_rupiah = $2, on_shift = $3 WHERE id = ANY($1::uuid[])",
            riders,
            rupiah,
            on_shift,
        )


async def _asked(world: World) -> set[PartnerId]:
    """By one job, when nobody answers for long."""
    job = await world.job()
    await world.pass_by(90)
    return {each.partner_id for each in await world.offers(job)}


async def test_who_has_no_rider_for_the_cash_is_not_asked(world: World) -> None:
    await _may_carry(world, CASH - 1, AGUS, DEWI)
    await _may_carry(world, CASH, RINI)
    assert await _asked(world) == {KONCAR}


@pytest.mark.parametrize(("limit", "asked"), [(CASH - 1, {KONCAR}), (CASH, {KONCAR, SEMERU})])
async def test_those_on_shift_count_where_anybody_is(world: World, limit: int, asked: set[PartnerId]) -> None:
    await _may_carry(world, limit, AGUS, on_shift=True)
    assert await _asked(world) == asked


async def test_a_company_that_has_entered_no_riders_is_asked(world: World) -> None:
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET ended_at = wlijo_now(), subject = NULL WHERE partner_id = $1", SEMERU)
    assert await _asked(world) == {SEMERU, KONCAR}


async def test_a_job_that_nobody_may_carry_is_looked_at_again_until_somebody_may(world: World) -> None:
    await _may_carry(world, 0, AGUS, DEWI, RINI)
    job = await world.job()
    await world.pass_by(60)
    assert (await world.status(job), await world.offers(job)) == ("REQUESTED", [])
    await _may_carry(world, None, RINI)
    await world.pass_by(10)
    assert (await world.open_offer(job))[1] == KONCAR


@pytest.mark.parametrize(
    ("vehicle", "gram", "asked"),
    [
        ("CAR", 1, {KONCAR}),
        ("CAR", None, {KONCAR, SEMERU}),
        ("BICYCLE", 900_000, {KONCAR, SEMERU}),
    ],
)
async def test_what_was_said_of_a_rider_goes_before_what_their_vehicle_takes(
    world: World, vehicle: str, gram: int | None, asked: set[PartnerId]
) -> None:
    async with world.db.acquire() as conn:
        await conn.execute(
            "UPDATE rider SET vehicle = $2, carries_gram = $3 WHERE partner_id = $1", SEMERU, vehicle, gram
        )
    assert await _asked(world) == asked


async def test_the_weight_and_the_cash_are_of_one_rider(world: World) -> None:
    """One may carry it and not the cash, another the cash and not the goods."""
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET carries_gram = 1, cash_limit_rupiah = NULL WHERE id = $1", AGUS)
        await conn.execute("UPDATE rider SET carries_gram = 900000, cash_limit_rupiah = 0 WHERE id = $1", DEWI)
        await conn.execute(
            "UPDATE rider SET ended_at = wlijo_now(), subject = NULL WHERE partner_id = $1 AND id <> ALL($2::uuid[])",
            SEMERU,
            [AGUS, DEWI],
        )
    assert await _asked(world) == {KONCAR}
