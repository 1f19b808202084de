"""A wlijo's rounds: times past midnight, what may be planned, how late she is, and when she passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import rounds
from services.catalog.domain.rounds import (
    DAY_S,
    Leg,
    NumberIsOutOfRange,
    PlaceIsClosed,
    PlaceIsOutside,
    Planned,
    Progress,
    StopsAreTooMany,
    TimesAreInvalid,
    Wanted,
    instant,
)
from services.contracts import serving
from services.contracts.catalog import StopId
from services.contracts.places import WIB, GeoPoint

HOME = GeoPoint(lat=-8.1291, lng=113.2241)
MONDAY = date(2026, 2, 2)
NOTHING = Progress(None, None, 0, None, None)
GOOD = Wanted(id=None, label="Pasar", point=HOME, arrives_at=time(6), orders=0, order_until_s=0)


def _east(metres: float, north: float = 0.0) -> GeoPoint:
    return GeoPoint(lat=HOME.lat + north / 111_195, lng=HOME.lng + metres / 110_077)


def _plan(*at: int) -> list[Planned]:
    """A stop every kilometre eastwards."""
    return [Planned(StopId.seeded(str(n)), _east(1_000 * n), at_s) for n, at_s in enumerate(at)]


def _times(*clock: str) -> list[Wanted]:
    return [replace(GOOD, arrives_at=time.fromisoformat(each)) for each in clock]


def test_a_time_before_the_first_is_past_midnight() -> None:
    assert rounds.seconds_of([time(22), time(23, 30), time(0), time(1, 15)]) == [
        22 * 3_600,
        23 * 3_600 + 1_800,
        DAY_S,
        DAY_S + 4_500,
    ]
    assert rounds.seconds_of([]) == []
    assert instant(MONDAY, DAY_S + 60) == datetime(2026, 2, 3, 0, 1, tzinfo=WIB)


@given(st.integers(0, DAY_S - 60), st.lists(st.integers(1, 60), max_size=12))
def test_whatever_begins_when_times_that_follow_one_another_are_read_as_such(first: int, minutes: list[int]) -> None:
    at = [first - first % 60]
    for each in minutes:
        at.append(at[-1] + 60 * each)
    clocks = [instant(MONDAY, each).time() for each in at]
    assert rounds.seconds_of(clocks) == at
    rounds.check_stops([replace(GOOD, arrives_at=each) for each in clocks])


def test_times_that_do_not_follow_one_another_are_refused_where_they_stand() -> None:
    for clocks, field in (
        (("06:00", "06:00"), "stops.1.arrivesAt"),
        (("06:00", "07:00", "06:30"), "stops.2.arrivesAt"),
        (("06:00", "05:00"), "stops.1.arrivesAt"),  # the next day, 23 hours later
        (("05:00", "21:01"), "stops.1.arrivesAt"),
    ):
        with pytest.raises(TimesAreInvalid) as refused:
            rounds.check_stops(_times(*clocks))
        assert refused.value.field == field
    rounds.check_stops(_times("05:00", "21:00"))


def test_a_round_meets_neither_that_of_the_day_before_nor_of_the_day_after() -> None:
    night = rounds.seconds_of([time(22), time(2)])
    rounds.check_beside(rounds.seconds_of([time(2, 1)]), night, [])
    for mine, before, after, field in (
        ([time(2)], night, [], "stops.0.arrivesAt"),
        ([time(22), time(2)], [], rounds.seconds_of([time(1)]), "stops.1.arrivesAt"),
    ):
        with pytest.raises(TimesAreInvalid) as refused:
            rounds.check_beside(rounds.seconds_of(mine), before, after)
        assert refused.value.field == field
    rounds.check_beside([], night, night)


def test_what_cannot_be_a_stop_is_refused() -> None:
    with pytest.raises(StopsAreTooMany):
        rounds.check_stops([GOOD] * 31)
    for stop, wrong, field in (
        (replace(GOOD, point=GeoPoint(lat=-7.25, lng=112.75)), PlaceIsOutside, "point"),  # Surabaya
        (replace(GOOD, point=GeoPoint(lat=0.0, lng=0.0)), PlaceIsOutside, "point"),
        (replace(GOOD, point=GeoPoint(lat=-8.108, lng=112.925)), PlaceIsClosed, "point"),
        (replace(GOOD, orders=-1), NumberIsOutOfRange, "orders"),
        (replace(GOOD, orders=101), NumberIsOutOfRange, "orders"),
        (replace(GOOD, order_until_s=172_801), NumberIsOutOfRange, "orderUntilS"),
    ):
        with pytest.raises(wrong) as refused:
            rounds.check_stops([GOOD, replace(stop, arrives_at=time(7))])
        assert refused.value.field == f"stops.1.{field}"


def test_who_starts_past_midnight_walks_the_round_of_the_day_before() -> None:
    night, morning = rounds.seconds_of([time(22), time(0, 30)]), [6 * 3_600]
    assert rounds.day_walked(datetime(2026, 2, 3, 0, 10, tzinfo=WIB), night, morning) == MONDAY
    assert rounds.day_walked(datetime(2026, 2, 3, 1, 10, tzinfo=WIB), night, []) == MONDAY
    assert rounds.day_walked(datetime(2026, 2, 3, 2, 31, tzinfo=WIB), night, []) == date(2026, 2, 3)
    assert rounds.day_walked(datetime(2026, 2, 3, 1, 10, tzinfo=WIB), night, [3_600 + 900]) == date(2026, 2, 3)
    assert rounds.day_walked(datetime(2026, 2, 3, 0, 10, tzinfo=WIB), morning, []) == date(2026, 2, 3)


def test_a_round_is_over_some_time_after_its_last_stop_or_with_its_day() -> None:
    six = datetime(2026, 2, 2, 6, tzinfo=WIB)
    midnight = datetime(2026, 2, 3, tzinfo=WIB)
    assert rounds.ends_by(MONDAY, [6 * 3_600, 9 * 3_600], six) == datetime(2026, 2, 2, 11, tzinfo=WIB)
    assert rounds.ends_by(MONDAY, [], six) == midnight
    assert rounds.ends_by(MONDAY, [3_600], six) == midnight  # all of it was over: she goes again
    assert rounds.ends_by(MONDAY, [22 * 3_600, DAY_S + 3_600], six) == datetime(2026, 2, 3, 3, tzinfo=WIB)


def test_she_is_expected_as_planned_and_as_late_as_she_is() -> None:
    plan = _plan(21_600, 22_800, 24_000)  # 06:00, 06:20, 06:40
    at_home = rounds.progress(NOTHING, plan, MONDAY, _east(-500), instant(MONDAY, 20_000), None)
    assert (at_home.stop, at_home.next_stop) == (None, plan[0].id)
    assert at_home.next_at == instant(MONDAY, 21_600)  # not before it is planned

    late = rounds.progress(at_home, plan, MONDAY, _east(60), instant(MONDAY, 21_900), None)
    assert (late.stop, late.stop_at_s, late.next_stop) == (plan[0].id, 21_600, plan[1].id)
    assert late.next_at == instant(MONDAY, 23_100)  # five minutes late, so she will be
    assert late.late_s == 300

    stuck = rounds.progress(late, plan, MONDAY, _east(300), instant(MONDAY, 24_600), None)
    assert stuck.next_stop == plan[1].id
    assert stuck.next_at is not None
    assert stuck.next_at - instant(MONDAY, 24_600) == pytest.approx(timedelta(seconds=280), abs=timedelta(seconds=2))
    assert stuck.late_s == pytest.approx(2_080, abs=2)

    skipped = rounds.progress(stuck, plan, MONDAY, _east(2_000), instant(MONDAY, 24_900), None)
    assert (skipped.stop, skipped.next_stop, skipped.next_at) == (plan[2].id, None, None)
    assert rounds.progress(skipped, plan, MONDAY, _east(0), instant(MONDAY, 25_000), None).stop == plan[2].id
    said = rounds.progress(skipped, plan, MONDAY, _east(1_000), instant(MONDAY, 25_000), plan[1].id)
    assert (said.stop, said.next_stop) == (plan[1].id, plan[2].id)


def test_early_is_early() -> None:
    plan = _plan(21_600, 22_800)
    early = rounds.progress(NOTHING, plan, MONDAY, _east(0), instant(MONDAY, 21_000), None)
    assert early.next_at == instant(MONDAY, 22_200)
    assert early.late_s == -600


def test_a_round_that_changed_goes_on_where_it_was_by_its_times() -> None:
    plan = _plan(21_600, 22_800, 24_000)
    before = Progress(StopId.seeded("gone"), 22_900, 0, None, None)
    after = rounds.progress(before, plan, MONDAY, _east(1_500), instant(MONDAY, 23_000), None)
    assert (after.stop, after.next_stop) == (plan[1].id, plan[2].id)
    assert rounds.progress(before, [], MONDAY, HOME, instant(MONDAY, 23_000), None) == replace(NOTHING, late_s=0)


def test_what_lies_on_the_way_is_passed_in_proportion() -> None:
    leg = Leg(HOME, 21_600, _east(2_000), 22_800)
    there = rounds.meeting(leg, _east(500, north=200))
    assert not there.of_stop
    assert there.distance_m == pytest.approx(200, abs=1)
    assert there.at_s == pytest.approx(21_900, abs=2)
    near_the_stop = rounds.meeting(leg, _east(100, north=50))
    assert (near_the_stop.of_stop, near_the_stop.at_s) == (True, 21_600)
    near_the_next = rounds.meeting(leg, _east(1_990))
    assert (near_the_next.of_stop, near_the_next.at_s) == (True, 21_600)  # the next leg says it better
    assert rounds.meeting(replace(leg, next_point=None), _east(500)).distance_m == pytest.approx(500, abs=1)


@given(st.floats(-3_000, 5_000), st.floats(-3_000, 3_000))
def test_of_a_way_and_what_follows_one_is_as_near_as_either_end(east: float, north: float) -> None:
    leg = Leg(HOME, 21_600, _east(2_000), 22_800)
    point = _east(east, north)
    found = rounds.meeting(leg, point)
    following = rounds.meeting(Leg(_east(2_000), 22_800, None, None), point)
    assert min(found.distance_m, following.distance_m) == min(
        each
        for each in (
            found.distance_m,
            serving.metres_between(HOME, point),
            serving.metres_between(_east(2_000), point),
        )
    )
    assert 21_600 <= found.at_s <= 22_800


def test_an_area_is_a_distance_and_districts_and_the_regency() -> None:
    assert serving.serves(HOME, None, [], HOME)
    assert not serving.serves(HOME, None, [], GeoPoint(lat=-7.25, lng=112.75))
    assert serving.serves(HOME, 1_000, [], _east(900))
    assert not serving.serves(HOME, 1_000, [], _east(1_100))
    assert serving.serves(HOME, None, ["35.08.10"], HOME)
    assert not serving.serves(HOME, None, ["35.08.01"], HOME)
    for radius, codes in ((499, []), (50_001, []), (None, ["35.09.01"])):
        with pytest.raises((NumberIsOutOfRange, rounds.KecamatanIsUnknown)):
            rounds.check_area(radius, codes)


def test_seconds_of_one_round_rise() -> None:
    assert all(one < other for one, other in pairwise(rounds.seconds_of([time(23), time(23, 59), time(0, 1)])))
