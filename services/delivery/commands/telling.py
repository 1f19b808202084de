"""What became of a trip is told: to its company always, and as a fact unless it is a test job that the company ordered for itself."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.delivery import Delivered, DeliveryEvent
from services.delivery.domain.trip import Trip
from services.delivery.store import rehearsals
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Told


async def tell(conn: Transaction, trip: Trip, *told: Told) -> None:
    """Nobody but its company hears of a test job: there is no order of it, and nothing to book or to count. What was collected is kept, for
    the company to be judged by."""
    if trip.rehearsal is None:
        await outbox.append(conn, *told)
        return
    for each in told:
        if isinstance(each, Delivered):
            await rehearsals.note_cash(conn, trip.id, each.cash_collected_rupiah)
    await outbox.append(conn, *(each for each in told if not isinstance(each, DeliveryEvent)))
    conn.wake(str(trip.id))


async def tell_of_all(conn: Transaction, trips: Sequence[Trip], told: Sequence[Told]) -> None:
    """The same of offers of many trips."""
    rehearsed = {trip.id for trip in trips if trip.rehearsal is not None}
    await outbox.append(
        conn, *(each for each in told if not (isinstance(each, DeliveryEvent) and each.delivery_id in rehearsed))
    )
    for each in rehearsed:
        conn.wake(str(each))
