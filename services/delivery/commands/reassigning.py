"""A trip goes from one company or rider to another: given back by its company, or taken from it by a person."""

from __future__ import annotations

from datetime import timedelta

from services.contracts import delivery
from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.partner import RefusalCode, WithdrawnReason
from services.delivery.commands import naming, planning, search
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move, word_due
from services.delivery.domain import dispatch, incident, job
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.ending import UnknownTrip
from services.delivery.domain.incident import Incident
from services.delivery.domain.offer import Offer, OfferState, Why
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.trip import DeliveryStatus, Input, Trip
from services.delivery.store import endings, offers, partners, riders, stops, trips
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Told
from services.kit.messaging.timers import Change

REASSIGNED = "OPS_REASSIGNED"


async def seek_another(
    conn: Transaction,
    trip: Trip,
    partner_id: PartnerId,
    code: FailureCode,
    policy: Policy,
    *,
    cause: str = Input.FAILED,
    withdrawn: WithdrawnReason = WithdrawnReason.GIVEN_BACK,
) -> tuple[Trip, list[Told]]:
    """It is offered anew, to whoever had it last of all; and what is to be told of it."""
    trip, told = await take_back(conn, trip, partner_id, code, policy, cause=cause, withdrawn=withdrawn)
    return trip, [*told, *await search.ask_partners(conn, trip, policy)]


async def take_back(
    conn: Transaction,
    trip: Trip,
    partner_id: PartnerId,
    code: FailureCode,
    policy: Policy,
    *,
    cause: str,
    withdrawn: WithdrawnReason,
) -> tuple[Trip, list[Told]]:
    """A rider is sought anew, and nobody asked yet."""
    policy = policy.holding(trip.entered)
    until = trip.now + timedelta(seconds=policy.assign_within_s)
    trip = await move(
        conn,
        trip,
        DeliveryStatus.REQUESTED,
        cause,
        starts=search.lasts(trip, trip.now, until, policy),
        drops_position=True,
        partner_id=None,
        rider_id=None,
        offer_id=None,
        requested_at=trip.now,
        seek_until=until,
        wants_person_at=None,
        rounds_from=None,
    )
    await stops.begin_again(conn, trip)
    fact = delivery.DeliveryUnassigned(delivery_id=trip.id, order_id=trip.order_id, partner_id=partner_id, code=code)
    return trip, [fact, job.withdrawn(trip, partner_id, withdrawn)]


async def reassign(conn: Transaction, delivery_id: DeliveryId, said: Incident, subject: str, policy: Policy) -> None:
    """By ops; who and why is kept. Raises UnknownTrip, CannotReassign, HasItAlready, ReplyRefused of a rider who may not have it."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None:
        raise UnknownTrip(str(delivery_id))
    status = incident.after(trip, said)
    assert trip.partner_id
    if said.rider_id is None:
        moved, told = await seek_another(
            conn,
            trip,
            trip.partner_id,
            said.failure,
            policy,
            cause=REASSIGNED,
            withdrawn=WithdrawnReason.REASSIGNED,
        )
        to = None
    else:
        to, rides = await _taker(conn, trip, said.rider_id)
        moved, told = await _give(conn, trip, status, to, said, policy)
        if rides:
            await planning.taken_beside(conn, moved, said.rider_id)
    await endings.add_incident(conn, trip, moved, said, to, subject)
    await tell(conn, moved, *told)
    conn.wake(str(trip.id))


async def _taker(conn: Transaction, trip: Trip, rider_id: RiderId) -> tuple[PartnerId, bool]:
    """The company of who is to have it, and whether they have a job already. Raises ReplyRefused."""
    found = await riders.find(conn, rider_id)
    partner_id = found.partner_id if found else trip.partner_id
    assert partner_id
    status, rider = await partners.taking(conn, partner_id, rider_id)
    if rider is None or trip.only_for not in (None, partner_id):  # a test job is its own company's
        raise ReplyRefused(RefusalCode.NOT_YOUR_RIDER, "there is no such rider, or they ride no more", "rider_id")
    if status is None or not dispatch.may_take(status, test=trip.test):
        raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "the rider's company gets no such jobs now", "rider_id")
    await naming.check_cash(conn, trip, rider.cash_limit_rupiah, rider_id, "rider_id")
    return partner_id, rider.rides


async def _give(
    conn: Transaction, trip: Trip, status: DeliveryStatus, to: PartnerId, said: Incident, policy: Policy
) -> tuple[Trip, list[Told]]:
    """With goods on it the trip stays where it is; without, the next rider has still to come to each counter."""
    assert trip.partner_id
    assert said.rider_id
    fetched = status is not DeliveryStatus.ASSIGNED
    offer = Offer(OfferId.new(), trip.id, to, OfferState.OPEN, trip.now, Why(0, 1, by_hand=True))
    await offers.make(conn, [offer], [], trip.now, Change())
    moved = await move(
        conn,
        trip,
        status,
        REASSIGNED,
        starts=word_due(trip.to(status), policy),
        drops_position=True,
        partner_id=to,
        rider_id=said.rider_id,
        offer_id=offer.id,
        fetching=trip.fetching,
    )
    # The offer of before is given back by the trip's having another: only then can this one have it.
    await offers.close(conn, [offer.id], OfferState.ACCEPTED, trip.now)
    told: list[Told] = []
    if not fetched:
        await stops.begin_again(conn, moved)
        told.append(
            delivery.DeliveryUnassigned(
                delivery_id=trip.id, order_id=trip.order_id, partner_id=trip.partner_id, code=said.failure
            )
        )
    told.append(
        delivery.DeliveryAssigned(delivery_id=trip.id, order_id=trip.order_id, partner_id=to, rider_id=said.rider_id)
    )
    if to != trip.partner_id:
        *pickups, dropoff = await trips.stops(conn, trip.id)
        told.append(job.withdrawn(moved, trip.partner_id, WithdrawnReason.REASSIGNED))
        told.append(job.offered(moved, offer, pickups, dropoff))
    return moved, [*told, job.assigned(moved, to, said.rider_id)]
