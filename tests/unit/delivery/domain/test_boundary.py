"""Boundaries as officers draw them: what is taken, and what is said of what is not."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.places import GeoPoint
from services.delivery.domain import boundary
from services.delivery.domain.boundary import BoundaryIsInvalid

SQUARE = [[113.20, -8.10], [113.22, -8.10], [113.22, -8.12], [113.20, -8.12], [113.20, -8.10]]


def polygon(ring: Sequence[Any], *holes: Sequence[Any]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring, *holes]}


def feature(ring: Sequence[Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": polygon(ring)}


def test_a_polygon_a_feature_and_a_collection_are_read() -> None:
    (plain,) = boundary.read(json.dumps(polygon(SQUARE)))
    assert (plain.name, plain.corners[1]) == ("", GeoPoint(lat=-8.10, lng=113.22))
    assert len(plain.corners) == 4
    (named,) = boundary.read(json.dumps(feature(SQUARE, name=" Pasar Baru ")))
    assert named.name == "Pasar Baru"
    both = {"type": "FeatureCollection", "features": [feature(SQUARE), feature(SQUARE, name=7)]}
    assert [each.name for each in boundary.read(json.dumps(both))] == ["", ""]


WORLD = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
ROUND = [[113.21 + 0.01 * math.cos(n), -8.11 + 0.01 * math.sin(n)] for n in (i * 2 * math.pi / 301 for i in range(301))]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no Polygon"),
        (json.dumps({"type": "Point", "coordinates": [113, -8]}), "no Polygon"),
        (json.dumps({"type": "FeatureCollection", "features": []}), "1 to 20 polygons"),
        (json.dumps({"type": "FeatureCollection", "features": [feature(SQUARE)] * 21}), "1 to 20 polygons"),
        (json.dumps({"type": "FeatureCollection", "features": [7]}), "no polygon of one ring"),
        (json.dumps(polygon(SQUARE, SQUARE)), "holes"),
        (json.dumps(polygon(SQUARE[:-1])), "not closed"),
        (json.dumps(polygon(SQUARE[:2])), "4 to 301 positions"),
        (json.dumps(polygon([*ROUND, ROUND[0]])), "4 to 301 positions"),
        (json.dumps(polygon([[113.2, None], *SQUARE[1:]])), "longitude, latitude"),
        (json.dumps(polygon([[True, "x"], *SQUARE[1:]])), "longitude, latitude"),
        (json.dumps(polygon([[1e400, 0], *SQUARE[1:]])), ""),
        (json.dumps(polygon(WORLD)), "outside the regency"),
        (json.dumps(polygon([[lat, lng] for lng, lat in SQUARE])), "longitude, latitude"),  # the other way round
        (json.dumps(polygon([[112.9, -8.34], [112.91, -8.34], [112.91, -8.36], [112.9, -8.36], [112.9, -8.34]])), ""),
        (json.dumps(polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]])), "cross or touch"),
        (json.dumps(polygon([*SQUARE[:3], SQUARE[1], SQUARE[0]])), "one corner twice"),
        (json.dumps(polygon([[113.2, -8.1], [113.24, -8.1], [113.22, -8.1], [113.21, -8.11], [113.2, -8.1]])), "cross"),
        (json.dumps(polygon([[113.2, -8.1], [113.20001, -8.1], [113.2, -8.10001], [113.2, -8.1]])), "square metres"),
        (" " * 200_001, "bytes"),
    ],
)  # fmt: skip
def test_what_is_no_boundary_is_refused_with_why(given: str, word: str) -> None:
    with pytest.raises(BoundaryIsInvalid) as refused:
        boundary.read(given)
    assert word in str(refused.value)


def test_the_one_that_is_wrong_is_named() -> None:
    both = {"type": "FeatureCollection", "features": [feature(SQUARE), feature(SQUARE[:-1])]}
    with pytest.raises(BoundaryIsInvalid, match="feature 1") as refused:
        boundary.read(json.dumps(both))
    assert refused.value.where == 1


CORNERS = st.lists(
    st.builds(lambda x, y: GeoPoint(lat=-8.1 + y / 100, lng=113.2 + x / 100), st.integers(0, 9), st.integers(0, 9)),
    min_size=3,
    max_size=9,
    unique=True,
)


@given(CORNERS)
def test_the_sweep_finds_what_comparing_every_two_sides_finds(corners: list[GeoPoint]) -> None:
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    exact = [((round(a.lng * 100), round(a.lat * 100)), (round(b.lng * 100), round(b.lat * 100))) for a, b in sides]
    plain = [GeoPoint(lat=float(a[1]), lng=float(a[0])) for a, _ in exact]
    assert boundary.crosses(plain) == _crosses_plainly(exact)


def _crosses_plainly(sides: list[Any]) -> bool:
    """Every point with thirds of a step on both, by fractions of integers: slow, and another way."""
    for n, (a, b) in enumerate(sides):
        for m in range(n + 1, len(sides)):
            c, d = sides[m]
            shared = {a, b} & {c, d}
            if m - n in (1, len(sides) - 1) and len(shared) == 1:
                (corner,) = shared
                p, q = (b if a == corner else a), (d if c == corner else c)
                cross = (p[0] - corner[0]) * (q[1] - corner[1]) - (p[1] - corner[1]) * (q[0] - corner[0])
                dot = (p[0] - corner[0]) * (q[0] - corner[0]) + (p[1] - corner[1]) * (q[1] - corner[1])
                if cross == 0 and dot > 0:
                    return True
            elif _intersect(a, b, c, d):
                return True
    return False


def _intersect(a: Any, b: Any, c: Any, d: Any) -> bool:
    def turn(p: Any, q: Any, r: Any) -> int:
        value: int = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
        return int(value > 0) - int(value < 0)

    def on(p: Any, q: Any, r: Any) -> bool:
        inside = min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        return turn(p, q, r) == 0 and inside

    if turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0:
        return True
    return on(a, b, c) or on(a, b, d) or on(c, d, a) or on(c, d, b)
