"""A merchant's week has no two openings at once, closures lie ahead, and what takes time takes a bounded one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import trading
from services.catalog.domain.trading import DurationIsOutOfRange, HoursAreInvalid, TimeIsInvalid, Ways
from services.contracts.places import Hours

NOW = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def week(*said: tuple[int, int, int]) -> list[Hours]:
    return [Hours(weekday=day, opens=time(opens), closes=time(closes)) for day, opens, closes in said]


@pytest.mark.parametrize(
    "hours",
    [
        week(),
        week((0, 6, 12), (0, 12, 18), (0, 19, 0)),
        week((0, 22, 4), (1, 4, 5)),
        week((6, 22, 4), (0, 4, 9)),
        week((0, 5, 5)),
        week(*((day, 5, 5) for day in range(7))),
    ],
    ids=["never", "three_a_day", "over_night", "over_sunday_night", "a_whole_day", "always"],
)
def test_a_week_as_people_have_it(hours: list[Hours]) -> None:
    trading.check_week(hours)


@pytest.mark.parametrize(
    "hours",
    [
        week((0, 6, 12), (0, 11, 18)),
        week((0, 6, 12), (0, 6, 12)),
        week((0, 22, 4), (1, 3, 5)),
        week((6, 22, 4), (0, 3, 9)),
        week((0, 5, 5), (1, 4, 6)),
        week(*((day, hour, hour + 1) for day in range(7) for hour in (6, 9, 12, 15))),
    ],
    ids=["a_day", "the_same", "over_night", "over_sunday_night", "a_whole_day", "too_many"],
)
def test_openings_do_not_overlap_and_are_not_too_many(hours: list[Hours]) -> None:
    with pytest.raises(HoursAreInvalid):
        trading.check_week(hours)


_OPENINGS = st.builds(
    lambda day, opens, closes: week((day, opens, closes))[0], st.integers(0, 6), *[st.integers(0, 23)] * 2
)


@given(st.lists(_OPENINGS, max_size=5))
def test_what_is_taken_has_no_hour_twice(hours: list[Hours]) -> None:
    taken = [
        (each.weekday * 24 + each.opens.hour + past) % 168
        for each in hours
        for past in range((each.closes.hour - each.opens.hour - 1) % 24 + 1)
    ]
    try:
        trading.check_week(hours)
    except HoursAreInvalid:
        assert len(set(taken)) < len(taken)
    else:
        assert len(set(taken)) == len(taken)


def test_a_closure_begins_now_unless_it_is_said_and_never_before() -> None:
    for starts in (None, NOW, NOW - _HOUR):
        found = trading.closure(starts, NOW + _HOUR, NOW)
        assert (found.starts, found.ends) == (NOW, NOW + _HOUR)
    later = trading.closure(NOW + _HOUR, NOW + 2 * _HOUR, NOW)
    assert (later.starts, later.ends) == (NOW + _HOUR, NOW + 2 * _HOUR)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(None, NOW), (None, NOW - _HOUR), (NOW + _HOUR, NOW + _HOUR), (None, NOW + trading.AHEAD + _HOUR)],
    ids=["now", "over", "no_time", "too_far"],
)
def test_a_closure_lasts_and_lies_ahead(starts: datetime | None, ends: datetime) -> None:
    with pytest.raises(TimeIsInvalid) as refused:
        trading.closure(starts, ends, NOW)
    assert refused.value.field == "endsAt"


@pytest.mark.parametrize(
    ("accept", "prepare", "field"),
    [(59, None, "input.acceptWithinS"), (1_801, None, "input.acceptWithinS"), (None, -1, "input.preparationS"),
     (None, 7_201, "input.preparationS"), (60, 0, None), (1_800, 7_200, None), (None, None, None)],
    ids=["quick", "slow", "before_it", "long", "the_least", "the_most", "as_before"],
)  # fmt: skip
def test_what_takes_time_takes_a_bounded_one(accept: int | None, prepare: int | None, field: str | None) -> None:
    ways = Ways(pickup_point=None, auto_accept=None, accept_within_s=accept, prep_time_s=prepare)
    if field is None:
        trading.check_ways(ways)
        return
    with pytest.raises(DurationIsOutOfRange) as refused:
        trading.check_ways(ways)
    assert refused.value.field == field
