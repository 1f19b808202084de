"""What a rider and the company have of a trip that ends without a handover, and of waiting at a counter: by a dated rule. Pure.

The quoted shares of a trip whose goods were fetched and not handed over are earned whole, as ever; here is what comes beside. Who bears
it is ordering's to say, by whose fault it was: who gave a job back, or lost the goods, is paid nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.contracts.delivery import TripPay
from services.delivery.domain.trip import DeliveryStatus, Trip

MAX_PER_MINUTE_RUPIAH: Final = 10_000
MAX_WAIT_RUPIAH: Final = 100_000
MAX_FREE_MINUTES: Final = 240


@dataclass(frozen=True, slots=True)
class VainRule:
    """In force from `valid_from` (WIB) on, until another is. Percents are of the quoted shares of rider and company: `called_off_pct` of a
    job that ends before the rider was at a counter, `at_pickup_pct` of one that ends there, `way_back_pct` for bringing goods back.

    Waiting counts from the arrival, and not before the goods were promised, until they are said to be packed, or fetched; `free_minutes`
    of it are nobody's loss, each further minute begun is `per_minute_rupiah` of the rider's, `most_rupiah` at most at one stop."""

    version: str
    valid_from: date
    legal_basis: str
    called_off_pct: int
    at_pickup_pct: int
    way_back_pct: int
    free_minutes: int
    per_minute_rupiah: int
    most_rupiah: int

    def check(self) -> None:
        """Raises ValueError."""
        if not all(0 <= each <= 100 for each in (self.called_off_pct, self.at_pickup_pct, self.way_back_pct)):
            raise ValueError(f"{self.version}: percents are 0 to 100")
        if not 0 <= self.free_minutes <= MAX_FREE_MINUTES:
            raise ValueError(f"{self.version}: free minutes are 0 to {MAX_FREE_MINUTES}")
        if not 0 <= self.per_minute_rupiah <= MAX_PER_MINUTE_RUPIAH or not 0 <= self.most_rupiah <= MAX_WAIT_RUPIAH:
            raise ValueError(f"{self.version}: a minute is at most {MAX_PER_MINUTE_RUPIAH}, a wait {MAX_WAIT_RUPIAH}")


def called_off(rule: VainRule | None, trip: Trip) -> TripPay | None:
    """Of a job that ends before its goods were fetched, by no fault of its company; None where nothing is paid."""
    if rule is None or trip.status not in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        return None
    there = trip.status is DeliveryStatus.AT_PICKUP
    return _of_shares(rule, trip, rule.at_pickup_pct if there else rule.called_off_pct)


def way_back(rule: VainRule | None, trip: Trip) -> TripPay | None:
    """For goods that were brought back."""
    return _of_shares(rule, trip, rule.way_back_pct) if rule else None


def waited(
    rule: VainRule | None,
    trip: Trip,
    arrived_at: datetime | None,
    packed_at: datetime | None,
    promised_at: datetime | None = None,
) -> tuple[int, TripPay] | None:
    """The minutes that were too many, and what the rider has of them. Of a merchant who has promised nothing, the order's promise
    counts."""
    if rule is None or arrived_at is None:
        return None
    begins, ends = _wait(trip, arrived_at, packed_at, promised_at)
    begins += timedelta(minutes=rule.free_minutes)
    minutes = -((begins - ends) // timedelta(minutes=1))
    rupiah = min(minutes * rule.per_minute_rupiah, rule.most_rupiah)
    pay = _pay(rule, trip, rupiah, 0) if ends > begins else None
    return (minutes, pay) if pay else None


def may_have_waited(
    trip: Trip, arrived_at: datetime | None, packed_at: datetime | None, promised_at: datetime | None
) -> bool:
    """Whether there is anything that a rule could pay."""
    if arrived_at is None:
        return False
    begins, ends = _wait(trip, arrived_at, packed_at, promised_at)
    return ends > begins


def _wait(
    trip: Trip, arrived_at: datetime, packed_at: datetime | None, promised_at: datetime | None
) -> tuple[datetime, datetime]:
    return max(arrived_at, promised_at or trip.ready_at or arrived_at), min(trip.now, packed_at or trip.now)


def _of_shares(rule: VainRule, trip: Trip, percent: int) -> TripPay | None:
    return _pay(rule, trip, _part(trip.rider_share_rupiah, percent), _part(trip.partner_share_rupiah, percent))


def _pay(rule: VainRule, trip: Trip, rider_rupiah: int, partner_rupiah: int) -> TripPay | None:
    if trip.partner_id is None or not rider_rupiah + partner_rupiah:
        return None
    return TripPay(
        rule=rule.version,
        partner_id=trip.partner_id,
        rider_id=trip.rider_id,
        rider_rupiah=rider_rupiah,
        partner_rupiah=partner_rupiah,
    )


def _part(rupiah: int, percent: int) -> int:
    """Half-up."""
    return (2 * rupiah * percent + 100) // 200
