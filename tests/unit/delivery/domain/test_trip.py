"""The trip's machine: total, and never without something that moves it on."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from services.contracts.partner import RefusalCode
from services.delivery.domain.trip import (
    ASK_OVERDUE_EVERY,
    FETCHING,
    ON_TRIP,
    OVERDUE_AFTER,
    SEEKING,
    TABLE,
    TERMINAL,
    WAKES,
    DeliveryStatus,
    Input,
    Refused,
    Stay,
    To,
    Wake,
    step,
)
from tests.unit.delivery.domain.test_offer import a_trip

S, IN = DeliveryStatus, Input
REPORTS = [IN.AT_PICKUP, IN.PICKED_UP, IN.AT_DROPOFF, IN.DELIVERED, IN.FAILED, IN.RETURNING, IN.RETURNED, IN.DISPOSED]


@pytest.mark.parametrize(("status", "happened"), [*itertools.product(DeliveryStatus, Input)])
def test_every_input_is_defined_in_every_state(status: DeliveryStatus, happened: Input) -> None:
    assert isinstance(step(status, happened), To | Stay | Refused)


def test_the_table_has_no_other_rows_or_columns() -> None:
    assert set(TABLE) == set(DeliveryStatus)
    assert all(set(row) == set(Input) for row in TABLE.values())


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_leaves_a_terminal_state(status: DeliveryStatus) -> None:
    assert not [happened for happened in Input if isinstance(step(status, happened), To)]
    assert WAKES[status] == frozenset()


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - TERMINAL))
def test_every_other_state_but_the_first_has_a_timer_and_each_a_way_to_an_end(status: DeliveryStatus) -> None:
    assert bool(WAKES[status]) == (status is not S.WAITING)  # ordering owes us what becomes of the order
    seen, ahead = {status}, [status]
    while ahead:
        for onward in TABLE[ahead.pop()].values():
            if isinstance(onward, To) and onward.status not in seen:
                seen.add(onward.status)
                ahead.append(onward.status)
    assert seen & TERMINAL


def test_every_state_is_reached_from_the_first() -> None:
    seen, ahead = {S.WAITING}, [S.WAITING]
    while ahead:
        for onward in TABLE[ahead.pop()].values():
            if isinstance(onward, To) and onward.status not in seen:
                seen.add(onward.status)
                ahead.append(onward.status)
    assert seen == set(DeliveryStatus)


def test_the_search_always_ends() -> None:
    assert all(Wake.TIME_UP in WAKES[status] for status in SEEKING)
    assert all(step(status, IN.TIME_UP) == To(S.UNASSIGNABLE) for status in SEEKING)
    assert all(step(status, IN.TIME_UP) == Stay() for status in set(DeliveryStatus) - SEEKING)


def test_a_trip_goes_its_way_and_may_skip_the_arrivals() -> None:
    assert step(S.ASSIGNED, IN.AT_PICKUP) == To(S.AT_PICKUP)
    assert step(S.ASSIGNED, IN.PICKED_UP) == step(S.AT_PICKUP, IN.PICKED_UP) == To(S.PICKED_UP)
    assert step(S.PICKED_UP, IN.AT_DROPOFF) == To(S.AT_DROPOFF)
    assert step(S.PICKED_UP, IN.DELIVERED) == step(S.AT_DROPOFF, IN.DELIVERED) == To(S.DELIVERED)


def test_failing_gives_the_job_back_before_pickup_and_is_an_attempt_after_it() -> None:
    assert step(S.ASSIGNED, IN.FAILED) == step(S.AT_PICKUP, IN.FAILED) == To(S.REQUESTED)
    assert step(S.PICKED_UP, IN.FAILED) == step(S.AT_DROPOFF, IN.FAILED) == To(S.FAILED_ATTEMPT)
    assert step(S.FAILED_ATTEMPT, IN.AT_DROPOFF) == To(S.AT_DROPOFF)
    assert step(S.FAILED_ATTEMPT, IN.RETURNING) == To(S.RETURNING)
    assert step(S.RETURNING, IN.RETURNED) == To(S.RETURNED)
    assert step(S.RETURNING, IN.DISPOSED) == To(S.DISPOSED)


@pytest.mark.parametrize("status", sorted(ON_TRIP | {S.DELIVERED, S.RETURNED, S.DISPOSED}))
def test_a_second_acceptance_is_too_late(status: DeliveryStatus) -> None:
    assert step(status, IN.ACCEPTED) == Refused(RefusalCode.OFFER_TAKEN)


@pytest.mark.parametrize("status", sorted({S.WAITING, S.REQUESTED, S.OFFERED, S.UNASSIGNABLE, S.CANCELLED}))
@pytest.mark.parametrize("report", REPORTS)
def test_nobody_reports_on_a_job_that_nobody_has(status: DeliveryStatus, report: Input) -> None:
    assert step(status, report) == Refused(RefusalCode.NOT_YOUR_JOB)


@pytest.mark.parametrize("status", sorted(DeliveryStatus))
def test_an_order_can_be_cancelled_until_the_goods_are_picked_up(status: DeliveryStatus) -> None:
    before = {S.WAITING, S.REQUESTED, S.OFFERED, S.ASSIGNED, S.AT_PICKUP}
    assert step(status, IN.CANCELLED) == (To(S.CANCELLED) if status in before else Stay())


@pytest.mark.parametrize("status", sorted(DeliveryStatus))
@pytest.mark.parametrize("report", REPORTS)
def test_a_report_made_twice_is_refused_the_second_time(status: DeliveryStatus, report: Input) -> None:
    onward = step(status, report)
    if isinstance(onward, To):
        assert isinstance(step(onward.status, report), Refused)


def test_what_happens_on_our_side_is_never_a_refusal() -> None:
    ours = [IN.CONFIRMED, IN.CANCELLED, IN.OFFERED, IN.OFFERS_CLOSED, IN.TIME_UP]
    assert not [
        (status, happened)
        for status in DeliveryStatus
        for happened in ours
        if isinstance(step(status, happened), Refused)
    ]


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - TERMINAL))
def test_a_person_can_end_every_trip_and_says_the_same_twice_for_nothing(status: DeliveryStatus) -> None:
    endings = [IN.ENDED_DELIVERED, IN.ENDED_RETURNED, IN.ENDED_DISPOSED, IN.ENDED_CANCELLED]
    ways = {ending: onward for ending in endings if isinstance(onward := step(status, ending), To)}
    assert ways
    for ending, onward in ways.items():
        assert onward.status in TERMINAL
        assert step(onward.status, ending) == Stay()
        others = [step(onward.status, other) for other in endings if other is not ending]
        assert all(isinstance(other, Refused) for other in others)


def test_an_overdue_trip_is_asked_after_less_often_but_for_ever() -> None:
    minutes = timedelta(minutes=10)
    trip = a_trip(S.PICKED_UP)
    assert trip.may_be_silent(minutes) == minutes
    later = replace(trip, now=trip.now + OVERDUE_AFTER + minutes)
    assert later.may_be_silent(minutes) == ASK_OVERDUE_EVERY
    assert replace(later, requested_at=None).may_be_silent(minutes) == minutes


def test_with_some_of_the_goods_every_input_is_defined_too_and_none_says_that_they_never_left() -> None:
    assert set(FETCHING) == set(Input)
    trip = replace(a_trip(S.PICKED_UP), fetching=True)
    reached = {trip.after(happened) for happened in Input} - {None}
    assert reached == {S.PICKED_UP, S.FAILED_ATTEMPT, S.DELIVERED, S.RETURNED, S.DISPOSED}
    assert [
        happened for happened in (IN.DELIVERED, IN.AT_DROPOFF) if not isinstance(trip.step(happened), Refused)
    ] == []
    assert trip.fetches
    assert not a_trip(S.PICKED_UP).fetches
