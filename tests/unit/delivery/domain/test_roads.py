"""Routes: the shortest, and as long as stated."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import GeoPoint
from services.delivery.domain import roads

TOWN = GeoPoint(lat=-8.13433, lng=113.23503)
points = st.builds(GeoPoint, lat=st.floats(-8.4, -7.9), lng=st.floats(112.9, 113.4))


def test_the_earths_distance_between_two_kecamatan() -> None:
    # Sukodono lies 3,164 m from the town by the air line, by the list that the centres are from.
    assert round(roads.earth_distance_m(TOWN, GeoPoint(lat=-8.10590, lng=113.23625))) == pytest.approx(3_164, abs=8)
    assert roads.earth_distance_m(TOWN, TOWN) == 0


def test_a_trip_is_longer_than_the_air_line_by_the_stated_detour() -> None:
    home = GeoPoint(lat=-8.10590, lng=113.23625)
    found = roads.route([TOWN], home)
    assert found.distance_m == round(roads.earth_distance_m(TOWN, home) * 1.3)
    assert found.order == (0,)
    assert found.duration_s == round(found.distance_m / (25_000 / 3_600)) + 300


@given(st.lists(points, min_size=1, max_size=5), points)
def test_no_other_order_of_the_pickups_is_shorter(pickups: list[GeoPoint], dropoff: GeoPoint) -> None:
    def length(order: tuple[int, ...]) -> float:
        stops = [*(pickups[each] for each in order), dropoff]
        return sum(roads.earth_distance_m(a, b) for a, b in itertools.pairwise(stops))

    found = roads.route(pickups, dropoff)
    shortest = min(length(order) for order in itertools.permutations(range(len(pickups))))
    assert sorted(found.order) == [*range(len(pickups))]
    assert length(found.order) == pytest.approx(shortest)
    assert found.distance_m == round(length(found.order) * 1.3)


@given(st.lists(points, min_size=1, max_size=5), points)
def test_without_one_pickup_it_is_as_far_as_a_trip_to_the_others_and_no_farther_than_with_it(
    pickups: list[GeoPoint], dropoff: GeoPoint
) -> None:
    found = roads.route(pickups, dropoff)
    if len(pickups) == 1:
        assert found.without_m == ()
        return
    for left, metres in enumerate(found.without_m):
        others = pickups[:left] + pickups[left + 1 :]
        assert metres == pytest.approx(roads.route(others, dropoff).distance_m, abs=1)
        assert metres <= found.distance_m + 1


def test_a_trip_has_one_to_eight_pickups() -> None:
    assert len(roads.route([TOWN] * 8, TOWN).order) == 8
    for count in (0, 9):
        with pytest.raises(ValueError, match="pickups"):
            roads.route([TOWN] * count, TOWN)


@given(points)
def test_a_rounded_point_is_near_and_tells_three_decimals(point: GeoPoint) -> None:
    rounded = point.rounded()
    assert roads.earth_distance_m(point, rounded) < 100
    assert rounded == rounded.rounded()
    assert (rounded.lat * 1_000, rounded.lng * 1_000) == pytest.approx(
        (round(rounded.lat * 1_000), round(rounded.lng * 1_000))
    )
