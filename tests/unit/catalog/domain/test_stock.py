"""What may be counted, where goods move, and what an order's lines are short of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.stock import (
    MAX_ON_HAND,
    CountIsNeeded,
    Place,
    Stock,
    StockOutOfRange,
    counted,
    short,
    sold_out,
    summed,
    there_again,
)


@given(reserved=st.integers(0, 50), on_counter=st.integers(0, 50), on_hand=st.integers(-10, MAX_ON_HAND + 10))
def test_stock_is_counted_from_what_is_kept_for_orders_up_to_the_maximum(
    reserved: int, on_counter: int, on_hand: int
) -> None:
    present = Stock(100, reserved, on_counter)
    if reserved + on_counter <= on_hand <= MAX_ON_HAND:
        assert counted(present, on_hand) == Stock(on_hand, reserved, on_counter)
    else:
        with pytest.raises(StockOutOfRange) as refusal:
            counted(present, on_hand)
        assert refusal.value.minimum == reserved + on_counter


@given(
    parts=st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    before=st.sampled_from(list(Place)),
    after=st.sampled_from(list(Place)),
    quantity=st.integers(0, 9),
)
def test_goods_that_move_are_in_one_place_less_and_in_another_more(
    parts: tuple[int, int, int], before: Place, after: Place, quantity: int
) -> None:
    for_sale, reserved, on_counter = parts
    present = Stock(for_sale + reserved + on_counter, reserved, on_counter)
    moved = present.moved(quantity, before, after)
    if (before, after) == (Place.FOR_SALE, Place.GONE):
        quantity = min(quantity, for_sale)  # never less than nothing
    there = dict(zip((Place.FOR_SALE, Place.RESERVED, Place.ON_COUNTER), parts, strict=True))
    for place, change in ((before, -quantity), (after, quantity)):
        if place is not Place.GONE:
            there[place] += change
    assert (moved.available, moved.reserved, moved.on_counter) == tuple(there.values())
    assert moved.on_hand == sum(there.values())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 9)), max_size=8))
def test_lines_of_one_variant_are_added_up(lines: list[tuple[str, int]]) -> None:
    total = summed(lines)
    assert sum(total.values()) == sum(quantity for _, quantity in lines)
    assert set(total) == {variant for variant, _ in lines}


def test_what_is_short_is_told_with_what_is_left_of_it() -> None:
    wanted = {"bayam": 3, "kelapa": 2, "tahu": 1, "kosong": 0}
    assert short(wanted, {"bayam": 2, "kelapa": 2, "kosong": 9}) == {"bayam": 2, "tahu": 0, "kosong": 9}


@given(
    reserved=st.integers(0, 50),
    on_counter=st.integers(0, 50),
    free=st.integers(0, 50),
    said=st.none() | st.integers(-5, 60),
    before=st.none() | st.integers(1, 50),
)
def test_what_is_sold_out_keeps_what_is_kept_and_is_there_again_as_said_or_as_before(
    reserved: int, on_counter: int, free: int, said: int | None, before: int | None
) -> None:
    present = Stock(reserved + on_counter + free, reserved, on_counter)
    gone = sold_out(present)
    assert (gone.available, gone.kept) == (0, present.kept)
    wanted = said if said is not None else before
    if wanted is None or wanted < 1:
        with pytest.raises(CountIsNeeded):
            there_again(gone, said, before, at="x")
    else:
        again = there_again(gone, said, before, at="x")
        assert (again.available, again.reserved, again.on_counter) == (wanted, reserved, on_counter)
    if free:
        assert there_again(present, None, before, at="x") == present
