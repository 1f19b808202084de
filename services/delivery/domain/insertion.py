"""A job more on a rider's way: cheapest insertion of its pickups and its door into the stops that are ahead, in every possible place.

The problem is the field's pickup and delivery with time windows and capacities; of one pair into a handful of stops the whole of it is
looked through, so what is found is the least that the way can grow. What is there keeps its order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.delivery import DeliveryId, Place
from services.contracts.places import GeoPoint
from services.delivery.domain.eta import MARGIN_S, travel_s
from services.delivery.domain.roads import APPROACH_S, DETOUR, HALT_S, earth_distance_m

DOOR_S: Final = 180
"""The halt at a door: an assumption, as that at merchants is."""
MAX_PICKUPS: Final = 2
"""Of a job that joins others: with more the ways to insert it are thousands."""
MAX_STOPS: Final = 16
"""Ahead of a rider whom a job more is considered for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop ahead. Goods of a pickup are not ready before `ready_at`; what a job weighs is `gram` at its first pickup and at its door,
    where it is to be at `due` at the latest. `seq` is the stop's number in its trip."""

    job_id: DeliveryId
    seq: int
    place: Place
    point: GeoPoint
    gram: int = 0
    ready_at: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inserted:
    """The stops with the job's in them, and how much longer the way is for it, by road."""

    visits: tuple[Visit, ...]
    added_m: int


def promised_by(requested_at: datetime, ready_at: datetime | None, duration_s: int) -> datetime:
    """When the buyer has been let expect the goods: fetched by a rider who comes from anywhere, and not before they are ready; the ride as
    it was quoted, and the margin that estimates are told with."""
    fetched = requested_at + timedelta(seconds=APPROACH_S)
    if ready_at is not None:
        fetched = max(fetched, ready_at)
    return fetched + timedelta(seconds=duration_s + MARGIN_S)


def keeps_all(start: GeoPoint, now: datetime, visits: Sequence[Visit], *, aboard_gram: int, capacity_gram: int) -> bool:
    """Whether nobody waits longer than promised, and the rider never carries more than they can. What is fetched at one place, or brought
    there, is one halt."""
    at, here, gram, last = now, start, aboard_gram, None
    for each in visits:
        halts = (each.place, each.point) != last
        last = (each.place, each.point)
        at += timedelta(seconds=travel_s(earth_distance_m(here, each.point)))
        here = each.point
        if each.place is Place.PICKUP:
            if each.ready_at is not None:
                at = max(at, each.ready_at)
            at += timedelta(seconds=HALT_S if halts else 0)
            gram += each.gram
            if gram > capacity_gram:
                return False
        else:
            if each.due is not None and at > each.due:
                return False
            at += timedelta(seconds=DOOR_S if halts else 0)
            gram -= each.gram
    return True


def insert(
    start: GeoPoint,
    now: datetime,
    ahead: Sequence[Visit],
    job: Sequence[Visit],
    *,
    aboard_gram: int,
    capacity_gram: int,
    most_added_m: int,
) -> Inserted | None:
    """The shortest way that visits `job`, its pickups in their order and then its door, between the stops that are `ahead`. None when that
    breaks a promise, is too heavy or adds more than it may."""
    if len(ahead) > MAX_STOPS or len(job) > MAX_PICKUPS + 1:
        return None
    stops = (*ahead, *job)
    legs = _legs([start, *(each.point for each in stops)])
    before = _along(legs, range(len(ahead)))
    ways = sorted((_along(legs, way) - before, n, way) for n, way in enumerate(_all(len(ahead), len(job))))
    for added, _, way in ways:
        if added > most_added_m:
            return None
        visits = tuple(stops[each] for each in way)
        if keeps_all(start, now, visits, aboard_gram=aboard_gram, capacity_gram=capacity_gram):
            return Inserted(visits, round(max(0.0, added)))
    return None


def _legs(points: Sequence[GeoPoint]) -> list[list[float]]:
    """By road, from each to each: the ways between them are many, and what lies between two is the same in all."""
    legs = [[0.0] * len(points) for _ in points]
    for one, other in itertools.combinations(range(len(points)), 2):
        legs[one][other] = legs[other][one] = earth_distance_m(points[one], points[other]) * DETOUR
    return legs


def _along(legs: Sequence[Sequence[float]], way: Iterable[int]) -> float:
    metres, here = 0.0, 0
    for each in way:
        metres += legs[here][each + 1]
        here = each + 1
    return metres


def _all(ahead: int, job: int) -> Iterator[tuple[int, ...]]:
    """Ways through so many stops, each in its order: by their numbers, those of the job after those ahead."""
    gaps = range(ahead + 1)
    for places in itertools.combinations_with_replacement(gaps, job):
        made: list[int] = []
        joins = 0
        for gap in gaps:
            while joins < job and places[joins] == gap:
                made.append(ahead + joins)
                joins += 1
            if gap < ahead:
                made.append(gap)
        yield tuple(made)
