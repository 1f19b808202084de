"""The reservation machine: total, and never selling the same goods twice, whatever is heard in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.reservation import TABLE, Input, ReservationState, Step, Tell, step
from services.catalog.domain.stock import Effect, Stock

S, SAID = ReservationState, Input
TERMINAL = (S.RELEASED, S.EXPIRED, S.REFUSED)


def test_every_input_is_answered_in_every_state() -> None:
    assert set(TABLE) == {(state, heard) for state in ReservationState for heard in Input}


@pytest.mark.parametrize("state", TERMINAL)
@pytest.mark.parametrize("heard", list(Input))
def test_an_ended_reservation_stays_as_it_is_but_for_a_late_confirmation(state: ReservationState, heard: Input) -> None:
    if state is S.EXPIRED and heard in (SAID.CONFIRMED, SAID.CONFIRMED_SHORT):
        return
    assert step(state, heard).to is state
    assert step(state, heard).effect is Effect.NOTHING


@pytest.mark.parametrize("state", [state for state in ReservationState if state is not S.NONE])
@pytest.mark.parametrize("heard", [SAID.PLACED, SAID.PLACED_SHORT])
def test_an_order_placed_again_changes_and_tells_nothing(state: ReservationState, heard: Input) -> None:
    assert step(state, heard) == Step(state)


@pytest.mark.parametrize("state", [S.NONE, S.RELEASED, S.REFUSED])
@pytest.mark.parametrize("said", [SAID.CONFIRMED, SAID.CONFIRMED_SHORT])
def test_a_confirmation_without_goods_behind_it_is_contradicted(state: ReservationState, said: Input) -> None:
    assert step(state, said).tell is Tell.RELEASED
    assert step(state, said).to is not S.COMMITTED


def test_a_confirmation_that_crossed_the_end_of_its_hold_gets_the_goods_if_they_are_there_and_an_answer_always() -> (
    None
):
    assert step(S.EXPIRED, SAID.CONFIRMED) == Step(S.COMMITTED, Effect.SELL, Tell.COMMITTED)
    assert step(S.EXPIRED, SAID.CONFIRMED_SHORT) == Step(S.REFUSED, Effect.NOTHING, Tell.REFUSED)


def test_a_hold_past_its_time_whose_timer_has_not_fired_can_still_be_confirmed() -> None:
    assert step(S.HELD, SAID.CONFIRMED) == Step(S.COMMITTED, Effect.TAKE_OUT, Tell.COMMITTED)


def test_only_a_change_of_state_touches_the_stock() -> None:
    for (state, _), found in TABLE.items():
        assert found.effect is Effect.NOTHING or found.to is not state


def test_only_a_first_order_holds() -> None:
    assert [key for key, found in TABLE.items() if found.effect is Effect.RESERVE] == [(S.NONE, SAID.PLACED)]


ORDERS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(list(Input))), max_size=60)


@given(on_hand=st.integers(0, 12), quantity=st.integers(1, 5), heard=ORDERS)
def test_stock_is_never_sold_twice_whatever_is_heard(
    on_hand: int, quantity: int, heard: list[tuple[int, Input]]
) -> None:
    stock, states = Stock(on_hand, 0), dict.fromkeys(range(4), S.NONE)
    underway = 0
    for order, said in heard:
        if said is SAID.PLACED and quantity > stock.available:
            said = SAID.PLACED_SHORT
        if said is SAID.CONFIRMED and states[order] is S.EXPIRED and quantity > stock.available:
            said = SAID.CONFIRMED_SHORT
        found = step(states[order], said)
        stock = stock.after(found.effect, quantity)
        if states[order] is S.COMMITTED and said is SAID.CANCELLED_UNDERWAY:
            underway += quantity
        if found.effect is Effect.TAKE_OUT and said is SAID.CANCELLED_UNDERWAY:
            underway += quantity
        states[order] = found.to
        held = sum(quantity for state in states.values() if state is S.HELD)
        sold = sum(quantity for state in states.values() if state is S.COMMITTED)
        assert stock.reserved == held <= stock.on_hand
        assert stock.on_hand + sold + underway == on_hand
