"""What moves a placed order on: answers of catalog, the trip, deadlines, a buyer who cancels."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from prometheus_client import Counter

from services.contracts.catalog import MerchantId
from services.contracts.delivery import FailureCode, TripPay
from services.contracts.ordering import BorneBy, OrderId
from services.contracts.reasons import OF_FAILURE, REASONS, ReasonCode
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.timers import Change
from services.kit.observe import telemetry
from services.ordering.commands import questions
from services.ordering.commands.carts import give_back
from services.ordering.domain.attempt import LEAST_LEFT
from services.ordering.domain.calling_off import OF_CALL_OFF, CallOffFor
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.order import Order
from services.ordering.domain.packing import packs
from services.ordering.domain.process import TIMER, TIMER_INPUT, Input, State, Timer
from services.ordering.domain.process_table import TABLE
from services.ordering.domain.refund import by_hand
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.domain.seller_order import SellerOrder
from services.ordering.domain.steps import Facts
from services.ordering.domain.trip_pay import trip_pay, waited_at
from services.ordering.store import books, discounts, handovers, histories, kasbons, orders, payments, refunds

_log = logging.getLogger(__name__)
INPUTS = Counter(
    "wlijo_order_inputs_total",
    "Inputs of orders' processes, by the state that they led to",
    ("input", "state"),
    registry=telemetry.REGISTRY,
)
_GOODS_HAVE_LEFT = (State.PICKED_UP, State.COMPLETED)
_ENDING = (State.CALLED_OFF, State.CALLED_OFF_UNDERWAY, State.CANCELLED)
FLAGGED = Counter(
    "wlijo_orders_flagged_total",
    "Orders whose facts contradict each other: a person has to look",
    ("what",),
    registry=telemetry.REGISTRY,
)


async def advance(
    conn: Transaction, order_id: OrderId, given: Input, facts: Facts | None = None, by: By | None = None
) -> Order | None:
    """Feed one input to the order's process; None for an order that is not ours. Raises WrongState where the table refuses."""
    order = await orders.lock(conn, order_id)
    if order is None:
        _log.warning("an input for an unknown order", extra={"order": str(order_id), "input": str(given)})
        return None
    order.by = by
    if TABLE[order.state][given].to in _GOODS_HAVE_LEFT:
        await questions.goods_leave(conn, order)
    order.take(given, facts)
    await save(conn, order, str(given))
    return order


async def note(conn: Transaction, order_id: OrderId, what: str) -> None:
    """Something was heard that changes no state."""
    await histories.noted(order_id, what).make(conn)


async def fetched(conn: Transaction, order_id: OrderId, merchant_id: MerchantId) -> None:
    """One merchant's goods are with the rider: nothing of them is packed or asked any more."""
    found = await _part(conn, order_id, merchant_id)
    if found is None:
        return
    order, seller = found
    await questions.part_leaves(conn, order, seller)
    order.fetched(seller)
    order.by = By(ActorKind.COMPANY, seller_order_id=seller.id)
    await save(conn, order, "GOODS_FETCHED")


async def waited(conn: Transaction, order_id: OrderId, merchant_id: MerchantId, pay: TripPay) -> None:
    """A rider waited too long for one merchant's goods: at its cost, once."""
    found = await _part(conn, order_id, merchant_id)
    if found is None or await books.has_moved(conn, order_id, waited_at(merchant_id)):
        return
    order, seller = found
    order.transfers += trip_pay(
        pay, waited_at(merchant_id), borne_by=BorneBy.MERCHANT, merchants=[merchant_id], test=order.test
    )
    order.by = By(ActorKind.COMPANY, code=ReasonCode.NOT_READY, seller_order_id=seller.id)
    await save(conn, order, "RIDER_WAITED")


async def not_fetched(conn: Transaction, order_id: OrderId, merchant_id: MerchantId, code: FailureCode) -> None:
    """There were no goods of one merchant to be had."""
    found = await _part(conn, order_id, merchant_id)
    if found is None:
        return
    order, seller = found
    before = seller.left_at, order.state
    order.not_fetched(seller)
    if (seller.left_at, order.state) != before:
        seller.reject_reason = seller.reject_reason or REASONS[OF_FAILURE[code]].indonesian
    order.by = By(ActorKind.COMPANY, code=OF_FAILURE[code], seller_order_id=seller.id)
    await save(conn, order, "STOP_FAILED")


async def _part(conn: Transaction, order_id: OrderId, merchant_id: MerchantId) -> tuple[Order, SellerOrder] | None:
    """The order is locked."""
    order = await orders.lock(conn, order_id)
    seller = next((each for each in order.sellers if each.merchant_id == merchant_id), None) if order else None
    if order is None or seller is None:
        _log.warning("news of a part of an unknown order", extra={"order": str(order_id)})
        return None
    return order, seller


async def cancel_order(conn: Transaction, order_id: OrderId, subject: str) -> OrderId:
    """By its buyer; a cancelled order stays so. Raises Unknown or, from the pickup on, WrongState."""
    if not await orders.is_buyers(conn, order_id, subject):
        raise Unknown
    await advance(conn, order_id, Input.BUYER_CANCELS, by=By(ActorKind.BUYER, subject))
    return order_id


async def call_off_for(conn: Transaction, order_id: OrderId, subject: str, on_behalf: CallOffFor, reason: str) -> None:
    """By operators, for somebody who cannot do it themself: it ends, and costs whom it would, as if that one had. Raises Unknown or, from
    the pickup on and of one that has ended or is to end, WrongState."""
    order = await orders.lock(conn, order_id)
    if order is None:
        raise Unknown
    given = OF_CALL_OFF[on_behalf]
    if order.state in _ENDING:
        raise WrongState(order.status, given)
    order.by = By(ActorKind.OFFICER, subject, reason)
    order.take(given)
    await save(conn, order, str(given))


async def continue_order(conn: Transaction, order_id: OrderId, subject: str) -> OrderId:
    """By its buyer: what is left of it is wanted, whoever else refuses. Raises Unknown or, of one that is cancelled, WrongState."""
    if not await orders.is_buyers(conn, order_id, subject):
        raise Unknown
    order = await orders.lock(conn, order_id)
    if order is None:
        raise Unknown
    before = order.if_refused, order.state
    order.go_on()
    order.by = By(ActorKind.BUYER, subject)
    if (order.if_refused, order.state) != before:
        await save(conn, order, str(Input.BUYER_GOES_ON))
    return order_id


async def _due(conn: Transaction, subject: UUID, timer: Timer) -> None:
    order = await orders.lock(conn, OrderId(subject))
    if order is None or TIMER[order.state] is not timer:
        return  # it was due while the order moved on
    given = TIMER_INPUT[timer]
    if timer is Timer.ACCEPT_DEADLINE:
        if not order.accept_deadline():
            await timers.change(conn, _timers(order))
            return
    else:
        order.take(given)
    await save(conn, order, str(given))


async def stock_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.STOCK_DEADLINE)


async def accept_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.ACCEPT_DEADLINE)


async def buyer_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.BUYER_DEADLINE)


async def payment_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.PAYMENT_DEADLINE)


async def delivery_due(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.DELIVERY_DUE)


async def fetch_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.FETCH_DEADLINE)


async def delivery_deadline(conn: Transaction, subject: UUID) -> None:
    await _due(conn, subject, Timer.DELIVERY_DEADLINE)


async def save(conn: Transaction, order: Order, given: str) -> None:
    """Keep what was done to the locked order, tell it, and set its timer."""
    await questions.nothing_to_pack(conn, order)
    if not any(packs(order, each) for each in order.sellers):
        order.give_back_change()
    if order.kasbon_id is not None:
        await kasbons.lock(conn, order.kasbon_id)  # before accounts and promotions, which others hold after it
        conn.wake(str(order.kasbon_id))
    await orders.save(conn, order, given, _timers(order))
    await outbox.append(conn, *order.events)
    conn.wake(str(order.id))
    if order.refunds:
        for refund in await refunds.put(conn, order.id, order.payment_id, order.refunds):
            await outbox.append(conn, by_hand(order.id, order.payment_id, refund))
    await _ask_for_money(conn, order)
    if order.pay_by is not None and order.moved and order.state is State.CANCELLED:
        await payments.withdraw(conn, order.id)
    if order.gives_back:
        await give_back(conn, order.id)
    if order.frees_slot:
        await handovers.free(conn, order.id)  # after the cart, as placing locks them
    if order.discounts_less:
        await discounts.follow(conn, order)  # last, as placing does
    if order.frees_promotions:
        await discounts.give_back(conn, order.id)
    INPUTS.labels(given, order.state).inc()
    if order.flagged:
        FLAGGED.labels(order.attention).inc()
        _log.error("an order needs attention", extra={"order": str(order.id), "what": order.attention})
    for each in order.sellers:
        if each.changed:
            conn.wake(str(each.merchant_id))


async def _ask_for_money(conn: Transaction, order: Order) -> None:
    """A code of another sum than the order has come to since is followed by one of the right sum: at the provider it stays, and who has
    paid by it all the same has paid, and gets back what is over."""
    if order.state is not State.AWAIT_PAYMENT or order.provider is None or order.pay_by is None:
        return
    is_late = order.at + LEAST_LEFT > order.pay_by
    if order.asks or (not is_late and await payments.replace(conn, order.id, order.total_rupiah)):
        total = order.total_rupiah
        await payments.request(conn, order.payment_id, order.id, order.provider, total, after=timedelta())


def _timers(order: Order) -> Change:
    """Of a new state its timer alone runs on; the order may have moved it."""
    started = [(order.timer, order.id, order.timer_due)] if order.timer and order.timer_due else []
    if not order.moved:
        return Change(started=started)
    return Change([order.id], [each for each in Timer if each is not TIMER[order.state]], started)
