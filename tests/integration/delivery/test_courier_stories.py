"""Random stories of a job that a courier from outside may get: requests that are lost before or after they were done, words that come
twice, late, in any order or never, drivers who come and go. Never two rides for one trip, and nothing is lost: what is in doubt in the
end is what a person is told of."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from services.contracts.delivery import DeliveryId
from services.delivery.commands import couriers
from services.delivery.couriers.working import is_by_hand
from services.delivery.domain.courier import JobState
from services.delivery.domain.trip import ON_TRIP
from services.kit.database.db import transaction
from tests.worlds.couriers import ABROAD, Abroad, abroad
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.lalamove import Order

FAULTS = [
    "",
    "",
    "",
    "",
    "lost before",
    "lost after",
    "broken before",
    "broken after",
    "garbled",
    "busy",
    "stale",
    "refused",
]
STEPS = 14


@pytest.fixture
async def far(world: World) -> AsyncIterator[Abroad]:
    async with abroad(world) as made:
        yield made


async def happens(far: Abroad, chance: random.Random, job: DeliveryId) -> str:
    road = far.road
    live = road.live(str(job))
    what = chance.choices(
        ["time", "faults", "words", "words again", "lost words", "cancel order", "local", "drive"],
        [5, 3, 3, 1, 1, 0.3, 1, 6 if live else 0],
    )[0]
    match what:
        case "faults":
            road.faults.extend(chance.choices(FAULTS, k=3))
        case "words":
            words, road.words = road.words, []
            chance.shuffle(words)
            await far.hear(*words, *words[:1])
            await far.turn()
        case "words again":
            await far.hear(*road.words)
        case "lost words":
            road.words = []
        case "cancel order":
            await far.world.cancel(await far.world.order_of(job))
            await far.turn()
        case "local":
            held = [each for each in await far.world.offers(job) if each.is_open and each.partner_id != ABROAD]
            for each in held:
                answer = await (far.world.accept if chance.random() < 0.3 else far.world.decline)(
                    job, each.id, each.partner_id
                )
                what = f"local {answer.code}"
        case "drive":
            order = live[0]
            all_ways: dict[str, Sequence[Callable[[Order], object]]] = {
                "ASSIGNING_DRIVER": [road.assign] * 4 + [road.expire, road.cancel, road.replace],
                "ON_GOING": [road.pick_up] * 3 + [road.give_up, road.cancel, road.replace],
                "PICKED_UP": [road.complete] * 3 + [road.cancel],
            }
            way = chance.choice(all_ways[order.status])
            way(order)
            what = way.__name__
            if what == "replace":  # told within a minute: what is told later is another test
                words, road.words = road.words, []
                chance.shuffle(words)
                await far.hear(*words)
        case _:
            await far.pass_by(chance.choice([10, 60, 130, 300]), step_s=10)
    return what


async def check(far: Abroad, job: DeliveryId, so_far: list[str]) -> None:
    riding = [order for order in far.road.orders.values() if order.lives and order.job == str(job)]
    assert len(riding) <= 1, f"two rides: {so_far}"
    if await far.holder(job) in (SEMERU, KONCAR) and await far.world.status(job) in ON_TRIP:
        assert not riding, f"a rider of the regency and a driver: {so_far}"


async def to_its_end(far: Abroad, job: DeliveryId, so_far: list[str]) -> None:
    """The courier answers again; whoever drives arrives; a person looks at what is in doubt."""
    far.road.faults.clear()
    for _ in range(3):
        await far.pass_by(340, step_s=20)
        await check(far, job, so_far)
        for order in far.road.live(str(job)):
            doubtful = [each for each in await far.jobs() if each.delivery_id == job and each.state is JobState.PLACING]
            if not doubtful:
                far.road.complete(order)
        for each in await far.jobs():
            if each.delivery_id == job and each.state is JobState.PLACING:
                assert is_by_hand(each), f"nobody is told of what is in doubt: {so_far}"
                theirs = [order.id for order in far.road.orders.values() if order.quotation_id == each.quotation_id]
                async with transaction(far.world.db) as conn:
                    assert await couriers.settle(conn, far.world.rules, each.offer_id, theirs[-1] if theirs else None)
    await far.pass_by(340, step_s=20)
    assert [each for each in await far.jobs() if each.delivery_id == job] == [], f"lost: {so_far}"
    fetched = [order for order in far.road.orders.values() if order.job == str(job) and order.status == "COMPLETED"]
    assert len(fetched) <= 1, f"brought twice: {so_far}"
    if fetched and "cancel order" not in so_far:
        assert await far.world.status(job) == "DELIVERED", so_far


@pytest.mark.parametrize("seed", range(3))
async def test_never_two_rides_and_nothing_lost(far: Abroad, seed: int) -> None:
    chance = random.Random(seed)
    job = await far.job()
    if chance.random() < 0.7:
        await far.pass_by(130, step_s=10)
    so_far: list[str] = [f"seed {seed}"]
    for _ in range(STEPS):
        so_far.append(await happens(far, chance, job))
        await check(far, job, so_far)
    await to_its_end(far, job, so_far)


async def test_a_program_that_asks_again_is_found_out(far: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the stories would say of one that takes no answer for a refusal."""

    async def forgetful(conn: object, offer_id: object, why: str) -> None:
        await couriers.is_not_placed(conn, far.world.rules, offer_id, why, again=True)  # type: ignore[arg-type]

    monkeypatch.setattr(couriers, "nobody_knows", forgetful)
    job = await far.job()
    await far.pass_by(115)
    far.road.faults.extend(["", "", "lost after"])
    with pytest.raises(AssertionError, match="two rides"):
        for _ in range(10):
            await far.pass_by(10)
            await check(far, job, [])
