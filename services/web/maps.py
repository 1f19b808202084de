"""Maps from the regency's own data: drawn by the server for who has no script, told to `map.js` for who has one. Neither needs tiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from services.contracts import regency
from services.contracts.places import KECAMATAN, GeoPoint
from services.web.answers import Point
from services.web.words import N_

_METRES_PER_DEGREE: Final = 111_195.0
_EAST: Final = math.cos(math.radians(-8.13))
"""How much shorter a degree of longitude is than one of latitude; one for the whole regency."""
_WIDTH: Final = 400
_TALLEST: Final = 400
_LEAST_M: Final = 2_500
"""No frame is smaller: a dot alone in the white tells nobody where it is."""
_RINGS_M: Final = (250, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
_MOST_RINGS: Final = 3

LETTERS: Final = {
    "rider": N_("P"),
    "shop": N_("T"),
    "door": N_("R"),
    "me": N_("S"),
    "wlijo": N_("W"),
    "stop": N_("H"),
}
"""In a mark's dot, so that colour alone tells nothing: Pengantar, Toko, Rumah, Saya, Wlijo, Henti."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`kind` of LETTERS; `label` as people wrote it."""

    kind: str
    point: Point
    label: str


@dataclass(frozen=True, slots=True)
class Area:
    """A zone. `look`: closed, dear or serve."""

    boundary: Sequence[Point]
    label: str
    look: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """`end`: its label stands before it, for behind it there is no room."""

    x: float
    y: float
    mark: Mark
    end: bool


@dataclass(frozen=True, slots=True)
class Ring:
    x: float
    y: float
    r: float
    metres: int


@dataclass(frozen=True, slots=True)
class Outline:
    corners: str
    area: Area


@dataclass(slots=True)
class Map:
    """What a template draws. `told` is the same for the script. `pin` is what kind of mark a tap makes of its form's place, `draws`
    the field whose corners taps are."""

    name: str
    marks: Sequence[Mark] = ()
    line: Sequence[Point] = ()
    """Straight from place to place, as nobody rides: roads are not in our data."""
    rings_at: Point | None = None
    areas: Sequence[Area] = ()
    whole: bool = False
    """The whole regency, whatever is on it."""
    pin: str = ""
    draws: str = ""
    _box: tuple[float, float, float, float] = field(init=False)

    def __post_init__(self) -> None:
        self._box = _frame([] if self.whole else [*(each.point for each in self.marks), *self.line])

    @property
    def width(self) -> int:
        return _WIDTH

    @property
    def height(self) -> int:
        south, _, north, _ = self._box
        return min(_TALLEST, round((north - south) * self._scale))

    @property
    def kecamatan(self) -> Iterator[str]:
        """Outlines of those in the frame."""
        for each in regency.boundaries().values():
            if ring := self._clipped(each):
                yield self._corners(ring)

    @property
    def names(self) -> Iterator[Text]:
        """In the middle of what is seen of each."""
        for code, boundary in regency.boundaries().items():
            ring = self._clipped(boundary)
            if len(ring) >= 3 and _size(ring) * self._scale**2 * _EAST > 500:
                lat, lng = _middle(ring)
                x, y = self._at(lat, lng)
                yield Text(x, y, KECAMATAN[code].name)

    @property
    def dots(self) -> Iterator[Dot]:
        """A label that would lie on another one is left out; the page names everybody in its text."""
        written: list[tuple[float, float, float, float]] = []
        for each in self.marks:
            x, y = self._at(each.point.lat, each.point.lng)
            end, long = x > 0.62 * _WIDTH, 7.5 * len(each.label)
            left, right = (x - 15 - long, x + 11) if end else (x - 11, x + 15 + long)
            free = not any(a < right and left < b and c < y + 13 and y - 13 < d for a, b, c, d in written)
            written.append((left, right, y - 13, y + 13))
            yield Dot(x, y, each if free else Mark(each.kind, each.point, ""), end)

    @property
    def way(self) -> str:
        return self._corners([(each.lat, each.lng) for each in self.line])

    @property
    def outlines(self) -> Iterator[Outline]:
        for each in self.areas:
            yield Outline(self._corners([(corner.lat, corner.lng) for corner in each.boundary]), each)

    @property
    def rings(self) -> Iterator[Ring]:
        if self.rings_at is None:
            return
        x, y = self._at(self.rings_at.lat, self.rings_at.lng)
        for metres in self._ring_sizes():
            yield Ring(x, y, round(metres / _METRES_PER_DEGREE * self._scale, 1), metres)

    def _ring_sizes(self) -> list[int]:
        south, _, north, _ = self._box
        reach = (north - south) * _METRES_PER_DEGREE
        return [each for each in _RINGS_M if reach / 11 <= each <= reach * 0.7][:_MOST_RINGS]

    @property
    def told(self) -> str:
        """To the script."""
        south, west, north, east = self._box
        told: dict[str, Any] = {
            "box": [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]],
            "marks": [
                {"kind": each.kind, "at": [each.point.lat, each.point.lng], "label": each.label} for each in self.marks
            ],
            "line": [[each.lat, each.lng] for each in self.line],
            "areas": [
                {
                    "at": [[corner.lat, corner.lng] for corner in each.boundary],
                    "label": each.label,
                    "look": each.look,
                    "holds": each.holds,
                }
                for each in self.areas
            ],
        }
        if self.rings_at:
            told["rings"] = {"at": [self.rings_at.lat, self.rings_at.lng], "metres": self._ring_sizes()}
        return msgspec.json.encode(told).decode()

    @property
    def _scale(self) -> float:
        """Pixels for a degree of latitude."""
        _, west, _, east = self._box
        return _WIDTH / ((east - west) * _EAST)

    def _at(self, lat: float, lng: float) -> tuple[float, float]:
        _, west, north, _ = self._box
        return round((lng - west) * _EAST * self._scale, 1), round((north - lat) * self._scale, 1)

    def _corners(self, points: Iterable[tuple[float, float]]) -> str:
        return " ".join("{:g},{:g}".format(*self._at(lat, lng)) for lat, lng in points)

    def _clipped(self, boundary: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """What of a boundary lies in the frame, by Sutherland and Hodgman."""
        south, west, north, east = self._box
        ring = list(boundary)
        for axis, edge, more in ((0, south, True), (0, north, False), (1, west, True), (1, east, False)):
            ring = list(_cut(ring, axis, edge, more))
        return ring


def _cut(ring: Sequence[tuple[float, float]], axis: int, edge: float, more: bool) -> Iterator[tuple[float, float]]:
    for before, here in zip([ring[-1], *ring[:-1]] if ring else [], ring, strict=True):
        was, is_in = (before[axis] >= edge) == more, (here[axis] >= edge) == more
        if was != is_in:
            part = (edge - before[axis]) / (here[axis] - before[axis])
            yield before[0] + part * (here[0] - before[0]), before[1] + part * (here[1] - before[1])
        if is_in:
            yield here


def _size(ring: Sequence[tuple[float, float]]) -> float:
    return abs(_doubled(ring)) / 2


def _doubled(ring: Sequence[tuple[float, float]]) -> float:
    return sum(a[1] * b[0] - b[1] * a[0] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Its centre of gravity."""
    doubled = _doubled(ring)
    lat = lng = 0.0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a[1] * b[0] - b[1] * a[0]
        lat += (a[0] + b[0]) * cross
        lng += (a[1] + b[1]) * cross
    return lat / (3 * doubled), lng / (3 * doubled)


def _frame(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """South, west, north, east: of what is shown with a margin, no smaller than _LEAST_M, and neither a strip nor a tower."""
    if points:
        south, north = min(each.lat for each in points), max(each.lat for each in points)
        west, east = min(each.lng for each in points), max(each.lng for each in points)
    else:
        south, west, north, east = regency.BOX
    margin = 1.4 if points else 1.04
    high = max((north - south) * margin, _LEAST_M / _METRES_PER_DEGREE)
    wide = max((east - west) * margin, _LEAST_M / _METRES_PER_DEGREE / _EAST)
    high, wide = max(high, wide * _EAST * 0.6), max(wide, high / _EAST)
    lat, lng = (south + north) / 2, (west + east) / 2
    return lat - high / 2, lng - wide / 2, lat + high / 2, lng + wide / 2


def point(at: GeoPoint) -> Point:
    return Point(lat=at.lat, lng=at.lng)


def metres(a: Point, b: Point) -> int:
    """As the crow flies."""
    north, east = a.lat - b.lat, (a.lng - b.lng) * _EAST
    return round(math.hypot(north, east) * _METRES_PER_DEGREE)


def land() -> bytes:
    """The kecamatan for the script: name and outline of each."""
    found = [
        [KECAMATAN[code].name, [[round(lat, 4), round(lng, 4)] for lat, lng in boundary]]
        for code, boundary in regency.boundaries().items()
    ]
    return msgspec.json.encode(found)
