"""What a payment by code costs, by class and day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ordering.domain.mdr import MerchantClass, mdr

DAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("amount", "of", "day", "fee"),
    [
        (500_000, MerchantClass.MICRO, DAY, 0),
        (500_001, MerchantClass.MICRO, DAY, 1_500),
        (100_001, MerchantClass.MICRO, date(2024, 11, 30), 300),
        (100_000, MerchantClass.MICRO, date(2024, 11, 30), 0),
        (1, MerchantClass.MICRO, date(2023, 8, 31), 0),
        (69_500, MerchantClass.REGULAR, DAY, 487),  # 486.5, half up
        (1, MerchantClass.REGULAR, DAY, 0),
    ],
)
def test_the_rate_of_the_day(amount: int, of: MerchantClass, day: date, fee: int) -> None:
    assert mdr(amount, of, day) == fee


@given(st.integers(1, 10_000_000), st.sampled_from(MerchantClass))
def test_it_is_never_more_than_the_dearest_rate_and_never_negative(amount: int, of: MerchantClass) -> None:
    assert 0 <= mdr(amount, of, DAY) <= amount * 70 // 10_000 + 1
