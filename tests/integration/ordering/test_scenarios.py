"""Bad days of docs/scenarios.md that have no other test."""

from __future__ import annotations

from dataclasses import replace

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import IfRefused
from tests.integration.ordering.test_parts import says, state, sums
from tests.slow.money.books import read
from tests.slow.money.laws import judge
from tests.worlds.ordering import SITI, Market, a_merchant, a_product, an_order, assigned, fetched, handed_over, hold


async def lawful(world: Market) -> None:
    async with world.db.acquire() as conn:
        assert judge(await read(conn, {}), at_rest=True) == {}


async def test_one_of_three_refuses_and_the_other_two_are_brought(world: Market) -> None:
    """Bayam, kelapa and tempe for Rp2,500 each, and the trip, which is Rp1,000 less without the third."""
    await world.hear(
        *(a_merchant(name, auto_accept=False) for name in ("wlijo", "kateki", "senduro")),
        a_product("kelapa", "kateki"),
        a_product("tempe", "senduro"),
    )
    lines, merchants = {"bayam": 1, "kelapa": 1, "tempe": 1}, ("wlijo", "kateki", "senduro")
    wanted = await an_order(world, lines=lines, merchants=merchants, total=17_500, without=[9_000] * 3)
    order_id = await world.place(SITI, replace(wanted, if_refused=IfRefused.GO_ON))
    await hold(world, order_id)
    await says(world, order_id, wlijo="yes", senduro="no", kateki="yes")
    assert await state(world, order_id) == "CONFIRMED"
    assert await sums(world, order_id) == (5_000, 9_000, 14_000, 14_000)
    trip = DeliveryId.new()
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, 14_000)
    )
    assert await world.value("SELECT count(*) FROM ledger WHERE kind = 'GOODS'") == 2
    await lawful(world)


async def test_delivered_twice_and_then_picked_up_is_one_delivery(world: Market) -> None:
    order_id = await world.place(SITI, await an_order(world))
    await hold(world, order_id)
    trip = DeliveryId.new()
    delivered = await handed_over(world, order_id, trip, 15_000)
    await world.hear(assigned(order_id, trip), delivered, delivered, fetched(order_id, trip))
    assert await state(world, order_id) == "COMPLETED"
    assert await world.value("SELECT collected_rupiah FROM payment") == 15_000
    assert (await world.told()).count("ordering.cash_collected.v1") == 1
    await lawful(world)
