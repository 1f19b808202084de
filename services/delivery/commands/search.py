"""The search for a rider: who is asked, what ends an offer, what ends the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from prometheus_client import Counter

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
from services.delivery.store import answering, offers, partners, trips
from services.kit import kafka
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.envelope import Told
from services.kit.observe import telemetry

_LAG_LOOK_S = 1
CLOSED = Counter(
    "wlijo_offers_closed_total",
    "Offers that ended without a rider, by how",
    ("answer",),
    registry=telemetry.REGISTRY,
)


async def look_for_rider(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nobody could be asked before."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip:
        await ask_partners(conn, trip, policy)


async def end_offer(conn: Transaction, offer_id: OfferId, policy: Policy) -> None:
    """A timer: the offer's time is over, or its partner takes no such jobs any more."""
    delivery_id = await offers.delivery_of(conn, offer_id)
    trip = await trips.lock_now(conn, delivery_id) if delivery_id else None
    if trip is None:
        return
    offer = next(each for each in await offers.of_trip(conn, trip.id) if each.id == offer_id)
    if not offer.is_open:
        return
    if not await may_take(conn, trip, [offer.partner_id]):
        await outbox.append(conn, job.withdrawn(trip, offer.partner_id, WithdrawnReason.PAUSED, offer.id))
        await close_offer(conn, trip, offer, OfferState.WITHDRAWN, policy)
    elif trip.now < offer.expires_at:
        await timers.start(conn, Wake.OFFER, offer.id, offer.expires_at)
    elif await _may_lie_unread(conn, trip, offer, policy):
        await timers.start(conn, Wake.OFFER, offer.id, trip.now + timedelta(seconds=_LAG_LOOK_S))
    else:
        await outbox.append(conn, job.withdrawn(trip, offer.partner_id, WithdrawnReason.OFFER_EXPIRED, offer.id))
        await answering.let_expire(conn, offer.partner_id)
        await close_offer(conn, trip, offer, OfferState.TIMED_OUT, policy)


async def _may_lie_unread(conn: Transaction, trip: Trip, offer: Offer, policy: Policy) -> bool:
    """Whether a reply in time may not have been read: only of a company that replies on its topic, and only for so long as is stated. What
    comes to light later still counts, unless another has the job."""
    if trip.now >= offer.expires_at + timedelta(seconds=policy.held_s):
        return False
    heard = await answering.heard(conn, offer.partner_id, kafka.partitions_of(Topics.of(offer.partner_id).replies))
    return heard.uses_topic and (heard.read_to is None or heard.read_to < offer.expires_at)


async def close_offer(conn: Transaction, trip: Trip, offer: Offer, answer: OfferState, policy: Policy) -> None:
    """An open offer ended without a rider: on to the next partner."""
    CLOSED.labels(answer.lower()).inc()
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
    match dispatch.choose(await offers.candidates(conn, trip), now=trip.now, test=trip.test, policy=policy):
        case dispatch.Ask(asked) if await may_take(conn, trip, asked):
            await _offer(conn, trip, asked, policy)
        case dispatch.Ask():  # one of them was paused at this moment
            await timers.start(conn, Wake.DISPATCH, trip.id, trip.now)
        case dispatch.LookAgain():
            await timers.start(conn, Wake.DISPATCH, trip.id, trip.now + timedelta(seconds=policy.look_again_s))
        case dispatch.Wait():
            pass


async def may_take(conn: Transaction, trip: Trip, asked: Sequence[PartnerId]) -> bool:
    """Whether all of these may take the job; so it stays until the commit. A pause comes before what is decided now, or finds it there."""
    return all(dispatch.may_take(each, test=trip.test) for each in await partners.statuses(conn, asked))


async def withdraw_offers(conn: Transaction, trip: Trip, reason: WithdrawnReason) -> list[Told]:
    """Ends what is open; the events for those who held it."""
    still_open = [each for each in await offers.of_trip(conn, trip.id) if each.is_open]
    if not still_open:
        return []
    await offers.close(conn, [each.id for each in still_open], OfferState.WITHDRAWN, trip.now)
    for each in still_open:
        await timers.stop(conn, each.id)
    return [job.withdrawn(trip, each.partner_id, reason, each.id) for each in still_open]


async def _offer(conn: Transaction, trip: Trip, asked: Sequence[PartnerId], policy: Policy) -> None:
    expires_at = trip.now + timedelta(seconds=policy.offer_s)
    made = [Offer(OfferId.new(), trip.id, partner_id, OfferState.OPEN, expires_at) for partner_id in asked]
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
