"""The area that riders serve."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from services.contracts.places import KECAMATAN, GeoPoint, name_of
from services.delivery.domain import places
from services.delivery.domain.roads import earth_distance_m


def test_the_regency_is_served_and_malang_and_jember_are_not() -> None:
    assert len(KECAMATAN) == 21
    assert {places.why_not_served(each.centre) for each in KECAMATAN.values()} == {""}
    for malang_or_jember in (GeoPoint(lat=-7.9797, lng=112.6304), GeoPoint(lat=-8.1724, lng=113.7003)):
        assert places.why_not_served(malang_or_jember) == "the drop-off lies outside the regency"
    crater = places.why_not_served(GeoPoint(lat=-8.108, lng=112.922))
    assert crater == "the drop-off lies within 5000 m of Kawah Semeru, where nobody may stay"
    assert name_of("35.08.15") == "Sukodono"
    assert name_of("35.09.01") == "35.09.01"


@given(lat=st.floats(-9, -7.5), lng=st.floats(112.3, 113.9))
def test_near_is_what_the_great_circle_says(lat: float, lng: float) -> None:
    point = GeoPoint(lat=lat, lng=lng)
    away_m = min(earth_distance_m(point, each.centre) for each in KECAMATAN.values())
    assume(abs(away_m - places.NEAR_M) > 0.01)
    assert places.is_near(point) is (away_m <= places.NEAR_M)


def test_malang_is_not_near_and_what_lies_beyond_the_poles_is_nowhere() -> None:
    assert not places.is_near(GeoPoint(lat=-7.9797, lng=112.6304))
    for lat, lng in ((0.0, 0.0), (90.0, 113.2), (8.1, -66.8)):
        assert not places.is_near(GeoPoint(lat=lat, lng=lng))
