"""Steps of an order's way that several tests take."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts.delivery import (
    DeliveryCancelled,
    DeliveryId,
    DeliveryRequested,
)
from services.contracts.ordering import OrderId
from services.kit.database.db import transaction
from services.kit.messaging.timers import Timers
from services.ordering.app import SERVICE
from services.ordering.commands import process as process_commands
from tests.worlds.ordering import (
    SITI,
    Market,
    assigned,
    fetched,
    hold,
    placed,
)


async def fire(world: Market) -> int:
    """Fire what is due, as the worker does; how many fired."""
    assert isinstance(SERVICE.timers, Mapping)
    timers, fired = Timers(world.db, SERVICE.timers), 0
    while await timers.fire_one():
        fired += 1
    return fired


async def seller_orders(world: Market) -> list[str]:
    return [row["status"] for row in await world.rows("SELECT status FROM seller_order ORDER BY goods_rupiah")]


async def confirmed(world: Market) -> OrderId:
    order_id = await placed(world)
    await hold(world, order_id)
    return order_id


async def picked_up(world: Market, trip: DeliveryId) -> OrderId:
    order_id = await confirmed(world)
    await world.hear(
        DeliveryRequested(
            delivery_id=trip, order_id=order_id, fee_rupiah=10_000, cash_to_collect_rupiah=15_000, test=True
        ),
        assigned(order_id, trip),
        fetched(order_id, trip),
    )
    return order_id


async def process_of(world: Market, order_id: OrderId) -> str:
    """The process's state, as its history has it."""
    return str(
        await world.value("SELECT state FROM order_history WHERE order_id = $1 ORDER BY version DESC LIMIT 1", order_id)
    )


async def trip_ends_for(world: Market, order_id: OrderId, trip: DeliveryId) -> None:
    """Delivery answers a request to call the order off: no goods had been fetched."""
    await world.hear(DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="BUYER_CANCELLED"))


async def cancelled_with(world: Market, order_id: OrderId, reason: str, borne_by: str) -> None:
    row = (await world.rows("SELECT status, cancel_reason, borne_by FROM orders WHERE id = $1", order_id))[0]
    assert row == {"status": "CANCELLED", "cancel_reason": reason, "borne_by": borne_by}


async def cancel(world: Market, order_id: OrderId, subject: str = SITI) -> None:
    async with transaction(world.db) as conn:
        await process_commands.cancel_order(conn, order_id, subject)
