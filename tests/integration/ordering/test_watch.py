"""What ops see of orders: how many are open, which stand still, which contradict."""

from __future__ import annotations

from services.contracts.catalog import ReservationId, StockCommitted
from services.ordering import gauges as watch
from tests.worlds.ordering import Market, hold, placed


async def seen(world: Market) -> tuple[float, float, float, float]:
    """Awaiting stock, confirmed, without timer, in need of attention."""
    async with world.db.acquire() as conn:
        await watch.look(conn)
    gauges = (watch.OPEN.labels("AWAIT_STOCK"), watch.OPEN.labels("CONFIRMED"), watch.UNTIMED, watch.ATTENTION)
    return tuple(gauge._value.get() for gauge in gauges)


async def test_open_orders_are_counted_by_state(world: Market) -> None:
    assert await seen(world) == (0, 0, 0, 0)
    order_id = await placed(world)
    await placed(world)
    await hold(world, order_id)
    assert await seen(world) == (1, 1, 0, 0)


async def test_an_order_that_nothing_would_wake_is_seen(world: Market) -> None:
    await placed(world)
    await world.value("DELETE FROM timer")
    assert await seen(world) == (1, 0, 1, 0)


async def test_an_order_that_contradicts_is_seen(world: Market) -> None:
    order_id = await placed(world)
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    assert await seen(world) == (1, 0, 0, 1)
