"""The regency's reference data: which kecamatan and villages there are, what lies where, and where nobody may be sent.

Boundaries and codes are `regency.json` (its source and licence are in it). A boundary has some twenty corners, and the villages of the same
source stick out of their kecamatan's by up to 550 m; a phone adds its own error. So a point counts as in a kecamatan up to
TOLERANCE_M outside its boundary: who lives at a border is never refused, who names a kecamatan two villages away is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from services.contracts.places import KECAMATAN, GeoPoint

TOLERANCE_M: Final = 1_000
_METRES_PER_DEGREE: Final = 111_195.0
# One for the whole regency: it spans 0.5 degrees of latitude, over which a degree of longitude changes by a tenth of a percent.
_METRES_PER_DEGREE_EAST: Final = _METRES_PER_DEGREE * math.cos(math.radians(-8.13))


@dataclass(frozen=True, slots=True)
class ClosedArea:
    """Where nobody may stay, so nothing is delivered."""

    name: str
    centre: GeoPoint
    radius_m: int


# Badan Geologi (PVMBG) at level III, Siaga: nobody within 5 km of the crater, for ballistic rocks. What a day's level closes beyond it
# is a zone in delivery's database.
CLOSED: Final = (ClosedArea("Kawah Semeru", GeoPoint(lat=-8.108, lng=112.922), 5_000),)


class _Kecamatan(msgspec.Struct, frozen=True):
    boundary: list[tuple[float, float]]
    villages: list[str]


class _Regency(msgspec.Struct, frozen=True):
    kecamatan: dict[str, _Kecamatan]


class _Area:
    """A boundary in metres, with the box that it and its tolerance lie in."""

    def __init__(self, boundary: list[tuple[float, float]]) -> None:
        corners = [_metres(GeoPoint(lat=lat, lng=lng)) for lat, lng in boundary]
        self._sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
        easts, norths = [east for east, _ in corners], [north for _, north in corners]
        self._west, self._east = min(easts) - TOLERANCE_M, max(easts) + TOLERANCE_M
        self._south, self._north = min(norths) - TOLERANCE_M, max(norths) + TOLERANCE_M

    def holds(self, east: float, north: float) -> bool:
        if not (self._west <= east <= self._east and self._south <= north <= self._north):
            return False
        return self._encloses(east, north) or any(
            _distance_to(side, east, north) <= TOLERANCE_M for side in self._sides
        )

    def _encloses(self, east: float, north: float) -> bool:
        crossed = False
        for (x1, y1), (x2, y2) in self._sides:
            if (y1 > north) != (y2 > north) and east < (x2 - x1) * (north - y1) / (y2 - y1) + x1:
                crossed = not crossed
        return crossed


def _metres(point: GeoPoint) -> tuple[float, float]:
    """East and north of 0,0 on a plane that is true in the regency."""
    return point.lng * _METRES_PER_DEGREE_EAST, point.lat * _METRES_PER_DEGREE


def _distance_to(side: tuple[tuple[float, float], tuple[float, float]], east: float, north: float) -> float:
    (x1, y1), (x2, y2) = side
    dx, dy = x2 - x1, y2 - y1
    along = max(0.0, min(1.0, ((east - x1) * dx + (north - y1) * dy) / (dx * dx + dy * dy)))
    return math.hypot(east - x1 - along * dx, north - y1 - along * dy)


_REGENCY = msgspec.json.decode((Path(__file__).parent / "regency.json").read_bytes(), type=_Regency).kecamatan
_AREAS = {code: _Area(each.boundary) for code, each in _REGENCY.items()}
_LATS, _LNGS = zip(*(corner for each in _REGENCY.values() for corner in each.boundary), strict=True)
BOX: Final[tuple[float, float, float, float]] = (min(_LATS), min(_LNGS), max(_LATS), max(_LNGS))
"""South, west, north and east of all boundaries, in degrees."""
_VILLAGES = {f"{code}.{village}" for code, each in _REGENCY.items() for village in each.villages}


def boundaries() -> Mapping[str, Sequence[tuple[float, float]]]:
    """Corners of each kecamatan by its code, latitude first, not closed."""
    return {code: each.boundary for code, each in _REGENCY.items()}


def is_kecamatan(code: str) -> bool:
    return code in KECAMATAN


def is_village(code: str) -> bool:
    """Desa and kelurahan: 35.08.10.1004."""
    return code in _VILLAGES


def lies_in(point: GeoPoint, kecamatan_code: str) -> bool:
    """Whether a kecamatan that there is holds the point, or comes as near to it as TOLERANCE_M."""
    return _AREAS[kecamatan_code].holds(*_metres(point))


def kecamatan_around(point: GeoPoint) -> Iterator[str]:
    """Codes of those that the point lies in: none outside the regency, two or three at a border."""
    east, north = _metres(point)
    return (code for code, area in _AREAS.items() if area.holds(east, north))


def closed_area(point: GeoPoint) -> ClosedArea | None:
    """The area that keeps everybody from the point."""
    east, north = _metres(point)
    for each in CLOSED:
        x, y = _metres(each.centre)
        if math.hypot(east - x, north - y) <= each.radius_m:
            return each
    return None


def is_delivered_to(point: GeoPoint) -> bool:
    """In the regency, and in no closed area."""
    return next(kecamatan_around(point), None) is not None and closed_area(point) is None
