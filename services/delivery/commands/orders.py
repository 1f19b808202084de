"""What becomes of a trip when its order is placed, confirmed, packed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryCancelled, DeliveryId, DeliveryRequested
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.partner import JobChange, WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.trips import move
from services.delivery.domain import job, roads
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.quote import Quote, UnknownMerchants
from services.delivery.domain.tariff import Shares
from services.delivery.domain.trip import NOT_FETCHED, TERMINAL, DeliveryStatus, Input, Stop, Trip, Wake
from services.delivery.store import merchants, trips
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.envelope import Told
from services.kit.messaging.processor import Inapplicable


async def plan_delivery(
    conn: Transaction,
    order_id: OrderId,
    quote: Quote,
    dropoff: Stop,
    parts: Mapping[MerchantId, SellerOrderId],
) -> None:
    """The trip of an order that was placed with our quote; a repeat changes nothing. It waits for the order's confirmation. `parts` are
    the merchants' of the order.

    Raises UnknownMerchants: those are still to be heard of, and the order waits for them.
    """
    pickups = await merchants.pickups(conn, quote.merchants)
    known = {stop.merchant_id for stop in pickups}
    if unknown := [each for each in quote.merchants if each not in known]:
        raise UnknownMerchants(unknown)
    await trips.create(conn, DeliveryId.new(), order_id, quote, [*pickups, dropoff], parts)


def _no_trip(order_id: OrderId) -> Inapplicable:
    return Inapplicable(f"there is no trip of {order_id}: its OrderPlaced never came, or is a dead letter")


async def request_rider(conn: Transaction, order_id: OrderId, cash_to_collect_rupiah: int, policy: Policy) -> None:
    """The order is confirmed: seek a rider. Raises Inapplicable for one that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    requested = trip.after(Input.CONFIRMED)
    if requested is None:
        return
    trip = await move(
        conn,
        trip,
        requested,
        Input.CONFIRMED,
        requested_at=trip.now,
        cash_to_collect_rupiah=cash_to_collect_rupiah,
    )
    await outbox.append(
        conn,
        DeliveryRequested(
            delivery_id=trip.id,
            order_id=trip.order_id,
            fee_rupiah=trip.fee_rupiah,
            cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
            test=trip.test,
        ),
    )
    await timers.start(conn, Wake.TIME_UP, trip.id, trip.now + timedelta(seconds=policy.assign_within_s))
    await search.ask_partners(conn, trip, policy)


async def leave_out(conn: Transaction, order_id: OrderId, merchant_id: MerchantId) -> None:
    """The order goes on without this merchant's goods: nobody goes there, unless they are on their way already. Raises Inapplicable for an
    order that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    if trip.status not in NOT_FETCHED:
        return
    name = await trips.leave_out(conn, trip, merchant_id)
    if name is None:
        return
    *pickups, dropoff = await trips.stops(conn, trip.id)
    way = roads.route([stop.point for stop in pickups], dropoff.point)
    trip = trip.to(trip.status, distance_m=way.distance_m)
    await trips.reprice(conn, trip, "STOP_LEFT_OUT")
    if trip.partner_id:
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.STOP_LEFT_OUT, merchant_name=name))


async def reprice(conn: Transaction, order_id: OrderId, shares: Shares, cash_to_collect_rupiah: int) -> None:
    """Another sum is to be paid. The fee changes while nobody was offered the job, the cash for as long as it is not handed over.
    Raises Inapplicable for an order that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    if trip.status in TERMINAL:
        return
    changes: dict[str, int] = {"cash_to_collect_rupiah": cash_to_collect_rupiah}
    if trip.status is DeliveryStatus.WAITING:
        changes = {  # the cash is told with the confirmation
            "fee_rupiah": shares.rider + shares.partner + shares.platform,
            "rider_share_rupiah": shares.rider,
            "partner_share_rupiah": shares.partner,
            "platform_share_rupiah": shares.platform,
        }
    if all(getattr(trip, name) == value for name, value in changes.items()):
        return
    trip = trip.to(trip.status, **changes)
    await trips.reprice(conn, trip, "REPRICED")
    if trip.partner_id:
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.CASH_CHANGED))


async def tell_goods_ready(conn: Transaction, order_id: OrderId) -> None:
    """A merchant has packed: who is on the way may know."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip and trip.partner_id and trip.status in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.GOODS_READY))


async def call_off(conn: Transaction, order_id: OrderId, reason: str) -> None:
    """The order is to be cancelled: while no goods are fetched its trip ends. Else it goes on, and what was told of it is the answer.
    Raises Inapplicable for one that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    if cancelled := trip.after(Input.CANCELLED):
        await _cancel(conn, trip, cancelled, reason)


async def cancel_delivery(conn: Transaction, order_id: OrderId, reason: str) -> None:
    """The order is cancelled. With the goods on their way the trip goes on, and its partner is told."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        return
    if cancelled := trip.after(Input.CANCELLED):
        await _cancel(conn, trip, cancelled, reason)
    elif trip.partner_id and trip.status not in TERMINAL:
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.ORDER_CANCELLED))


async def _cancel(conn: Transaction, trip: Trip, cancelled: DeliveryStatus, reason: str) -> None:
    partner_id = trip.partner_id
    trip = await move(conn, trip, cancelled, Input.CANCELLED)
    told: list[Told] = [
        DeliveryCancelled(delivery_id=trip.id, order_id=trip.order_id, reason=reason),
        *await search.withdraw_offers(conn, trip, WithdrawnReason.ORDER_CANCELLED),
    ]
    if partner_id:
        told.append(job.withdrawn(trip, partner_id, WithdrawnReason.ORDER_CANCELLED))
    await outbox.append(conn, *told)
