"""What can be done with a trip. Each runs inside the caller's transaction: lock, decide, save, tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.contracts import delivery as contract
from services.contracts import partner as partner_contract
from services.contracts.delivery import DeliveryId, OfferId, PartnerId, PartnerStatus
from services.contracts.ordering import OrderId
from services.contracts.partner import Addressed, JobChange, JobEvent, JobPlace, Topics, WithdrawnReason
from services.delivery import store
from services.delivery.domain import dispatch
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.trip import ON_TRIP, TERMINAL, DeliveryStatus, Input, To, Wake, step
from services.delivery.quotes import Quote
from services.delivery.store import NewTrip, OfferRow, Stop, Trip
from services.kit import kafka
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.envelope import Told

_LAG_LOOK_S = 1


class UnknownMerchant(Exception):
    """A quote of ours names a merchant that we have not heard of: wait for it."""


class IllegalStatus(Exception):
    """A partner cannot be put into this status from where it is."""

    def __init__(self, current: PartnerStatus, wanted: PartnerStatus) -> None:
        super().__init__(f"{current} cannot become {wanted}")
        self.current = current
        self.wanted = wanted


async def plan_delivery(conn: Transaction, order_id: OrderId, quote: Quote, dropoff: Stop) -> None:
    """The trip of an order that was placed with our quote; a repeat changes nothing. It waits for the order's confirmation."""
    pickups = await store.pickups(conn, quote.merchants)
    if len(pickups) < len(quote.merchants):
        raise UnknownMerchant(f"order {order_id}: not all merchants of its quote are known yet")
    await store.create(
        conn,
        NewTrip(
            id=DeliveryId.new(),
            order_id=order_id,
            buyer=quote.buyer,
            test=quote.test,
            quote_id=quote.id,
            tariff=quote.tariff,
            fee_rupiah=quote.fee_rupiah,
            rider_share_rupiah=quote.rider_share_rupiah,
            partner_share_rupiah=quote.partner_share_rupiah,
            platform_share_rupiah=quote.platform_share_rupiah,
            distance_m=quote.distance_m,
            duration_s=quote.duration_s,
            cash_to_collect_rupiah=0,
            dropoff=dropoff,
        ),
        pickups,
    )


async def request_rider(conn: Transaction, order_id: OrderId, cash_to_collect_rupiah: int, policy: Policy) -> None:
    """The order is confirmed: seek a rider."""
    trip = await _of_order(conn, order_id)
    if not isinstance(step(trip.status, Input.CONFIRMED), To):
        return
    trip = await _move(
        conn,
        trip,
        DeliveryStatus.REQUESTED,
        Input.CONFIRMED,
        requested_at=trip.now,
        cash_to_collect_rupiah=cash_to_collect_rupiah,
    )
    await outbox.append(
        conn,
        contract.DeliveryRequested(
            delivery_id=trip.id,
            order_id=trip.order_id,
            fee_rupiah=trip.fee_rupiah,
            cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
            test=trip.test,
        ),
    )
    await timers.start(conn, Wake.TIME_UP, trip.id, trip.now + timedelta(seconds=policy.assign_within_s))
    await _dispatch(conn, trip, policy)


async def cancel_delivery(conn: Transaction, order_id: OrderId, reason: str) -> None:
    """The order is cancelled. With the goods on their way the trip goes on, and its partner is told."""
    trip = await store.lock_of_order(conn, order_id)
    if trip is None:
        return
    if not isinstance(step(trip.status, Input.CANCELLED), To):
        if trip.partner_id and trip.status not in TERMINAL:
            await outbox.append(conn, _changed(trip, trip.partner_id, JobChange.ORDER_CANCELLED))
        return
    partner_id = trip.partner_id
    trip = await _move(conn, trip, DeliveryStatus.CANCELLED, Input.CANCELLED)
    told: list[Told] = [
        contract.DeliveryCancelled(delivery_id=trip.id, order_id=trip.order_id, reason=reason),
        *await _withdraw_offers(conn, trip, WithdrawnReason.ORDER_CANCELLED),
    ]
    if partner_id:
        told.append(_withdrawn(trip, partner_id, WithdrawnReason.ORDER_CANCELLED))
    await outbox.append(conn, *told)


async def tell_goods_ready(conn: Transaction, order_id: OrderId) -> None:
    """A merchant has packed: who is on the way may know."""
    trip = await store.lock_of_order(conn, order_id)
    if trip and trip.partner_id and trip.status in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        await outbox.append(conn, _changed(trip, trip.partner_id, JobChange.GOODS_READY))


async def look_for_rider(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nobody could be asked before."""
    trip = await store.lock_now(conn, delivery_id)
    if trip:
        await _dispatch(conn, trip, policy)


async def end_offer(conn: Transaction, offer_id: OfferId, policy: Policy) -> None:
    """A timer: the offer's time is over. Not before everything is read that its partner may have replied in time."""
    delivery_id = await store.delivery_of_offer(conn, offer_id)
    trip = await store.lock_now(conn, delivery_id) if delivery_id else None
    if trip is None:
        return
    offer = next(each for each in await store.offers(conn, trip.id) if each.id == offer_id)
    if offer.state != "OPEN":
        return
    replies = Topics.of(offer.partner_id).replies
    read_to = await store.read_to(conn, offer.partner_id, kafka.partitions_of(replies))
    if read_to is None or read_to < offer.expires_at:
        await timers.start(conn, Wake.OFFER, offer.id, trip.now + timedelta(seconds=_LAG_LOOK_S))
        return
    await outbox.append(conn, _withdrawn(trip, offer.partner_id, WithdrawnReason.OFFER_EXPIRED, offer.id))
    await close_offer(conn, trip, offer, "TIMED_OUT", policy)


async def close_offer(conn: Transaction, trip: Trip, offer: OfferRow, answer: str, policy: Policy) -> None:
    """An open offer ended without a rider: on to the next partner."""
    await store.close_offers(conn, [offer.id], answer, trip.now)
    await timers.stop(conn, offer.id)
    still_open = any(each.state == "OPEN" for each in await store.offers(conn, trip.id))
    happened = step(trip.status, Input.OFFERS_CLOSED)
    if isinstance(happened, To) and not still_open:
        trip = await _move(conn, trip, happened.status, answer)
    await outbox.append(
        conn,
        contract.OfferClosed(
            delivery_id=trip.id,
            order_id=trip.order_id,
            offer_id=offer.id,
            partner_id=offer.partner_id,
            answer=answer,
        ),
    )
    await _dispatch(conn, trip, policy)


async def end_search(conn: Transaction, delivery_id: DeliveryId) -> None:
    """A timer: no partner took the job within its time."""
    trip = await store.lock_now(conn, delivery_id)
    if trip:
        await _give_up(conn, trip)


async def ask_for_report(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nothing was heard of the trip for a while."""
    trip = await store.lock_now(conn, delivery_id)
    if trip is None or trip.status not in ON_TRIP or trip.partner_id is None:
        return
    await outbox.append(
        conn,
        to_partner(
            trip,
            trip.partner_id,
            partner_contract.ReportRequested(test=trip.test, sent_at=trip.now, job_id=trip.id, status=trip.status),
        ),
    )
    await expect_word(conn, trip, policy)


async def expect_word(conn: Transaction, trip: Trip, policy: Policy) -> None:
    """From now on the trip may be silent for so long."""
    if trip.status in ON_TRIP:
        await timers.start(conn, Wake.SILENT, trip.id, trip.now + timedelta(seconds=policy.silent_s))


async def assign(conn: Transaction, trip: Trip, offer: OfferRow, rider_id: contract.RiderId, policy: Policy) -> None:
    """The first valid acceptance: the trip is this partner's, all other offers are withdrawn. The caller has judged the acceptance."""
    await store.close_offers(conn, [offer.id], "ACCEPTED", trip.now)
    await timers.stop(conn, offer.id)
    trip = await _move(
        conn,
        trip,
        DeliveryStatus.ASSIGNED,
        Input.ACCEPTED,
        partner_id=offer.partner_id,
        rider_id=rider_id,
        offer_id=offer.id,
    )
    await outbox.append(
        conn,
        contract.DeliveryAssigned(
            delivery_id=trip.id, order_id=trip.order_id, partner_id=offer.partner_id, rider_id=rider_id
        ),
        to_partner(
            trip,
            offer.partner_id,
            partner_contract.JobAssigned(test=trip.test, sent_at=trip.now, job_id=trip.id, rider_id=rider_id),
        ),
        *await _withdraw_offers(conn, trip, WithdrawnReason.TAKEN),
    )
    await expect_word(conn, trip, policy)


async def progress(conn: Transaction, trip: Trip, happened: Input, told: Sequence[Told], policy: Policy) -> Trip:
    """A report that fits: the trip goes on and the fact is told. The caller has judged the report."""
    onward = step(trip.status, happened)
    assert isinstance(onward, To)
    trip = await _move(conn, trip, onward.status, happened, failure_code=trip.failure_code)
    await outbox.append(conn, *told)
    conn.wake(str(trip.id))  # going back with the goods is shown, though told to nobody else
    await expect_word(conn, trip, policy)
    return trip


async def give_back(conn: Transaction, trip: Trip, code: contract.FailureCode, policy: Policy) -> None:
    """The partner gives the job back before pickup: it is offered anew, to whoever gave it back last of all."""
    assert trip.partner_id
    partner_id = trip.partner_id
    trip = await _move(
        conn,
        trip,
        DeliveryStatus.REQUESTED,
        Input.FAILED,
        partner_id=None,
        rider_id=None,
        offer_id=None,
        requested_at=trip.now,
    )
    await store.drop_position(conn, trip.id)
    await outbox.append(
        conn,
        contract.DeliveryUnassigned(delivery_id=trip.id, order_id=trip.order_id, partner_id=partner_id, code=code),
        _withdrawn(trip, partner_id, WithdrawnReason.GIVEN_BACK),
    )
    await timers.start(conn, Wake.TIME_UP, trip.id, trip.now + timedelta(seconds=policy.assign_within_s))
    await _dispatch(conn, trip, policy)


async def set_partner_status(
    conn: Transaction, partner_id: PartnerId, status: PartnerStatus, reason: str
) -> tuple[str, PartnerStatus] | None:
    """The partner's name and status now; None when there is no such partner. Raises IllegalStatus. Jobs under way go on."""
    found = await store.lock_partner(conn, partner_id)
    if found is None or found[1] is status:
        return found
    name, current = found
    if status is PartnerStatus.INVITED:
        raise IllegalStatus(current, status)
    await store.set_partner_status(conn, partner_id, status, reason)
    await outbox.append(conn, contract.PartnerChanged(partner_id=partner_id, name=name, status=status))
    return name, status


def to_partner(trip: Trip, partner_id: PartnerId, event: JobEvent) -> Addressed:
    return Addressed(partner_id, event, trip.id)


async def _of_order(conn: Transaction, order_id: OrderId) -> Trip:
    trip = await store.lock_of_order(conn, order_id)
    if trip is None:
        raise LookupError(f"no trip for {order_id}: its OrderPlaced was heard before")
    return trip


async def _move(conn: Transaction, trip: Trip, status: DeliveryStatus, cause: str, **changes: Any) -> Trip:
    moved = replace(trip, status=status, version=trip.version + 1, **changes)
    await store.save(conn, moved, cause)
    if status not in (DeliveryStatus.REQUESTED, DeliveryStatus.OFFERED):
        await timers.stop(conn, trip.id)  # whoever needs one in the new state starts it
    elif trip.status in ON_TRIP:
        await timers.stop(conn, trip.id, Wake.SILENT)
    if status in TERMINAL:
        await store.drop_position(conn, trip.id)
    return moved


async def _dispatch(conn: Transaction, trip: Trip, policy: Policy) -> None:
    if trip.status not in (DeliveryStatus.REQUESTED, DeliveryStatus.OFFERED):
        return
    match dispatch.choose(await store.candidates(conn, trip), test=trip.test, policy=policy):
        case dispatch.Offer(partners):
            await _offer(conn, trip, partners, policy)
        case dispatch.LookAgain():
            await timers.start(conn, Wake.DISPATCH, trip.id, trip.now + timedelta(seconds=policy.look_again_s))
        case dispatch.GiveUp():
            await _give_up(conn, trip)
        case dispatch.Wait():
            pass


async def _offer(conn: Transaction, trip: Trip, partners: Sequence[PartnerId], policy: Policy) -> None:
    expires_at = trip.now + timedelta(seconds=policy.offer_s)
    offers = [OfferRow(OfferId.new(), trip.id, partner_id, "OPEN", expires_at) for partner_id in partners]
    await store.add_offers(conn, offers, trip.now)
    if isinstance(step(trip.status, Input.OFFERED), To):
        trip = await _move(conn, trip, DeliveryStatus.OFFERED, Input.OFFERED)
    *pickups, dropoff = await store.stops(conn, trip.id)
    told: list[Told] = []
    for offer in offers:
        await timers.start(conn, Wake.OFFER, offer.id, expires_at)
        told.append(
            contract.DeliveryOffered(
                delivery_id=trip.id,
                order_id=trip.order_id,
                offer_id=offer.id,
                partner_id=offer.partner_id,
                expires_at=expires_at,
            )
        )
        job = partner_contract.JobOffered(
            test=trip.test,
            sent_at=trip.now,
            job_id=trip.id,
            offer_id=offer.id,
            pickups=[
                JobPlace.of(stop.kecamatan_code, stop.point.lat, stop.point.lng, stop.merchant_name) for stop in pickups
            ],
            dropoff=JobPlace.of(dropoff.kecamatan_code, dropoff.point.lat, dropoff.point.lng),
            distance_m=trip.distance_m,
            fee_rupiah=trip.fee_rupiah,
            rider_share_rupiah=trip.rider_share_rupiah,
            partner_share_rupiah=trip.partner_share_rupiah,
            cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
            expires_at=expires_at,
        )
        told.append(to_partner(trip, offer.partner_id, job))
    await outbox.append(conn, *told)


async def _give_up(conn: Transaction, trip: Trip) -> None:
    if not isinstance(step(trip.status, Input.TIME_UP), To):
        return
    trip = await _move(conn, trip, DeliveryStatus.UNASSIGNABLE, Input.TIME_UP)
    await outbox.append(
        conn,
        contract.DeliveryUnassignable(delivery_id=trip.id, order_id=trip.order_id),
        *await _withdraw_offers(conn, trip, WithdrawnReason.NO_RIDER_IN_TIME),
    )


async def _withdraw_offers(conn: Transaction, trip: Trip, reason: WithdrawnReason) -> list[Told]:
    """Ends what is open; the events for those who held it."""
    still_open = [each for each in await store.offers(conn, trip.id) if each.state == "OPEN"]
    if not still_open:
        return []
    await store.close_offers(conn, [each.id for each in still_open], "WITHDRAWN", trip.now)
    for each in still_open:
        await timers.stop(conn, each.id)
    return [_withdrawn(trip, each.partner_id, reason, each.id) for each in still_open]


def _withdrawn(
    trip: Trip, partner_id: PartnerId, reason: WithdrawnReason, offer_id: OfferId | None = None
) -> Addressed:
    return to_partner(
        trip,
        partner_id,
        partner_contract.JobWithdrawn(
            test=trip.test, sent_at=trip.now, job_id=trip.id, reason=reason, offer_id=offer_id
        ),
    )


def _changed(trip: Trip, partner_id: PartnerId, change: JobChange) -> Addressed:
    return to_partner(
        trip,
        partner_id,
        partner_contract.JobChanged(test=trip.test, sent_at=trip.now, job_id=trip.id, change=change),
    )


def pin_locked(trip: Trip, partner_id: PartnerId) -> Addressed:
    return _changed(trip, partner_id, JobChange.PIN_LOCKED)
