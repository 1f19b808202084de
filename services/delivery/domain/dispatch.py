"""Who is offered a job: a stated, fair order, decided from what is known, without clock or database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import PartnerId, PartnerStatus


@dataclass(frozen=True, slots=True)
class Policy:
    """`at_once` partners hold an offer at the same time, each for `offer_s`. Every partner is asked at most `rounds` times, and after
    `assign_within_s` nobody is asked any more. With nobody to ask, one looks again after `look_again_s`."""

    offer_s: int = 30
    at_once: int = 1
    rounds: int = 3
    assign_within_s: int = 600
    look_again_s: int = 5
    silent_s: int = 600


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides about a partner. The counts `asked` and `open` are of this job since a rider is sought for it."""

    partner_id: PartnerId
    status: PartnerStatus
    accepted_today: int  # jobs taken on this WIB day
    last_offered_at: datetime | None
    asked: int = 0
    is_open: bool = False
    gave_back: bool = False


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


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Everybody has been asked as often as is stated."""


def may_take(status: PartnerStatus, *, test: bool) -> bool:
    """A partner in its sandbox gets test jobs alone."""
    return status is PartnerStatus.ACTIVE or (test and status is PartnerStatus.SANDBOX)


def choose(candidates: Iterable[Candidate], *, test: bool, policy: Policy) -> Ask | Wait | LookAgain | GiveUp:
    """Rounds first: nobody is asked again before everybody has been asked as often. Within a round: who gave this job back comes last; then
    whoever has taken the fewest jobs today; then whoever was asked longest ago (never counts as longest); then by id.
    """
    allowed = [each for each in candidates if may_take(each.status, test=test)]
    free = policy.at_once - sum(each.is_open for each in allowed)
    if free <= 0:
        return Wait()
    askable = [each for each in allowed if not each.is_open and each.asked < policy.rounds]
    if askable:
        first = sorted(askable, key=_turn)[:free]
        return Ask(tuple(each.partner_id for each in first))
    if any(each.is_open for each in allowed):
        return Wait()
    return GiveUp() if allowed else LookAgain()


def _turn(candidate: Candidate) -> tuple[int, bool, int, float, PartnerId]:
    asked_at = candidate.last_offered_at.timestamp() if candidate.last_offered_at else float("-inf")
    return candidate.asked, candidate.gave_back, candidate.accepted_today, asked_at, candidate.partner_id
