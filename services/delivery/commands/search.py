"""The search for a rider: who is asked, what ends an offer, what ends the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.contracts.delivery import (
    DeliveryId,
    DeliveryOffered,
    DeliveryUnassignable,
    OfferClosed,
    OfferId,
    PartnerId,
)
from services.contracts.partner import Topics, WithdrawnReason
from services.delivery.commands.trips import move
from services.delivery.domain import dispatch, job
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.trip import SEEKING, Input, Trip, Wake
from services.delivery.store import answers, offers, trips
from services.kit import kafka
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.envelope import Told

_LAG_LOOK_S = 1


async def look_for_rider(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nobody could be asked before."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip:
        await ask_partners(conn, trip, policy)


async def end_offer(conn: Transaction, offer_id: OfferId, policy: Policy) -> None:
    """A timer: the offer's time is over. Not before everything is read that its partner may have replied in time."""
    delivery_id = await offers.delivery_of(conn, offer_id)
    trip = await trips.lock_now(conn, delivery_id) if delivery_id else None
    if trip is None:
        return
    offer = next(each for each in await offers.of_trip(conn, trip.id) if each.id == offer_id)
    if not offer.is_open:
        return
    replies = Topics.of(offer.partner_id).replies
    read_to = await answers.read_to(conn, offer.partner_id, kafka.partitions_of(replies))
    if read_to is None or read_to < offer.expires_at:
        await timers.start(conn, Wake.OFFER, offer.id, trip.now + timedelta(seconds=_LAG_LOOK_S))
        return
    await outbox.append(conn, job.withdrawn(trip, offer.partner_id, WithdrawnReason.OFFER_EXPIRED, offer.id))
    await close_offer(conn, trip, offer, OfferState.TIMED_OUT, policy)


async def close_offer(conn: Transaction, trip: Trip, offer: Offer, answer: OfferState, policy: Policy) -> None:
    """An open offer ended without a rider: on to the next partner."""
    await offers.close(conn, [offer.id], answer, trip.now)
    await timers.stop(conn, offer.id)
    requested = trip.after(Input.OFFERS_CLOSED)
    if requested and not any(each.is_open for each in await offers.of_trip(conn, trip.id)):
        trip = await move(conn, trip, requested, answer)
    await outbox.append(
        conn,
        OfferClosed(
            delivery_id=trip.id,
            order_id=trip.order_id,
            offer_id=offer.id,
            partner_id=offer.partner_id,
            answer=answer,
        ),
    )
    await ask_partners(conn, trip, policy)


async def end_search(conn: Transaction, delivery_id: DeliveryId) -> None:
    """A timer: no partner took the job within its time."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip:
        await _give_up(conn, trip)


async def ask_partners(conn: Transaction, trip: Trip, policy: Policy) -> None:
    """Offer the job to whose turn it is, while a rider is sought; the caller has locked the trip."""
    if trip.status not in SEEKING:
        return
    match dispatch.choose(await offers.candidates(conn, trip), test=trip.test, policy=policy):
        case dispatch.Ask(partners):
            await _offer(conn, trip, partners, policy)
        case dispatch.LookAgain():
            await timers.start(conn, Wake.DISPATCH, trip.id, trip.now + timedelta(seconds=policy.look_again_s))
        case dispatch.GiveUp():
            await _give_up(conn, trip)
        case dispatch.Wait():
            pass


async def withdraw_offers(conn: Transaction, trip: Trip, reason: WithdrawnReason) -> list[Told]:
    """Ends what is open; the events for those who held it."""
    still_open = [each for each in await offers.of_trip(conn, trip.id) if each.is_open]
    if not still_open:
        return []
    await offers.close(conn, [each.id for each in still_open], OfferState.WITHDRAWN, trip.now)
    for each in still_open:
        await timers.stop(conn, each.id)
    return [job.withdrawn(trip, each.partner_id, reason, each.id) for each in still_open]


async def _offer(conn: Transaction, trip: Trip, partners: Sequence[PartnerId], policy: Policy) -> None:
    expires_at = trip.now + timedelta(seconds=policy.offer_s)
    made = [Offer(OfferId.new(), trip.id, partner_id, OfferState.OPEN, expires_at) for partner_id in partners]
    await offers.add(conn, made, trip.now)
    if offered := trip.after(Input.OFFERED):
        trip = await move(conn, trip, offered, Input.OFFERED)
    *pickups, dropoff = await trips.stops(conn, trip.id)
    told: list[Told] = []
    for offer in made:
        await timers.start(conn, Wake.OFFER, offer.id, expires_at)
        told.append(
            DeliveryOffered(
                delivery_id=trip.id,
                order_id=trip.order_id,
                offer_id=offer.id,
                partner_id=offer.partner_id,
                expires_at=expires_at,
            )
        )
        told.append(job.offered(trip, offer, pickups, dropoff))
    await outbox.append(conn, *told)


async def _give_up(conn: Transaction, trip: Trip) -> None:
    unassignable = trip.after(Input.TIME_UP)
    if unassignable is None:
        return
    trip = await move(conn, trip, unassignable, Input.TIME_UP)
    await outbox.append(
        conn,
        DeliveryUnassignable(delivery_id=trip.id, order_id=trip.order_id),
        *await withdraw_offers(conn, trip, WithdrawnReason.NO_RIDER_IN_TIME),
    )
