"""Fees, shares, mass classes and routes: exact to the rupiah."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import KECAMATAN, name_of
from services.delivery.domain import places, roads, tariff
from services.delivery.domain.roads import Point
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
    binding=False,
)
TOWN = Point(-8.13433, 113.23503)
points = st.builds(Point, st.floats(-8.4, -7.9), st.floats(112.9, 113.4))


@pytest.mark.parametrize(
    ("distance_m", "fee"),
    [(0, 8_000), (4_000, 8_000), (4_001, 10_200), (5_000, 10_200), (5_001, 12_400), (14_000, 30_000)],
)
def test_each_kilometre_begun_beyond_the_included_ones_counts(distance_m: int, fee: int) -> None:
    assert RULE.fee(distance_m) == fee


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


def test_the_earths_distance_between_two_kecamatan() -> None:
    # Sukodono lies 3,164 m from the town by the air line, by the list that the centres are from.
    assert round(roads.earth_distance_m(TOWN, Point(-8.10590, 113.23625))) == pytest.approx(3_164, abs=8)
    assert roads.earth_distance_m(TOWN, TOWN) == 0


def test_a_trip_is_longer_than_the_air_line_by_the_stated_detour() -> None:
    home = Point(-8.10590, 113.23625)
    found = roads.route([TOWN], home)
    assert found.distance_m == round(roads.earth_distance_m(TOWN, home) * 1.3)
    assert found.order == (0,)
    assert found.duration_s == round(found.distance_m / (25_000 / 3_600)) + 300


@given(st.lists(points, min_size=1, max_size=5), points)
def test_no_other_order_of_the_pickups_is_shorter(pickups: list[Point], dropoff: Point) -> None:
    def length(order: tuple[int, ...]) -> float:
        stops = [*(pickups[each] for each in order), dropoff]
        return sum(roads.earth_distance_m(a, b) for a, b in itertools.pairwise(stops))

    found = roads.route(pickups, dropoff)
    shortest = min(length(order) for order in itertools.permutations(range(len(pickups))))
    assert sorted(found.order) == [*range(len(pickups))]
    assert length(found.order) == pytest.approx(shortest)
    assert found.distance_m == round(length(found.order) * 1.3)


def test_a_trip_has_one_to_eight_pickups() -> None:
    assert len(roads.route([TOWN] * 8, TOWN).order) == 8
    for count in (0, 9):
        with pytest.raises(ValueError, match="pickups"):
            roads.route([TOWN] * count, TOWN)


@given(points)
def test_a_rounded_point_is_near_and_tells_three_decimals(point: Point) -> None:
    rounded = point.rounded()
    assert roads.earth_distance_m(point, rounded) < 100
    assert rounded == rounded.rounded()
    assert (rounded.lat * 1_000, rounded.lng * 1_000) == pytest.approx(
        (round(rounded.lat * 1_000), round(rounded.lng * 1_000))
    )


def test_the_regency_is_served_and_malang_and_jember_are_not() -> None:
    assert len(KECAMATAN) == 21
    assert all(places.is_served(Point(each.centre.lat, each.centre.lng)) for each in KECAMATAN.values())
    assert not places.is_served(Point(-7.9797, 112.6304))
    assert not places.is_served(Point(-8.1724, 113.7003))
    assert name_of("35.08.15") == "Sukodono"
    assert name_of("35.09.01") == "35.09.01"
