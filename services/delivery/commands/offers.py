"""What partners reply to an offer: the first valid acceptance has the trip."""

from __future__ import annotations

from services.contracts.delivery import DeliveryAssigned, DeliveryId, OfferId
from services.contracts.partner import Accept, Decline, RefusalCode, WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.trips import expect_word, move
from services.delivery.domain import job, offer
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.reply import ReplyRefused, Sent
from services.delivery.domain.trip import DeliveryStatus, Input, Trip
from services.delivery.store import offers, partners, trips
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers


async def accept(conn: Transaction, sent: Sent, reply: Accept) -> bool:
    """Whether it is assigned by this; not when it was before. Raises ReplyRefused."""
    trip, accepted = await _lock(conn, sent, reply.job_id, reply.offer_id)
    if not offer.accept(trip, accepted, reply.rider_id, sent.at):
        return False
    if not await search.may_take(conn, trip, [sent.partner_id]):
        raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "your company gets no jobs now; finish what you carry")
    rider = await partners.rider(conn, sent.partner_id, reply.rider_id)
    if rider is None:
        message = f"{reply.rider_id} is no rider of yours: accept with one whom you have registered with Wlijo"
        raise ReplyRefused(RefusalCode.NOT_YOUR_RIDER, message, "rider_id")
    if rider.cash_limit_rupiah is not None and trip.cash_to_collect_rupiah > rider.cash_limit_rupiah:
        message = f"{reply.rider_id} may carry {rider.cash_limit_rupiah} in cash, and {trip.cash_to_collect_rupiah} is to be collected"
        raise ReplyRefused(RefusalCode.OVER_CASH_LIMIT, message, "rider_id")
    await offers.close(conn, [accepted.id], OfferState.ACCEPTED, trip.now)
    await timers.stop(conn, accepted.id)
    trip = await move(
        conn,
        trip,
        DeliveryStatus.ASSIGNED,
        Input.ACCEPTED,
        partner_id=sent.partner_id,
        rider_id=reply.rider_id,
        offer_id=accepted.id,
    )
    await outbox.append(
        conn,
        DeliveryAssigned(
            delivery_id=trip.id, order_id=trip.order_id, partner_id=sent.partner_id, rider_id=reply.rider_id
        ),
        job.assigned(trip, sent.partner_id, reply.rider_id),
        *await search.withdraw_offers(conn, trip, WithdrawnReason.TAKEN),
    )
    await expect_word(conn, trip, sent.rules.policy)
    return True


async def decline(conn: Transaction, sent: Sent, reply: Decline) -> bool:
    """Raises ReplyRefused."""
    trip, declined = await _lock(conn, sent, reply.job_id, reply.offer_id)
    offer.decline(declined)
    await search.close_offer(conn, trip, declined, OfferState.DECLINED, sent.rules.policy)
    return True


async def _lock(conn: Transaction, sent: Sent, job_id: DeliveryId, offer_id: OfferId) -> tuple[Trip, Offer]:
    trip = await trips.lock(conn, job_id)
    made = await offers.of_trip(conn, trip.id) if trip else []
    found = offer.find(made, offer_id, sent.partner_id)
    assert trip
    return trip, found
