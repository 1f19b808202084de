"""The area that riders serve."""

from __future__ import annotations

from services.contracts.places import KECAMATAN
from services.delivery.domain.roads import Point, earth_distance_m

# A point belongs to the nearest centre, and lies outside the area when that is farther than this: the largest kecamatan reach so far.
REACH_M = 12_000


def is_served(point: Point) -> bool:
    """Whether a rider goes there."""
    centres = (Point(each.centre.lat, each.centre.lng) for each in KECAMATAN.values())
    return min(earth_distance_m(point, centre) for centre in centres) <= REACH_M
