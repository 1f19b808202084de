"""The area that riders serve."""

from __future__ import annotations

from services.contracts.places import KECAMATAN, GeoPoint, name_of
from services.delivery.domain import places


def test_the_regency_is_served_and_malang_and_jember_are_not() -> None:
    assert len(KECAMATAN) == 21
    assert {places.why_not_served(each.centre) for each in KECAMATAN.values()} == {""}
    for malang_or_jember in (GeoPoint(lat=-7.9797, lng=112.6304), GeoPoint(lat=-8.1724, lng=113.7003)):
        assert places.why_not_served(malang_or_jember) == "the drop-off lies outside the regency"
    crater = places.why_not_served(GeoPoint(lat=-8.108, lng=112.922))
    assert crater == "the drop-off lies within 5000 m of Kawah Semeru, where nobody may stay"
    assert name_of("35.08.15") == "Sukodono"
    assert name_of("35.09.01") == "35.09.01"
