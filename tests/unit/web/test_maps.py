from __future__ import annotations

import json

import pytest

from services.kit.process import settings
from services.web import maps
from services.web.answers import Point
from services.web.maps import Map, Mark
from services.web.settings import WebSettings

_MARKET = Point(lat=-8.1335, lng=113.2246)
_DOOR = Point(lat=-8.1402, lng=113.2391)


def test_all_that_is_marked_lies_in_the_frame_and_what_is_far_is_left_out() -> None:
    made = Map("peta", [Mark("shop", _MARKET, "Bu Sri"), Mark("door", _DOOR, "Rumah")], rings_at=_DOOR)
    for each in made.dots:
        assert 0 < each.x < made.width
        assert 0 < each.y < made.height
    assert "Lumajang" in [each.text for each in made.names]
    assert "Tempursari" not in [each.text for each in made.names]
    assert [each.metres for each in made.rings] == sorted(each.metres for each in made.rings)
    assert all(each.r < made.height for each in made.rings)


def test_one_place_is_shown_with_what_is_around_it() -> None:
    made = Map("peta", [Mark("rider", _MARKET, "")])
    (dot,) = made.dots
    assert dot.x == made.width / 2
    assert dot.y == pytest.approx(made.height / 2, abs=1)
    south, north = (corner[0] for corner in json.loads(made.told)["box"])
    assert (north - south) * 111_195 == pytest.approx(2_500, rel=0.01)


def test_the_whole_regency_has_all_its_kecamatan() -> None:
    made = Map("peta", whole=True)
    assert len(list(made.kecamatan)) == len(list(made.names)) == 21
    assert len(json.loads(maps.land())) == 21


def test_labels_do_not_lie_on_one_another() -> None:
    close = Point(lat=_MARKET.lat + 0.0001, lng=_MARKET.lng)
    labels = [
        each.mark.label for each in Map("peta", [Mark("shop", _MARKET, "Bu Sri"), Mark("shop", close, "Pak Har")]).dots
    ]
    assert labels == ["Bu Sri", ""]


def test_distances_are_those_of_the_ground() -> None:
    assert maps.metres(_MARKET, _DOOR) == pytest.approx(1_763, abs=15)


def _told(**more: str) -> WebSettings:
    base = {"MODE": "test", "GATEWAY_URL": "http://gateway", "WEB_SESSION_KEY": "k" * 24, "PORT": "1", "SERVICE": "web"}
    return settings.load(WebSettings, base | more)


def test_tiles_come_from_one_host_which_is_named_with_whom_to_thank() -> None:
    assert _told().tiles_host == ""
    url = "https://tiles.example.id/{z}/{x}/{y}.png"
    assert _told(MAP_TILES_URL=url, MAP_TILES_CREDIT="© OpenStreetMap").tiles_host == "https://tiles.example.id"
    for wrong in (
        {"MAP_TILES_URL": url},
        {"MAP_TILES_URL": "https://tiles.example.id/{z}.png", "MAP_TILES_CREDIT": "x"},
        {"MAP_TILES_URL": "https://tiles.example.id; script-src */{z}/{x}/{y}.png", "MAP_TILES_CREDIT": "x"},
    ):
        with pytest.raises(settings.SettingsError):
            _told(**wrong)
