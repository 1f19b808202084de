"""What may be counted, and what an order's lines are short of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.stock import MAX_ON_HAND, Stock, StockOutOfRange, counted, short, summed


@given(reserved=st.integers(0, 50), on_hand=st.integers(-10, MAX_ON_HAND + 10))
def test_stock_is_counted_from_what_is_reserved_up_to_the_maximum(reserved: int, on_hand: int) -> None:
    present = Stock(100, reserved)
    if reserved <= on_hand <= MAX_ON_HAND:
        assert counted(present, on_hand) == Stock(on_hand, reserved)
    else:
        with pytest.raises(StockOutOfRange) as refusal:
            counted(present, on_hand)
        assert refusal.value.minimum == reserved


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 9)), max_size=8))
def test_lines_of_one_variant_are_added_up(lines: list[tuple[str, int]]) -> None:
    total = summed(lines)
    assert sum(total.values()) == sum(quantity for _, quantity in lines)
    assert set(total) == {variant for variant, _ in lines}


def test_what_is_short_is_told_with_what_is_left_of_it() -> None:
    wanted = {"bayam": 3, "kelapa": 2, "tahu": 1, "kosong": 0}
    assert short(wanted, {"bayam": 2, "kelapa": 2, "kosong": 9}) == {"bayam": 2, "tahu": 0, "kosong": 9}
