"""What every step of a trip does: the new state saved with its cause, the old state's timers stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.delivery.domain.dispatch import Policy
from services.delivery.domain.trip import ON_TRIP, SEEKING, TERMINAL, DeliveryStatus, Trip, Wake
from services.delivery.store import positions, trips
from services.kit.database.db import Transaction
from services.kit.messaging import timers


async def move(conn: Transaction, trip: Trip, status: DeliveryStatus, cause: str, **changes: Any) -> Trip:
    """The trip as it is now. `cause` stands in its history."""
    moved = trip.to(status, **changes)
    await trips.save(conn, moved, cause)
    if status not in SEEKING:
        await timers.stop(conn, trip.id)  # whoever needs one in the new state starts it
    elif trip.status in ON_TRIP:
        await timers.stop(conn, trip.id, Wake.SILENT)
    if status in TERMINAL:
        await positions.drop(conn, trip.id)
    return moved


async def expect_word(conn: Transaction, trip: Trip, policy: Policy) -> None:
    """From now on the trip may be silent for so long."""
    if trip.status in ON_TRIP:
        silent = trip.may_be_silent(timedelta(seconds=policy.silent_s))
        await timers.start(conn, Wake.SILENT, trip.id, trip.now + silent)
