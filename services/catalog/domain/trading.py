"""When and how a merchant trades: its week, its closures, how long it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final

from services.catalog.domain.ids import ClosureId
from services.contracts.places import Closure, GeoPoint, Hours

MAX_OPENINGS: Final = 21
"""Of a week: three a day."""
MAX_CLOSURES: Final = 30
"""That are not over, of one merchant: they are told whole with every change of it."""
MAX_NOTE_CHARACTERS: Final = 120
AHEAD: Final = timedelta(days=366)
"""So far a closure may end from now."""
ACCEPT_S: Final = (60, 1_800)
"""How long a merchant may take to answer an order: a buyer who waits longer has gone elsewhere."""
PREPARE_S: Final = (0, 7_200)

_DAY_S: Final = 24 * 3_600
_WEEK_S: Final = 7 * _DAY_S


class HoursAreInvalid(Exception):
    """Two of them overlap, or there are too many."""


class TimeIsInvalid(Exception):
    """`field` is the name in the input."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class ClosuresAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a merchant has at most {MAX_CLOSURES} closures ahead")


class DurationIsOutOfRange(Exception):
    """In seconds."""

    def __init__(self, field: str, least: int, most: int) -> None:
        super().__init__(f"{least} to {most} seconds")
        self.field = field
        self.least = least
        self.most = most


@dataclass(frozen=True, slots=True)
class Ways:
    """How it trades; None is as before."""

    pickup_point: GeoPoint | None
    auto_accept: bool | None
    accept_within_s: int | None
    prep_time_s: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    id: ClosureId
    closure: Closure
    note: str | None


def check_week(hours: Sequence[Hours]) -> None:
    """Raises HoursAreInvalid."""
    if len(hours) > MAX_OPENINGS:
        raise HoursAreInvalid(f"at most {MAX_OPENINGS} a week")
    spans = sorted(_span(each) for each in hours)
    for (_, ends), (starts, _) in pairwise(spans):
        if starts < ends:
            raise HoursAreInvalid("two of them overlap")
    if spans and spans[-1][1] > _WEEK_S + spans[0][0]:
        raise HoursAreInvalid("the last of the week runs into the first")


def _span(hours: Hours) -> tuple[int, int]:
    """Seconds of the week; what runs past Sunday ends in the next."""
    opens = hours.weekday * _DAY_S + _of_day(hours.opens)
    long = _of_day(hours.closes) - _of_day(hours.opens)
    return opens, opens + (long if long > 0 else long + _DAY_S)


def _of_day(clock: time) -> int:
    return clock.hour * 3_600 + clock.minute * 60 + clock.second


def closure(starts: datetime | None, ends: datetime, now: datetime) -> Closure:
    """From now on unless it is said, and never from before. Raises TimeIsInvalid."""
    begins = max(starts or now, now)
    if ends <= begins:
        raise TimeIsInvalid("endsAt", "before it begins, or over already")
    if ends > now + AHEAD:
        raise TimeIsInvalid("endsAt", f"at most {AHEAD.days} days from now")
    return Closure(starts=begins, ends=ends)


def check_ways(ways: Ways) -> None:
    """Raises DurationIsOutOfRange."""
    for field, given, (least, most) in (
        ("input.acceptWithinS", ways.accept_within_s, ACCEPT_S),
        ("input.preparationS", ways.prep_time_s, PREPARE_S),
    ):
        if given is not None and not least <= given <= most:
            raise DurationIsOutOfRange(field, least, most)
