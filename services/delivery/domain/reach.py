"""When, where and for how many jobs at once a company wants to be asked: its own word, felt by the next offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.contracts import regency
from services.contracts.places import GeoPoint, Hours, is_open
from services.delivery.domain import boundary
from services.delivery.domain.boundary import BoundaryIsInvalid
from services.delivery.domain.trip import Stop

MAX_HOURS: Final = 28
"""Four spans on each weekday."""
MAX_AT_ONCE: Final = 1_000
_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S


class ReachIsInvalid(Exception):
    """`field` is where in the input."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


class KeptBy(StrEnum):
    """What of its own word keeps a company from being asked."""

    HOURS = "HOURS"
    AREA = "AREA"
    CAPACITY = "CAPACITY"


@dataclass(frozen=True, slots=True)
class Reach:
    """No hours are all hours; neither kecamatan nor corners is everywhere, and with both a stop lies in the one or the other. The corners
    are a ring without its last. `jobs_at_once` None: as many as there are."""

    hours: Sequence[Hours] = ()
    kecamatan_codes: Sequence[str] = ()
    corners: Sequence[GeoPoint] = ()
    jobs_at_once: int | None = None

    def is_open(self, at: datetime) -> bool:
        return not self.hours or is_open(self.hours, at)

    def covers(self, stop: Stop) -> bool:
        """As the stop is kept: a door is known to about a hundred metres."""
        if not self.kecamatan_codes and not self.corners:
            return True
        return stop.kecamatan_code in self.kecamatan_codes or contains(self.corners, stop.point)

    def kept_by(self, stops: Iterable[Stop], at: datetime, *, has: int) -> KeptBy | None:
        """Why the company is not asked at this moment; `has` counts the jobs that it carries and the offers that it holds."""
        if not self.is_open(at):
            return KeptBy.HOURS
        if not all(self.covers(each) for each in stops):
            return KeptBy.AREA
        if self.jobs_at_once is not None and has >= self.jobs_at_once:
            return KeptBy.CAPACITY
        return None


ASKED_ALWAYS: Final = Reach()


def contains(corners: Sequence[GeoPoint], point: GeoPoint) -> bool:
    """Whether a ray to the north leaves the ring an odd number of times; nothing is in a ring without corners."""
    inside = False
    for one, other in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if (one.lng > point.lng) != (other.lng > point.lng):
            crosses = one.lat + (point.lng - one.lng) / (other.lng - one.lng) * (other.lat - one.lat)
            inside ^= crosses > point.lat
    return inside


def checked(
    hours: Sequence[Hours], kecamatan_codes: Sequence[str], geojson: str | None, jobs_at_once: int | None
) -> Reach:
    """Raises ReachIsInvalid."""
    _check_hours(hours)
    if unknown := next((each for each in kecamatan_codes if not regency.is_kecamatan(each)), None):
        raise ReachIsInvalid("kecamatanCodes", f"{unknown[:20]!r} is not the code of a kecamatan of Lumajang")
    if jobs_at_once is not None and not 1 <= jobs_at_once <= MAX_AT_ONCE:
        raise ReachIsInvalid("jobsAtOnce", f"1 to {MAX_AT_ONCE} jobs at once")
    return Reach(tuple(hours), tuple(sorted(set(kecamatan_codes))), _corners(geojson), jobs_at_once)


def _corners(geojson: str | None) -> tuple[GeoPoint, ...]:
    if not geojson or not geojson.strip():
        return ()
    try:
        drawn = boundary.read(geojson)
    except BoundaryIsInvalid as error:
        raise ReachIsInvalid("geojson", str(error)) from error
    if len(drawn) != 1:
        raise ReachIsInvalid("geojson", f"one polygon, not {len(drawn)}")
    return tuple(drawn[0].corners)


def _check_hours(hours: Sequence[Hours]) -> None:
    if len(hours) > MAX_HOURS:
        raise ReachIsInvalid("hours", f"at most {MAX_HOURS} spans of hours")
    if any(not 0 <= each.weekday <= 6 for each in hours):
        raise ReachIsInvalid("hours", "a weekday is 1 to 7")
    spans = sorted(_span(each) for each in hours)
    turned = [(begins + _WEEK_S, ends + _WEEK_S) for begins, ends in spans[:1]]
    for (_, ends), (begins, _) in zip(spans, [*spans[1:], *turned], strict=True):
        if begins < ends:
            raise ReachIsInvalid("hours", "two spans of hours overlap")


def _span(hours: Hours) -> tuple[int, int]:
    """Seconds of the week."""
    opens, closes = (each.hour * 3_600 + each.minute * 60 + each.second for each in (hours.opens, hours.closes))
    begins = hours.weekday * _DAY_S
    return begins + opens, begins + (closes if opens < closes else closes + _DAY_S)
