"""Many small questions of one operation as one statement each."""

from __future__ import annotations

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.delivery.schema.context import Context
from services.delivery.store import reading
from services.delivery.store.reading import DeliveryView, PartnerView, PickupView, RiderView, Step


async def deliveries(context: Context, ids: list[DeliveryId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries(conn, ids, context.viewer)


async def deliveries_of_orders(context: Context, orders: list[OrderId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries_of_orders(conn, orders, context.viewer)


async def pickups(context: Context, seller_orders: list[SellerOrderId]) -> list[PickupView | None]:
    async with context.db.acquire() as conn:
        return await reading.pickups(conn, seller_orders, context.viewer)


async def histories(context: Context, ids: list[DeliveryId]) -> list[list[Step]]:
    async with context.db.acquire() as conn:
        return await reading.histories(conn, ids)


async def partners(context: Context, ids: list[PartnerId]) -> list[PartnerView | None]:
    async with context.db.acquire() as conn:
        return await reading.partners(conn, ids)


async def riders(context: Context, ids: list[RiderId]) -> list[RiderView | None]:
    async with context.db.acquire() as conn:
        return await reading.riders(conn, ids, context.viewer)
