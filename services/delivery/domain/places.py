"""The area that riders serve."""

from __future__ import annotations

from services.contracts import regency
from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.domain.roads import earth_distance_m

# Riders come from beyond the regency and ride around: no kecamatan reaches farther than 12 km from its middle, and 20 km more are theirs.
NEAR_M = 32_000


def why_not_served(point: GeoPoint) -> str:
    """Why no rider goes there, or '' for a place that is served."""
    if (closed := regency.closed_area(point)) is not None:
        return f"the drop-off lies within {closed.radius_m} m of {closed.name}, where nobody may stay"
    return "" if regency.is_delivered_to(point) else "the drop-off lies outside the regency"


def is_near(point: GeoPoint) -> bool:
    """Whether a rider on a trip can be there."""
    return min(earth_distance_m(point, each.centre) for each in KECAMATAN.values()) <= NEAR_M
