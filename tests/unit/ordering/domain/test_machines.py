"""The tables of seller order, payment, code and refund: total over what can be reached, and each says what may follow what."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from services.ordering.domain.attempt import ATTEMPT, AttemptInput
from services.ordering.domain.machine import Machine
from services.ordering.domain.order_line import LINE, LineInput
from services.ordering.domain.payment import PAYMENT, PaymentInput, PaymentStatus
from services.ordering.domain.question import QUESTION, QuestionInput
from services.ordering.domain.refund import REFUND, RefundInput
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SELLER_ORDER, SellerOrderInput, SellerOrderStatus

MACHINES: list[tuple[Machine[Any, Any], type[StrEnum]]] = [
    (SELLER_ORDER, SellerOrderInput),
    (PAYMENT, PaymentInput),
    (LINE, LineInput),
    (QUESTION, QuestionInput),
    (ATTEMPT, AttemptInput),
    (REFUND, RefundInput),
]
ALSO_BEGINS: dict[int, set[StrEnum]] = {id(PAYMENT): {PaymentStatus.PENDING}}
"""What is paid by code does not begin as cash does."""


def reached(machine: Machine[Any, Any]) -> set[StrEnum]:
    """From the start, by any inputs."""
    found, more = set[StrEnum](), {machine.start} | ALSO_BEGINS.get(id(machine), set())
    while more:
        found |= more
        more = {after for (state, _), after in machine.table.items() if state in found and after is not None} - found
    return found


@pytest.mark.parametrize(("machine", "inputs"), MACHINES)
def test_every_state_that_is_reached_answers_every_input_and_no_other_state_has_a_row(
    machine: Machine[Any, Any], inputs: type[StrEnum]
) -> None:
    assert set(machine.table) == {(state, given) for state in reached(machine) for given in inputs}


@pytest.mark.parametrize(("machine", "inputs"), MACHINES)
def test_an_input_that_was_taken_is_not_an_input_that_moves_again(
    machine: Machine[Any, Any], inputs: type[StrEnum]
) -> None:
    for state in reached(machine):
        for given in inputs:
            after = machine.table[state, given]
            if after is not None:
                assert machine.table[after, given] in (after, None), (state, given)


def test_a_seller_orders_ends_are_ends() -> None:
    left = {state for (state, _), after in SELLER_ORDER.table.items() if after not in (state, None)}
    assert {state for state, _ in SELLER_ORDER.table} - left == {
        SellerOrderStatus.COMPLETED,
        SellerOrderStatus.REJECTED,
        SellerOrderStatus.EXPIRED,
        SellerOrderStatus.CANCELLED,
        SellerOrderStatus.RETURNED,
    }


def test_a_merchant_cannot_reject_what_it_has_accepted() -> None:
    for status in reached(SELLER_ORDER):
        expected = {
            SellerOrderStatus.AWAITING_MERCHANT: SellerOrderStatus.REJECTED,
            SellerOrderStatus.REJECTED: SellerOrderStatus.REJECTED,
        }.get(SellerOrderStatus(status))
        assert SELLER_ORDER.table[SellerOrderStatus(status), SellerOrderInput.REJECT] is expected


def test_what_does_not_fit_is_refused_with_both_names() -> None:
    with pytest.raises(WrongState) as refused:
        SELLER_ORDER.next(SellerOrderStatus.COMPLETED, SellerOrderInput.REJECT)
    assert (refused.value.current, refused.value.wanted) == (SellerOrderStatus.COMPLETED, SellerOrderInput.REJECT)


def test_money_that_came_is_never_voided() -> None:
    assert PAYMENT.next(PaymentStatus.COLLECTED, PaymentInput.VOID) is PaymentStatus.COLLECTED


def test_cash_that_turns_up_after_all_is_collected() -> None:
    assert PAYMENT.next(PaymentStatus.VOIDED, PaymentInput.COLLECT) is PaymentStatus.COLLECTED


def test_a_row_that_is_too_short_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError):
        Machine(PaymentStatus.DUE, PaymentInput, dict.fromkeys(PaymentStatus, (PaymentStatus.DUE,)))
