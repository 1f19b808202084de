"""A person sees to a search: offers the job to a named company, lets the search go on, or cancels. Who, and why, is kept."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId
from services.contracts.partner import WithdrawnReason
from services.delivery.commands import endings, search
from services.delivery.commands.reassigning import REASSIGNED, take_back
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move
from services.delivery.domain import dispatch, searching
from services.delivery.domain.company import PartnerInState
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.ending import DeliveryOutcome, Ending, UnknownTrip
from services.delivery.domain.offer import Offer, OfferState, Why
from services.delivery.domain.partner import UnknownPartner
from services.delivery.domain.searching import SearchAction
from services.delivery.domain.trip import Input, Trip, Wake
from services.delivery.store import board, offers, partners, searches, trips
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Told
from services.kit.messaging.timers import Change


async def offer_to(
    conn: Transaction, delivery_id: DeliveryId, partner_id: PartnerId, why: str, policy: Policy, *, by: str
) -> None:
    """Out of turn. Who has the job and not the goods yet loses it; who holds an offer keeps it, and the first that accepts has it. One that
    has an offer, or the job, keeps it. Raises UnknownTrip, UnknownPartner, SearchIsOver, PartnerInState."""
    trip = await _held(conn, delivery_id)
    policy = policy.holding(trip.entered)
    if trip.partner_id == partner_id and trip.status in searching.MAY_BE_TAKEN_BACK:
        return
    told: list[Told] = []
    status = (await partners.statuses(conn, [partner_id])).get(partner_id)
    if status is None or trip.only_for not in (None, partner_id):  # a test job is its own company's
        raise UnknownPartner(str(partner_id))
    if not dispatch.may_take(status, test=trip.test) or not await partners.may_reply(conn, partner_id):
        raise PartnerInState(status)
    if trip.status in searching.MAY_BE_TAKEN_BACK:
        trip, told = await _taken_back(conn, trip, policy)
    searching.check_seeks(trip)
    if any(each.is_open and each.partner_id == partner_id for each in await offers.of_trip(conn, trip.id)):
        return
    expires_at = trip.now + timedelta(seconds=policy.offer_s)
    entered = trip.entered.id if trip.entered else None
    made = Offer(OfferId.new(), trip.id, partner_id, OfferState.OPEN, expires_at, Why(0, 1, entered, by_hand=True))
    offered = trip.after(Input.OFFERED)
    stepped = [trip.to(offered)] if offered else []
    await offers.make(conn, [made], stepped, trip.now, Change(started=[(Wake.OFFER, made.id, expires_at)]))
    await searches.decided(conn, trip, SearchAction.OFFER, why, by=by, partner_id=partner_id)
    found = await board.jobs(conn, [trip.id])
    await tell(conn, trip, *told, *search.told_offered(trip, made, found[trip.id]))
    conn.wake(str(trip.id))


async def _taken_back(conn: Transaction, trip: Trip, policy: Policy) -> tuple[Trip, list[Told]]:
    assert trip.partner_id
    lost = trip.partner_id
    return await take_back(
        conn,
        trip,
        lost,
        FailureCode.RIDER_GAVE_UP,
        policy,
        cause=REASSIGNED,
        withdrawn=WithdrawnReason.REASSIGNED,
    )


async def extend(
    conn: Transaction, delivery_id: DeliveryId, minutes: int, why: str, policy: Policy, *, by: str
) -> None:
    """It goes on for so long after its end, companies' rounds begin anew, and it wants a person again when most of that is over. Raises
    UnknownTrip, SearchIsOver, SearchIsLongEnough."""
    trip = await _held(conn, delivery_id)
    until = searching.extended(trip, minutes)
    holds = policy.holding(trip.entered)
    trip = await move(
        conn,
        trip,
        trip.status,
        "SEARCH_EXTENDED",
        starts=search.lasts(trip, trip.now, until, holds),
        seek_until=until,
        wants_person_at=None,
        rounds_from=trip.now,
    )
    await searches.decided(conn, trip, SearchAction.EXTEND, why, by=by, minutes=minutes)
    await tell(conn, trip, *await search.ask_partners(conn, trip, policy))
    conn.wake(str(trip.id))


async def cancel(conn: Transaction, delivery_id: DeliveryId, why: str, *, by: str) -> None:
    """The order ends with it, as ordering decides. Raises UnknownTrip, SearchIsOver."""
    trip = await _held(conn, delivery_id)
    searching.check_seeks(trip)
    await searches.decided(conn, trip, SearchAction.CANCEL, why, by=by)
    await endings.end_delivery(conn, delivery_id, Ending(DeliveryOutcome.CANCELLED, why), by)


async def _held(conn: Transaction, delivery_id: DeliveryId) -> Trip:
    trip = await trips.lock(conn, delivery_id)
    if trip is None:
        raise UnknownTrip(str(delivery_id))
    return trip
