"""A job more on a rider's way: no promise broken, never above capacity, fetched before it is brought, and the least way there is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import DeliveryId, Place
from services.contracts.places import GeoPoint
from services.delivery.domain.insertion import MAX_PICKUPS, Visit, insert, keeps_all, promised_by
from services.delivery.domain.roads import DETOUR, earth_distance_m

NOON = datetime(2026, 2, 1, 5, tzinfo=UTC)
START = GeoPoint(lat=-8.13, lng=113.22)
CAPACITY = 30_000
_points = st.builds(
    lambda lat, lng: GeoPoint(lat=-8.13 + lat / 1e3, lng=113.22 + lng / 1e3), st.integers(-30, 30), st.integers(-30, 30)
)


def at(metres_north: float) -> GeoPoint:
    return GeoPoint(lat=START.lat + metres_north / 111_195, lng=START.lng)


def a_job(
    *points: GeoPoint, due: datetime | None = None, gram: int = 5_000, ready_at: datetime | None = None
) -> tuple[Visit, ...]:
    job = DeliveryId.new()
    *pickups, door = points
    fetched = [
        Visit(job, seq, Place.PICKUP, point, 0 if seq else gram, ready_at=ready_at) for seq, point in enumerate(pickups)
    ]
    return (*fetched, Visit(job, len(pickups), Place.DROPOFF, door, gram, due=due))


@st.composite
def _jobs(draw: st.DrawFn) -> tuple[Visit, ...]:
    points = draw(st.lists(_points, min_size=2, max_size=MAX_PICKUPS + 1))
    return a_job(
        *points,
        due=NOON + timedelta(minutes=draw(st.integers(10, 120))),
        gram=draw(st.integers(1_000, 20_000)),
        ready_at=draw(st.none() | st.integers(0, 30).map(lambda minutes: NOON + timedelta(minutes=minutes))),
    )


def length_m(visits: Sequence[Visit]) -> float:
    """By road, leg after leg."""
    points = [START, *(each.point for each in visits)]
    return sum(earth_distance_m(a, b) for a, b in itertools.pairwise(points)) * DETOUR


@given(ahead=st.lists(_jobs(), max_size=2), job=_jobs(), most=st.integers(0, 10_000))
def test_whatever_is_inserted_keeps_every_law(
    ahead: list[tuple[Visit, ...]], job: tuple[Visit, ...], most: int
) -> None:
    before = tuple(visit for each in ahead for visit in each)
    found = insert(START, NOON, before, job, aboard_gram=0, capacity_gram=CAPACITY, most_added_m=most)
    if found is None:
        return
    assert keeps_all(START, NOON, found.visits, aboard_gram=0, capacity_gram=CAPACITY)
    assert tuple(each for each in found.visits if each in before) == before  # what is there keeps its order
    assert tuple(each for each in found.visits if each in job) == job  # pickups in theirs, and the door last
    assert len(found.visits) == len(before) + len(job)
    assert found.added_m <= most
    assert abs(length_m(found.visits) - length_m(before) - found.added_m) <= 1 or found.added_m == 0
    aboard, now = 0, NOON
    for each in found.visits:
        aboard += each.gram if each.place is Place.PICKUP else -each.gram
        assert aboard <= CAPACITY
    assert now == NOON


def test_what_lies_on_the_way_adds_nothing_and_is_fetched_on_the_way() -> None:
    first = a_job(at(1_000), at(4_000))
    second = a_job(at(2_000), at(3_000))
    found = insert(START, NOON, first, second, aboard_gram=0, capacity_gram=CAPACITY, most_added_m=10)
    assert found is not None
    assert [each.point for each in found.visits] == [at(1_000), at(2_000), at(3_000), at(4_000)]
    assert found.added_m == 0


@pytest.mark.parametrize(("most", "joins"), [(2_599, False), (2_605, True)])
def test_no_farther_than_the_limit(most: int, joins: bool) -> None:
    found = insert(
        START, NOON, a_job(at(1_000), at(2_000)), a_job(at(1_000), at(4_000)), aboard_gram=0, capacity_gram=CAPACITY, most_added_m=most
    )  # fmt: skip
    assert (found is not None) is joins


def test_the_first_promise_is_not_broken_and_the_second_neither() -> None:
    halts = timedelta(seconds=2 * 300 + 4_000 * 1.3 / (25_000 / 3_600))
    for minutes, joins in ((halts + timedelta(seconds=200), True), (halts - timedelta(seconds=10), False)):
        first = a_job(at(1_000), at(4_000), due=NOON + minutes)
        second = a_job(at(2_000), at(5_000))
        found = insert(START, NOON, first, second, aboard_gram=0, capacity_gram=CAPACITY, most_added_m=5_000)
        assert (found is not None) is joins
    late = a_job(at(2_000), at(3_000), due=NOON + timedelta(minutes=1))
    assert insert(START, NOON, (), late, aboard_gram=0, capacity_gram=CAPACITY, most_added_m=9_000) is None


def test_never_above_capacity_with_what_is_aboard() -> None:
    brings = (Visit(DeliveryId.new(), 1, Place.DROPOFF, at(3_000), 20_000),)
    second = a_job(at(1_000), at(2_000), gram=15_000)
    assert insert(START, NOON, brings, second, aboard_gram=20_000, capacity_gram=CAPACITY, most_added_m=1_000) is None
    found = insert(START, NOON, brings, second, aboard_gram=20_000, capacity_gram=CAPACITY, most_added_m=9_000)
    assert found is not None
    assert found.visits[0] == brings[0]  # brought first, then there is room


def test_a_promise_begins_with_what_is_latest() -> None:
    assert promised_by(NOON, None, 1_000) == NOON + timedelta(seconds=600 + 1_000 + 900)
    ready = NOON + timedelta(hours=1)
    assert promised_by(NOON, ready, 1_000) == ready + timedelta(seconds=1_900)
