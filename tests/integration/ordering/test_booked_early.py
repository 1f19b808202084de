"""A company says that it has handed over, and taken the cash for, what its merchants have not even accepted. Which is true a person finds
out; meanwhile the order stays what was booked: nobody packs less of it, leaves it, or has its vouchers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import IfRefused, OrderId
from services.kit.database.db import transaction
from services.ordering.commands import packing
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import WrongState
from tests.integration.ordering.test_parts import cancels, says, state, sums
from tests.slow.money.books import read
from tests.slow.money.laws import judge
from tests.worlds import promoting
from tests.worlds.ordering import SITI, Market, a_merchant, a_product, an_order, assigned, fetched, handed_over, hold
from tests.worlds.ordering_steps import cancel, fire
from tests.worlds.promoting import REGENCY, a_promotion


@pytest.fixture(autouse=True)
async def two_merchants(world: Market) -> None:
    await world.hear(
        a_merchant(auto_accept=True),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_product("kelapa", "kateki"),
    )


async def booked(world: Market, cash: int = 20_000) -> OrderId:
    """Bayam of wlijo for Rp2,500, accepted, kelapa of kateki for Rp7,500, who has not answered, and Rp10,000 for the trip."""
    wanted = await an_order(world, lines={"bayam": 1, "kelapa": 3}, merchants=("wlijo", "kateki"), total=20_000)
    order_id = await world.place(SITI, replace(wanted, if_refused=IfRefused.GO_ON))
    await hold(world, order_id)
    await world.hear(await handed_over(world, order_id, DeliveryId.new(), cash))
    assert await state(world, order_id) == "AWAIT_MERCHANTS"
    return order_id


async def lawful(world: Market) -> None:
    async with world.db.acquire() as conn:
        assert judge(await read(conn, {}), at_rest=False) == {}


async def test_one_who_refuses_then_ends_the_order_and_the_sums_stay(world: Market) -> None:
    order_id = await booked(world)
    await says(world, order_id, kateki="no")
    assert await state(world, order_id) == "CANCELLED"
    assert await sums(world, order_id) == (10_000, 10_000, 20_000, 20_000)
    await lawful(world)


async def test_one_who_is_silent_then_ends_the_order(world: Market) -> None:
    order_id = await booked(world)
    await world.move_clock(301)
    await fire(world)
    assert await state(world, order_id) == "CANCELLED"
    await lawful(world)


async def test_nothing_of_it_is_packed_or_called_off_any_more(world: Market) -> None:
    order_id = await booked(world)
    line = OrderLineId(await world.value("SELECT id FROM order_line WHERE name = 'bayam'"))
    with pytest.raises(WrongState):
        async with transaction(world.db) as conn:
            await packing.pack_line(conn, line, "usr_wlijo", quantity=0, sees_all=False)
    for who in ("usr_wlijo", SITI):
        with pytest.raises(WrongState):
            await cancels(world, order_id, "wlijo", who)
    assert await sums(world, order_id) == (10_000, 10_000, 20_000, 20_000)
    await says(world, order_id, kateki="yes")
    trip = DeliveryId.new()
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, 20_000)
    )
    assert await state(world, order_id) == "COMPLETED"
    await lawful(world)


async def test_what_its_discounts_were_paid_with_no_other_order_has(world: Market) -> None:
    promotion = await a_promotion(world, **REGENCY, uses=1)
    wanted = await promoting.an_order(world, total=14_500)
    order_id = await world.place(SITI, wanted)
    await world.hear(await handed_over(world, order_id, DeliveryId.new(), 14_500))
    await cancel(world, order_id)
    assert await state(world, order_id) == "CANCELLED"
    assert await promoting.sums(world, promotion) == (1, 500)
    await lawful(world)
