"""The area that riders serve."""

from __future__ import annotations

import math

from services.contracts import regency
from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.domain.roads import EARTH_RADIUS_M

# Riders come from beyond the regency and ride around: no kecamatan reaches farther than 12 km from its middle, and 20 km more are theirs.
NEAR_M = 32_000


def why_not_served(point: GeoPoint) -> str:
    """Why no rider goes there, or '' for a place that is served."""
    if (closed := regency.closed_area(point)) is not None:
        return f"the drop-off lies within {closed.radius_m} m of {closed.name}, where nobody may stay"
    return "" if regency.is_delivered_to(point) else "the drop-off lies outside the regency"


def _on_earth(point: GeoPoint) -> tuple[float, float, float]:
    """From its middle, as long as its radius is one."""
    lat, lng = math.radians(point.lat), math.radians(point.lng)
    return math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)


_MIDDLES = [_on_earth(each.centre) for each in KECAMATAN.values()]
_NEAR = math.cos(NEAR_M / EARTH_RADIUS_M)


def is_near(point: GeoPoint) -> bool:
    """Whether a rider on a trip can be there: by the angle at the earth's middle, for thousands of places are looked at a second."""
    x, y, z = _on_earth(point)
    for east, north, up in _MIDDLES:  # noqa: SIM110 - any() of a generator takes twice as long
        if x * east + y * north + z * up >= _NEAR:
            return True
    return False
