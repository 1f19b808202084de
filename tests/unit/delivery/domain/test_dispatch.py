"""Who is asked next: stated, and fair."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.domain.dispatch import Ask, Candidate, GiveUp, LookAgain, Policy, Wait, choose, may_take

A, B, C = (PartnerId.seeded(name) for name in ("a", "b", "c"))
NOON = datetime(2026, 2, 1, 5, tzinfo=UTC)
POLICY = Policy()


def a_candidate(partner: PartnerId, **changes: object) -> Candidate:
    plain = Candidate(partner, PartnerStatus.ACTIVE, accepted_today=0, last_offered_at=None)
    return replace(plain, **changes)  # type: ignore[arg-type] # the tests name fields


def asked(*candidates: Candidate, test: bool = False, policy: Policy = POLICY) -> object:
    return choose(candidates, test=test, policy=policy)


def test_whoever_took_the_fewest_jobs_today_is_asked_first() -> None:
    assert asked(a_candidate(A, accepted_today=2), a_candidate(B, accepted_today=1)) == Ask((B,))


def test_then_whoever_was_asked_longest_ago_and_never_counts_as_longest() -> None:
    earlier, later = NOON, NOON + timedelta(minutes=1)
    assert asked(a_candidate(A, last_offered_at=later), a_candidate(B, last_offered_at=earlier)) == Ask((B,))
    assert asked(a_candidate(A, last_offered_at=earlier), a_candidate(B)) == Ask((B,))


def test_then_by_id() -> None:
    assert asked(a_candidate(A), a_candidate(B), a_candidate(C)) == Ask((min(A, B, C),))


def test_nobody_is_asked_again_before_everybody_was_asked() -> None:
    busy = a_candidate(B, accepted_today=9, asked=0)
    assert asked(a_candidate(A, asked=1), busy) == Ask((B,))


def test_who_gave_the_job_back_comes_last_in_its_round() -> None:
    assert asked(a_candidate(A, gave_back=True), a_candidate(B, accepted_today=9)) == Ask((B,))
    assert asked(a_candidate(A, gave_back=True), a_candidate(B, asked=1)) == Ask((A,))


def test_while_an_offer_is_open_one_waits() -> None:
    assert asked(a_candidate(A, asked=1, is_open=True), a_candidate(B)) == Wait()


def test_several_may_be_asked_at_once() -> None:
    two = Policy(at_once=2)
    assert asked(a_candidate(A, accepted_today=1), a_candidate(B), policy=two) == Ask((B, A))
    assert asked(a_candidate(A, asked=1, is_open=True), a_candidate(B), policy=two) == Ask((B,))


def test_after_all_rounds_one_gives_up_but_not_while_an_offer_is_open() -> None:
    assert asked(a_candidate(A, asked=3), a_candidate(B, asked=3)) == GiveUp()
    assert asked(a_candidate(A, asked=3, is_open=True), policy=Policy(at_once=2)) == Wait()


def test_with_nobody_to_ask_one_looks_again() -> None:
    assert asked() == LookAgain()
    assert asked(a_candidate(A, status=PartnerStatus.PAUSED)) == LookAgain()


def test_a_partner_in_its_sandbox_is_asked_for_test_jobs_alone() -> None:
    sandboxed = a_candidate(A, status=PartnerStatus.SANDBOX)
    assert asked(sandboxed) == LookAgain()
    assert asked(sandboxed, test=True) == Ask((A,))
    assert [status for status in PartnerStatus if may_take(status, test=False)] == [PartnerStatus.ACTIVE]


@given(st.integers(2, 6), st.integers(1, 60))
def test_partners_that_take_every_job_get_as_many_within_one(partners: int, jobs: int) -> None:
    pool = [a_candidate(PartnerId.seeded(str(number))) for number in range(partners)]
    taken: Counter[PartnerId] = Counter({each.partner_id: 0 for each in pool})
    for number in range(jobs):
        found = choose(pool, test=False, policy=POLICY)
        assert isinstance(found, Ask)
        [winner] = found.partners
        taken[winner] += 1
        pool = [
            replace(each, accepted_today=taken[winner], last_offered_at=NOON + timedelta(minutes=number))
            if each.partner_id == winner
            else each
            for each in pool
        ]
    assert max(taken.values()) - min(taken.values()) <= 1


candidates = st.lists(
    st.builds(
        Candidate,
        st.sampled_from([PartnerId.seeded(str(number)) for number in range(8)]),
        st.sampled_from(PartnerStatus),
        st.integers(0, 5),
        st.none()
        | st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001 - given a zone
        st.integers(0, 4),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.partner_id,
)


@given(candidates, st.booleans(), st.integers(1, 3), st.integers(1, 4))
def test_a_choice_keeps_every_limit_and_does_not_hang_on_the_order_given(
    given_candidates: list[Candidate], test: bool, at_once: int, rounds: int
) -> None:
    policy = Policy(at_once=at_once, rounds=rounds)
    found = choose(given_candidates, test=test, policy=policy)
    assert found == choose(reversed(given_candidates), test=test, policy=policy)
    by_id = {each.partner_id: each for each in given_candidates}
    if isinstance(found, Ask):
        chosen = [by_id[partner] for partner in found.partners]
        assert chosen
        assert all(may_take(each.status, test=test) and not each.is_open and each.asked < rounds for each in chosen)
        holders = [each for each in given_candidates if each.is_open and may_take(each.status, test=test)]
        assert len(holders) + len(chosen) <= at_once
        passed_over = [
            each
            for each in given_candidates
            if each not in chosen and may_take(each.status, test=test) and not each.is_open and each.asked < rounds
        ]
        assert max(each.asked for each in chosen) <= min((each.asked for each in passed_over), default=rounds)
