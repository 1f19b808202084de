"""Whom a merchant has its goods brought to: one rule for what is shown and for what may be ordered."""

from __future__ import annotations

import math
from collections.abc import Sequence

from services.contracts import regency
from services.contracts.places import GeoPoint


def serves(pickup: GeoPoint, radius_m: int | None, kecamatan: Sequence[str], point: GeoPoint) -> bool:
    """Whether a merchant of this area has goods brought to the point; at a kecamatan's border to both sides."""
    if not regency.is_delivered_to(point):
        return False
    if radius_m is not None and metres_between(pickup, point) > radius_m:
        return False
    return not kecamatan or any(code in kecamatan for code in regency.kecamatan_around(point))


def metres_between(one: GeoPoint, other: GeoPoint) -> float:
    return math.hypot(*plane(one, other))


def plane(origin: GeoPoint, point: GeoPoint) -> tuple[float, float]:
    """East and north of the origin in metres, on a plane that is true within some tens of kilometres."""
    degree = 111_195.0
    return (
        (point.lng - origin.lng) * degree * math.cos(math.radians(origin.lat)),
        (point.lat - origin.lat) * degree,
    )
