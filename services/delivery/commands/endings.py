"""A person ends a trip: what became of it is told as if the partner had reported it, and who said so is kept."""

from __future__ import annotations

from services.contracts import delivery
from services.contracts.delivery import DeliveryId
from services.contracts.partner import WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.trips import move
from services.delivery.domain import ending, job
from services.delivery.domain.ending import Ending, UnknownTrip
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.delivery.store import endings, trips
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Told


async def end_delivery(conn: Transaction, delivery_id: DeliveryId, said: Ending, subject: str) -> None:
    """One that has ended so before stays as it is. Raises UnknownTrip, CannotEndSo, CashIsNot."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None:
        raise UnknownTrip(str(delivery_id))
    status = ending.end(trip, said)
    if status is None:
        return
    ended = await move(conn, trip, status, f"OPS_{said.outcome}", failure_code=ending.fault(trip, said))
    await endings.add(conn, ended, said, subject)
    told: list[Told] = []
    if status is not DeliveryStatus.CANCELLED and trip.status in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        told.append(delivery.PickedUp(delivery_id=trip.id, order_id=trip.order_id))  # nobody had reported it
    told += [_fact(ended, said), *await search.withdraw_offers(conn, ended, WithdrawnReason.ENDED_BY_OPERATIONS)]
    if trip.partner_id:
        told.append(job.withdrawn(ended, trip.partner_id, WithdrawnReason.ENDED_BY_OPERATIONS))
    await outbox.append(conn, *told)
    conn.wake(str(trip.id))


def _fact(trip: Trip, said: Ending) -> Told:
    if trip.status is DeliveryStatus.CANCELLED:
        return delivery.DeliveryCancelled(delivery_id=trip.id, order_id=trip.order_id, reason="OPERATIONS")
    assert trip.partner_id
    if trip.status is DeliveryStatus.DELIVERED:
        return delivery.Delivered(
            delivery_id=trip.id,
            order_id=trip.order_id,
            partner_id=trip.partner_id,
            cash_collected_rupiah=ending.cash(trip, said),
            fee_rupiah=trip.fee_rupiah,
            rider_share_rupiah=trip.rider_share_rupiah,
            partner_share_rupiah=trip.partner_share_rupiah,
            platform_share_rupiah=trip.platform_share_rupiah,
            delivered_at=trip.now,
        )
    assert trip.failure_code
    return delivery.DeliveryReturned(
        delivery_id=trip.id,
        order_id=trip.order_id,
        disposed=trip.status is DeliveryStatus.DISPOSED,
        code=trip.failure_code,
        partner_id=trip.partner_id,
    )
