"""What becomes of a trip when its order is placed, confirmed, packed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, DeliveryRequested
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.partner import JobChange
from services.delivery.commands import hazards, search, stops
from services.delivery.commands.cancelling import cancel
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move, word_due
from services.delivery.domain import job, roads
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.quote import Quote, UnknownMerchants
from services.delivery.domain.tariff import Shares
from services.delivery.domain.trip import NOT_FETCHED, TERMINAL, DeliveryStatus, Input, Stop, Wake
from services.delivery.store import merchants, trips
from services.delivery.store import stops as stored_stops
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Told
from services.kit.messaging.handlers import Inapplicable

_NOTHING: Final[Mapping[MerchantId, datetime]] = {}


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
    pickups, closed = await merchants.pickups(conn, quote.merchants, dropoff.point)
    known = {stop.merchant_id for stop in pickups}
    if unknown := [each for each in quote.merchants if each not in known]:
        raise UnknownMerchants(unknown)
    delivery_id = DeliveryId.new()
    await trips.create(conn, delivery_id, order_id, quote, [*pickups, dropoff], parts)
    if closed and (
        trip := await trips.lock(conn, delivery_id)
    ):  # switched on since the quote; a repeat has made no trip
        await hazards.close(conn, trip)


def _no_trip(order_id: OrderId) -> Inapplicable:
    return Inapplicable(f"there is no trip of {order_id}: its OrderPlaced never came, or is a dead letter")


async def request_rider(
    conn: Transaction,
    order_id: OrderId,
    cash_to_collect_rupiah: int,
    ready_at: datetime | None,
    policy: Policy,
    ready: Mapping[MerchantId, datetime] = _NOTHING,
) -> None:
    """The order is confirmed: seek a rider. `ready`: when each merchant's goods are, `ready_at` when the last are. Raises Inapplicable for
    one that was never placed."""
    trip, closed = await trips.lock_to_request(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    requested = trip.after(Input.CONFIRMED)
    if requested is None:
        return
    if closed:
        await hazards.close(conn, trip)
        return
    policy = policy.holding(trip.entered)
    if ready:
        await trips.promise(conn, trip, ready)
    seek_from = policy.seek_from(ready_at, trip.now)
    later = [(Wake.DISPATCH, trip.id, seek_from)] if seek_from > trip.now else []
    until = seek_from + timedelta(seconds=policy.assign_within_s)
    trip = await move(
        conn,
        trip,
        requested,
        Input.CONFIRMED,
        starts=[*search.lasts(trip, seek_from, until, policy), *later],
        requested_at=trip.now,
        seek_until=until,
        cash_to_collect_rupiah=cash_to_collect_rupiah,
        ready_at=ready_at,
    )
    asked = DeliveryRequested(
        delivery_id=trip.id,
        order_id=trip.order_id,
        fee_rupiah=trip.fee_rupiah,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
        test=trip.test,
    )
    told = () if later else await search.ask_partners(conn, trip, policy)
    await tell(conn, trip, asked, *told)


async def leave_out(conn: Transaction, order_id: OrderId, merchant_id: MerchantId, policy: Policy) -> None:
    """The order goes on without this merchant's goods: nobody goes there, unless they are on their way already. Where they were the last
    to be fetched, it is on to the door. Raises Inapplicable for an order that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    if trip.status not in NOT_FETCHED and not trip.fetching:
        return
    stop = await trips.leave_out(conn, trip, merchant_id)
    if stop is None:
        return
    *pickups, dropoff = await trips.stops(conn, trip.id)
    way = roads.route([stop.point for stop in pickups], dropoff.point)
    trip = trip.to(trip.status, distance_m=way.distance_m)
    await trips.reprice(conn, trip, "STOP_LEFT_OUT")
    told: list[Told] = []
    if trip.partner_id:
        told.append(job.changed(trip, trip.partner_id, JobChange.STOP_LEFT_OUT, at=stop))
    if trip.fetching and not any(each.is_open for each in await stored_stops.of_trip(conn, trip.id)):
        trip = await move(conn, trip, trip.status, Input.PICKED_UP, starts=word_due(trip, policy))
        told.append(stops.picked_up(trip))
    await tell(conn, trip, *told)


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


async def tell_goods_ready(conn: Transaction, order_id: OrderId, merchant_id: MerchantId, policy: Policy) -> None:
    """A merchant has packed: who has the job is told, and who takes it later hears of it then. A rider is sought now, if nothing else is
    waited for."""
    trip = await trips.lock_of_order(conn, order_id)
    stop = await trips.packed(conn, trip, merchant_id) if trip else None
    if trip is None or stop is None:
        return
    if trip.partner_id and (trip.status in NOT_FETCHED or trip.fetching):
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.GOODS_READY, at=stop))
    elif trip.status is DeliveryStatus.REQUESTED and policy.seek_from(trip.ready_at, trip.now) > trip.now:
        *pickups, _ = await trips.stops(conn, trip.id)
        if all(each.packed_at for each in pickups):
            await tell(conn, trip, *await search.ask_partners(conn, trip, policy))


async def call_off(conn: Transaction, order_id: OrderId, reason: str) -> None:
    """The order is to be cancelled: while no goods are fetched its trip ends. Else it goes on, and what was told of it is the answer.
    Raises Inapplicable for one that was never placed."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        raise _no_trip(order_id)
    if cancelled := trip.after(Input.CANCELLED):
        await cancel(conn, trip, cancelled, reason)


async def cancel_delivery(conn: Transaction, order_id: OrderId, reason: str) -> None:
    """The order is cancelled. With the goods on their way the trip goes on, and its partner is told."""
    trip = await trips.lock_of_order(conn, order_id)
    if trip is None:
        return
    if cancelled := trip.after(Input.CANCELLED):
        await cancel(conn, trip, cancelled, reason)
    elif trip.partner_id and trip.status not in TERMINAL:
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.ORDER_CANCELLED))
