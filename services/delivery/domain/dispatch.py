"""Who is offered a job: a stated, fair order, decided from what is known, without clock or database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.delivery import PartnerId, PartnerStatus

MAX_GIVEN_BACK = 2
_LONGEST_SILENCE_DOUBLED = 6  # 64 pauses: an hour of minutes


@dataclass(frozen=True, slots=True)
class Policy:
    """`at_once` partners hold an offer at the same time, each for `offer_s`. A partner is asked at most `rounds` times for one job: anew
    `pause_s` after its last answer, then twice, four times as long after it. The search is given up after `assign_within_s`, and not
    before. With nobody to ask, one looks again after `look_again_s`. For a reply that was sent in time and may lie unread an offer is
    held open, at most `held_s` longer."""

    offer_s: int = 30
    at_once: int = 1
    rounds: int = 4
    pause_s: int = 60
    assign_within_s: int = 600
    look_again_s: int = 5
    held_s: int = 15
    silent_s: int = 600


@dataclass(frozen=True, slots=True)
class Candidate:
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

    def rests(self, now: datetime, policy: Policy) -> bool:
        """Whether it was asked for this job so lately that it is not yet asked for it again. To give it back counts as two answers."""
        if self.rests_since is None:
            return False
        doubled = max(self.asked + 2 * self.gave_back - 1, 0)
        return now < self.rests_since + timedelta(seconds=policy.pause_s * 2 ** min(doubled, 16))

    def may_be_asked(self, now: datetime, policy: Policy) -> bool:
        tired = self.asked >= policy.rounds or self.gave_back >= MAX_GIVEN_BACK
        return not (self.is_open or tired or self.rests(now, policy))

    def is_silent(self, now: datetime, policy: Policy) -> bool:
        """Whether its turn comes after that of all who answer: for a while that doubles with each offer that it lets expire, up to an
        hour or so. Then it has its turn once, to show that it is awake."""
        if not self.unanswered or self.last_offered_at is None:
            return False
        pauses = 2 ** min(self.unanswered - 1, _LONGEST_SILENCE_DOUBLED)
        return now < self.last_offered_at + timedelta(seconds=policy.pause_s * pauses)


@dataclass(frozen=True, slots=True)
class Ask:
    """Offer it to these now."""

    partners: tuple[PartnerId, ...]


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
    last, and before them who lets offers expire; among equals first whoever has taken the fewest jobs today, then whoever was asked
    longest ago (never counts as longest), then by id.
    """
    allowed = [each for each in candidates if may_take(each.status, test=test)]
    free = policy.at_once - sum(each.is_open for each in allowed)
    if free <= 0:
        return Wait()
    askable = [each for each in allowed if each.may_be_asked(now, policy)]
    if askable:
        first = sorted(askable, key=lambda each: _turn(each, now, policy))[:free]
        return Ask(tuple(each.partner_id for each in first))
    return Wait() if any(each.is_open for each in allowed) else LookAgain()


def _turn(candidate: Candidate, now: datetime, policy: Policy) -> tuple[int, int, bool, int, float, PartnerId]:
    asked_at = candidate.last_offered_at.timestamp() if candidate.last_offered_at else float("-inf")
    silent = candidate.is_silent(now, policy)
    return candidate.asked, candidate.gave_back, silent, candidate.accepted_today, asked_at, candidate.partner_id
