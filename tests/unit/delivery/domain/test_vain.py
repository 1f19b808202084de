"""What a trip in vain pays, to the rupiah, by the rule of its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import PartnerId, RiderId
from services.delivery.domain import vain
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.delivery.domain.vain import VainRule
from tests.unit.delivery.domain.test_offer import a_trip

RULE = VainRule("V-1", date(2026, 1, 1), "for tests", 30, 60, 50, 10, 200, 6_000)
PARTNER, RIDER = PartnerId.new(), RiderId.new()


def trip(status: DeliveryStatus, **changes: Any) -> Trip:
    shares: dict[str, Any] = {"rider_share_rupiah": 8_001, "partner_share_rupiah": 1_203}
    return replace(a_trip(status), partner_id=PARTNER, rider_id=RIDER, **{**shares, **changes})


@pytest.mark.parametrize(
    ("status", "expected"), [(DeliveryStatus.ASSIGNED, (2_400, 361)), (DeliveryStatus.AT_PICKUP, (4_801, 722))]
)
def test_a_job_that_is_called_off_pays_for_how_far_it_was(status: DeliveryStatus, expected: tuple[int, int]) -> None:
    pay = vain.called_off(RULE, trip(status))
    assert pay is not None
    assert (pay.rider_rupiah, pay.partner_rupiah) == expected
    assert (pay.rule, pay.partner_id, pay.rider_id) == ("V-1", PARTNER, RIDER)


@pytest.mark.parametrize("status", sorted(set(DeliveryStatus) - {DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP}))
def test_who_was_not_on_the_way_to_a_counter_has_nothing_of_it(status: DeliveryStatus) -> None:
    assert vain.called_off(RULE, trip(status)) is None
    assert vain.called_off(None, trip(DeliveryStatus.ASSIGNED)) is None


def test_the_way_back_is_half_a_share_again() -> None:
    pay = vain.way_back(RULE, trip(DeliveryStatus.FAILED_ATTEMPT))
    assert pay is not None
    assert (pay.rider_rupiah, pay.partner_rupiah) == (4_001, 602)


@pytest.mark.parametrize(
    ("came", "promised", "packed", "minutes"),
    [
        (25, None, None, 15),
        (25, -12, None, 2),
        (25, 5, None, None),  # fetched before it was promised
        (10, None, None, None),
        (40, None, -20, 10),  # said to be packed twenty minutes ago
        (40, None, -30, None),
        (500, None, None, 490),
        (None, None, None, None),
    ],
)
def test_waiting_counts_from_the_promise_to_the_packing(
    came: int | None, promised: int | None, packed: int | None, minutes: int | None
) -> None:
    at = trip(DeliveryStatus.AT_PICKUP)
    ready = None if promised is None else at.now + timedelta(minutes=promised)
    found = vain.waited(
        RULE,
        replace(at, ready_at=ready),
        None if came is None else at.now - timedelta(minutes=came),
        None if packed is None else at.now + timedelta(minutes=packed),
    )
    assert (found[0] if found else None) == minutes
    if found:
        assert found[1].rider_rupiah == min(200 * found[0], 6_000)
        assert found[1].partner_rupiah == 0


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 100), st.integers(0, 100))
def test_it_is_never_more_than_the_shares(rider: int, partner: int, called_off: int, there: int) -> None:
    rule = replace(RULE, called_off_pct=called_off, at_pickup_pct=there)
    for status in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        pay = vain.called_off(rule, trip(status, rider_share_rupiah=rider, partner_share_rupiah=partner))
        assert pay is None or (0 <= pay.rider_rupiah <= rider and 0 <= pay.partner_rupiah <= partner)


@pytest.mark.parametrize(
    "wrong", [{"called_off_pct": 101}, {"free_minutes": 241}, {"per_minute_rupiah": 10_001}, {"most_rupiah": -1}]
)
def test_a_rule_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    RULE.check()
    with pytest.raises(ValueError, match="V-1"):
        replace(RULE, **wrong).check()
