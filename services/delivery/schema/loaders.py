"""Many small questions of one operation as one statement each."""

from __future__ import annotations

from collections.abc import Iterable

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.delivery.schema.context import Context
from services.delivery.store import audit, reading
from services.delivery.store.reading import DeliveryView, PartnerView, PickupView, RiderView, Step
from services.kit.database.db import Connection


async def deliveries(context: Context, ids: list[DeliveryId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries(conn, ids, context.viewer)


async def deliveries_of_orders(context: Context, orders: list[OrderId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries_of_orders(conn, orders, context.viewer)


async def pickups(context: Context, seller_orders: list[SellerOrderId]) -> list[PickupView | None]:
    async with context.db.acquire() as conn:
        found = await reading.pickups(conn, seller_orders, context.viewer)
        await _write_down(conn, context, (each.rider for each in found if each))
    return found


async def histories(context: Context, ids: list[DeliveryId]) -> list[list[Step]]:
    async with context.db.acquire() as conn:
        return await reading.histories(conn, ids)


async def partners(context: Context, ids: list[PartnerId]) -> list[PartnerView | None]:
    async with context.db.acquire() as conn:
        return await reading.partners(conn, ids)


async def riders(context: Context, ids: list[RiderId]) -> list[RiderView | None]:
    async with context.db.acquire() as conn:
        found = await reading.riders(conn, ids, context.viewer)
        await _write_down(conn, context, found)
    return found


async def _write_down(conn: Connection, context: Context, riders: Iterable[RiderView | None]) -> None:
    """What staff are shown of riders: not shown, if it cannot be written down."""
    if context.viewer.ops and (ids := sorted({each.id for each in riders if each})):
        await audit.riders_shown(conn, context.identity.subject, ids)
