"""What packing makes of a reservation's lines, without a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.packed import Bagged

_AMOUNT = st.integers(0, 50)


@given(st.lists(st.tuples(st.booleans(), _AMOUNT, _AMOUNT), max_size=12))
def test_what_is_in_the_bag_is_counted_or_written_down_as_not(steps: list[tuple[bool, int, int]]) -> None:
    bag, packed = Bagged(), 0
    for is_more, quantity, available in steps:
        before = bag
        if is_more:
            bag, packed = bag.more(quantity, available), packed + quantity
            assert bag.quantity - before.quantity <= available
        else:
            bag, packed = bag.less(quantity), max(0, packed - quantity)
            assert bag.quantity <= before.quantity
        assert bag.quantity + bag.uncounted == packed
        assert min(bag.quantity, bag.uncounted) >= 0


def test_what_the_count_never_had_goes_first() -> None:
    assert Bagged(1, 2).less(1) == Bagged(1, 1)
    assert Bagged(1, 2).less(3) == Bagged(0, 0)
