"""An outside courier's part in a trip: what is asked of it, what its words come to, and when it is asked at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.delivery.domain.dispatch import Candidate, Policy, may_take
from services.delivery.domain.trip import DeliveryStatus


class JobState(StrEnum):
    """PLACING: an order was asked for, or is about to be, and nobody knows whether there is one."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PLACING = "PLACING"
    PLACED = "PLACED"
    ENDED = "ENDED"


class Unwanted(StrEnum):
    """Why an order is to be cancelled: the trip is not ours any more, nobody drives, it became too dear."""

    TRIP = "TRIP"
    NO_DRIVER = "NO_DRIVER"
    PRICE = "PRICE"


class Report(StrEnum):
    PICKED_UP = "PICKED_UP"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


REPLACED_WITHIN: Final = timedelta(seconds=60)
"""An order that reads as cancelled, and not by us, may have been replaced by their service: that is told within this, or it is believed."""
BY_HAND_AFTER: Final = timedelta(minutes=5)
"""An order of which nobody knows for longer is looked for by a person."""
MOST_TRIES: Final = 3
_LONGEST_PAUSE_S: Final = 120.0
_S = DeliveryStatus
OVER: Final = frozenset({_S.CANCELLED, _S.UNASSIGNABLE})
CAN_BE_CANCELLED: Final = frozenset({_S.REQUESTED, _S.ASSIGNED})


def reports_due(reported: DeliveryStatus, found: DeliveryStatus) -> list[Report]:
    """What is to be said of the trip now. What the courier says backwards, late or twice is nothing new."""
    match found:
        case _S.PICKED_UP if reported is _S.ASSIGNED:
            return [Report.PICKED_UP]
        case _S.DELIVERED if reported is _S.ASSIGNED:
            return [Report.PICKED_UP, Report.DELIVERED]
        case _S.DELIVERED if reported is _S.PICKED_UP:
            return [Report.DELIVERED]
        case _S.CANCELLED | _S.UNASSIGNABLE if reported is not _S.DELIVERED:
            return [Report.FAILED]
        case _:
            return []


def is_too_dear(price_rupiah: int, company_rupiah: int, most_over_rupiah: int) -> bool:
    """`company_rupiah` is what rider and company get of the fee. What the price is above it the platform bears, up to a cap."""
    return price_rupiah > company_rupiah + most_over_rupiah


def pause_s(tries: int) -> float:
    return min(5.0 * (1 << min(tries, 8)), _LONGEST_PAUSE_S)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a placed order's past when it is read anew."""

    reported: DeliveryStatus
    unwanted: Unwanted | None
    placed_at: datetime
    gone_at: datetime | None
    price_rupiah: int
    company_rupiah: int


def wanted_no_more(
    seen: Seen, found: DeliveryStatus, now: datetime, *, most_over_rupiah: int, driver_within: timedelta
) -> Unwanted | None:
    """Why an order is to be cancelled, while it can be: a driver who is on the way rides on, unless nobody waits for them."""
    if seen.unwanted is Unwanted.TRIP:
        return seen.unwanted
    if found is not _S.REQUESTED:
        return None
    if is_too_dear(seen.price_rupiah, seen.company_rupiah, most_over_rupiah):
        return Unwanted.PRICE
    return Unwanted.NO_DRIVER if now > seen.placed_at + driver_within else None


def may_be_believed(seen: Seen, found: DeliveryStatus, now: datetime) -> bool:
    """Whether an order's end is one: cancelled by us, or for so long that it was not replaced."""
    if found is not _S.CANCELLED or seen.unwanted is not None:
        return True
    return seen.gone_at is not None and now >= seen.gone_at + REPLACED_WITHIN


def local_first(
    candidates: Iterable[Candidate], *, now: datetime, sought_since: datetime, test: bool, policy: Policy
) -> list[Candidate]:
    """Who may be asked at this moment. Whoever is from outside is asked last: a rider has been sought for a while, and nobody local holds
    an offer or may be asked. While an outside courier has the offer nobody else gets one: else two would ride."""
    known = list(candidates)
    outside, local = [each for each in known if each.outside], [each for each in known if not each.outside]
    if any(each.is_open for each in outside):
        return [each for each in outside if each.is_open]
    able = [each for each in local if may_take(each.status, test=test)]
    busy = any(each.is_open or each.may_be_asked(now, policy) for each in able)
    if busy or now < sought_since + timedelta(seconds=policy.outside_after_s):
        return local
    return outside
