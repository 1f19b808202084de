"""How a person ends a trip: what may be said of it, and what that leaves in the books."""

from __future__ import annotations

import itertools

import pytest

from services.contracts.delivery import FailureCode
from services.delivery.domain.ending import CannotEndSo, CashIsNot, DeliveryOutcome, Ending, cash, end, fault
from services.delivery.domain.trip import TERMINAL, DeliveryStatus
from tests.unit.delivery.domain.test_offer import a_trip

S, O = DeliveryStatus, DeliveryOutcome  # noqa: E741 - as the table is read
WITH_GOODS = [S.PICKED_UP, S.AT_DROPOFF, S.FAILED_ATTEMPT, S.RETURNING]
SEEKING = [S.WAITING, S.REQUESTED, S.OFFERED]


def ended(status: DeliveryStatus, outcome: DeliveryOutcome, **said: object) -> DeliveryStatus | None:
    return end(a_trip(status), Ending(outcome, "why", **said))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [S.ASSIGNED, S.AT_PICKUP, *WITH_GOODS])
def test_whoever_may_have_the_goods_is_ended_by_what_became_of_them(status: DeliveryStatus) -> None:
    assert ended(status, O.DELIVERED) is S.DELIVERED
    assert ended(status, O.RETURNED) is S.RETURNED
    assert ended(status, O.DISPOSED) is S.DISPOSED
    assert ended(status, O.LOST) is S.DISPOSED


@pytest.mark.parametrize("status", [*SEEKING, S.ASSIGNED, S.AT_PICKUP])
def test_goods_that_never_left_are_no_trip(status: DeliveryStatus) -> None:
    assert ended(status, O.CANCELLED) is S.CANCELLED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *itertools.product(SEEKING, [O.DELIVERED, O.RETURNED, O.DISPOSED, O.LOST]),
        *itertools.product(WITH_GOODS, [O.CANCELLED]),
        *itertools.product([S.UNASSIGNABLE], DeliveryOutcome),
        (S.DELIVERED, O.LOST),
        (S.RETURNED, O.DELIVERED),
        (S.DISPOSED, O.RETURNED),
        (S.CANCELLED, O.DELIVERED),
    ],
)
def test_what_cannot_be_is_refused_with_where_the_trip_is(status: DeliveryStatus, outcome: DeliveryOutcome) -> None:
    with pytest.raises(CannotEndSo) as refused:
        ended(status, outcome)
    assert refused.value.current is status


def test_the_same_word_twice_is_one_and_lost_is_not_thrown_away() -> None:
    lost = a_trip(S.DISPOSED, failure_code=FailureCode.LOST_IN_TRANSIT)
    thrown = a_trip(S.DISPOSED, failure_code=FailureCode.BUYER_REFUSED)
    assert end(lost, Ending(O.LOST, "why")) is None
    assert end(thrown, Ending(O.DISPOSED, "why")) is None
    for trip, outcome in ((lost, O.DISPOSED), (thrown, O.LOST)):
        with pytest.raises(CannotEndSo):
            end(trip, Ending(outcome, "why"))


def test_every_trip_that_is_open_can_be_ended() -> None:
    for status in set(DeliveryStatus) - TERMINAL:
        possible = []
        for outcome in DeliveryOutcome:
            try:
                possible.append(ended(status, outcome))
            except CannotEndSo:
                continue
        assert possible
        assert None not in possible


@pytest.mark.parametrize(("outcome", "said"), [(O.DELIVERED, -1), (O.DELIVERED, 65_001), (O.LOST, 1), (O.RETURNED, 1)])
def test_cash_is_at_most_what_was_due_and_of_goods_that_came_to_the_buyer(outcome: DeliveryOutcome, said: int) -> None:
    with pytest.raises(CashIsNot):
        ended(S.AT_DROPOFF, outcome, cash_collected_rupiah=said)


def test_cash_is_what_was_due_unless_less_is_said() -> None:
    trip = a_trip(S.AT_DROPOFF)
    assert cash(trip, Ending(O.DELIVERED, "why")) == 65_000
    assert cash(trip, Ending(O.DELIVERED, "why", cash_collected_rupiah=0)) == 0


def test_the_fault_is_what_is_said_else_what_was_reported_else_the_riders() -> None:
    quiet, refused = a_trip(S.PICKED_UP), a_trip(S.FAILED_ATTEMPT, failure_code=FailureCode.BUYER_REFUSED)
    assert fault(quiet, Ending(O.RETURNED, "why")) is FailureCode.RIDER_GAVE_UP
    assert fault(refused, Ending(O.RETURNED, "why")) is FailureCode.BUYER_REFUSED
    assert fault(refused, Ending(O.DISPOSED, "why", FailureCode.ACCIDENT)) is FailureCode.ACCIDENT
    assert fault(refused, Ending(O.LOST, "why")) is FailureCode.LOST_IN_TRANSIT
