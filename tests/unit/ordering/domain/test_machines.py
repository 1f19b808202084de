"""The tables of order, seller order and payment: total, and each says what may follow what."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from services.ordering.domain.machines import (
    ORDER,
    PAYMENT,
    SELLER_ORDER,
    Machine,
    OrderInput,
    OrderStatus,
    PaymentInput,
    PaymentStatus,
    SellerOrderInput,
    SellerOrderStatus,
    WrongState,
)

MACHINES: list[tuple[Machine[Any, Any], type[StrEnum], type[StrEnum]]] = [
    (ORDER, OrderStatus, OrderInput),
    (SELLER_ORDER, SellerOrderStatus, SellerOrderInput),
    (PAYMENT, PaymentStatus, PaymentInput),
]


@pytest.mark.parametrize(("machine", "states", "inputs"), MACHINES)
def test_every_state_answers_every_input(
    machine: Machine[Any, Any], states: type[StrEnum], inputs: type[StrEnum]
) -> None:
    assert set(machine.table) == {(state, given) for state in states for given in inputs}


@pytest.mark.parametrize(("machine", "states", "inputs"), MACHINES)
def test_an_input_that_was_taken_is_not_an_input_that_moves_again(
    machine: Machine[Any, Any], states: type[StrEnum], inputs: type[StrEnum]
) -> None:
    for state in states:
        for given in inputs:
            after = machine.table[state, given]
            if after is not None:
                assert machine.table[after, given] in (after, None), (state, given)


@pytest.mark.parametrize(
    ("machine", "ends"),
    [
        (ORDER, {OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
        (
            SELLER_ORDER,
            {
                SellerOrderStatus.COMPLETED,
                SellerOrderStatus.REJECTED,
                SellerOrderStatus.EXPIRED,
                SellerOrderStatus.CANCELLED,
                SellerOrderStatus.RETURNED,
            },
        ),
        (PAYMENT, {PaymentStatus.REFUNDED, PaymentStatus.SETTLED}),
    ],
)
def test_an_end_is_an_end(machine: Machine[Any, Any], ends: set[StrEnum]) -> None:
    left = {state for (state, _), after in machine.table.items() if after not in (state, None)}
    assert {state for state, _ in machine.table} - left == ends


def test_a_completed_order_cannot_be_cancelled() -> None:
    with pytest.raises(WrongState) as refused:
        ORDER.next(OrderStatus.COMPLETED, OrderInput.CANCEL)
    assert (refused.value.current, refused.value.wanted) == (OrderStatus.COMPLETED, OrderInput.CANCEL)


def test_a_merchant_cannot_reject_what_it_has_accepted() -> None:
    for status in SellerOrderStatus:
        expected = {
            SellerOrderStatus.AWAITING_MERCHANT: SellerOrderStatus.REJECTED,
            SellerOrderStatus.REJECTED: SellerOrderStatus.REJECTED,
        }.get(status)
        assert SELLER_ORDER.table[status, SellerOrderInput.REJECT] is expected


def test_money_that_came_is_never_voided() -> None:
    for status in (PaymentStatus.PAID, PaymentStatus.COLLECTED, PaymentStatus.HANDED_OVER, PaymentStatus.SETTLED):
        assert PAYMENT.next(status, PaymentInput.VOID) is status


def test_cash_that_turns_up_after_all_is_collected() -> None:
    assert PAYMENT.next(PaymentStatus.VOIDED, PaymentInput.COLLECT) is PaymentStatus.COLLECTED


def test_a_row_that_is_too_short_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError):
        Machine(OrderStatus, OrderInput, dict.fromkeys(OrderStatus, (OrderStatus.PLACED,)))
