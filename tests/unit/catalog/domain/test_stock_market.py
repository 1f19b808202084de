"""Stock against what truly lies at the merchant's, in any interleaving of what is told of orders, trips and counts."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.reservation import Input, ReservationState, Standing, Trip, step
from services.catalog.domain.stock import Stock
from tests.worlds.stock_market import Books, Market, Violation

SEEDS = st.integers(0, 2**32)


@given(seed=SEEDS, expiries=st.booleans())
@settings(max_examples=300)
def test_no_more_is_for_sale_than_there_is_and_at_rest_all_of_it(seed: int, expiries: bool) -> None:
    Market(random.Random(seed), Books(), expiries).run()


def _back_with_the_cancellation(standing: Standing, heard: Input) -> Standing:
    """As it was: a cancelled order's goods are for sale at once, whatever its rider does."""
    after, _ = step(standing, heard)
    return Standing(ReservationState.RELEASED, Trip.UNFETCHED) if after.state is ReservationState.CALLED_OFF else after


def _never_back(standing: Standing, heard: Input) -> Standing:
    """As it was for trips that timed out: what was confirmed is gone."""
    after, _ = step(standing, heard)
    gone = after.state is ReservationState.RELEASED and standing.state is not ReservationState.HELD
    return Standing(after.state, Trip.FETCHED) if gone else after


def _confirmed_is_gone(standing: Standing, heard: Input) -> Standing:
    after, _ = step(standing, heard)
    return Standing(after.state, Trip.FETCHED) if after.state is ReservationState.COMMITTED else after


def _deaf_to_early_words(standing: Standing, heard: Input) -> Standing:
    if heard is Input.UNFETCHED and standing.state is ReservationState.COMMITTED:
        return standing
    return step(standing, heard)[0]


@pytest.mark.parametrize(
    "wrong",
    [_back_with_the_cancellation, _never_back, _confirmed_is_gone, _deaf_to_early_words],
    ids=lambda it: it.__name__,
)
def test_the_market_refuses_a_wrong_machine(wrong: Callable[[Standing, Input], Standing]) -> None:
    assert _refused(lambda: Books(step=wrong))


def test_the_market_refuses_a_count_that_forgets_the_counter() -> None:
    """As it was: what lies on the counter is counted, and put back on top of it."""
    assert _refused(
        lambda: Books(count=lambda stock, number: Stock(number + stock.on_counter, stock.reserved, stock.on_counter))
    )


def _refused(books: Callable[[], Books]) -> bool:
    for seed in range(200):
        try:
            Market(random.Random(seed), books()).run()
        except Violation:
            return True
    return False
