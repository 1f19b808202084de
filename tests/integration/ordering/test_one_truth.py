"""A cancellation that crosses the pickup, on the three services' databases: whichever news came first, they tell one story."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable

import pytest

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.ordering import OrderId
from services.delivery.domain.ending import DeliveryOutcome
from services.ordering.domain.refusal import WrongState
from tests.worlds.ordering_steps import cancel
from tests.worlds.servers import TestDatabase
from tests.worlds.town import LINKS, TOTAL, WANTED, Town, a_town

ON_HAND = 10
DELIVERED = {
    "order": "COMPLETED", "attention": None, "trip": "DELIVERED", "payment": "COLLECTED", "booked": TOTAL,
    "there": ON_HAND - WANTED, "for sale": ON_HAND - WANTED,
}  # fmt: skip
CANCELLED = {
    "order": "CANCELLED", "attention": None, "trip": "CANCELLED", "payment": "VOIDED", "booked": 0,
    "there": ON_HAND, "for sale": ON_HAND,
}  # fmt: skip
LOST = DELIVERED | {"order": "CANCELLED", "trip": "DISPOSED", "payment": "VOIDED", "booked": TOTAL - 10_000}


@pytest.fixture
def databases(database: Callable[[str], TestDatabase]) -> dict[str, TestDatabase]:
    return {service: database(service) for service in ("catalog", "ordering", "delivery")}


@pytest.fixture
async def town(databases: dict[str, TestDatabase]) -> AsyncIterator[Town]:
    async with a_town(databases) as made:
        yield made


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_cancellation_while_the_news_of_the_pickup_is_on_its_way_is_refused(
    town: Town, delivered: bool
) -> None:
    order_id, job = await town.order()
    partner = await town.accept(job)
    await town.carry_all()
    assert (await town.delivery.report(partner, job, "picked_up")).code is None
    if delivered:
        assert await town.hand_over(job, partner) is None
    await cancel(town.ordering, order_id)  # ordering has heard of neither
    await town.carry_all()
    if not delivered:
        with pytest.raises(WrongState):
            await cancel(town.ordering, order_id)
        assert await town.hand_over(job, partner) is None
    await town.carry_all()
    assert await town.truth(order_id) == DELIVERED
    assert (await town.ordering.told()).count("ordering.order_cancelled.v1") == 0


async def test_a_cancellation_that_comes_before_the_pickup_stops_it(town: Town) -> None:
    order_id, job = await town.order()
    partner = await town.accept(job)
    await cancel(town.ordering, order_id)  # before it has heard of the rider
    await town.carry(("ordering", "delivery"))
    assert (await town.delivery.report(partner, job, "picked_up")).code == "NOT_YOUR_JOB"
    await town.carry_all()
    assert await town.truth(order_id) == CANCELLED


@pytest.mark.parametrize("seed", range(12))
async def test_in_whatever_order_news_comes_there_is_one_story(town: Town, seed: int) -> None:
    chance, partner = random.Random(seed), None
    order_id, job = await town.order()
    steps, cancels_at = ["picked_up", "hand over"], chance.randrange(12)
    for moment in range(14):
        if moment == cancels_at:
            await _cancels(town, order_id)
        if chance.random() < 0.3:
            partner = await _goes_on(town, job, partner, steps)
        await town.carry(chance.choice(LINKS), chance.randint(1, 2))
    await _cancels(town, order_id)
    await town.carry_all(("delivery", "ordering"))
    if chance.random() < 0.5 and await town.delivery.status(job) == "PICKED_UP":
        await town.delivery.end(job, DeliveryOutcome.LOST)
    for _ in range(3):
        partner = await _goes_on(town, job, partner, steps)
        await town.carry_all()
    assert await town.truth(order_id) in (DELIVERED, CANCELLED, LOST)


async def _cancels(town: Town, order_id: OrderId) -> None:
    try:
        await cancel(town.ordering, order_id)
    except WrongState:
        return


async def _goes_on(town: Town, job: DeliveryId, partner: PartnerId | None, steps: list[str]) -> PartnerId | None:
    """The company's next step, refused or not."""
    if partner is None:
        return await town.accept(job) if await town.delivery.status(job) == "OFFERED" else None
    if steps and steps[0] == "picked_up":
        if (await town.delivery.report(partner, job, "picked_up")).code is None:
            steps.pop(0)
    elif steps and await town.hand_over(job, partner) is None:
        steps.pop(0)
    return partner
