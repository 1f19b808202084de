"""Fees, shares and mass classes: exact to the rupiah."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.delivery.domain import tariff
from services.delivery.domain.tariff import Shares, TariffRule

RULE = TariffRule(
    version="GOODS-I-v2",
    min_fee_rupiah=8_000,
    included_m=4_000,
    per_km_rupiah=2_200,
    rider_share_pct=82,
    partner_share_pct=10,
    platform_share_pct=8,
    legal_basis="for tests",
)


@pytest.mark.parametrize(
    ("distance_m", "fee"),
    [(0, 8_000), (4_000, 8_000), (4_001, 10_200), (5_000, 10_200), (5_001, 12_400), (14_000, 30_000)],
)
def test_each_kilometre_begun_beyond_the_included_ones_counts(distance_m: int, fee: int) -> None:
    assert RULE.fee(distance_m) == fee


@pytest.mark.parametrize(
    "changed", [{"min_fee_rupiah": 10_000_001}, {"per_km_rupiah": 2**62}, {"min_fee_rupiah": -1, "per_km_rupiah": 0}]
)
def test_a_tariff_out_of_measure_is_not_kept(changed: dict[str, Any]) -> None:
    RULE.check(60_000)
    with pytest.raises(ValueError, match="out of 0 to"):
        replace(RULE, **changed).check(60_000)


def test_the_shares_of_a_fee() -> None:
    assert RULE.shares(10_200) == Shares(rider=8_364, partner=1_020, platform=816)
    assert tariff.split(10_001, 80, 12, 8) == Shares(rider=8_001, partner=1_200, platform=800)
    assert tariff.split(1, 50, 50, 0) == Shares(rider=1, partner=0, platform=0)


percents = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda both: sum(both) <= 100)


@given(st.integers(0, 10**12), percents)
def test_the_shares_add_up_to_the_fee_and_none_is_off_by_a_rupiah(fee: int, both: tuple[int, int]) -> None:
    rider, partner = both
    shares = tariff.split(fee, rider, partner, 100 - rider - partner)
    assert shares.rider + shares.partner + shares.platform == fee
    for share, percent in (
        (shares.rider, rider),
        (shares.partner, partner),
        (shares.platform, 100 - rider - partner),
    ):
        assert share >= 0
        assert abs(share * 100 - fee * percent) < 100


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_a_longer_trip_never_costs_less(one: int, other: int) -> None:
    assert RULE.fee(min(one, other)) <= RULE.fee(max(one, other))


@pytest.mark.parametrize(("percents", "fee"), [((50, 40, 20), 1), ((110, -10, 0), 1)])
def test_shares_that_are_no_hundred_percent_are_refused(percents: tuple[int, int, int], fee: int) -> None:
    with pytest.raises(ValueError, match="100"):
        tariff.split(fee, *percents)


@pytest.mark.parametrize(
    ("mass_gram", "limit"),
    [(0, 1_000), (1_000, 1_000), (1_001, 3_000), (7_500, 10_000), (20_000, 20_000), (20_001, None)],
)
def test_a_mass_is_rounded_up_to_its_class(mass_gram: int, limit: int | None) -> None:
    assert tariff.mass_class(mass_gram) == limit
