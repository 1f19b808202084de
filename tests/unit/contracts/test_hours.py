"""When somebody sells: hours by week, closures between, in WIB."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import WIB, Closure, Hours, next_opening, trades

MONDAY = datetime(2026, 2, 2, tzinfo=WIB)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def hours(opens: int, closes: int, *weekdays: int) -> list[Hours]:
    return [Hours(weekday=day, opens=time(opens), closes=time(closes % 24)) for day in weekdays or range(7)]


def closed(starts: datetime, ends: datetime) -> Closure:
    return Closure(starts=starts, ends=ends)


def test_a_closure_goes_before_the_hours_and_ends_by_itself() -> None:
    off = [closed(at(0, 9), at(0, 12))]
    seen = [trades(hours(6, 14), off, at(0, hour), always_open=False) for hour in (5, 6, 9, 11, 12, 14)]
    assert seen == [False, True, False, False, True, False]
    assert not trades([], off, at(0, 9), always_open=True)
    assert trades([], off, at(0, 12), always_open=True)


@pytest.mark.parametrize(
    ("week", "closures", "opens"),
    [
        (hours(11, 14), [], at(0, 11)),
        (hours(6, 9), [], at(1, 6)),
        (hours(6, 9, 6), [], at(6, 6)),
        (hours(22, 4, 1), [], at(1, 22)),
        (hours(6, 14), [closed(at(0, 9), at(0, 12))], at(0, 12)),
        (hours(6, 14), [closed(at(0, 9), at(0, 15))], at(1, 6)),
        (hours(6, 14), [closed(at(0, 9), at(1, 7)), closed(at(1, 7), at(3, 20))], at(4, 6)),
        (hours(6, 9), [closed(at(1, 0), at(2, 0))], at(2, 6)),
        ([], [], None),
        ([], [closed(at(0, 9), at(0, 12))], None),
    ],
    ids=[
        "today",
        "tomorrow",
        "in_a_week",
        "at_night",
        "after_it",
        "not_after_it",
        "two_of_them",
        "over_a_day",
        "never",
        "never_after_it",
    ],
)
def test_who_is_shut_says_when_he_opens(week: list[Hours], closures: list[Closure], opens: datetime | None) -> None:
    found = next_opening(week, closures, at(0, 10, 30), always_open=False)
    assert found == opens
    assert found is None or found.utcoffset() == timedelta(hours=7)


_HOURS = st.builds(
    lambda day, opens, closes: Hours(weekday=day, opens=time(opens), closes=time(closes)),
    st.integers(0, 6), st.integers(0, 23), st.integers(0, 23),
)  # fmt: skip
_CLOSURES = st.builds(
    lambda start, long: closed(at(0, start), at(0, start + long)), st.integers(-48, 240), st.integers(1, 120)
)


@given(st.lists(_HOURS, max_size=4), st.lists(_CLOSURES, max_size=4), st.booleans())
def test_it_is_the_first_instant_at_which_one_sells(week: list[Hours], closures: list[Closure], always: bool) -> None:
    now = at(0, 10)
    if trades(week, closures, now, always_open=always):
        return
    by_hour = (now + timedelta(hours=hour) for hour in range(24 * 40))  # every edge here is on the hour
    first = next((each for each in by_hour if trades(week, closures, each, always_open=always)), None)
    assert next_opening(week, closures, now, always_open=always) == first
