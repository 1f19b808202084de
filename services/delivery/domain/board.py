"""What is known of companies and of riders near, for one job or for many at once: whom each could be offered to, and by which rider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus, Place, RiderId
from services.contracts.places import GeoPoint
from services.contracts.quote import MAX_MASS_GRAM
from services.delivery.domain import insertion
from services.delivery.domain.crew import CARRIES_GRAM, VehicleKind
from services.delivery.domain.dispatch import UNKNOWN_M, Candidate, Policy
from services.delivery.domain.insertion import Inserted, Visit
from services.delivery.domain.offer import Why
from services.delivery.domain.policy import DispatchRule
from services.delivery.domain.reach import ASKED_ALWAYS, KeptBy, Reach
from services.delivery.domain.roads import DETOUR
from services.delivery.domain.tariff import WHOLE
from services.delivery.domain.trip import NOT_FETCHED, DeliveryStatus, Stop

LOOKED_AT: Final = 100
"""Riders around a pickup of whom it is looked whether they can take the job, the nearest first."""
LOOKED_AT_OF_MANY: Final = 30
"""The same, where jobs of more than `FEW_PLACES` places are dispatched together."""
FEW_PLACES: Final = 5
JOINED: Final = 5
"""Riders with jobs for whom it is looked how much longer one more makes their way, for one job."""
UNKNOWN_GRAM: Final = MAX_MASS_GRAM
"""Of a trip of which it was not kept: the heaviest class."""
SAME_SLOT: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one job and one company: as `Candidate` has it."""

    asked: int
    is_open: bool
    gave_back: int
    rests_since: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """`asked`: who was asked for it. `fetched` are pickups whose goods are with the rider while others' are still to be fetched.
    `per_mille`: what was quoted, of what the rule makes; `quoted_on` the day, WIB."""

    id: DeliveryId
    status: DeliveryStatus
    test: bool
    stops: tuple[Stop, ...]
    gram: int
    cash_rupiah: int
    distance_m: int
    ready_at: datetime | None
    due: datetime | None
    asked: Mapping[PartnerId, Asked] = field(default_factory=dict)
    fetched: frozenset[int] = frozenset()
    per_mille: int = WHOLE
    quoted_on: date | None = None

    @property
    def first(self) -> GeoPoint:
        return self.stops[0].point

    @property
    def is_fetched(self) -> bool:
        return self.status not in NOT_FETCHED

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What is ahead of who has it: the pickups until all is fetched, and the door."""
        made: list[Visit] = []
        for stop in self.stops:
            seq = stop.number or 0
            if stop.merchant_id is None:
                made.append(Visit(self.id, seq, Place.DROPOFF, stop.point, self.gram, due=self.due))
            elif not self.is_fetched or (self.fetched and seq not in self.fetched):
                made.append(
                    Visit(self.id, seq, Place.PICKUP, stop.point, 0 if made else self.gram, ready_at=self._ready(stop))
                )
        return tuple(made)

    def _ready(self, stop: Stop) -> datetime | None:
        return None if stop.packed_at else stop.ready_at or self.ready_at

    @property
    def hub(self) -> tuple[frozenset[MerchantId], str]:
        """From where, and into which kecamatan."""
        return frozenset(each.merchant_id for each in self.stops if each.merchant_id), self.stops[-1].kecamatan_code

    def goes_with(self, other: Job) -> bool:
        """Of one hub, into one kecamatan, at one time of day."""
        if self.hub != other.hub or self.test is not other.test:
            return False
        if self.ready_at is None or other.ready_at is None:
            return self.ready_at is other.ready_at
        return abs(self.ready_at - other.ready_at) <= SAME_SLOT


@dataclass(frozen=True, slots=True)
class Outside:
    """A courier from outside: whether its program is there and its API answers, and for which jobs its key is."""

    there: bool
    tests: bool

    def takes(self, job: Job) -> bool:
        """It fetches at one door, by motorbike, and collects nothing."""
        one_door = sum(each.merchant_id is not None for each in job.stops) == 1
        light = job.gram <= CARRIES_GRAM[VehicleKind.MOTORBIKE]
        return self.there and job.test is self.tests and not job.cash_rupiah and one_door and light


@dataclass(slots=True)
class Company:
    """`able`: of each weight that a rider takes along, of those on shift if anybody is, the most cash that one of them may collect, None
    without a limit; empty where no rider was entered. `carries`: how many jobs it has, where its own word is about that. `rates`: from
    which day on, how many per mille of the rule it rides for, the last to begin first."""

    partner_id: PartnerId
    status: PartnerStatus
    accepted_today: int
    last_offered_at: datetime | None
    unanswered: int
    open_now: int
    free: bool
    able: Sequence[tuple[int, int | None]]
    reach: Reach = ASKED_ALWAYS
    carries: int = 0
    outside: Outside | None = None
    rates: Sequence[tuple[date, int]] = ()

    def rate_for(self, job: Job) -> int:
        """Per mille of the rule, on the day of the quote: what begins later changes nothing of the trip."""
        if not self.rates or job.quoted_on is None:
            return WHOLE
        return next((per_mille for since, per_mille in self.rates if since <= job.quoted_on), WHOLE)

    def kept_by(self, job: Job, now: datetime) -> KeptBy | None:
        """What of its own word keeps it from this job."""
        if self.reach is ASKED_ALWAYS:
            return None
        return self.reach.kept_by(job.stops, now, has=self.carries + self.open_now)

    def is_able(self, job: Job) -> bool:
        if self.outside is not None:
            return self.outside.takes(job)
        return not self.able or any(
            job.gram <= gram and (limit is None or job.cash_rupiah <= limit) for gram, limit in self.able
        )


@dataclass(slots=True)
class Rider:
    """On shift, seen just now. `jobs` in the order in which they were taken, `ahead` the stops in the order of the plan; `foreseen`: the
    jobs are offers that are being made, and nobody has taken them."""

    id: RiderId
    partner_id: PartnerId
    point: GeoPoint
    carries_gram: int
    cash_limit_rupiah: int | None
    jobs: list[Job] = field(default_factory=list)
    ahead: tuple[Visit, ...] = ()
    foreseen: bool = False

    @property
    def aboard_gram(self) -> int:
        return sum(each.gram for each in self.jobs if each.is_fetched)

    def has_room(self, job: Job) -> bool:
        cash = job.cash_rupiah + sum(each.cash_rupiah for each in self.jobs)
        return job.gram <= self.carries_gram and (self.cash_limit_rupiah is None or cash <= self.cash_limit_rupiah)

    def may_join(self, job: Job, policy: Policy) -> bool:
        """Whether one more is within what a rider may have at a time. What is only foreseen takes in its own kind alone."""
        together = all(each.goes_with(job) for each in self.jobs)
        if (self.foreseen and not together) or any(each.test is not job.test for each in self.jobs):
            return False
        return len(self.jobs) < (policy.batch if together else policy.together)

    def with_job(self, job: Job, now: datetime, policy: Policy) -> Inserted | None:
        return insertion.insert(
            self.point,
            now,
            self.ahead,
            job.visits,
            aboard_gram=self.aboard_gram,
            capacity_gram=self.carries_gram,
            most_added_m=policy.detour_m,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """One rider for one job. `joins` is the job beside which it would be taken, and `inserted` how."""

    rider: Rider
    away_m: float
    drives_m: float
    joins: DeliveryId | None = None
    inserted: Inserted | None = None


@dataclass(slots=True)
class Board:
    """`near`: of each place where a job begins, the riders around it, the nearest first, with how far they are through the air."""

    now: datetime
    companies: Sequence[Company]
    near: Mapping[GeoPoint, Sequence[tuple[Rider, float]]]
    _by_id: dict[PartnerId, Company] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_id = {each.partner_id: each for each in self.companies}

    @staticmethod
    def looked_at(places: int) -> int:
        return LOOKED_AT if places <= FEW_PLACES else LOOKED_AT_OF_MANY

    def options(self, job: Job, policy: Policy) -> dict[PartnerId, Option]:
        """Of each company the rider who decides about its turn: the nearest, or else who drives least for it."""
        found: dict[PartnerId, Option] = {}
        joined = 0
        for rider, away_m in self.near.get(job.first, ()):
            if not rider.has_room(job):
                continue
            if not rider.jobs:
                option = Option(rider, away_m, away_m * DETOUR + job.distance_m)
            elif joined < JOINED and rider.may_join(job, policy):
                joined += 1
                inserted = rider.with_job(job, self.now, policy)
                if inserted is None:
                    continue
                option = Option(rider, away_m, inserted.added_m, rider.jobs[0].id, inserted)
            else:
                continue
            best = found.get(rider.partner_id)
            if best is None or _better(option, best, policy):
                found[rider.partner_id] = option
        return found

    def candidates(self, job: Job, options: Mapping[PartnerId, Option]) -> list[Candidate]:
        beyond = self._beyond_m(job)
        made: list[Candidate] = []
        for each in self.companies:
            asked = job.asked.get(each.partner_id) if job.asked else None
            option = options.get(each.partner_id)
            away = option.away_m if option else beyond
            per_mille = each.rate_for(job)
            made.append(
                Candidate(
                    each.partner_id,
                    each.status,
                    each.accepted_today,
                    each.last_offered_at,
                    asked=asked.asked if asked else 0,
                    is_open=asked.is_open if asked else False,
                    gave_back=asked.gave_back if asked else 0,
                    rests_since=asked.rests_since if asked else None,
                    unanswered=each.unanswered,
                    able=each.is_able(job),
                    kept_by=each.kept_by(job, self.now),
                    open_now=each.open_now,
                    free=each.free or option is not None,
                    away_m=away,
                    rider_id=option.rider.id if option else None,
                    drives_m=option.drives_m if option else (away or UNKNOWN_M) * DETOUR + job.distance_m,
                    outside=each.outside is not None,
                    goes_along=option is not None and option.rider.foreseen,
                    per_mille=per_mille,
                    dearer=per_mille > job.per_mille,
                )
            )
        return made

    def _beyond_m(self, job: Job) -> float | None:
        """How far a company is taken to be that has none of the riders looked at: as far as anybody of whom nothing is known, and no nearer
        than the last of them."""
        near = self.near.get(job.first, ())
        if len(near) < self.looked_at(len(self.near)) or near[-1][1] <= UNKNOWN_M:
            return None
        return near[-1][1]

    def why(self, partner_id: PartnerId, option: Option | None, asked_of: int, policy: Policy) -> Why:
        company = self._by_id[partner_id]
        return Why(
            company.accepted_today,
            asked_of,
            policy.entered,
            option.rider.id if option else None,
            round(option.away_m) if option else None,
            option.joins if option else None,
            option.inserted.added_m if option and option.inserted else None,
        )

    def took(self, job: Job, partner_id: PartnerId, option: Option | None) -> None:
        """It is being offered: the next job of this board finds it so."""
        company = self._by_id[partner_id]
        company.open_now += 1
        company.last_offered_at = self.now
        if option is not None:
            rider = option.rider
            rider.foreseen = rider.foreseen or not rider.jobs
            rider.jobs.append(job)
            rider.ahead = option.inserted.visits if option.inserted else job.visits


def _better(option: Option, than: Option, policy: Policy) -> bool:
    if option.rider.foreseen is not than.rider.foreseen:
        return option.rider.foreseen
    if policy.rule is DispatchRule.NEAREST:
        return option.away_m < than.away_m
    return option.drives_m < than.drives_m
