"""Who is asked next: stated, and fair."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.domain.dispatch import (
    MAX_GIVEN_BACK,
    UNKNOWN_M,
    Ask,
    Candidate,
    LookAgain,
    Policy,
    Wait,
    choose,
    may_take,
)
from services.delivery.domain.policy import DispatchRule

A, B, C = (PartnerId.seeded(name) for name in ("a", "b", "c"))
NOON = datetime(2026, 2, 1, 5, tzinfo=UTC)
POLICY = Policy()


def a_candidate(partner: PartnerId, **changes: object) -> Candidate:
    plain = Candidate(partner, PartnerStatus.ACTIVE, accepted_today=0, last_offered_at=None)
    return replace(plain, **changes)  # type: ignore[arg-type] # the tests name fields


def asked(*candidates: Candidate, now: datetime = NOON, test: bool = False, policy: Policy = POLICY) -> object:
    return choose(candidates, now=now, test=test, policy=policy)


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
    assert asked(a_candidate(A, gave_back=1), a_candidate(B, accepted_today=9)) == Ask((B,))
    assert asked(a_candidate(A, gave_back=1), a_candidate(B, asked=1)) == Ask((A,))


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_who_has_answered_is_asked_for_the_same_job_again_after_a_pause_that_grows() -> None:
    for times, pause_s in ((1, 60), (2, 120), (3, 240)):
        declined = a_candidate(A, asked=times, rests_since=NOON)
        assert asked(declined, now=after(pause_s - 1)) == LookAgain()
        assert asked(declined, now=after(pause_s)) == Ask((A,))
    assert asked(a_candidate(A, asked=4, rests_since=NOON), now=after(86_400)) == LookAgain()


def test_who_declined_in_an_earlier_search_for_this_job_is_remembered() -> None:
    declined = a_candidate(A, asked=0, rests_since=NOON)
    assert asked(declined, now=after(59)) == LookAgain()
    assert asked(declined, a_candidate(B), now=after(59)) == Ask((B,))
    assert asked(declined, now=after(60)) == Ask((A,))


def test_to_give_a_job_back_counts_as_two_answers_and_twice_is_enough() -> None:
    giver = a_candidate(A, asked=0, gave_back=1, rests_since=NOON)
    assert asked(giver, now=after(119)) == LookAgain()
    assert asked(giver, now=after(120)) == Ask((A,))
    assert asked(replace(giver, gave_back=MAX_GIVEN_BACK), now=after(86_400)) == LookAgain()


def test_who_lets_offers_expire_comes_after_those_who_answer_until_its_pause_is_over() -> None:
    busy = a_candidate(B, accepted_today=9)
    for times, pause_s in ((1, 60), (2, 120), (3, 240), (7, 3_840), (50, 3_840)):
        silent = a_candidate(A, unanswered=times, last_offered_at=NOON)
        assert asked(silent, busy, now=after(pause_s - 1)) == Ask((B,))
        assert asked(silent, busy, now=after(pause_s)) == Ask((A,))
        assert asked(silent, now=after(1)) == Ask((A,))  # nobody else is there
    assert asked(a_candidate(A, last_offered_at=NOON), busy, now=after(1)) == Ask((A,))


def test_while_an_offer_is_open_one_waits() -> None:
    assert asked(a_candidate(A, asked=1, is_open=True), a_candidate(B)) == Wait()


def test_several_may_be_asked_at_once() -> None:
    two = Policy(at_once=2)
    assert asked(a_candidate(A, accepted_today=1), a_candidate(B), policy=two) == Ask((B, A))
    assert asked(a_candidate(A, asked=1, is_open=True), a_candidate(B), policy=two) == Ask((B,))


def test_after_all_rounds_one_looks_whether_others_have_come_and_waits_for_what_is_open() -> None:
    assert asked(a_candidate(A, asked=4), a_candidate(B, asked=4)) == LookAgain()
    assert asked(a_candidate(A, asked=4), a_candidate(B, asked=4), a_candidate(C)) == Ask((C,))
    assert asked(a_candidate(A, asked=4, is_open=True), policy=Policy(at_once=2)) == Wait()


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
        found = choose(pool, now=NOON + timedelta(minutes=number), test=False, policy=POLICY)
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
        st.integers(0, 3),
        st.none() | st.integers(0, 2_000).map(lambda seconds: NOON - timedelta(seconds=seconds)),
        st.integers(0, 9),
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
    found = choose(given_candidates, now=NOON, test=test, policy=policy)
    assert found == choose(reversed(given_candidates), now=NOON, test=test, policy=policy)
    by_id = {each.partner_id: each for each in given_candidates}
    if isinstance(found, Ask):
        chosen = [by_id[partner] for partner in found.partners]
        assert chosen
        assert all(may_take(each.status, test=test) and each.may_be_asked(NOON, policy) for each in chosen)
        assert all(each.able for each in chosen)
        assert all(not each.is_open and each.asked < rounds and each.gave_back < MAX_GIVEN_BACK for each in chosen)
        holders = [each for each in given_candidates if each.is_open and may_take(each.status, test=test)]
        assert len(holders) + len(chosen) <= at_once
        passed_over = [
            each
            for each in given_candidates
            if each not in chosen and may_take(each.status, test=test) and each.may_be_asked(NOON, policy)
        ]
        assert max(each.asked for each in chosen) <= min((each.asked for each in passed_over), default=rounds)
        answering = [each for each in passed_over if not each.is_silent(NOON, policy)]
        for silent in (each for each in chosen if each.is_silent(NOON, policy)):
            assert all((each.asked, each.gave_back) >= (silent.asked, silent.gave_back) for each in passed_over)
            assert not [each for each in answering if (each.asked, each.gave_back) == (silent.asked, silent.gave_back)]


@given(st.integers(1, 5), st.lists(st.integers(1, 600), min_size=20, max_size=200))
def test_a_company_that_sleeps_delays_few_orders_and_has_its_turn_again_once_it_answers(
    awake: int, gaps_s: list[int]
) -> None:
    """Orders come at these gaps. The sleeper has the fewest jobs all day; the others take what they are offered."""
    sleeper, now = a_candidate(A, last_offered_at=None), NOON
    others = [a_candidate(PartnerId.seeded(str(number)), accepted_today=50) for number in range(awake)]
    delayed = 0
    for gap_s in gaps_s:
        now += timedelta(seconds=gap_s)
        first = asked(sleeper, *others, now=now)
        assert isinstance(first, Ask)
        if first.partners == (A,):
            delayed += 1
            sleeper = replace(sleeper, last_offered_at=now, unanswered=sleeper.unanswered + 1)
        else:
            [taker] = [each for each in others if each.partner_id == first.partners[0]]
            others.remove(taker)
            others.append(replace(taker, accepted_today=taker.accepted_today + 1, last_offered_at=now))
    passed_s = (now - NOON).total_seconds()
    # Pauses of 1, 2, 4 … 64 minutes: seven in the first two hours, then about one an hour.
    assert delayed <= 8 + passed_s / 3_840
    assert asked(replace(sleeper, unanswered=0), *others, now=now) == Ask((A,))


@given(st.integers(1, 4), st.lists(st.sampled_from(["decline", "give back", "expire"]), min_size=1, max_size=400))
def test_one_job_goes_round_with_pauses_and_an_end(companies: int, habits: list[str]) -> None:
    """Whatever companies do at once and for ever, between two offers of the job to the same one lies a pause, and each has few of them."""
    pool = {each: a_candidate(each) for each in (PartnerId.seeded(str(number)) for number in range(companies))}
    now, offered = NOON, Counter[PartnerId]()
    last: dict[PartnerId, datetime] = {}
    for habit in habits:
        found = choose(pool.values(), now=now, test=False, policy=POLICY)
        if not isinstance(found, Ask):
            now += timedelta(seconds=POLICY.look_again_s)
            continue
        [one] = found.partners
        assert one not in last or now - last[one] >= timedelta(seconds=POLICY.pause_s)
        offered[one], last[one] = offered[one] + 1, now
        if habit == "expire":
            now += timedelta(seconds=POLICY.offer_s)
        asked_now = replace(pool[one], asked=pool[one].asked + 1, rests_since=now, last_offered_at=now)
        pool[one] = asked_now
        if habit == "give back":  # a search of its own begins
            pool[one] = replace(asked_now, gave_back=asked_now.gave_back + 1)
            pool = {each: replace(candidate, asked=0) for each, candidate in pool.items()}
    searches = 1 + companies * MAX_GIVEN_BACK
    assert all(count <= POLICY.rounds * searches for count in offered.values())


@given(ready_in_s=st.none() | st.integers(-86_400, 7 * 86_400))
def test_a_rider_is_sought_neither_in_the_past_nor_too_late_nor_more_than_an_hour_ahead(ready_in_s: int | None) -> None:
    policy = Policy()
    ready_at = None if ready_in_s is None else NOON + timedelta(seconds=ready_in_s)
    found = policy.seek_from(ready_at, NOON)
    assert NOON <= found <= NOON + timedelta(seconds=policy.ahead_s)
    if ready_at is None or ready_at <= NOON:
        assert found == NOON
    else:
        assert found <= ready_at


def test_each_rule_has_its_turn_among_those_in_reach() -> None:
    near = a_candidate(A, away_m=400, drives_m=9_000, accepted_today=5)
    idle = a_candidate(B, away_m=900, drives_m=8_000, accepted_today=0)
    for rule, first in (
        (DispatchRule.NEAREST, A),
        (DispatchRule.FAIR_SHARE, B),
        (DispatchRule.CHEAPEST, B),
    ):
        assert asked(near, idle, policy=Policy(rule=rule)) == Ask((first,)), rule
    named = Policy(rule=DispatchRule.COMPANY_ORDER, companies=(C, A))
    assert asked(near, idle, policy=named) == Ask((A,))
    assert asked(idle, a_candidate(C, accepted_today=9), near, policy=named) == Ask((C,))
    assert asked(idle, a_candidate(PartnerId.seeded("d"), accepted_today=1), policy=named) == Ask((B,))  # by fair share


def test_whoever_has_nobody_in_reach_comes_after_who_has_and_unknown_counts_as_assumed() -> None:
    far = a_candidate(A, away_m=5_001)
    assert asked(far, a_candidate(B, accepted_today=9, away_m=5_000)) == Ask((B,))
    assert asked(far, a_candidate(B, accepted_today=9)) == Ask((B,))
    nearest = Policy(rule=DispatchRule.NEAREST)
    assert asked(a_candidate(A), a_candidate(B, away_m=UNKNOWN_M - 1), policy=nearest) == Ask((B,))
    assert asked(a_candidate(A), a_candidate(B, away_m=UNKNOWN_M + 1), policy=nearest) == Ask((A,))


def test_whose_riders_all_ride_comes_after_who_has_somebody_free() -> None:
    assert asked(a_candidate(A, free=False, away_m=10), a_candidate(B, accepted_today=9, away_m=4_000)) == Ask((B,))


def test_what_a_company_is_asked_of_now_counts_as_taken() -> None:
    assert asked(a_candidate(A, open_now=2), a_candidate(B, accepted_today=1)) == Ask((B,))
