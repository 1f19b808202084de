"""When, where and for how many jobs a company wants to be asked, as rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import GeoPoint, Hours
from services.delivery.domain.reach import KeptBy, Reach, ReachIsInvalid, checked, contains
from services.delivery.domain.trip import Stop

MONDAY_NOON = datetime(2026, 2, 2, 5, tzinfo=UTC)  # 12.00 WIB
SQUARE = [GeoPoint(lat=lat, lng=lng) for lat, lng in ((-8.2, 113.2), (-8.2, 113.3), (-8.1, 113.3), (-8.1, 113.2))]
HERE, AWAY = Stop("35.08.10", GeoPoint(lat=-8.15, lng=113.25)), Stop("35.08.01", GeoPoint(lat=-8.28, lng=112.97))


def _hours(weekday: int, opens: int, closes: int) -> Hours:
    return Hours(weekday=weekday, opens=time(opens), closes=time(closes))


def _geojson(*rings: list[GeoPoint]) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [[[each.lng, each.lat] for each in [*ring, ring[0]]]]}}
        for ring in rings
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_who_said_nothing_is_asked_always_everywhere_for_anything() -> None:
    assert Reach().kept_by([HERE, AWAY], MONDAY_NOON, has=1_000) is None


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        (datetime(2026, 2, 2, 14, 59, tzinfo=UTC), KeptBy.HOURS),  # Monday 21.59 WIB
        (datetime(2026, 2, 2, 15, 0, tzinfo=UTC), None),
        (datetime(2026, 2, 2, 20, 59, tzinfo=UTC), None),  # Tuesday 03.59
        (datetime(2026, 2, 2, 21, 0, tzinfo=UTC), KeptBy.HOURS),
        (datetime(2026, 2, 3, 15, 0, tzinfo=UTC), KeptBy.HOURS),
    ],
)
def test_hours_are_wib_s_and_run_past_midnight(at: datetime, kept: KeptBy | None) -> None:
    assert Reach(hours=[_hours(0, 22, 4)]).kept_by([HERE], at, has=0) is kept


@pytest.mark.parametrize(
    ("reach", "kept"),
    [
        (Reach(kecamatan_codes=["35.08.10"]), KeptBy.AREA),
        (Reach(corners=SQUARE), KeptBy.AREA),
        (Reach(kecamatan_codes=["35.08.01"], corners=SQUARE), None),
        (Reach(kecamatan_codes=["35.08.01", "35.08.10"]), None),
    ],
)
def test_every_stop_lies_in_a_kecamatan_of_its_or_in_what_it_has_drawn(reach: Reach, kept: KeptBy | None) -> None:
    assert reach.kept_by([HERE, AWAY], MONDAY_NOON, has=0) is kept


@pytest.mark.parametrize(("has", "kept"), [(1, None), (2, KeptBy.CAPACITY), (3, KeptBy.CAPACITY)])
def test_a_company_that_has_as_much_as_it_can_is_not_asked(has: int, kept: KeptBy | None) -> None:
    assert Reach(jobs_at_once=2).kept_by([HERE], MONDAY_NOON, has=has) is kept


@given(st.floats(-8.3, -8.0), st.floats(113.1, 113.4))
def test_a_point_is_in_a_square_when_it_is_between_its_sides(lat: float, lng: float) -> None:
    if min(abs(lat + 8.2), abs(lat + 8.1), abs(lng - 113.2), abs(lng - 113.3)) > 1e-9:
        assert contains(SQUARE, GeoPoint(lat=lat, lng=lng)) == (-8.2 < lat < -8.1 and 113.2 < lng < 113.3)


def test_what_is_said_is_kept() -> None:
    said = checked([_hours(6, 22, 4)], ["35.08.10", "35.08.01", "35.08.10"], _geojson(SQUARE), 3)
    assert (said.kecamatan_codes, said.corners, said.jobs_at_once) == (("35.08.01", "35.08.10"), tuple(SQUARE), 3)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"hours": [_hours(0, 8, 12), _hours(0, 11, 13)]}, "hours"),
        ({"hours": [_hours(6, 22, 4), _hours(0, 3, 5)]}, "hours"),
        ({"hours": [_hours(7, 8, 12)]}, "hours"),
        ({"hours": [_hours(0, 8, 12)] * 29}, "hours"),
        ({"kecamatan_codes": ["35.09.01"]}, "kecamatanCodes"),
        ({"geojson": "nothing"}, "geojson"),
        ({"geojson": _geojson(SQUARE, SQUARE)}, "geojson"),
        ({"jobs_at_once": 0}, "jobsAtOnce"),
        ({"jobs_at_once": 1_001}, "jobsAtOnce"),
    ],
)
def test_what_is_no_reach_is_refused_with_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(ReachIsInvalid) as refused:
        checked(**{"hours": [], "kecamatan_codes": [], "geojson": None, "jobs_at_once": None, **said})
    assert refused.value.field == field


def test_spans_that_meet_do_not_overlap() -> None:
    assert checked([_hours(0, 8, 12), _hours(0, 12, 0), _hours(1, 0, 5)], [], None, None).hours
