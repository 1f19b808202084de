"""A courier from outside is asked last and alone; what it says comes to reports once; an order is let go of while it can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.domain import courier
from services.delivery.domain.courier import Report, Seen, Unwanted
from services.delivery.domain.dispatch import Candidate, Policy
from services.delivery.domain.trip import DeliveryStatus as S

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy(outside_after_s=120)
LOCAL = Candidate(PartnerId.seeded("semeru"), PartnerStatus.ACTIVE, 0, None)
FAR = Candidate(PartnerId.seeded("abroad"), PartnerStatus.ACTIVE, 0, None, outside=True)
RESTS = replace(LOCAL, asked=1, rests_since=NOW)


@pytest.mark.parametrize(
    ("local", "waited_s", "asked"),
    [
        (LOCAL, 600, LOCAL),
        (RESTS, 600, FAR),
        (RESTS, 119, RESTS),
        (replace(RESTS, is_open=True), 600, replace(RESTS, is_open=True)),
        (replace(LOCAL, able=False), 600, FAR),
        (replace(LOCAL, status=PartnerStatus.PAUSED), 600, FAR),
        (replace(LOCAL, status=PartnerStatus.SANDBOX), 600, FAR),
    ],
)
def test_whoever_is_of_the_regency_is_asked_first(local: Candidate, waited_s: int, asked: Candidate) -> None:
    since = NOW - timedelta(seconds=waited_s)
    assert courier.local_first([local, FAR], now=NOW, sought_since=since, test=False, policy=POLICY) == [asked]


def test_while_it_has_the_offer_nobody_else_gets_one() -> None:
    has = replace(FAR, is_open=True)
    assert courier.local_first([LOCAL, has], now=NOW, sought_since=NOW, test=False, policy=Policy(at_once=3)) == [has]


@pytest.mark.parametrize(
    ("reported", "found", "due"),
    [
        (S.ASSIGNED, S.REQUESTED, []),
        (S.ASSIGNED, S.ASSIGNED, []),
        (S.ASSIGNED, S.PICKED_UP, [Report.PICKED_UP]),
        (S.ASSIGNED, S.DELIVERED, [Report.PICKED_UP, Report.DELIVERED]),
        (S.PICKED_UP, S.ASSIGNED, []),
        (S.PICKED_UP, S.PICKED_UP, []),
        (S.PICKED_UP, S.DELIVERED, [Report.DELIVERED]),
        (S.PICKED_UP, S.CANCELLED, [Report.FAILED]),
        (S.ASSIGNED, S.UNASSIGNABLE, [Report.FAILED]),
        (S.DELIVERED, S.CANCELLED, []),
        (S.DELIVERED, S.DELIVERED, []),
    ],
)
def test_what_is_said_twice_or_backwards_is_nothing_new(reported: S, found: S, due: list[Report]) -> None:
    assert courier.reports_due(reported, found) == due


SEEN = Seen(S.ASSIGNED, None, NOW, None, 12_000, 9_000)


@pytest.mark.parametrize(
    ("seen", "found", "after_s", "why"),
    [
        (SEEN, S.REQUESTED, 10, None),
        (SEEN, S.REQUESTED, 601, Unwanted.NO_DRIVER),
        (SEEN, S.ASSIGNED, 601, None),
        (replace(SEEN, price_rupiah=12_001), S.REQUESTED, 10, Unwanted.PRICE),
        (replace(SEEN, price_rupiah=12_001), S.ASSIGNED, 10, None),
        (replace(SEEN, unwanted=Unwanted.TRIP), S.ASSIGNED, 10, Unwanted.TRIP),
    ],
)
def test_an_order_is_let_go_of_while_nobody_drives(seen: Seen, found: S, after_s: int, why: Unwanted | None) -> None:
    at = NOW + timedelta(seconds=after_s)
    within = timedelta(seconds=600)
    assert courier.wanted_no_more(seen, found, at, most_over_rupiah=3_000, driver_within=within) is why


def test_a_cancellation_that_is_not_ours_is_believed_after_a_while() -> None:
    gone = replace(SEEN, gone_at=NOW)
    assert not courier.may_be_believed(SEEN, S.CANCELLED, NOW)
    assert not courier.may_be_believed(gone, S.CANCELLED, NOW + timedelta(seconds=59))
    assert courier.may_be_believed(gone, S.CANCELLED, NOW + courier.REPLACED_WITHIN)
    assert courier.may_be_believed(replace(SEEN, unwanted=Unwanted.PRICE), S.CANCELLED, NOW)
    assert courier.may_be_believed(SEEN, S.UNASSIGNABLE, NOW)


def test_pauses_grow_and_end() -> None:
    assert [courier.pause_s(tries) for tries in (0, 1, 2, 3, 60)] == [5, 10, 20, 40, 120]
