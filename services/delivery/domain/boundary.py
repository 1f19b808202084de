"""Boundaries as they come in: GeoJSON (RFC 7946) of polygons, checked before a zone is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.contracts import regency
from services.contracts.places import GeoPoint

MAX_BYTES: Final = 200_000
MAX_CORNERS: Final = 300
"""Of one boundary: comparing all its sides takes some milliseconds."""
MAX_TOGETHER: Final = 20
"""Boundaries of one import."""
MAX_ALL_CORNERS: Final = 1_500
"""Of one import."""
MIN_AREA_M2: Final = 100
"""What is smaller is a slip of the pen: nobody's position is that exact."""
_BEYOND_DEGREES: Final = 0.05
"""Some 5 km: Semeru's hazards begin on the other side of the border."""


class BoundaryIsInvalid(Exception):
    """No boundary of a zone. `where`: which of them, from 0."""

    def __init__(self, why: str, where: int = 0) -> None:
        super().__init__(f"feature {where}: {why}")
        self.where = where


@dataclass(frozen=True, slots=True)
class Drawn:
    """A ring without its last corner, and the name that its properties gave it, or ''."""

    name: str
    corners: Sequence[GeoPoint]


def read(text: str) -> list[Drawn]:
    """Of a Polygon, a Feature or a FeatureCollection. Raises BoundaryIsInvalid."""
    if len(text.encode()) > MAX_BYTES:
        raise BoundaryIsInvalid(f"more than {MAX_BYTES} bytes")
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BoundaryIsInvalid(f"no JSON: {error}") from error
    features = _features(content)
    if not 1 <= len(features) <= MAX_TOGETHER:
        raise BoundaryIsInvalid(f"1 to {MAX_TOGETHER} polygons together, not {len(features)}")
    found = [_drawn(each, where) for where, each in enumerate(features)]
    if (corners := sum(len(each.corners) for each in found)) > MAX_ALL_CORNERS:
        raise BoundaryIsInvalid(f"{corners} corners are more than the {MAX_ALL_CORNERS} of one import")
    for where, each in enumerate(found):
        check_corners(each.corners, where)
    return found


def _features(content: Any) -> list[Any]:
    match content:
        case {"type": "FeatureCollection", "features": list(features)}:
            return features
        case {"type": "Feature" | "Polygon"}:
            return [content]
    raise BoundaryIsInvalid("no Polygon, Feature or FeatureCollection of GeoJSON")


def _drawn(feature: Any, where: int) -> Drawn:
    name: Any = ""
    if isinstance(feature, dict) and feature.get("type") == "Feature":
        properties, feature = feature.get("properties"), feature.get("geometry")
        name = properties.get("name", "") if isinstance(properties, dict) else ""
    match feature:
        case {"type": "Polygon", "coordinates": [list(ring)]}:
            pass
        case {"type": "Polygon", "coordinates": [_, _, *_]}:
            raise BoundaryIsInvalid("a polygon with holes; draw the parts instead", where)
        case _:
            raise BoundaryIsInvalid("its geometry is no polygon of one ring", where)
    if not 4 <= len(ring) <= MAX_CORNERS + 1:
        raise BoundaryIsInvalid(f"a ring has 4 to {MAX_CORNERS + 1} positions, not {len(ring)}", where)
    corners = [_corner(each, where) for each in ring]
    if corners[0] != corners[-1]:
        raise BoundaryIsInvalid("the ring is not closed: its last position is not its first", where)
    return Drawn(name.strip() if isinstance(name, str) else "", corners[:-1])


def _corner(position: Any, where: int) -> GeoPoint:
    match position:
        case [int() | float() as lng, int() | float() as lat, *_] if -180 <= lng <= 180 and -90 <= lat <= 90:
            return GeoPoint(lat=round(float(lat), 6), lng=round(float(lng), 6))
    raise BoundaryIsInvalid("a position is [longitude, latitude] in degrees", where)


def check_corners(corners: Sequence[GeoPoint], where: int = 0) -> None:
    """Raises BoundaryIsInvalid."""
    if len(set(corners)) != len(corners):
        raise BoundaryIsInvalid("it comes to one corner twice", where)
    if beyond := next((each for each in corners if not _near(each)), None):
        raise BoundaryIsInvalid(
            f"{beyond.lat}, {beyond.lng} lies outside the regency: positions are [longitude, latitude]", where
        )
    if not _touches(corners):
        raise BoundaryIsInvalid("it lies outside the regency", where)
    if crosses(corners):
        raise BoundaryIsInvalid("its sides cross or touch each other", where)
    if _area_m2(corners) < MIN_AREA_M2:
        raise BoundaryIsInvalid(f"it encloses less than {MIN_AREA_M2} square metres", where)


def _near(point: GeoPoint) -> bool:
    south, west, north, east = regency.BOX
    return (
        south - _BEYOND_DEGREES <= point.lat <= north + _BEYOND_DEGREES
        and west - _BEYOND_DEGREES <= point.lng <= east + _BEYOND_DEGREES
    )


def _touches(corners: Sequence[GeoPoint]) -> bool:
    middle = GeoPoint(
        lat=sum(each.lat for each in corners) / len(corners), lng=sum(each.lng for each in corners) / len(corners)
    )
    return any(next(regency.kecamatan_around(each), None) is not None for each in (*corners, middle))


def _area_m2(corners: Sequence[GeoPoint]) -> float:
    degrees = abs(
        sum(a.lng * b.lat - b.lng * a.lat for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)) / 2
    )
    return degrees * 111_195.0 * 111_195.0 * 0.99  # the cosine of the regency's latitude


def crosses(corners: Sequence[GeoPoint]) -> bool:
    """Whether two sides have a point in common that is not the corner between them. By a sweep from west to east: sides whose spans of
    longitude do not meet are not compared."""
    count = len(corners)
    sides = sorted(
        (
            (min(a.lng, b.lng), max(a.lng, b.lng), n, a, b)
            for n, (a, b) in enumerate(zip(corners, [*corners[1:], corners[0]], strict=True))
        ),
        key=lambda side: side[:3],
    )
    open_sides: list[tuple[float, float, int, GeoPoint, GeoPoint]] = []
    for side in sides:
        open_sides = [each for each in open_sides if each[1] >= side[0]]
        for each in open_sides:
            apart = (side[2] - each[2]) % count
            if apart in (1, count - 1):
                # Neighbours share a corner; they lie on one another where one runs back over the other.
                first, second = (each, side) if apart == 1 else (side, each)
                if _side(first[3], first[4], second[4]) == 0 and _dot(first[3], first[4], second[4]) < 0:
                    return True
            elif _meet(side[3], side[4], each[3], each[4]):
                return True
        open_sides.append(side)
    return False


def _side(a: GeoPoint, b: GeoPoint, c: GeoPoint) -> float:
    return (b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng)


def _dot(a: GeoPoint, b: GeoPoint, c: GeoPoint) -> float:
    return (b.lng - a.lng) * (c.lng - b.lng) + (b.lat - a.lat) * (c.lat - b.lat)


def _meet(a: GeoPoint, b: GeoPoint, c: GeoPoint, d: GeoPoint) -> bool:
    one, two, three, four = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if ((one > 0) != (two > 0)) and ((three > 0) != (four > 0)) and 0 not in (one, two, three, four):
        return True
    return any(
        side == 0
        and min(p.lng, q.lng) <= r.lng <= max(p.lng, q.lng)
        and min(p.lat, q.lat) <= r.lat <= max(p.lat, q.lat)
        for side, p, q, r in ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    )
