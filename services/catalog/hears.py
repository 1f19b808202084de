"""Events heard, and the command of each: what ordering tells of orders."""

from __future__ import annotations

from services.catalog.commands import reservations
from services.catalog.commands.reservations import WantedLine
from services.catalog.domain.reservation import Input
from services.contracts.ordering import CancelReason, OrderCancelled, OrderConfirmed, OrderPlaced
from services.kit.database.db import Transaction
from services.kit.messaging.processor import Handlers

HANDLERS = Handlers()

# A rider had the goods, or may have had them: then they are not sold again before the merchant has counted.
_UNDERWAY = frozenset({CancelReason.DELIVERY_FAILED, CancelReason.DELIVERY_TIMEOUT})


@HANDLERS.on(OrderPlaced)
async def hold_its_goods(conn: Transaction, event: OrderPlaced) -> None:
    lines = [
        WantedLine(line.variant_id, seller_order.merchant_id, line.quantity)
        for seller_order in event.seller_orders
        for line in seller_order.lines
    ]
    await reservations.reserve(conn, str(event.order_id), lines, hold_until=event.hold_until)


@HANDLERS.on(OrderConfirmed)
async def take_its_goods_out(conn: Transaction, event: OrderConfirmed) -> None:
    await reservations.settle(conn, str(event.order_id), Input.CONFIRMED)


@HANDLERS.on(OrderCancelled)
async def let_its_goods_go(conn: Transaction, event: OrderCancelled) -> None:
    heard = Input.CANCELLED_UNDERWAY if event.reason in _UNDERWAY else Input.CANCELLED
    await reservations.settle(conn, str(event.order_id), heard)
