"""What partners reply to an offer: the first valid acceptance has the trip."""

from __future__ import annotations

from services.contracts.delivery import DeliveryAssigned
from services.contracts.partner import Accept, Decline, JobChange, WithdrawnReason
from services.delivery.commands import naming, planning, search
from services.delivery.commands.effect import Effect
from services.delivery.commands.trips import move, word_due
from services.delivery.domain import job, offer
from services.delivery.domain.offer import OfferState
from services.delivery.domain.reply import Sent
from services.delivery.domain.trip import DeliveryStatus, Input
from services.delivery.store.held import Held
from services.kit.database.db import Transaction


async def accept(conn: Transaction, sent: Sent, held: Held | None, reply: Accept) -> Effect:
    """It is assigned by this; changed is nothing when it was before. Raises ReplyRefused."""
    made = held.offers if held else ()
    accepted = offer.find(made, reply.offer_id, sent.partner_id)
    assert held  # or nothing was offered
    trip = held.trip
    known = await naming.known(conn, sent, reply)
    if not offer.accept(trip, accepted, known, sent.at):
        return Effect(trip, changed=False)
    named = await naming.taking(conn, sent, trip, reply, known)
    others = [each for each in made if each.is_open and each.id != accepted.id]
    assigned = trip.to(DeliveryStatus.ASSIGNED)
    trip = await move(
        conn,
        trip,
        DeliveryStatus.ASSIGNED,
        Input.ACCEPTED,
        starts=word_due(assigned, sent.rules.policy),
        ends={**search.withdrawn(others), accepted.id: OfferState.ACCEPTED},
        partner_id=sent.partner_id,
        rider_id=named.rider_id,
        offer_id=accepted.id,
    )
    if named.rides:
        await planning.taken_beside(conn, trip, named.rider_id)
    fact = DeliveryAssigned(
        delivery_id=trip.id, order_id=trip.order_id, partner_id=sent.partner_id, rider_id=named.rider_id
    )
    told = search.told_withdrawn(trip, others, WithdrawnReason.TAKEN)
    packed = [each for each in held.stops if each.packed_at]
    ready = [job.changed(trip, sent.partner_id, JobChange.GOODS_READY, at=each) for each in packed]
    theirs = job.assigned(trip, sent.partner_id, named.rider_id)
    return Effect(trip, [*named.told, fact, theirs, *ready, *told])


async def decline(conn: Transaction, sent: Sent, held: Held | None, reply: Decline) -> Effect:
    """Raises ReplyRefused."""
    made = held.offers if held else ()
    declined = offer.find(made, reply.offer_id, sent.partner_id)
    assert held
    offer.decline(declined)
    trip, told = await search.close_offer(conn, held.trip, declined, made, OfferState.DECLINED, sent.rules.policy)
    return Effect(trip, told)
