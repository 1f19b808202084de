"""The reservation machine: total, and never selling the same goods twice, whatever is heard in whatever order."""

from __future__ import annotations

import pytest

from services.catalog.domain.reservation import TABLE, Input, ReservationState, Standing, Step, Tell, Trip, step
from services.catalog.domain.stock import Place

S, SAID = ReservationState, Input
STANDINGS = [Standing(state, trip) for state in ReservationState for trip in Trip]
TERMINAL = (S.RELEASED, S.EXPIRED, S.REFUSED)
WORDS = (SAID.FETCHED, SAID.UNFETCHED)


def test_every_input_is_answered_in_every_state() -> None:
    assert set(TABLE) == {(state, heard) for state in ReservationState for heard in Input}


@pytest.mark.parametrize("state", TERMINAL)
@pytest.mark.parametrize("heard", [heard for heard in Input if heard not in WORDS])
def test_an_ended_reservation_stays_as_it_is_but_for_a_late_confirmation(state: ReservationState, heard: Input) -> None:
    if state is S.EXPIRED and heard in (SAID.CONFIRMED, SAID.CONFIRMED_SHORT):
        return
    assert step(Standing(state), heard)[0] == Standing(state)


@pytest.mark.parametrize("state", [state for state in ReservationState if state is not S.NONE])
@pytest.mark.parametrize("heard", [SAID.PLACED, SAID.PLACED_SHORT])
def test_an_order_placed_again_changes_and_tells_nothing(state: ReservationState, heard: Input) -> None:
    assert step(Standing(state), heard) == (Standing(state), Tell.NOTHING)


@pytest.mark.parametrize("state", [S.NONE, S.RELEASED, S.REFUSED])
@pytest.mark.parametrize("said", [SAID.CONFIRMED, SAID.CONFIRMED_SHORT])
def test_a_confirmation_without_goods_behind_it_is_contradicted(state: ReservationState, said: Input) -> None:
    after, tell = step(Standing(state), said)
    assert tell is Tell.RELEASED
    assert after.state is not S.COMMITTED


def test_a_confirmation_that_crossed_the_end_of_its_hold_gets_the_goods_if_they_are_there_and_an_answer_always() -> (
    None
):
    assert step(Standing(S.EXPIRED), SAID.CONFIRMED) == (Standing(S.COMMITTED), Tell.COMMITTED)
    assert step(Standing(S.EXPIRED), SAID.CONFIRMED_SHORT) == (Standing(S.REFUSED), Tell.REFUSED)


def test_a_hold_past_its_time_whose_timer_has_not_fired_can_still_be_confirmed() -> None:
    assert step(Standing(S.HELD), SAID.CONFIRMED) == (Standing(S.COMMITTED), Tell.COMMITTED)


@pytest.mark.parametrize("standing", STANDINGS)
def test_deliverys_first_word_is_remembered_and_is_its_last(standing: Standing) -> None:
    for word in WORDS:
        after, _ = step(standing, word)
        if standing.state is S.NONE:
            assert after == standing
            continue
        assert after.trip is not Trip.OPEN
        assert standing.trip in (Trip.OPEN, after.trip)
        assert {step(after, again) for again in WORDS} == {(after, Tell.NOTHING)}


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("heard", [heard for heard in Input if heard not in WORDS])
def test_what_a_rider_has_stays_gone_whatever_ordering_says(standing: Standing, heard: Input) -> None:
    after, _ = step(standing, heard)
    assert after.trip is standing.trip
    if standing.goods is Place.GONE:
        assert after.goods is Place.GONE


def test_goods_leave_the_counter_only_for_a_rider_or_when_the_order_and_its_trip_are_over() -> None:
    for standing in STANDINGS:
        for heard in Input:
            after, _ = step(standing, heard)
            if (standing.goods, after.goods) == (Place.ON_COUNTER, Place.FOR_SALE):
                over = standing.trip is Trip.UNFETCHED or heard in (SAID.UNFETCHED, SAID.TIME_IS_UP)
                ended = standing.state is S.CALLED_OFF or heard is SAID.CANCELLED
                assert over
                assert ended


def test_goods_come_to_the_counter_from_what_was_held_or_is_there() -> None:
    came = {
        (standing.state, heard)
        for standing in STANDINGS
        for heard in Input
        if standing.goods is not Place.ON_COUNTER and step(standing, heard)[0].goods is Place.ON_COUNTER
    }
    assert came == {(S.HELD, SAID.CONFIRMED), (S.HELD, SAID.CONFIRMED_SHORT), (S.EXPIRED, SAID.CONFIRMED)}


def test_only_a_first_order_holds() -> None:
    holding = [key for key, found in TABLE.items() if found.to is S.HELD and key[0] is not S.HELD]
    assert holding == [(S.NONE, SAID.PLACED)]


def test_a_called_off_order_is_told_of_once_delivery_has_said_where_its_goods_are() -> None:
    assert TABLE[S.COMMITTED, SAID.CANCELLED] == Step(S.CALLED_OFF)
    for trip in (Trip.FETCHED, Trip.UNFETCHED):
        assert step(Standing(S.COMMITTED, trip), SAID.CANCELLED) == (Standing(S.RELEASED, trip), Tell.RELEASED)
