"""When a rider comes: total over all states, never in the past, and nearer is never later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.contracts.places import GeoPoint
from services.delivery.domain.eta import MARGIN_S, SOONEST, Accuracy, Underway, arrives_at, kept_as, margin_s
from services.delivery.domain.roads import HALT_S
from services.delivery.domain.trip import DeliveryStatus

NOW = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
SHOP, HOME = GeoPoint(lat=-8.1359, lng=113.2247), GeoPoint(lat=-8.112, lng=113.237)
FORESEEN = {DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP, DeliveryStatus.PICKED_UP}
points = some.builds(GeoPoint, lat=some.floats(-8.3, -7.9), lng=some.floats(112.9, 113.4))


def a_trip(
    status: DeliveryStatus,
    place: GeoPoint | None = None,
    *,
    since: datetime = NOW,
    seen_at: datetime = NOW,
    ready_at: datetime | None = None,
) -> Underway:
    return Underway(status, (SHOP,), HOME, since, place, seen_at if place else None, ready_at)


@given(
    status=some.sampled_from(list(DeliveryStatus)),
    pickups=some.lists(points, min_size=1, max_size=5),
    dropoff=points,
    place=some.none() | points,
    ago_s=some.integers(0, 86_400),
    ready_in_s=some.none() | some.integers(-7_200, 86_400),
)
def test_every_state_has_an_answer_and_none_lies_in_the_past(
    status: DeliveryStatus,
    pickups: list[GeoPoint],
    dropoff: GeoPoint,
    place: GeoPoint | None,
    ago_s: int,
    ready_in_s: int | None,
) -> None:
    ready_at = None if ready_in_s is None else NOW + timedelta(seconds=ready_in_s)
    at = NOW - timedelta(seconds=ago_s)
    trip = Underway(status, tuple(pickups), dropoff, at, place, at if place else None, ready_at)
    arrives = arrives_at(trip, NOW)
    assert (arrives is not None) is (status in FORESEEN)
    assert arrives is None or arrives >= NOW + SOONEST
    if ready_at and arrives and status is not DeliveryStatus.PICKED_UP:
        assert arrives >= ready_at


@given(
    pickups=some.lists(points, min_size=2, max_size=5, unique_by=lambda each: (each.lat, each.lng)),
    dropoff=points,
    place=some.none() | points,
    fetched=some.integers(1, 4),
)
def test_what_is_still_to_be_fetched_lies_on_the_way(
    pickups: list[GeoPoint], dropoff: GeoPoint, place: GeoPoint | None, fetched: int
) -> None:
    left = tuple(pickups[fetched:])
    seen = NOW if place else None
    ready_at = NOW + timedelta(hours=9) if left else None
    trip = Underway(DeliveryStatus.PICKED_UP, tuple(pickups), dropoff, NOW, place, seen, left=left)
    whole = Underway(DeliveryStatus.PICKED_UP, (*pickups[:fetched],), dropoff, NOW, place, seen)
    foreseen, sooner = arrives_at(trip, NOW), arrives_at(whole, NOW)
    assert foreseen is not None
    assert sooner is not None
    # Each door takes its time; without any, nothing changes.
    halts = timedelta(seconds=HALT_S * len(left))
    assert foreseen >= max(NOW + halts, sooner - timedelta(seconds=1)) if left else foreseen == sooner
    late = arrives_at(replace(trip, ready_at=ready_at), NOW)
    assert late is not None
    assert not ready_at or late >= ready_at + halts


def test_nearer_is_sooner_and_an_old_place_says_nothing() -> None:
    near, far = GeoPoint(lat=-8.115, lng=113.236), GeoPoint(lat=-8.2, lng=113.2)
    by_near = arrives_at(a_trip(DeliveryStatus.PICKED_UP, near), NOW)
    by_far = arrives_at(a_trip(DeliveryStatus.PICKED_UP, far), NOW)
    unseen = arrives_at(a_trip(DeliveryStatus.PICKED_UP), NOW)
    assert by_near is not None
    assert by_far is not None
    assert by_near < by_far
    assert arrives_at(a_trip(DeliveryStatus.PICKED_UP, far, seen_at=NOW - timedelta(minutes=3)), NOW) == unseen


def test_the_margin_is_what_late_trips_have_shown_once_there_are_enough() -> None:
    def known(trips: int) -> list[Accuracy]:
        return [Accuracy(DeliveryStatus.ASSIGNED, trips, 30, 240, trips // 2)]

    assert margin_s(known(19), DeliveryStatus.AT_PICKUP) == MARGIN_S
    assert margin_s(known(20), DeliveryStatus.AT_PICKUP) == 240
    assert margin_s(known(20), DeliveryStatus.PICKED_UP) == MARGIN_S


@pytest.mark.parametrize("status", list(DeliveryStatus))
def test_what_is_foreseen_is_written_down_once_at_each_stage(status: DeliveryStatus) -> None:
    assert (kept_as(status) is not None) is (status in FORESEEN)
