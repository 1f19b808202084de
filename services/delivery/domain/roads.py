"""How far a trip is and how long it takes: by an estimate, or by what a road service says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.places import GeoPoint
from services.contracts.quote import MAX_MERCHANTS

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
# Roads are longer than the air line: 1.3 is the usual ratio for rural roads, an assumption until a road service is asked.
DETOUR = 1.3
# A motorbike with goods on the regency's roads, and the halt at each merchant: assumptions too, to be set right by what trips report.
METRES_PER_SECOND = 25_000 / 3_600
HALT_S = 300
# To the first merchant, for a rider of whom nobody knows where they are.
APPROACH_S = 600


class Roads(StrEnum):
    """Where a distance is from: the air line times DETOUR, or a road service."""

    ESTIMATE = "ESTIMATE"
    ROAD_SERVICE = "ROAD_SERVICE"


@dataclass(frozen=True, slots=True)
class Route:
    """`order` are indices of the pickups in the order to visit them; `without_m` how far it is without each of them, in their own order,
    and empty of one alone."""

    order: tuple[int, ...]
    distance_m: int
    duration_s: int
    without_m: tuple[int, ...] = ()
    source: Roads = Roads.ESTIMATE


def earth_distance_m(a: GeoPoint, b: GeoPoint) -> float:
    """Along the great circle (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lng - a.lng) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def route(pickups: Sequence[GeoPoint], dropoff: GeoPoint, *, detour: float = DETOUR) -> Route:
    """The shortest path that begins at any pickup, visits each once and ends at the drop-off.

    Exact, by dynamic programming over sets of pickups; at most MAX_MERCHANTS of them.
    """
    if not 1 <= len(pickups) <= MAX_MERCHANTS:
        raise ValueError(f"a trip has 1 to {MAX_MERCHANTS} pickups")
    legs = [[earth_distance_m(a, b) for b in pickups] for a in pickups]
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {
        (1 << last, last): (0.0, (last,)) for last in range(len(pickups))
    }
    everything = (1 << len(pickups)) - 1
    for visited in range(1, everything + 1):
        for last in range(len(pickups)):
            so_far = best.get((visited, last))
            if so_far is None:
                continue
            for following in range(len(pickups)):
                if visited & 1 << following:
                    continue
                longer = (so_far[0] + legs[last][following], (*so_far[1], following))
                place = (visited | 1 << following, following)
                if place not in best or longer < best[place]:
                    best[place] = longer

    def to_the_door(visited: int) -> tuple[float, tuple[int, ...]]:
        return min(
            (best[visited, last][0] + earth_distance_m(pickups[last], dropoff), best[visited, last][1])
            for last in range(len(pickups))
            if visited & 1 << last
        )

    metres, order = to_the_door(everything)
    distance_m = round(metres * detour)
    without = (
        [round(to_the_door(everything ^ 1 << left)[0] * detour) for left in range(len(pickups))]
        if len(pickups) > 1
        else []
    )
    return Route(order, distance_m, round(distance_m / METRES_PER_SECOND) + HALT_S * len(pickups), tuple(without))


def by_road(estimate: Route, distance_m: int, seconds: int) -> Route | None:
    """The same stops in the same order, by what a road service says; None for what cannot be: shorter than the air line, or four times
    the estimate and two kilometres. Without a merchant it is so much shorter as by the estimate."""
    air_m = estimate.distance_m / DETOUR
    if not 0.95 * air_m <= distance_m <= 4 * estimate.distance_m + 2_000:
        return None
    longer = distance_m / estimate.distance_m if estimate.distance_m else 1.0
    return Route(
        estimate.order,
        distance_m,
        seconds + HALT_S * len(estimate.order),
        tuple(min(distance_m, round(each * longer)) for each in estimate.without_m),
        Roads.ROAD_SERVICE,
    )
