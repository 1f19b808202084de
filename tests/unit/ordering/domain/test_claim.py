"""Claims as rules: every state answers every input, the money that moves adds up, and nobody is asked for more than a line cost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId
from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.delivery import PartnerId
from services.contracts.ordering import BorneBy, OrderId, SellerOrderId
from services.contracts.reasons import REASONS, ReasonCode, Use, usable
from services.ordering.domain.claim import CLAIM, USUAL, WAITS, Claim, ClaimInput, ClaimState
from services.ordering.domain.claimable import (
    FRESH,
    MAX_PER_LINE,
    ClaimIsLate,
    ClaimIsTooHigh,
    ClaimIsTooMuch,
    ClaimsAreTooMany,
    NotDelivered,
    ReasonDoesNotFit,
    Sold,
    checked,
    share,
)
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.ledger import Kind
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.refusal import WrongState

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def a_claim(state: ClaimState = ClaimState.OPENED, *, partner: bool = True, **changed: object) -> Claim:
    claim = Claim(
        id=ClaimId.seeded("c"),
        order_id=OrderId.seeded("o"),
        seller_order_id=SellerOrderId.seeded("s"),
        order_line_id=OrderLineId.seeded("l"),
        merchant_id=MerchantId.seeded("m"),
        kind=ClaimKind.SPOILED,
        state=state,
        asked_rupiah=5_000,
        test=False,
        at=NOON,
        due_at=NOON,
        partner_id=PartnerId.seeded("p") if partner else None,
    )
    for name, value in changed.items():
        setattr(claim, name, value)
    return claim


def a_line(**changed: object) -> Sold:
    values: dict[str, object] = {
        "quantity": 2,
        "total_rupiah": 5_000,
        "category": "sayur",
        "status": OrderStatus.COMPLETED,
        "ended_at": NOON,
        "claimed_rupiah": 0,
        "claims": 0,
        **changed,
    }
    return Sold(**values)  # type: ignore[arg-type]


def test_every_state_answers_every_input() -> None:
    assert {state for state, _ in CLAIM.table} == set(ClaimState)
    assert len(CLAIM.table) == len(ClaimState) * len(ClaimInput)


def test_every_state_but_an_end_waits_and_an_end_is_left_by_nothing() -> None:
    for state, waits in WAITS.items():
        leads_on = {CLAIM.table[state, each] for each in ClaimInput} - {None, state}
        assert bool(leads_on) == (waits is not None), state
        assert CLAIM.table[state, ClaimInput.DUE] is not None


def test_every_end_is_reached_and_what_waits_gets_there_by_people_or_by_time() -> None:
    reached, heads = {ClaimState.OPENED}, [ClaimState.OPENED]
    while heads:
        for each in ClaimInput:
            found = CLAIM.table[heads[0], each]
            if found is not None and found not in reached:
                reached.add(found)
                heads.append(found)
        heads.pop(0)
    assert reached == set(ClaimState)


@pytest.mark.parametrize("kind", ClaimKind)
def test_what_a_merchant_gives_in_for_is_its_own_to_bear(kind: ClaimKind) -> None:
    reason = REASONS[USUAL[kind]]
    assert reason.borne_by is BorneBy.MERCHANT
    assert Use.CLAIM in reason.uses


@pytest.mark.parametrize("code", usable(Use.CLAIM))
def test_whoever_bears_it_owes_it_and_what_is_owed_is_given_once(code: ReasonCode) -> None:
    claim = a_claim(ClaimState.ESCALATED)
    claim.decide(3_000, code)
    (owed,) = claim.transfers
    account = {
        BorneBy.MERCHANT: f"merchant:{claim.merchant_id}:payable",
        BorneBy.PARTNER: f"partner:{claim.partner_id}:payable",
        BorneBy.PLATFORM: "platform:claims",
    }[REASONS[code].borne_by]
    assert (owed.kind, owed.debit, owed.amount_rupiah) == (Kind.CLAIM, account, 3_000)
    claim.settle()
    claim.settle()
    assert [(each.kind, each.debit, each.amount_rupiah) for each in claim.transfers[1:]] == [
        (Kind.CLAIM_SETTLED, owed.credit, 3_000)
    ]


@pytest.mark.parametrize("code", [each for each in ReasonCode if Use.CLAIM not in REASONS[each].uses])
def test_a_reason_of_something_else_decides_nothing(code: ReasonCode) -> None:
    claim = a_claim(ClaimState.ESCALATED)
    with pytest.raises(ReasonDoesNotFit):
        claim.decide(1, code)
    assert (claim.state, claim.transfers) == (ClaimState.ESCALATED, [])


def test_no_company_bears_what_no_company_had() -> None:
    with pytest.raises(ReasonDoesNotFit):
        a_claim(ClaimState.ESCALATED, partner=False).decide(1, ReasonCode.LOST_IN_TRANSIT)


@pytest.mark.parametrize(("category", "hours"), [*((each, 24) for each in sorted(FRESH)), ("batik", 72), ("", 72)])
def test_what_does_not_keep_is_claimed_within_a_day(category: str, hours: int) -> None:
    line, last = a_line(category=category), NOON + timedelta(hours=hours)
    assert checked(line, last - timedelta(seconds=1), 2, None) == 5_000
    with pytest.raises(ClaimIsLate) as late:
        checked(line, last, 2, None)
    assert late.value.until == last


def test_what_cannot_be_claimed_says_why() -> None:
    for status in set(OrderStatus) - {OrderStatus.COMPLETED}:
        with pytest.raises(NotDelivered):
            checked(a_line(status=status), NOON, 1, None)
    for quantity in (0, -1, 3):
        with pytest.raises(ClaimIsTooMuch):
            checked(a_line(), NOON, quantity, None)
    for amount in (0, -5, 2_501):
        with pytest.raises(ClaimIsTooHigh) as high:
            checked(a_line(), NOON, 1, amount)
        assert high.value.most_rupiah == 2_500
    with pytest.raises(ClaimIsTooHigh):
        checked(a_line(claimed_rupiah=5_000), NOON, 2, None)
    with pytest.raises(ClaimsAreTooMany):
        checked(a_line(claims=MAX_PER_LINE), NOON, 1, None)


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.data())
def test_shares_of_a_line_never_come_to_more_than_the_line_and_a_half_rupiah_each(
    total: int, of: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, of))
    parts = share(total, first, of), share(total, of - first, of)
    assert total <= sum(parts) <= total + 1
    assert share(total, of, of) == total


@given(
    st.integers(1, 100_000),
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 100_000) | st.none()), max_size=8),
)
def test_whatever_is_claimed_of_a_line_all_of_it_is_never_more_than_it_cost(
    total: int, quantity: int, wanted: list[tuple[int, int | None]]
) -> None:
    held = 0
    for number, (of, amount) in enumerate(wanted):
        line = a_line(total_rupiah=total, quantity=quantity, claimed_rupiah=held, claims=number)
        try:
            held += checked(line, NOON, of, amount)
        except (ClaimIsTooHigh, ClaimIsTooMuch, ClaimsAreTooMany):
            continue
    assert 0 <= held <= total


@given(
    st.lists(st.tuples(st.sampled_from(ClaimInput), st.integers(-1, 6_000), st.sampled_from(ReasonCode)), max_size=20)
)
def test_by_whatever_way_a_claim_goes_its_money_adds_up(steps: list[tuple[ClaimInput, int, ReasonCode]]) -> None:
    claim = a_claim()
    for given_input, amount, reason in steps:
        steps_of: dict[ClaimInput, Callable[[], None]] = {
            ClaimInput.ACCEPT: claim.accept,
            ClaimInput.OFFER: partial(claim.offer, amount),
            ClaimInput.DECLINE: claim.decline,
            ClaimInput.AGREE: claim.agree,
            ClaimInput.ESCALATE: claim.escalate,
            ClaimInput.GRANT: partial(claim.decide, amount, reason),
            ClaimInput.REFUSE: partial(claim.decide, 0, reason),
            ClaimInput.PAY: claim.pay,
            ClaimInput.CONFIRM: claim.confirm,
            ClaimInput.DISPUTE: claim.dispute,
            ClaimInput.SETTLE: claim.settle,
            ClaimInput.WITHDRAW: claim.withdraw,
            ClaimInput.DUE: claim.due,
        }
        with contextlib.suppress(WrongState, ClaimIsTooHigh, ReasonDoesNotFit):
            steps_of[given_input]()
        assert (claim.due_at is None) == (WAITS[claim.state] is None)
        owed = sum(each.amount_rupiah for each in claim.transfers if each.kind is Kind.CLAIM)
        given_back = sum(each.amount_rupiah for each in claim.transfers if each.kind is Kind.CLAIM_SETTLED)
        assert owed == (claim.granted_rupiah or 0) <= claim.asked_rupiah
        assert given_back == (owed if claim.state is ClaimState.SETTLED else 0)
        assert len({(each.kind, each.debit, each.credit) for each in claim.transfers}) == len(claim.transfers)


def test_who_has_not_been_paid_says_so_and_is_owed_it_still() -> None:
    claim = a_claim()
    claim.accept()
    claim.pay()
    claim.dispute()
    assert (claim.state, claim.settled_by, len(claim.transfers)) == (ClaimState.GRANTED, None, 1)


def test_a_deadline_that_a_person_has_missed_is_asked_for_again() -> None:
    claim = a_claim(ClaimState.ESCALATED)
    claim.due()
    assert (claim.given, claim.state) == (None, ClaimState.ESCALATED)
    assert claim.wakes_at == NOON + timedelta(hours=24)
