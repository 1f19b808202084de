"""Reference data: which codes there are, what lies where, where nobody is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import regency
from services.contracts.places import KECAMATAN, GeoPoint

CRATER = GeoPoint(lat=-8.108, lng=112.922)
SEED = Path(__file__).parents[3] / "infra" / "local" / "seed"


def test_every_kecamatan_has_its_boundary_round_its_centre_and_its_villages() -> None:
    assert set(regency._REGENCY) == set(KECAMATAN)
    for code, each in KECAMATAN.items():
        assert regency.lies_in(each.centre, code)
        assert code in regency.kecamatan_around(each.centre)
    assert sum(len(each.villages) for each in regency._REGENCY.values()) == 205


@pytest.mark.parametrize(
    "code", ["35.08.99", "35.08.1٠", "35.08.00", "35.08", "35.09.01", "", "35.08.10.1004", "35.08.10\n"]
)
def test_a_code_that_is_not_on_the_list_is_none(code: str) -> None:
    assert not regency.is_kecamatan(code)


@pytest.mark.parametrize("code", ["35.08.10.9999", "35.08.10.100٤", "35.08.99.1004", "35.08.10"])
def test_a_village_that_is_not_on_the_list_is_none(code: str) -> None:
    assert regency.is_village("35.08.10.1004")
    assert not regency.is_village(code)


def test_a_kecamatan_two_villages_away_does_not_hold_the_point() -> None:
    town = KECAMATAN["35.08.10"].centre
    assert [code for code in KECAMATAN if regency.lies_in(town, code)] == ["35.08.10"]


def test_a_point_at_a_border_is_in_both() -> None:
    assert set(regency.kecamatan_around(KECAMATAN["35.08.15"].centre)) == {"35.08.10", "35.08.15"}


def test_nobody_is_sent_to_the_crater_nor_within_five_kilometres_of_it() -> None:
    assert list(regency.kecamatan_around(CRATER)) != []
    for metres, closed in ((0, True), (4_900, True), (5_100, False)):
        place = GeoPoint(lat=CRATER.lat, lng=CRATER.lng + metres / (111_195 * 0.99))
        assert (metres, regency.closed_area(place) is not None) == (metres, closed)
        assert not (closed and regency.is_delivered_to(place))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_on_earth_has_an_answer_and_few_are_in_the_regency(lat: float, lng: float) -> None:
    point = GeoPoint(lat=lat, lng=lng)
    around = list(regency.kecamatan_around(point))
    assert len(around) <= 4
    if around:
        assert -8.5 < lat < -7.8
        assert 112.8 < lng < 113.5


def test_what_the_seed_says_of_places_is_so() -> None:
    merchants = json.loads((SEED / "catalog.json").read_text("utf-8"))["merchants"]
    buyers = json.loads((SEED / "ordering.json").read_text("utf-8"))["buyers"]
    places = [*merchants, *(contact for buyer in buyers for contact in buyer["contacts"])]
    assert len(places) > 10
    for each in places:
        assert regency.lies_in(GeoPoint(**each["point"]), each["kecamatan_code"]), each["key"]
        assert regency.is_delivered_to(GeoPoint(**each["point"])), each["key"]
        assert each.get("desa") is None or regency.is_village(each["desa"]), each["key"]
