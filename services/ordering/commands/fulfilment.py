"""What moves a placed order on: answers of catalog, merchants, the trip, deadlines, a buyer who cancels."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from prometheus_client import Counter

from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.observe import telemetry
from services.ordering.domain import cart as domain
from services.ordering.domain.process import TIMER, TIMER_INPUT, Input, Timer
from services.ordering.domain.progress import Facts, Order, SellerOrder
from services.ordering.store import orders as store

_log = logging.getLogger(__name__)
INPUTS = Counter(
    "wlijo_order_inputs_total",
    "Inputs of orders' processes, by the state that they led to",
    ("input", "state"),
    registry=telemetry.REGISTRY,
)
FLAGGED = Counter(
    "wlijo_orders_flagged_total",
    "Orders whose facts contradict each other: a person has to look",
    ("what",),
    registry=telemetry.REGISTRY,
)


async def advance(conn: Transaction, order_id: OrderId, given: Input, facts: Facts | None = None) -> Order | None:
    """Feed one input to the order's process; None for an order that is not ours. Raises WrongState where the table refuses."""
    order = await store.lock(conn, order_id)
    if order is None:
        _log.warning("an input for an unknown order", extra={"order": str(order_id), "input": str(given)})
        return None
    order.take(given, facts)
    await _save(conn, order, str(given))
    return order


async def note(conn: Transaction, order_id: OrderId, what: str) -> None:
    """Something was heard that changes no state: those who follow the order see a new version."""
    if await store.note(conn, order_id, what):
        conn.wake(str(order_id))
    else:
        _log.warning("news of an unknown order", extra={"order": str(order_id), "input": what})


async def cancel_order(conn: Transaction, order_id: OrderId, subject: str) -> OrderId:
    """By its buyer; a cancelled order stays so. Raises Unknown or, from the pickup on, WrongState."""
    if not await store.is_buyers(conn, order_id, subject):
        raise domain.Unknown
    await advance(conn, order_id, Input.BUYER_CANCELS)
    return order_id


async def accept_seller_order(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> None:
    """Raises Unknown or WrongState."""
    await _by_merchant(conn, seller_order_id, subject, sees_all, "MERCHANT_ACCEPTED", Order.accept)


async def reject_seller_order(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, reason: str, sees_all: bool
) -> None:
    """The whole order is cancelled with it. Raises Unknown or WrongState."""

    def reject(order: Order, seller: SellerOrder) -> None:
        order.reject(seller, reason)

    await _by_merchant(conn, seller_order_id, subject, sees_all, "MERCHANT_REJECTED", reject)


async def mark_seller_order_ready(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> None:
    """Raises Unknown or WrongState."""
    await _by_merchant(conn, seller_order_id, subject, sees_all, "SELLER_ORDER_READY", Order.mark_ready)


async def _by_merchant(
    conn: Transaction,
    seller_order_id: SellerOrderId,
    subject: str,
    sees_all: bool,
    given: str,
    do: Callable[[Order, SellerOrder], None],
) -> None:
    order_id = await store.order_of_seller_order(conn, seller_order_id, subject, sees_all=sees_all)
    order = await store.lock(conn, order_id) if order_id else None
    if order is None:
        raise domain.Unknown
    seller = next(each for each in order.sellers if each.id == seller_order_id)
    do(order, seller)
    if seller.changed:  # else it was said before
        await _save(conn, order, given)


async def _due(conn: Transaction, subject: UUID, timer: Timer) -> None:
    order = await store.lock(conn, OrderId(subject))
    if order is None or TIMER[order.state] is not timer:
        return  # it was due while the order moved on
    given = TIMER_INPUT[timer]
    if timer is Timer.ACCEPT_DEADLINE:
        if not order.accept_deadline():
            await _set_timer(conn, order)
            return
    else:
        order.take(given)
    await _save(conn, order, str(given))


async def stock_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.STOCK_DEADLINE)


async def accept_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.ACCEPT_DEADLINE)


async def delivery_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.DELIVERY_DEADLINE)


async def _save(conn: Transaction, order: Order, given: str) -> None:
    await store.save(conn, order, given)
    await outbox.append(conn, *order.events)
    conn.wake(str(order.id))
    INPUTS.labels(given, order.state).inc()
    if order.flagged:
        FLAGGED.labels(order.attention).inc()
        _log.error("an order needs attention", extra={"order": str(order.id), "what": order.attention})
    for each in order.sellers:
        if each.changed:
            conn.wake(str(each.merchant_id))
    if order.moved:
        await store.drop_timers(conn, order.id, but=TIMER[order.state])
    await _set_timer(conn, order)


async def _set_timer(conn: Transaction, order: Order) -> None:
    if order.timer is not None and order.timer_due is not None:
        await timers.start(conn, order.timer, order.id, order.timer_due)
