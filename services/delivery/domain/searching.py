"""What a person may do about a search that finds nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.delivery.domain.trip import SEEKING, DeliveryStatus, Trip

LONGEST: Final = timedelta(hours=2)
"""From the confirmation on, however often it is let go on: within the three hours after which an order is overdue."""
MOST_MINUTES: Final = 60
"""At one time."""
MAY_BE_TAKEN_BACK: Final = frozenset({DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP})
"""A company has the trip and not the goods."""


class SearchAction(StrEnum):
    OFFER = "OFFER"
    EXTEND = "EXTEND"
    CANCEL = "CANCEL"


class SearchIsOver(Exception):
    """Nobody is sought for this trip."""

    def __init__(self, status: DeliveryStatus) -> None:
        super().__init__(f"no rider is sought: the trip is {status}")
        self.status = status


class SearchIsLongEnough(Exception):
    def __init__(self, status: DeliveryStatus) -> None:
        super().__init__(f"a search lasts {LONGEST} at most; offer it to a company, or cancel it")
        self.status = status


def check_seeks(trip: Trip) -> None:
    """Raises SearchIsOver."""
    if trip.status not in SEEKING:
        raise SearchIsOver(trip.status)


def extended(trip: Trip, minutes: int) -> datetime:
    """When it then ends. Raises SearchIsOver, SearchIsLongEnough."""
    check_seeks(trip)
    now_until = max(trip.seek_until or trip.now, trip.now)
    until = min(now_until + timedelta(minutes=minutes), (trip.requested_at or trip.now) + LONGEST)
    if until <= now_until:
        raise SearchIsLongEnough(trip.status)
    return until
