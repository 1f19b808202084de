"""A trip is cancelled before its goods are fetched: told to ordering, to whoever held an offer, and to whoever had the job."""

from __future__ import annotations

from services.contracts.delivery import DeliveryCancelled
from services.contracts.partner import WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move
from services.delivery.domain import job, vain
from services.delivery.domain.trip import DeliveryStatus, Input, Trip
from services.delivery.store import vain as rules
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Told


async def cancel(
    conn: Transaction,
    trip: Trip,
    cancelled: DeliveryStatus,
    reason: str,
    *,
    cause: str = Input.CANCELLED,
    withdrawn: WithdrawnReason = WithdrawnReason.ORDER_CANCELLED,
) -> None:
    """`reason` is what ordering is told, `withdrawn` what companies are. A rider who was on the way has something of it."""
    partner_id = trip.partner_id
    pay = vain.called_off(await rules.of_trip(conn, trip), trip) if partner_id else None
    ended = await search.still_open(conn, trip)
    trip = await move(conn, trip, cancelled, cause, ends=search.withdrawn(ended))
    told: list[Told] = [
        DeliveryCancelled(delivery_id=trip.id, order_id=trip.order_id, reason=reason, pay=pay),
        *search.told_withdrawn(trip, ended, withdrawn),
    ]
    if partner_id:
        told.append(job.withdrawn(trip, partner_id, withdrawn))
    await tell(conn, trip, *told)
