"""An order of a later time and one that is collected, by the process's table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    Goods,
    OrderAgreed,
    OrderCancelled,
    OrderConfirmed,
    OrderHandedOver,
)
from services.ordering.domain.handover import KEPT_FOR, REQUEST_BEFORE
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import DELIVER_WITHIN, Input, OrderStatus, State
from services.ordering.domain.refusal import WrongState
from tests.unit.ordering.domain.test_process import SLOT, an_order, came_to


def test_what_is_for_later_waits_until_a_rider_is_to_be_sought() -> None:
    order = an_order(way="later")
    order.take(Input.STOCK_HELD)
    assert (order.state, order.status) == (State.AGREED, OrderStatus.CONFIRMED)
    assert order.timer_due == SLOT - REQUEST_BEFORE
    assert order.sellers[0].ready_at == SLOT - REQUEST_BEFORE
    assert order.confirmed_at is None
    order.at = SLOT - REQUEST_BEFORE
    order.take(Input.DELIVERY_DUE)
    assert came_to(order, State.CONFIRMED)
    kinds = [type(event) for event in order.events]
    assert kinds[-2:] == [OrderAgreed, OrderConfirmed]
    assert order.timer_due == order.at + DELIVER_WITHIN


def test_what_is_agreed_when_its_time_is_there_is_confirmed_at_once() -> None:
    order = an_order(way="later")
    order.at = SLOT - REQUEST_BEFORE
    order.take(Input.STOCK_HELD)
    assert order.state is State.CONFIRMED
    assert OrderAgreed not in [type(event) for event in order.events]


def test_what_is_collected_is_handed_over_once_and_its_merchant_has_the_cash() -> None:
    order = an_order(way="collected")
    seller = order.sellers[0]
    with pytest.raises(WrongState):
        order.hand_over(seller)
    order.take(Input.STOCK_HELD)
    assert (order.state, order.timer_due) == (State.AT_COUNTER, SLOT + timedelta(hours=1) + KEPT_FOR)
    order.mark_ready(seller)
    order.hand_over(seller)
    assert came_to(order, State.COMPLETED)
    assert (order.payment_status, order.collected_rupiah) == (PaymentStatus.COLLECTED, 5_000)
    before = len(order.events)
    order.hand_over(seller)
    assert len(order.events) == before
    kinds = [type(event) for event in order.events]
    assert kinds.count(OrderHandedOver) == 1
    assert OrderConfirmed not in kinds
    account = f"merchant:{seller.merchant_id}"
    assert [(each.debit, each.credit, each.amount_rupiah) for each in order.transfers] == [
        (f"{account}:cash", f"{account}:payable", 5_000)
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_what_nobody_fetched_is_the_buyers_if_it_was_packed(packed: bool) -> None:
    order = an_order(way="collected")
    order.take(Input.STOCK_HELD)
    if packed:
        order.mark_ready(order.sellers[0])
    order.take(Input.FETCH_DEADLINE)
    assert (order.state, order.cancel_reason) == (State.CANCELLED, CancelReason.NOT_FETCHED)
    assert order.borne_by is (BorneBy.BUYER if packed else BorneBy.MERCHANT)
    assert order.gives_back is not packed
    (told,) = [event for event in order.events if isinstance(event, OrderCancelled)]
    assert (told.reason, told.why) == (CancelReason.DELIVERY_FAILED, CancelReason.NOT_FETCHED)
    assert told.goods is Goods.AT_COUNTER
    assert order.payment_status is PaymentStatus.VOIDED
    with pytest.raises(WrongState):
        order.hand_over(order.sellers[0])


@pytest.mark.parametrize("packed", [False, True])
def test_who_calls_off_what_was_to_be_collected_bears_it_once_it_is_packed(packed: bool) -> None:
    order = an_order(way="collected")
    order.take(Input.STOCK_HELD)
    if packed:
        order.mark_ready(order.sellers[0])
    order.take(Input.BUYER_CANCELS)
    assert (order.cancel_reason, order.borne_by) == (
        CancelReason.BUYER_CANCELLED,
        BorneBy.BUYER if packed else BorneBy.NOBODY,
    )
