"""A person ends a trip: what became of it is told as if the partner had reported it, and who said so is kept."""

from __future__ import annotations

from services.contracts import delivery
from services.contracts.delivery import DeliveryId, TripPay
from services.contracts.partner import WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move
from services.delivery.domain import ending, job, vain
from services.delivery.domain.ending import DeliveryOutcome, Ending, UnknownTrip
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.delivery.domain.vain import VainRule
from services.delivery.store import endings, trips
from services.delivery.store import vain as rules
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Told


async def end_delivery(conn: Transaction, delivery_id: DeliveryId, said: Ending, subject: str) -> None:
    """One that has ended so before stays as it is. Raises UnknownTrip, CannotEndSo, CashIsNot."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None:
        raise UnknownTrip(str(delivery_id))
    status = ending.end(trip, said)
    if status is None:
        return
    offered = await search.still_open(conn, trip)
    ends = search.withdrawn(offered)
    fetched = trip.fetches and status is not DeliveryStatus.CANCELLED
    ended = await move(
        conn, trip, status, f"OPS_{said.outcome}", ends=ends, fetched=fetched, failure_code=ending.fault(trip, said)
    )
    await endings.add(conn, ended, said, subject)
    told: list[Told] = []
    if fetched:
        told.append(delivery.PickedUp(delivery_id=trip.id, order_id=trip.order_id))  # nobody had reported it
    rule = await rules.of_trip(conn, trip) if trip.partner_id else None
    told += [
        _fact(ended, said, _pay(rule, trip, said)),
        *search.told_withdrawn(ended, offered, WithdrawnReason.ENDED_BY_OPERATIONS),
    ]
    if trip.partner_id:
        told.append(job.withdrawn(ended, trip.partner_id, WithdrawnReason.ENDED_BY_OPERATIONS))
    await tell(conn, ended, *told)
    conn.wake(str(trip.id))


def _pay(rule: VainRule | None, before: Trip, said: Ending) -> TripPay | None:
    """Nothing where ops say that it was the company's fault."""
    if said.failure is not None and ending.is_companys(said.failure):
        return None
    match said.outcome:
        case DeliveryOutcome.CANCELLED:
            return vain.called_off(rule, before)
        case DeliveryOutcome.RETURNED:
            return vain.way_back(rule, before)
        case _:
            return None


def _fact(trip: Trip, said: Ending, pay: TripPay | None) -> Told:
    if trip.status is DeliveryStatus.CANCELLED:
        return delivery.DeliveryCancelled(delivery_id=trip.id, order_id=trip.order_id, reason="OPERATIONS", pay=pay)
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
            proven_by=delivery.ProofKind.STAFF,
        )
    assert trip.failure_code
    return delivery.DeliveryReturned(
        delivery_id=trip.id,
        order_id=trip.order_id,
        disposed=trip.status is DeliveryStatus.DISPOSED,
        code=trip.failure_code,
        partner_id=trip.partner_id,
        pay=pay,
    )
