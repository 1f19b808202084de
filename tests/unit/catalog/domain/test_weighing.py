"""What a piece comes to that is weighed later, and the most that it may."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from services.catalog.domain.weighing import MAX_OVERRUN_PERCENT, estimate
from services.contracts.amounts import capped
from services.ordering.domain.cart import line_total

PRICES = st.integers(1, 1_000_000_000)
GRAMS = st.integers(1, 100_000)
PERCENT = st.integers(0, MAX_OVERRUN_PERCENT)


@given(PRICES, GRAMS, GRAMS)
@example(1, 1_000, 499)
@example(1, 1_000, 1_500)
def test_an_estimate_is_the_nearest_rupiah_and_one_at_least(price: int, basis: int, nominal: int) -> None:
    exact = Fraction(price * nominal, basis)
    found = estimate(price, basis, float(nominal))
    assert found >= 1
    assert found == 1 or -Fraction(1, 2) <= exact - found < Fraction(1, 2)


@given(PRICES, GRAMS, GRAMS, st.integers(1, 1_000))
def test_a_line_is_so_many_pieces_and_nobody_reckons_it_otherwise(
    price: int, basis: int, nominal: int, pieces: int
) -> None:
    """Also not the release before, nor an app that is installed, which know the piece alone."""
    piece = estimate(price, basis, float(nominal))
    assert line_total(piece, pieces, 1) == piece * pieces
    exact = Fraction(price * nominal * pieces, basis)
    assert piece == 1 or abs(piece * pieces - exact) <= Fraction(pieces, 2)


@given(st.integers(0, 1_000_000_000), PERCENT, PERCENT)
def test_a_cap_is_never_less_than_the_estimate_and_rises_with_the_overrun(total: int, some: int, more: int) -> None:
    least, most = sorted((some, more))
    assert total <= capped(total, least) <= capped(total, most)
    assert capped(total, 0) == total
    assert abs(capped(total, most) - Fraction(total * (100 + most), 100)) <= Fraction(1, 2)


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=10), PERCENT)
def test_caps_of_lines_are_the_cap_of_all_but_for_half_a_rupiah_each(totals: list[int], percent: int) -> None:
    together = sum(capped(total, percent) for total in totals)
    assert abs(together - Fraction(sum(totals) * (100 + percent), 100)) <= Fraction(len(totals), 2)
