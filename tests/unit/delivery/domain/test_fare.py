"""Fares line by line: what each line is for, that they make the fee, and what no rule may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import WIB
from services.delivery.domain import tariff
from services.delivery.domain.tariff import Band, FarePart, Night, Ride, TariffRule

NOON = datetime(2026, 3, 2, 12, tzinfo=WIB)
RULE = TariffRule(
    version="GOODS-I-v3",
    min_fee_rupiah=8_000,
    included_m=4_000,
    per_km_rupiah=2_200,
    rider_share_pct=82,
    partner_share_pct=10,
    platform_share_pct=8,
    legal_basis="for tests",
    per_stop_rupiah=2_000,
    included_gram=5_000,
    per_kg_rupiah=500,
    night=Night(time(21), time(5), 3_000),
    rounding_rupiah=500,
)
RIDE = Ride(6_300, 3, 10_000, NOON.replace(hour=23), [("Lereng", 2_100)])


def test_each_line_says_what_it_is_for() -> None:
    lines = tariff.fare(RULE, RIDE)
    assert [(each.part, each.rupiah, each.count, each.each_rupiah, each.name) for each in lines] == [
        (FarePart.MINIMUM, 8_000, None, None, None),
        (FarePart.DISTANCE, 6_600, 3, 2_200, None),
        (FarePart.STOPS, 4_000, 2, 2_000, None),
        (FarePart.WEIGHT, 2_500, 5, 500, None),
        (FarePart.NIGHT, 3_000, None, None, None),
        (FarePart.SURCHARGE, 2_100, None, None, "Lereng"),
        (FarePart.ROUNDING, -200, None, None, None),
    ]
    assert tariff.total(lines) == 26_000


def test_three_pickups_cost_more_than_one() -> None:
    one, three = (tariff.total(tariff.fare(RULE, replace(RIDE, pickups=n))) for n in (1, 3))
    assert three == one + 4_000


def test_a_night_ends_at_its_minute_in_wib() -> None:
    night, midnight = Night(time(21), time(5), 3_000), datetime(2026, 3, 3, tzinfo=WIB)
    at = [-3 * 3_600 - 1, -3 * 3_600, 0, 5 * 3_600 - 1, 5 * 3_600]
    assert [night.holds(midnight + timedelta(seconds=s)) for s in at] == [False, True, True, True, False]


def test_what_the_release_before_entered_costs_what_it_did() -> None:
    plain = TariffRule("v", 8_000, 4_000, 2_000, 80, 12, 8, "for tests")
    assert [each.part for each in tariff.fare(plain, replace(RIDE, surcharges=[]))] == ["MINIMUM", "DISTANCE"]
    assert tariff.total(tariff.fare(plain, replace(RIDE, surcharges=[]))) == plain.fee(6_300)


rides = st.builds(
    Ride,
    st.integers(0, 60_000),
    st.integers(1, 8),
    st.sampled_from(tariff.MASS_CLASSES_GRAM),
    st.integers(0, 86_399).map(lambda s: NOON + timedelta(seconds=s)),
    st.lists(st.tuples(st.just("z"), st.integers(1, 1_000_000)), max_size=3),
)


@given(rides, st.integers(1, 5_000))
def test_the_lines_make_a_round_fee_within_half_a_step(ride: Ride, step: int) -> None:
    rule = replace(RULE, rounding_rupiah=step)
    fee, exact = (tariff.total(tariff.fare(each, ride)) for each in (rule, replace(rule, rounding_rupiah=1)))
    assert fee % step == 0
    assert -step < 2 * (fee - exact) <= step
    shares = rule.shares(fee)
    assert shares.rider + shares.partner + shares.platform == fee


BAND = Band(2_000, 2_500, 8_000, 10_000)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"partner_share_pct": 16, "platform_share_pct": 2}, "more than 15"),
        ({"partner_share_pct": 2, "platform_share_pct": 16}, "more than 15"),
        ({"rider_share_pct": 79, "partner_share_pct": 11, "platform_share_pct": 10}, "at most 20"),
        ({"binding": True}, "has a band"),
        ({"binding": True, "band": BAND, "per_km_rupiah": 1_999}, "outside the band"),
        ({"binding": True, "band": BAND, "min_fee_rupiah": 10_001}, "outside the band"),
        ({"band": replace(BAND, per_km_high=1)}, "least is above"),
        ({"per_stop_rupiah": -1}, "less than nothing"),
        ({"rounding_rupiah": 0}, "rounded to"),
        ({"night": Night(time(5), time(5), 1)}, "all day"),
        ({"per_stop_rupiah": 2_000_000}, "out of 0 to"),
    ],
)
def test_a_rule_that_breaks_a_limit_is_not_kept(change: dict[str, Any], word: str) -> None:
    RULE.check(60_000)
    replace(RULE, band=BAND, per_km_rupiah=1_999).check(60_000)  # a band that is merely suggested
    replace(RULE, band=BAND, binding=True).check(60_000)
    with pytest.raises(ValueError, match=word):
        replace(RULE, **change).check(60_000)
