"""Who is offered a job: a stated, fair order, decided from what is known, without clock or database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from services.contracts.delivery import PartnerId, PartnerStatus, RiderId
from services.delivery.domain.policy import DispatchRule, Entered, PolicyId
from services.delivery.domain.reach import KeptBy
from services.delivery.domain.roads import APPROACH_S, DETOUR, METRES_PER_SECOND
from services.delivery.domain.tariff import WHOLE

MAX_GIVEN_BACK = 2
UNKNOWN_M = APPROACH_S * METRES_PER_SECOND / DETOUR
"""Through the air, of a rider of whom nobody knows where they are: what the estimates of arrivals take them for."""
_LONGEST_SILENCE_DOUBLED = 6  # 64 pauses: an hour of minutes


@dataclass(frozen=True, slots=True)
class Policy:
    """`at_once` partners hold an offer at the same time, each for `offer_s`. A partner is asked at most `rounds` times for one job: anew
    `pause_s` after its last answer, then twice, four times as long after it. The search is given up after `assign_within_s`, and not
    before. With nobody to ask, one looks again after `look_again_s`. For a reply that was sent in time and may lie unread an offer is
    held open, at most `held_s` longer. A rider is at the first merchant's `approach_s` after an offer is made, and `margin_s` goes on the
    offers themselves. A courier from outside is asked `outside_after_s` after the search began at the earliest.

    These hold where no officer has entered others; `entered` says which those were. A company with a rider within `reach_m` comes before
    those without. A search that has used `escalate_percent` of its time wants a person. A rider has `together` jobs at a time at most,
    `batch` of one hub, as long as none makes the way `detour_m` longer than it is without.
    """

    offer_s: int = 30
    at_once: int = 1
    rounds: int = 4
    pause_s: int = 60
    assign_within_s: int = 600
    look_again_s: int = 5
    held_s: int = 15
    silent_s: int = 600
    approach_s: int = APPROACH_S
    margin_s: int = 300
    ahead_s: int = 3_600
    outside_after_s: int = 120
    rule: DispatchRule = DispatchRule.FAIR_SHARE
    companies: tuple[PartnerId, ...] = ()
    reach_m: int = 5_000
    escalate_percent: int = 50
    together: int = 2
    batch: int = 4
    detour_m: int = 1_500
    entered: PolicyId | None = None

    def holding(self, entered: Entered | None) -> Policy:
        """With what was entered; what nobody enters stays."""
        if entered is None or entered.id == self.entered:
            return self
        return replace(
            self,
            offer_s=entered.offer_s,
            at_once=entered.at_once,
            rounds=entered.rounds,
            pause_s=entered.pause_s,
            assign_within_s=entered.assign_within_s,
            rule=entered.rule,
            companies=entered.companies,
            reach_m=entered.reach_m,
            escalate_percent=entered.escalate_percent,
            together=entered.together,
            batch=entered.batch,
            detour_m=entered.detour_m,
            entered=entered.id,
        )

    def long_after(self, begins: datetime, ends: datetime) -> datetime:
        """When a search that lasts from then until then wants a person."""
        return begins + (ends - begins) * self.escalate_percent / 100

    def seek_from(self, ready_at: datetime | None, now: datetime) -> datetime:
        """When a rider is sought for goods that are ready then: so that who takes it is there as they are packed, and does not wait. Nobody
        promised, or soon: now. However late they are promised, it is `ahead_s` at most from now: whoever sells was heard to be quicker."""
        if ready_at is None:
            return now
        lead = timedelta(seconds=self.approach_s + self.margin_s)
        return max(now, min(ready_at - lead, now + timedelta(seconds=self.ahead_s)))


@dataclass(slots=True)
class Candidate:  # not frozen: they are made by the ten thousand, and that would be half of what it takes
    """What decides about a partner. `asked` counts offers of this job since a rider is sought for it; `gave_back` counts from the job's
    beginning, and so does `rests_since`: when it last answered, let expire or gave back this job."""

    partner_id: PartnerId
    status: PartnerStatus
    accepted_today: int  # jobs taken on this WIB day
    last_offered_at: datetime | None
    asked: int = 0
    is_open: bool = False
    gave_back: int = 0
    rests_since: datetime | None = None
    unanswered: int = 0  # offers of any job that it let expire in a row
    able: bool = True  # somebody of its riders may carry what is to be collected
    open_now: int = 0  # offers of all jobs that it holds
    free: bool = True  # a rider on shift has no job, or nobody is on shift and it is not known
    away_m: float | None = (
        None  # its nearest able rider from the first pickup, through the air; None: nobody knows where they are
    )
    rider_id: RiderId | None = None  # who that is
    drives_m: float = 0.0  # by road, for this job
    outside: bool = False  # a courier that is asked when nobody local goes
    goes_along: bool = False  # its rider is being asked for another of the same hub, kecamatan and hour
    kept_by: KeptBy | None = None  # its own hours, area or capacity: it is not asked
    per_mille: int = WHOLE  # what it rides for, of what the rule makes, on the day of the quote
    dearer: bool = False  # than what was quoted: it may go for it, and is asked after who has said so

    def rests(self, now: datetime, policy: Policy) -> bool:
        """Whether it was asked for this job so lately that it is not yet asked for it again. To give it back counts as two answers."""
        if self.rests_since is None:
            return False
        doubled = max(self.asked + 2 * self.gave_back - 1, 0)
        return now < self.rests_since + timedelta(seconds=policy.pause_s * 2 ** min(doubled, 16))

    def may_be_asked(self, now: datetime, policy: Policy) -> bool:
        tired = self.asked >= policy.rounds or self.gave_back >= MAX_GIVEN_BACK
        return self.able and self.kept_by is None and not (self.is_open or tired or self.rests(now, policy))

    def is_silent(self, now: datetime, policy: Policy) -> bool:
        """Whether its turn comes after that of all who answer: for a while that doubles with each offer that it lets expire, up to an
        hour or so. Then it has its turn once, to show that it is awake."""
        if not self.unanswered or self.last_offered_at is None:
            return False
        pauses = 2 ** min(self.unanswered - 1, _LONGEST_SILENCE_DOUBLED)
        return now < self.last_offered_at + timedelta(seconds=policy.pause_s * pauses)


@dataclass(frozen=True, slots=True)
class Ask:
    """Offer it to these now, out of so many who may be asked."""

    partners: tuple[PartnerId, ...]
    asked_of: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Enough are asked."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nobody may be asked now; that can change."""


def may_take(status: PartnerStatus, *, test: bool) -> bool:
    """A partner in its sandbox gets test jobs alone."""
    return status is PartnerStatus.ACTIVE or (test and status is PartnerStatus.SANDBOX)


def choose(candidates: Iterable[Candidate], *, now: datetime, test: bool, policy: Policy) -> Ask | Wait | LookAgain:
    """Rounds first: nobody is asked again before everybody who may be was asked as often. Within a round, who gave this job back comes
    last, before them who lets offers expire, and before them whose rate is above what was quoted. Who is being asked for another of the
    same hub, kecamatan and hour comes first, to take both; those whose riders all ride come last, and before them those who have nobody in
    reach. Among equals the policy's rule decides, then who has taken the fewest jobs today, what it is asked of now included, then whoever
    was asked longest ago (never counts as longest), then the id.
    """
    allowed = [each for each in candidates if may_take(each.status, test=test)]
    free = policy.at_once - sum(each.is_open for each in allowed)
    if free <= 0:
        return Wait()
    askable = [each for each in allowed if each.may_be_asked(now, policy)]
    if askable:
        first = sorted(askable, key=lambda each: _turn(each, now, policy))[:free]
        return Ask(tuple(each.partner_id for each in first), len(askable))
    return Wait() if any(each.is_open for each in allowed) else LookAgain()


_Turn: TypeAlias = tuple[int, int, bool, bool, bool, bool, bool, int, float, int, float, PartnerId]


def _turn(candidate: Candidate, now: datetime, policy: Policy) -> _Turn:
    away = UNKNOWN_M if candidate.away_m is None else candidate.away_m
    asked_at = candidate.last_offered_at.timestamp() if candidate.last_offered_at else float("-inf")
    return (
        candidate.asked,
        candidate.gave_back,
        candidate.is_silent(now, policy),
        candidate.dearer,
        not candidate.goes_along,
        not candidate.free,
        away > policy.reach_m,
        candidate.per_mille if policy.rule is DispatchRule.CHEAPEST else 0,
        _by_rule(candidate, away, policy),
        candidate.accepted_today + candidate.open_now,
        asked_at,
        candidate.partner_id,
    )


def _by_rule(candidate: Candidate, away: float, policy: Policy) -> float:
    match policy.rule:
        case DispatchRule.NEAREST:
            return away
        case DispatchRule.CHEAPEST:
            return candidate.drives_m
        case DispatchRule.COMPANY_ORDER:
            known = candidate.partner_id in policy.companies
            return policy.companies.index(candidate.partner_id) if known else len(policy.companies)
        case DispatchRule.FAIR_SHARE:
            return 0
