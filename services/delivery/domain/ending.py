"""How a person ends a trip that nothing else ends: a locked PIN, a rider who vanished, goods that were lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.contracts.delivery import FailureCode
from services.contracts.ordering import BorneBy
from services.contracts.reasons import OF_FAILURE, REASONS
from services.delivery.domain.trip import DeliveryStatus, Input, Refused, To, Trip


class DeliveryOutcome(StrEnum):
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    DISPOSED = "DISPOSED"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


_INPUT = {
    DeliveryOutcome.DELIVERED: Input.ENDED_DELIVERED,
    DeliveryOutcome.RETURNED: Input.ENDED_RETURNED,
    DeliveryOutcome.DISPOSED: Input.ENDED_DISPOSED,
    DeliveryOutcome.LOST: Input.ENDED_DISPOSED,
    DeliveryOutcome.CANCELLED: Input.ENDED_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """What ops say. `failure` is whose fault it was where nothing was delivered; None: what the partner reported, or else its rider."""

    outcome: DeliveryOutcome
    reason: str
    failure: FailureCode | None = None
    cash_collected_rupiah: int | None = None


class UnknownTrip(Exception):
    """There is no such trip."""


class CannotEndSo(Exception):
    """The trip cannot end like this from where it is."""

    def __init__(self, current: DeliveryStatus, wanted: DeliveryOutcome) -> None:
        super().__init__(f"a trip that is {current} cannot end as {wanted}")
        self.current = current
        self.wanted = wanted


class CashIsNot(Exception):
    """More than was to be collected, or less than nothing, or cash of what was not delivered."""


def end(trip: Trip, ending: Ending) -> DeliveryStatus | None:
    """The state that it ends in; None when it has ended so before. Raises CannotEndSo, CashIsNot."""
    happened = trip.step(_INPUT[ending.outcome])
    lost = ending.outcome is DeliveryOutcome.LOST
    if isinstance(happened, Refused):
        raise CannotEndSo(trip.status, ending.outcome)
    if not isinstance(happened, To):
        if trip.status is DeliveryStatus.DISPOSED and lost != (trip.failure_code is FailureCode.LOST_IN_TRANSIT):
            raise CannotEndSo(trip.status, ending.outcome)
        return None
    most = trip.cash_to_collect_rupiah if ending.outcome is DeliveryOutcome.DELIVERED else 0
    if ending.cash_collected_rupiah is not None and not 0 <= ending.cash_collected_rupiah <= most:
        raise CashIsNot(f"cash of this trip is 0 to {most}")
    return happened.status


def fault(trip: Trip, ending: Ending) -> FailureCode | None:
    """Why nothing was delivered; None where it was, or where the goods never left."""
    match ending.outcome:
        case DeliveryOutcome.DELIVERED | DeliveryOutcome.CANCELLED:
            return trip.failure_code
        case DeliveryOutcome.LOST:
            return FailureCode.LOST_IN_TRANSIT
        case _:
            return ending.failure or trip.failure_code or FailureCode.RIDER_GAVE_UP


def is_companys(failure: FailureCode) -> bool:
    """Whether the company bears it."""
    return REASONS[OF_FAILURE[failure]].borne_by is BorneBy.PARTNER


def cash(trip: Trip, ending: Ending) -> int:
    said = ending.cash_collected_rupiah
    return trip.cash_to_collect_rupiah if said is None else said
