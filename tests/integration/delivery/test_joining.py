"""Several orders with one rider: offered where the way hardly grows, taken into their plan, and each still an order of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.domain.policy import DispatchRule
from services.delivery.domain.quote import Basis
from services.delivery.domain.roads import Roads
from services.delivery.store import plans
from tests.worlds.delivery import AGUS, CASH, KIOS, KONCAR, MALL, RINI, SEMERU, World
from tests.worlds.riding import north, set_riders, stands

FEE = 10_000
CHEAPEST = Policy(rule=DispatchRule.CHEAPEST)


@pytest.fixture(autouse=True)
def _cheapest(world: World) -> None:
    world.policy = CHEAPEST


def of(*merchants: MerchantId, gram: int = 5_000) -> dict[str, Any]:
    """A quote that says what the goods weigh."""
    basis = Basis(at=datetime(2026, 1, 1, tzinfo=UTC), pickups=len(merchants), roads=Roads.ESTIMATE, surcharges=())
    return {"merchants": merchants, "basis": basis, "mass_limit_gram": gram}


async def rides(world: World) -> DeliveryId:
    """AGUS has one job of the Mall's, and RINI of another company stands free at the Mall."""
    await stands(world, AGUS, north(100))
    job = await world.job(**of(MALL))
    offer, partner = await world.open_offer(job)
    assert partner == SEMERU
    assert (await world.accept(job, offer, SEMERU, AGUS)).code is None
    await stands(world, RINI, north(50))
    return job


async def joined(world: World, job: DeliveryId) -> tuple[DeliveryId | None, int | None]:
    async with world.db.acquire() as conn:
        row = await conn.fetchrow("SELECT joins_id, added_m FROM offer WHERE delivery_id = $1", job)
    assert row
    return (DeliveryId(row["joins_id"]) if row["joins_id"] else None), row["added_m"]


async def stops(world: World) -> list[tuple[DeliveryId, str]]:
    async with world.db.acquire() as conn:
        found = (await plans.carried(conn, [AGUS]))[AGUS]
    return [(each.job_id, each.place) for each in found.ahead]


async def test_who_is_on_the_way_there_is_asked_before_who_would_ride_for_it_alone(world: World) -> None:
    first = await rides(world)
    second = await world.job(**of(MALL))
    offer, partner = await world.open_offer(second)
    assert (partner, await joined(world, second)) == (SEMERU, (first, 0))
    told = next(each for each in reversed(await world.told_to(SEMERU)) if each.type == "partner.job_offered.v1")
    assert (told.data["joins_job_id"], told.data["added_m"]) == (str(first), 0)
    assert (await world.accept(second, offer, SEMERU, AGUS)).code is None
    assert [kind for _, kind in await stops(world)] == ["PICKUP", "PICKUP", "DROPOFF", "DROPOFF"]
    third = await world.job(**of(MALL))  # of one hub four may be
    assert (await world.open_offer(third))[1] == SEMERU


@pytest.mark.parametrize(
    "policy",
    [
        Policy(rule=DispatchRule.CHEAPEST, together=1, batch=1),
        Policy(rule=DispatchRule.CHEAPEST, detour_m=-1),
    ],
)
async def test_beyond_what_is_allowed_somebody_else_is_asked(world: World, policy: Policy) -> None:
    await rides(world)
    world.policy = policy
    second = await world.job(**of(MALL))
    assert (await world.open_offer(second))[1] == KONCAR


async def test_not_above_what_a_motorbike_carries(world: World) -> None:
    await rides(world)
    assert (await world.open_offer(await world.job(**of(MALL, gram=15_001))))[1] == KONCAR
    assert (await world.open_offer(await world.job(**of(MALL, gram=15_000))))[1] == SEMERU


async def test_not_above_the_cash_that_one_may_collect(world: World) -> None:
    await set_riders(world, AGUS, cash_limit_rupiah=2 * CASH - 1)
    await rides(world)
    assert (await world.open_offer(await world.job(**of(MALL))))[1] == KONCAR


async def test_of_two_on_one_way_one_is_cancelled_and_the_other_goes_on(world: World) -> None:
    first = await rides(world)
    second = await world.job(**of(KIOS))
    offer, partner = await world.open_offer(second)
    assert partner == SEMERU
    await world.accept(second, offer, SEMERU, AGUS)
    await world.cancel(await world.order_of(first))
    assert await stops(world) == [(second, "PICKUP"), (second, "DROPOFF")]
    for report in ("picked_up", "delivered"):
        assert (await world.report(SEMERU, second, report)).code is None
    assert await stops(world) == []


async def by_buyer(world: World, job: DeliveryId) -> None:
    await world.call_off(await world.order_of(job))
    await world.cancel(await world.order_of(job))


async def by_ops(world: World, job: DeliveryId) -> None:
    fetched = await world.status(job) not in ("ASSIGNED", "AT_PICKUP")
    await world.end(job, DeliveryOutcome.RETURNED if fetched else DeliveryOutcome.CANCELLED)


async def both(world: World) -> tuple[DeliveryId, DeliveryId]:
    """AGUS has a job of the Mall's and one of the kiosk's, and may collect no more than their cash."""
    await set_riders(world, AGUS, cash_limit_rupiah=2 * CASH)
    first = await rides(world)
    second = await world.job(**of(KIOS))
    assert (await world.accept(second, *await world.open_offer(second))).code is None
    return first, second


async def facts(world: World, job: DeliveryId) -> dict[str, dict[str, Any]]:
    told = await world.told(topic="delivery.deliveries")
    return {each.type: each.data for each in told if each.aggregate == str(job)}


@pytest.mark.parametrize("by", [by_buyer, by_ops])
@pytest.mark.parametrize("reports", [(), ("pickup",)])
async def test_of_two_one_is_cancelled_before_it_is_fetched(
    world: World, by: Callable[[World, DeliveryId], Awaitable[None]], reports: tuple[str, ...]
) -> None:
    first, second = await both(world)
    for each in reports:
        assert (await world.report(SEMERU, first, each)).code is None
    third = await world.place(**of(MALL))
    await world.confirm(third)
    asked, partner = await world.open_offer(await world.delivery_of(third))
    assert partner == KONCAR  # who rides has no room for its cash
    await by(world, first)
    assert (await world.status(first), await world.status(second)) == ("CANCELLED", "ASSIGNED")
    assert await stops(world) == [(second, "PICKUP"), (second, "DROPOFF")]
    withdrawn = [each.data["job_id"] for each in await world.told_to(SEMERU) if each.type == "partner.job_withdrawn.v1"]
    assert withdrawn == [str(first)]
    assert (await world.report(SEMERU, first, "picked_up")).code == "NOT_YOUR_JOB"
    # There is room again.
    await world.decline(await world.delivery_of(third), asked, partner)
    again, partner = await world.open_offer(await world.delivery_of(third))
    assert (partner, (await world.accept(await world.delivery_of(third), again, SEMERU, AGUS)).code) == (SEMERU, None)
    for report in ("picked_up", "delivered"):
        assert (await world.report(SEMERU, second, report)).code is None
    done = (await facts(world, second))["delivery.delivered.v1"]
    assert (done["cash_collected_rupiah"], done["fee_rupiah"]) == (CASH, FEE)
    assert done["rider_share_rupiah"] + done["partner_share_rupiah"] + done["platform_share_rupiah"] == FEE
    assert "delivery.delivered.v1" not in await facts(world, first)


async def test_of_two_on_their_way_one_is_cancelled_and_its_goods_come_back(world: World) -> None:
    first, second = await both(world)
    for job in (first, second):
        assert (await world.report(SEMERU, job, "picked_up")).code is None
    await by_buyer(world, first)
    assert await world.status(first) == "PICKED_UP"
    changed = (await world.told_to(SEMERU))[-1]
    assert (changed.data["job_id"], changed.data["change"]) == (str(first), "ORDER_CANCELLED")
    assert (await world.report(SEMERU, first, "failed")).code is None
    assert (second, "DROPOFF") in await stops(world)
    assert (await world.report(SEMERU, second, "delivered")).code is None
    assert (await facts(world, second))["delivery.delivered.v1"]["cash_collected_rupiah"] == CASH
    for report in ("RETURNING", "RETURNED"):
        assert (await world.report(SEMERU, first, report)).code is None
    assert await stops(world) == []
    back = await facts(world, first)
    assert back["delivery.delivery_returned.v1"]["disposed"] is False
    assert "delivery.delivered.v1" not in back


async def test_of_two_on_their_way_operations_end_one(world: World) -> None:
    first, second = await both(world)
    for job in (first, second):
        assert (await world.report(SEMERU, job, "picked_up")).code is None
    await by_ops(world, first)
    assert await world.status(first) == "RETURNED"
    assert await stops(world) == [(second, "DROPOFF")]
    assert (await world.report(SEMERU, first, "delivered")).code in ("ALREADY_DONE", "NOT_YOUR_JOB")
    assert (await world.report(SEMERU, second, "delivered")).code is None
    assert await stops(world) == []


async def test_an_offer_whose_other_job_is_cancelled_is_a_job_like_any(world: World) -> None:
    first = await rides(world)
    second = await world.job(**of(MALL))
    await world.cancel(await world.order_of(first))
    assert (await world.accept(second, *await world.open_offer(second))).code is None
    assert await stops(world) == [(second, "PICKUP"), (second, "DROPOFF")]


async def test_orders_of_one_hub_and_hour_are_offered_to_one_rider_together(world: World) -> None:
    await stands(world, AGUS, north(100))
    await stands(world, RINI, north(90))
    ready = await world.now() + timedelta(minutes=40)
    jobs: list[DeliveryId] = []
    for _ in range(3):
        order = await world.place(**of(MALL))
        await world.confirm(order, ready_at=ready)
        jobs.append(await world.delivery_of(order))
    await world.move_clock(timedelta(minutes=26))
    await stands(world, AGUS, north(101))
    await stands(world, RINI, north(91))
    assert await world.fire() == 1
    asked = {(await world.open_offer(each))[1] for each in jobs}
    assert asked == {KONCAR}
    leaders = [(await joined(world, each))[0] for each in jobs]
    assert leaders.count(None) == 1
    assert len(set(leaders)) == 2
