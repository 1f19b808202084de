"""A wlijo's rounds: what may be planned, which day's she walks, how late she is, and who passes near a point when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from services.contracts import regency
from services.contracts.catalog import RoundId, StopId
from services.contracts.places import WIB, GeoPoint
from services.contracts.problems import LimitUnit
from services.contracts.serving import metres_between, plane
from services.kit.invalid import FieldInvalid

MAX_STOPS: Final = 30
"""Of one day."""
MAX_LABEL_CHARACTERS: Final = 60
MAX_ORDERS: Final = 100
"""That she brings along to one stop on one day."""
MAX_ORDER_UNTIL_S: Final = 2 * 86_400
LASTS: Final = timedelta(hours=16)
"""From a round's first stop to its last: a longer one has its times in the wrong order."""
ROUNDS_A_DAY: Final = 10
"""That one wlijo starts: each is told to others."""

SILENCE: Final = timedelta(minutes=60)
"""A round of which nothing was heard for so long is over."""
SHOWN: Final = timedelta(minutes=15)
"""A place that is older is where she was, and is not shown."""
AFTERWARDS: Final = timedelta(hours=2)
"""A round ends so long after its last stop was planned."""
APART: Final = timedelta(seconds=1)
"""Between two positions that count."""
REACHED_M: Final = 150
"""So near to a stop she has reached it: what phones err by among houses, and the width of a square."""
NEAR_M: Final = 500
"""So near to a wish, which is rounded to a hundred metres, it is told: some two minutes away."""
LOOKED_M: Final = 100
"""Until she has come so far it is not looked again for who wants to be told."""
METRES_A_SECOND: Final = 2.5
"""Of who calls out her goods on a bicycle or a motorbike, with pauses: 9 km/h."""
MAX_LEG_M: Final = 3_000
"""Two stops so far apart, and no farther, are taken to be joined by a straight way."""
PASSES_M: Final = 400
"""Who comes so near to somebody passes there, unless they say how near: a walk of five minutes."""
MAX_PASSES_M: Final = 2_000
MAX_PASSING: Final = 20
DAYS_AHEAD: Final = 6
MAX_WISHES: Final = 20
"""Of one person."""
SERVES_M: Final = (500, 50_000)
DAY_S: Final = 86_400


class NotAWlijo(Exception):
    def __init__(self) -> None:
        super().__init__("only a wlijo goes on rounds")


class NoRound(Exception):
    def __init__(self) -> None:
        super().__init__("she is on no round")


class StopsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a day has at most {MAX_STOPS} stops")


class RoundsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"at most {ROUNDS_A_DAY} rounds are started on one day")


class WishesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"one person waits for at most {MAX_WISHES} wlijo")


class TimesAreInvalid(FieldInvalid):
    """They do not follow one another, or run into the round of the day before or after."""


class PlaceIsOutside(FieldInvalid):
    pass


class PlaceIsClosed(FieldInvalid):
    pass


class StopIsUnknown(FieldInvalid):
    pass


class KecamatanIsUnknown(FieldInvalid):
    pass


class NumberIsOutOfRange(FieldInvalid):
    def __init__(self, field: str, least: int, most: int, unit: LimitUnit) -> None:
        super().__init__(field, f"{least} to {most}")
        self.least = least
        self.most = most
        self.unit = unit


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stop as it is to be; `id` is that of one to be kept."""

    id: StopId | None
    label: str
    point: GeoPoint
    arrives_at: time
    orders: int
    order_until_s: int


@dataclass(frozen=True, slots=True)
class Planned:
    """`at_s` counts from midnight in WIB of the day on which the round begins: beyond DAY_S it is on the day after."""

    id: StopId
    point: GeoPoint
    at_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A round that lasts. `stop_at_s` is when the stop that was reached last was planned, None before the first."""

    id: RoundId
    day: date
    started_at: datetime
    ends_by: datetime
    stop_at_s: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """`late_s` is negative when she is early."""

    stop: StopId | None
    stop_at_s: int | None
    late_s: int
    next_stop: StopId | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Leg:
    """From one stop to the next, if that is near, else the stop alone; `at_s` as in Planned."""

    point: GeoPoint
    at_s: int
    next_point: GeoPoint | None
    next_at_s: int | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """`of_stop` when she stops there, and does not only pass."""

    distance_m: float
    at_s: float
    of_stop: bool


def seconds_of(arrivals: Sequence[time]) -> list[int]:
    """Of one round, from midnight of the day on which it begins: a time before the first is past midnight."""
    return [_of_day(each) + (DAY_S if each < arrivals[0] else 0) for each in arrivals]


def _of_day(clock: time) -> int:
    return clock.hour * 3_600 + clock.minute * 60 + clock.second


def instant(day: date, at_s: float) -> datetime:
    return datetime.combine(day, time(), WIB) + timedelta(seconds=at_s)


def check_stops(stops: Sequence[Wanted]) -> None:
    """Raises StopsAreTooMany, TimesAreInvalid, PlaceIsOutside, PlaceIsClosed, NumberIsOutOfRange."""
    if len(stops) > MAX_STOPS:
        raise StopsAreTooMany
    for place, stop in enumerate(stops):
        check_place(f"stops.{place}.point", stop.point)
        _check_number(f"stops.{place}.orders", stop.orders, 0, MAX_ORDERS, LimitUnit.ORDER)
        _check_number(f"stops.{place}.orderUntilS", stop.order_until_s, 0, MAX_ORDER_UNTIL_S, LimitUnit.SECOND)
    times = seconds_of([stop.arrives_at for stop in stops])
    for place, (before, after) in enumerate(pairwise(times), start=1):
        if after <= before:
            raise TimesAreInvalid(f"stops.{place}.arrivesAt", "not later than the stop before")
    if times and times[-1] - times[0] > LASTS.total_seconds():
        raise TimesAreInvalid(
            f"stops.{len(stops) - 1}.arrivesAt", f"a round lasts at most {LASTS // timedelta(hours=1)} hours"
        )


def check_beside(times: Sequence[int], day_before: Sequence[int], day_after: Sequence[int]) -> None:
    """That the round begins when that of the day before is over, and is over when the next begins. Raises TimesAreInvalid."""
    if times and day_before and day_before[-1] - DAY_S >= times[0]:
        raise TimesAreInvalid("stops.0.arrivesAt", "the round of the day before is not over then")
    if times and day_after and times[-1] - DAY_S >= day_after[0]:
        raise TimesAreInvalid(f"stops.{len(times) - 1}.arrivesAt", "the round of the next day has begun then")


def check_place(field: str, point: GeoPoint) -> None:
    """Raises PlaceIsOutside, PlaceIsClosed."""
    if next(regency.kecamatan_around(point), None) is None:
        raise PlaceIsOutside(field, "outside the regency")
    if (closed := regency.closed_area(point)) is not None:
        raise PlaceIsClosed(field, f"nobody may stay there: {closed.name}")


def check_area(radius_m: int | None, kecamatan: Sequence[str]) -> None:
    """Raises NumberIsOutOfRange, KecamatanIsUnknown."""
    if radius_m is not None:
        _check_number("radiusM", radius_m, *SERVES_M, LimitUnit.METRE)
    for place, code in enumerate(kecamatan):
        if not regency.is_kecamatan(code):
            raise KecamatanIsUnknown(f"kecamatanCodes.{place}", "no kecamatan of the regency")


def _check_number(field: str, given: int, least: int, most: int, unit: LimitUnit) -> None:
    if not least <= given <= most:
        raise NumberIsOutOfRange(field, least, most, unit)


def day_walked(now: datetime, yesterday: Sequence[int], today: Sequence[int]) -> date:
    """Whose round she walks who starts now: yesterday's while that, past midnight, is not long over, unless today's is nearer."""
    day = now.astimezone(WIB).date()
    before = day - timedelta(days=1)
    if not yesterday or yesterday[-1] < DAY_S:
        return day
    over = now - instant(before, yesterday[-1])
    if today and instant(day, today[0]) - now <= over:
        return day
    return before if over < AFTERWARDS else day


def ends_by(day: date, times: Sequence[int], now: datetime) -> datetime:
    """When a round is over at the latest: some time after its last stop, or at the end of its day. Whoever starts after all of it has
    until the end of the day that it is."""
    planned = instant(day, times[-1]) + AFTERWARDS if times else now
    midnight = instant(now.astimezone(WIB).date(), DAY_S)
    return planned if planned > now else midnight


def progress(
    before: Progress, stops: Sequence[Planned], day: date, point: GeoPoint, now: datetime, reached: StopId | None
) -> Progress:
    """Where in her round she is who is seen at a point now. The next stop that she is near to is reached, and so is one that she says."""
    last = next(
        (place for place, stop in enumerate(stops) if stop.id == before.stop), _planned_before(stops, before.stop_at_s)
    )
    if reached is not None:
        here = next((place for place, stop in enumerate(stops) if stop.id == reached), last)
    else:
        here = next(
            (place for place in range(last + 1, len(stops)) if metres_between(stops[place].point, point) <= REACHED_M),
            last,
        )
    late_s = before.late_s
    if here >= 0 and (here != last or reached is not None):
        late_s = round((now - instant(day, stops[here].at_s)).total_seconds())
    stop = stops[here] if here >= 0 else None
    at, at_s = (stop.id, stop.at_s) if stop else (None, None)
    following = stops[here + 1] if here + 1 < len(stops) else None
    if following is None:
        return Progress(at, at_s, late_s, None, None)
    planned = instant(day, following.at_s)
    soonest = now + timedelta(seconds=metres_between(point, following.point) / METRES_A_SECOND)
    expected = max(planned + timedelta(seconds=late_s if stop else 0), soonest)
    late = round((expected - planned).total_seconds())
    return Progress(at, at_s, late, following.id, expected)


def _planned_before(stops: Sequence[Planned], at_s: int | None) -> int:
    """Of stops that were changed meanwhile, the last that was planned until then; -1 when there is none."""
    return -1 if at_s is None else sum(stop.at_s <= at_s for stop in stops) - 1


def meeting(leg: Leg, point: GeoPoint) -> Meeting:
    """How near to the point the leg comes, and when: what lies on the way to the next stop is passed in proportion. What is near
    to the next stop is met there, which that stop's own leg says."""
    at_stop = Meeting(metres_between(leg.point, point), leg.at_s, of_stop=True)
    if leg.next_point is None or leg.next_at_s is None:
        return at_stop
    (x, y), (dx, dy) = plane(leg.point, point), plane(leg.point, leg.next_point)
    long = dx * dx + dy * dy
    along = max(0.0, min(1.0, (x * dx + y * dy) / long)) if long else 0.0
    passing = math.hypot(x - along * dx, y - along * dy)
    if min(at_stop.distance_m, metres_between(leg.next_point, point)) <= passing + REACHED_M:
        return at_stop
    return Meeting(passing, leg.at_s + along * (leg.next_at_s - leg.at_s), of_stop=False)


def soonest(meetings: Iterable[Meeting], radius_m: int) -> Meeting | None:
    """The first within the radius; of two at one time the nearer."""
    near = [each for each in meetings if each.distance_m <= radius_m]
    return min(near, key=lambda each: (each.at_s, each.distance_m), default=None)
