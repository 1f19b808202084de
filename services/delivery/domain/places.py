"""The area that riders serve."""

from __future__ import annotations

from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.domain.roads import earth_distance_m

# A point belongs to the nearest centre, and lies outside the area when that is farther than this: the largest kecamatan reach so far.
REACH_M = 12_000


def is_served(point: GeoPoint) -> bool:
    """Whether a rider goes there."""
    return min(earth_distance_m(point, each.centre) for each in KECAMATAN.values()) <= REACH_M
