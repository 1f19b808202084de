"""A trip is taken from who has it, by a person: before the pickup it is sought anew or given on, with the goods it is given on."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.delivery import FailureCode, RiderId
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus, Trip


@dataclass(frozen=True, slots=True)
class Incident:
    """What ops say: why, by whose fault, and who has it from now on; None where another is to be found."""

    failure: FailureCode
    reason: str
    rider_id: RiderId | None = None


class CannotReassign(Exception):
    """Nobody has it, or its goods are with a rider and nobody was named who takes them over."""

    def __init__(self, current: DeliveryStatus) -> None:
        super().__init__(f"a trip that is {current} cannot be given to another like this")
        self.current = current


class HasItAlready(Exception):
    """Who was named rides it now."""


def after(trip: Trip, said: Incident) -> DeliveryStatus:
    """The state in which the next one has it. Raises CannotReassign, HasItAlready."""
    if trip.status not in ON_TRIP:
        raise CannotReassign(trip.status)
    if said.rider_id is not None and said.rider_id == trip.rider_id:
        raise HasItAlready(str(said.rider_id))
    fetched = trip.status not in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP)
    if said.rider_id is None:
        if fetched:
            raise CannotReassign(trip.status)
        return DeliveryStatus.REQUESTED
    return trip.status if fetched else DeliveryStatus.ASSIGNED
