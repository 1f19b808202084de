"""When who has opening hours is open."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from services.contracts.places import WIB, Hours, is_open

MONDAY = datetime(2026, 2, 2, tzinfo=WIB)


def at(clock: str, *, day: int = 0) -> datetime:
    """A time of Monday (or so many days later) in WIB, as the UTC instant that a database gives."""
    return datetime.combine(MONDAY.date().replace(day=2 + day), time.fromisoformat(clock), WIB).astimezone(UTC)


def hours(opens: str, closes: str, *, weekday: int = 0) -> Hours:
    return Hours(weekday=weekday, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


@pytest.mark.parametrize(
    ("clock", "day", "is_it_open"),
    [
        ("04:59:59", 0, False),
        ("05:00", 0, True),
        ("10:59:59", 0, True),
        ("11:00", 0, False),
        ("05:00", 1, False),
        ("05:00", 6, False),
    ],
)
def test_a_morning_stall_is_open_from_its_opening_to_before_its_closing_on_its_day(
    clock: str, day: int, is_it_open: bool
) -> None:
    assert is_open([hours("05:00", "11:00")], at(clock, day=day)) is is_it_open


@pytest.mark.parametrize(
    ("clock", "day", "is_it_open"),
    [("17:59", 0, False), ("18:00", 0, True), ("23:59", 0, True), ("00:00", 1, True), ("01:59", 1, True),
     ("02:00", 1, False), ("01:00", 0, False)],
)  # fmt: skip
def test_a_night_stall_is_open_past_midnight(clock: str, day: int, is_it_open: bool) -> None:
    assert is_open([hours("18:00", "02:00")], at(clock, day=day)) is is_it_open


def test_a_sunday_night_runs_into_monday() -> None:
    assert is_open([hours("18:00", "02:00", weekday=6)], at("01:00"))


@pytest.mark.parametrize(("clock", "day"), [("12:00", 0), ("23:59", 0)])
def test_closing_at_midnight_is_the_end_of_the_day(clock: str, day: int) -> None:
    assert is_open([hours("08:00", "00:00")], at(clock, day=day))
    assert not is_open([hours("08:00", "00:00")], at("00:00", day=day + 1))


def test_hours_are_those_of_lumajang_wherever_the_clock_stands() -> None:
    assert is_open(
        [hours("05:00", "11:00")], datetime(2026, 2, 1, 22, 30, tzinfo=UTC)
    )  # Sunday there, Monday 05:30 here


def test_without_hours_nobody_is_open() -> None:
    assert not is_open([], at("12:00"))
