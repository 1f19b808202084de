"""The search for a rider: who is asked, what ends an offer, what ends the search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from prometheus_client import Counter

from services.contracts.delivery import (
    DeliveryId,
    DeliveryOffered,
    DeliveryUnassignable,
    OfferClosed,
    OfferId,
    PartnerId,
    SearchProlonged,
)
from services.contracts.partner import Topics, WithdrawnReason
from services.delivery.commands.telling import tell, tell_of_all
from services.delivery.commands.trips import move
from services.delivery.domain import courier, dispatch, job
from services.delivery.domain.board import Board, Job
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.trip import SEEKING, Input, Trip, Wake
from services.delivery.store import answering, board, offers, partners, trips
from services.kit import kafka
from services.kit.database.db import Transaction
from services.kit.ids import Id
from services.kit.messaging import timers
from services.kit.messaging.envelope import Told
from services.kit.messaging.timers import Change
from services.kit.observe import telemetry

_LAG_LOOK_S = 1
CLOSED = Counter(
    "wlijo_offers_closed_total",
    "Offers that ended without a rider, by how",
    ("answer",),
    registry=telemetry.REGISTRY,
)


async def look_for_riders(conn: Transaction, ids: Sequence[DeliveryId], policy: Policy) -> None:
    """Timers: nobody could be asked before, or it is time. Companies and riders are looked at once for all that are due."""
    found = await trips.lock_those_free(conn, ids)
    told = await ask_for_all(conn, found, policy)
    if held := set(ids) - {trip.id for trip in found}:
        # Whoever holds one may be waiting for its timer: it is looked at again in a moment. One that is not there stays away.
        again = await trips.soon(conn, [*held])
        await timers.change(conn, Change(started=[(Wake.DISPATCH, each, at) for each, at in again]))
    await tell_of_all(conn, found, told)


async def end_offer(conn: Transaction, offer_id: OfferId, policy: Policy) -> None:
    """A timer: the offer's time is over, or its partner takes no such jobs any more."""
    delivery_id = await offers.delivery_of(conn, offer_id)
    trip = await trips.lock_now(conn, delivery_id) if delivery_id else None
    if trip is None:
        return
    policy = policy.holding(trip.entered)
    made = await offers.of_trip(conn, trip.id)
    offer = next(each for each in made if each.id == offer_id)
    if not offer.is_open:
        return
    if not await may_take(conn, trip, [offer.partner_id]):
        why, answer = WithdrawnReason.PAUSED, OfferState.WITHDRAWN
    elif trip.now < offer.expires_at:
        await timers.start(conn, Wake.OFFER, offer.id, offer.expires_at)
        return
    elif await _may_lie_unread(conn, trip, offer, policy):
        await timers.start(conn, Wake.OFFER, offer.id, trip.now + timedelta(seconds=_LAG_LOOK_S))
        return
    else:
        if trip.rehearsal is None:
            await answering.let_expire(conn, offer.partner_id)
        why, answer = WithdrawnReason.OFFER_EXPIRED, OfferState.TIMED_OUT
    withdrawn = job.withdrawn(trip, offer.partner_id, why, offer.id)
    _, told = await close_offer(conn, trip, offer, made, answer, policy)
    await tell(conn, trip, withdrawn, *told)


async def _may_lie_unread(conn: Transaction, trip: Trip, offer: Offer, policy: Policy) -> bool:
    """Whether a reply in time may not have been read: only of a company that replies on its topic, and only for so long as is stated. What
    comes to light later still counts, unless another has the job."""
    if trip.now >= offer.expires_at + timedelta(seconds=policy.held_s):
        return False
    heard = await answering.heard(conn, offer.partner_id, kafka.partitions_of(Topics.of(offer.partner_id).replies))
    return heard.uses_topic and (heard.read_to is None or heard.read_to < offer.expires_at)


async def close_offer(
    conn: Transaction, trip: Trip, offer: Offer, made: Sequence[Offer], answer: OfferState, policy: Policy
) -> tuple[Trip, list[Told]]:
    """An open offer, of those `made` of the trip, ended without a rider: on to the next partner. What is to be told of it."""
    if trip.rehearsal is None:
        CLOSED.labels(answer.lower()).inc()
    requested = trip.after(Input.OFFERS_CLOSED)
    if requested and not any(each.is_open for each in made if each.id != offer.id):
        trip = await move(conn, trip, requested, answer, ends={offer.id: answer})
    else:
        await offers.close(conn, [offer.id], answer, trip.now)
        await timers.stop(conn, offer.id)
    closed = OfferClosed(
        delivery_id=trip.id,
        order_id=trip.order_id,
        offer_id=offer.id,
        partner_id=offer.partner_id,
        answer=answer,
    )
    return trip, [closed, *await ask_partners(conn, trip, policy)]


def lasts(trip: Trip, begins: datetime, ends: datetime, policy: Policy) -> list[tuple[Wake, Id, datetime]]:
    """Timers of a search: its end, and when it wants a person before that."""
    return [(Wake.TIME_UP, trip.id, ends), (Wake.LONG, trip.id, policy.long_after(begins, ends))]


async def want_person(conn: Transaction, delivery_id: DeliveryId) -> None:
    """A timer: the search has used so much of its time that a person is to look at it, and the buyer to hear of it."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip is None or trip.rehearsal or trip.status not in SEEKING or trip.wants_person_at is not None:
        return
    trip = await move(conn, trip, trip.status, "SEARCH_LONG", wants_person_at=trip.now)
    until = trip.seek_until or trip.now
    await tell(conn, trip, SearchProlonged(delivery_id=trip.id, order_id=trip.order_id, until=until))
    conn.wake(str(trip.id))


async def end_search(conn: Transaction, delivery_id: DeliveryId) -> None:
    """A timer: no partner took the job within its time."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip:
        await _give_up(conn, trip)


async def ask_partners(conn: Transaction, trip: Trip, policy: Policy) -> list[Told]:
    """Offer the job to whose turn it is, while a rider is sought; the caller has locked the trip, and tells what comes of it."""
    return await ask_for_all(conn, [trip], policy)


async def ask_for_all(conn: Transaction, found: Sequence[Trip], policy: Policy) -> list[Told]:
    """The same for any number of trips: the first has its turn first."""
    seeking = [trip for trip in found if trip.status in SEEKING]
    if not seeking:
        return []
    jobs = await board.jobs(conn, [trip.id for trip in seeking])
    now = max(trip.now for trip in seeking)
    points = list(dict.fromkeys(jobs[trip.id].first for trip in seeking))
    there = Board(now, await board.companies(conn, now), await board.near(conn, points, now))
    asks: list[tuple[Trip, list[Offer]]] = []
    again: list[tuple[Wake, DeliveryId, datetime]] = []
    for trip in seeking:
        holds, job = policy.holding(trip.entered), jobs[trip.id]
        options = there.options(job, holds)
        since = policy.seek_from(trip.ready_at, trip.requested_at or now)
        known = there.candidates(job, options)
        if trip.only_for:  # a test job of its own, outside its hours and beyond its area too
            known = [replace(each, kept_by=None) for each in known if each.partner_id == trip.only_for]
        candidates = courier.local_first(known, now=now, sought_since=since, test=trip.test, policy=holds)
        match dispatch.choose(candidates, now=now, test=trip.test, policy=holds):
            case dispatch.Ask(asked, asked_of):
                made = []
                for each in candidates:
                    if each.partner_id in asked:
                        option = options.get(each.partner_id)
                        why = there.why(each.partner_id, option, asked_of, holds)
                        expires_at = now + timedelta(seconds=holds.offer_s)
                        made.append(Offer(OfferId.new(), trip.id, each.partner_id, OfferState.OPEN, expires_at, why))
                        there.took(job, each.partner_id, option)
                asks.append((trip, made))
            case dispatch.LookAgain():
                again.append((Wake.DISPATCH, trip.id, now + timedelta(seconds=holds.look_again_s)))
            case dispatch.Wait():
                pass
    return await _offer(conn, asks, again, jobs, now)


async def may_take(conn: Transaction, trip: Trip, asked: Sequence[PartnerId]) -> bool:
    """Whether all of these may take the job; so it stays until the commit. A pause comes before what is decided now, or finds it there."""
    found = await partners.statuses(conn, asked)
    return all(dispatch.may_take(status, test=trip.test) for status in found.values())


async def still_open(conn: Transaction, trip: Trip) -> list[Offer]:
    """Offers that end with the search."""
    return [each for each in await offers.of_trip(conn, trip.id) if each.is_open]


def withdrawn(ended: Iterable[Offer]) -> dict[OfferId, OfferState]:
    return {each.id: OfferState.WITHDRAWN for each in ended}


def told_withdrawn(trip: Trip, ended: Iterable[Offer], reason: WithdrawnReason) -> list[Told]:
    """The events for those who held an offer."""
    return [job.withdrawn(trip, each.partner_id, reason, each.id) for each in ended]


async def _offer(
    conn: Transaction,
    asks: Sequence[tuple[Trip, Sequence[Offer]]],
    again: Sequence[tuple[Wake, DeliveryId, datetime]],
    jobs: Mapping[DeliveryId, Job],
    now: datetime,
) -> list[Told]:
    """All in one statement. Where a company was paused at this moment, its trip is looked at again at once."""
    starts: list[tuple[str, Id, datetime]] = [*again]
    asked = sorted({offer.partner_id for _, made in asks for offer in made})
    found = await partners.statuses(conn, asked) if asked else {}
    makes: list[Offer] = []
    stepped: list[Trip] = []
    told: list[Told] = []
    for trip, made in asks:
        if not all(dispatch.may_take(found[each.partner_id], test=trip.test) for each in made):
            starts.append((Wake.DISPATCH, trip.id, now))
            continue
        makes += made
        starts += [(Wake.OFFER, offer.id, offer.expires_at) for offer in made]
        if offered := trip.after(Input.OFFERED):
            stepped.append(trip.to(offered))
        for offer in made:
            told += told_offered(trip, offer, jobs[trip.id])
    if makes:
        await offers.make(conn, makes, stepped, now, Change(started=starts))
    elif starts:
        await timers.change(conn, Change(started=starts))
    return told


def told_offered(trip: Trip, offer: Offer, found: Job) -> list[Told]:
    """Of a test job that a company ordered for itself the fact is nobody's."""
    *pickups, dropoff = found.stops
    if trip.rehearsal:
        return [job.offered(trip, offer, pickups, dropoff)]
    return [
        DeliveryOffered(
            delivery_id=trip.id,
            order_id=trip.order_id,
            offer_id=offer.id,
            partner_id=offer.partner_id,
            expires_at=offer.expires_at,
        ),
        job.offered(trip, offer, pickups, dropoff),
    ]


async def _give_up(conn: Transaction, trip: Trip) -> None:
    unassignable = trip.after(Input.TIME_UP)
    if unassignable is None:
        return
    ended = await still_open(conn, trip)
    trip = await move(conn, trip, unassignable, Input.TIME_UP, ends=withdrawn(ended))
    await tell(
        conn,
        trip,
        DeliveryUnassignable(delivery_id=trip.id, order_id=trip.order_id),
        *told_withdrawn(trip, ended, WithdrawnReason.NO_RIDER_IN_TIME),
    )
