"""When a rider is at the door: a stated estimate by the place that is known, and how far off such estimates have been."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.places import GeoPoint
from services.delivery.domain.roads import APPROACH_S, DETOUR, HALT_S, METRES_PER_SECOND, earth_distance_m, route
from services.delivery.domain.trip import DeliveryStatus

FRESH: Final = timedelta(minutes=2)
"""An older place says nothing of where the rider is now; then it is reckoned from when the trip came to its state."""
SOONEST: Final = timedelta(minutes=1)
"""What should have been is as near as can be said."""
_FETCHING = frozenset({DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP})
_BRINGING = frozenset({DeliveryStatus.PICKED_UP})


@dataclass(frozen=True, slots=True)
class Underway:
    """A trip as far as its end is foreseen. `pickups` in the order in which they are visited, `left` those whose goods are still to be
    fetched while others' are with the rider; `place` was the rider's at `seen_at`, `since` is when the trip came to its state, or its
    last goods were fetched; goods are not ready before `ready_at`."""

    status: DeliveryStatus
    pickups: tuple[GeoPoint, ...]
    dropoff: GeoPoint
    since: datetime
    place: GeoPoint | None = None
    seen_at: datetime | None = None
    ready_at: datetime | None = None
    left: tuple[GeoPoint, ...] = ()


def travel_s(metres: float) -> float:
    """By road, of metres through the air."""
    return metres * DETOUR / METRES_PER_SECOND


def arrives_at(trip: Underway, now: datetime) -> datetime | None:
    """None where nobody can say: before there is a rider, at the door, and when it did not go well."""
    seen = trip.place is not None and trip.seen_at is not None and now - trip.seen_at <= FRESH
    start = trip.place if seen else None
    begin = trip.seen_at if seen and trip.seen_at else trip.since
    if trip.status in _BRINGING:
        way = [trip.left[each] for each in route(trip.left, trip.dropoff).order] if trip.left else []
        fetched_at = [each for each in trip.pickups if each not in trip.left] or trip.pickups
        start = start or fetched_at[-1]
        there = begin + timedelta(seconds=travel_s(earth_distance_m(start, [*way, trip.dropoff][0])))
        if way and trip.ready_at is not None:
            there = max(there, trip.ready_at)
        arrives = there + timedelta(seconds=HALT_S * len(way) + travel_s(_length_m([*way, trip.dropoff])))
    elif trip.status in _FETCHING:
        at_pickup = trip.status is DeliveryStatus.AT_PICKUP
        way = [trip.pickups[each] for each in route(trip.pickups, trip.dropoff).order]
        approach = 0.0 if at_pickup else APPROACH_S if start is None else travel_s(earth_distance_m(start, way[0]))
        fetched = begin + timedelta(seconds=approach)
        if trip.ready_at is not None:
            fetched = max(fetched, trip.ready_at)
        arrives = fetched + timedelta(seconds=HALT_S * len(way) + travel_s(_length_m([*way, trip.dropoff])))
    else:
        return None
    return max(arrives, now + SOONEST)


def _length_m(way: Sequence[GeoPoint]) -> float:
    return sum(earth_distance_m(a, b) for a, b in itertools.pairwise(way))


def kept_as(status: DeliveryStatus) -> DeliveryStatus | None:
    """Once while the goods are fetched, and once while they are brought, it is written down what was foreseen."""
    if status in _FETCHING:
        return DeliveryStatus.ASSIGNED
    return DeliveryStatus.PICKED_UP if status in _BRINGING else None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of estimates that were written down at one stage and whose trips have arrived. Seconds; late is positive."""

    stage: DeliveryStatus
    trips: int
    median_s: int
    off_by_80_s: int
    within_five_minutes: int


MARGIN_S: Final = 900
"""Until enough trips have arrived to know better."""
_ENOUGH: Final = 20


def margin_s(known: Sequence[Accuracy], status: DeliveryStatus) -> int:
    """Four of five trips like this were no farther off."""
    stage = kept_as(status)
    found = next((each for each in known if each.stage is stage and each.trips >= _ENOUGH), None)
    return max(60, found.off_by_80_s) if found else MARGIN_S
