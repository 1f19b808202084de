"""What happens when ordering hears an event."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from services.contracts import catalog, delivery, people
from services.contracts.ordering import Goods, OrderId, OrderingExportPart
from services.kit.database.db import Transaction
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging.effects import Effect
from services.kit.messaging.handlers import Handlers
from services.ordering.commands import cash, erasing, process
from services.ordering.domain.process import Input
from services.ordering.domain.steps import Facts
from services.ordering.store import crews, histories, jobs, projections
from services.ordering.store.jobs import State
from services.ordering.store.personal import PERSONAL
from services.personal import answering

_log = logging.getLogger(__name__)
HANDLERS = Handlers()


@HANDLERS.on(catalog.MerchantChanged)
async def keep_merchant(conn: Transaction, event: catalog.MerchantChanged) -> None:
    await projections.put_merchant(conn, event)


@HANDLERS.of_many(catalog.ProductChanged)
async def keep_products(conn: Transaction, events: Sequence[catalog.ProductChanged]) -> None:
    await projections.put_products(conn, events)


@HANDLERS.of_many(catalog.LevelChanged)
async def keep_levels(conn: Transaction, events: Sequence[catalog.LevelChanged]) -> None:
    await projections.put_levels(conn, events)


async def _reservation(conn: Transaction, event: catalog.ReservationEvent, given: Input) -> None:
    try:
        order_id = OrderId.parse(event.order_id)
    except (MalformedId, WrongKind):
        _log.warning("a reservation of something else", extra={"reservation": str(event.reservation_id)})
        return
    await process.advance(conn, order_id, given)


@HANDLERS.on(catalog.StockHeld, in_step=True)
async def stock_held(conn: Transaction, event: catalog.StockHeld) -> None:
    await _reservation(conn, event, Input.STOCK_HELD)


@HANDLERS.on(catalog.StockRefused, in_step=True)
async def stock_refused(conn: Transaction, event: catalog.StockRefused) -> None:
    await _reservation(conn, event, Input.STOCK_REFUSED)


@HANDLERS.on(catalog.StockExpired, in_step=True)
async def stock_expired(conn: Transaction, event: catalog.StockExpired) -> None:
    await _reservation(conn, event, Input.STOCK_EXPIRED)


@HANDLERS.on(catalog.StockCommitted, in_step=True)
async def stock_committed(conn: Transaction, event: catalog.StockCommitted) -> None:
    await _reservation(conn, event, Input.STOCK_COMMITTED)


@HANDLERS.on(catalog.StockReleased, in_step=True)
async def stock_released(conn: Transaction, event: catalog.StockReleased) -> None:
    await _reservation(conn, event, Input.STOCK_RELEASED)


@HANDLERS.in_one(delivery.DeliveryRequested)
def delivery_requested(event: delivery.DeliveryRequested) -> Effect:
    return jobs.requested(event.delivery_id, event.order_id)


@HANDLERS.in_one(delivery.DeliveryOffered)
def delivery_offered(event: delivery.DeliveryOffered) -> Effect:
    return histories.noted(event.order_id, "DELIVERY_OFFERED")


@HANDLERS.in_one(delivery.OfferClosed)
def offer_closed(event: delivery.OfferClosed) -> Effect:
    return histories.noted(event.order_id, "OFFER_CLOSED")


@HANDLERS.on(delivery.DeliveryAssigned, in_step=True)
async def delivery_assigned(conn: Transaction, event: delivery.DeliveryAssigned) -> None:
    await jobs.put(
        conn, event.delivery_id, event.order_id, State.ASSIGNED, partner_id=event.partner_id, rider_id=event.rider_id
    )
    await process.advance(conn, event.order_id, Input.DELIVERY_ASSIGNED)


@HANDLERS.on(delivery.RiderExchanged)
async def rider_exchanged(conn: Transaction, event: delivery.RiderExchanged) -> None:
    await jobs.exchange(conn, event.delivery_id, event.rider_id)


@HANDLERS.on(delivery.DeliveryUnassigned)
async def delivery_unassigned(conn: Transaction, event: delivery.DeliveryUnassigned) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.OPEN, free=True)
    await process.advance(conn, event.order_id, Input.DELIVERY_UNASSIGNED)


@HANDLERS.in_one(delivery.RiderArrived)
def rider_arrived(event: delivery.RiderArrived) -> Effect:
    return histories.noted(event.order_id, f"RIDER_ARRIVED_AT_{event.place}", event.delivery_id)


@HANDLERS.on(delivery.GoodsFetched, in_step=True)
async def goods_fetched(conn: Transaction, event: delivery.GoodsFetched) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.fetched(conn, event.order_id, event.merchant_id)


@HANDLERS.on(delivery.RiderWaited)
async def rider_waited(conn: Transaction, event: delivery.RiderWaited) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.waited(conn, event.order_id, event.merchant_id, event.pay)


@HANDLERS.on(delivery.StopFailed)
async def stop_failed(conn: Transaction, event: delivery.StopFailed) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.not_fetched(conn, event.order_id, event.merchant_id, event.code)


@HANDLERS.on(delivery.PickedUp, in_step=True)
async def picked_up(conn: Transaction, event: delivery.PickedUp) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.PICKED_UP)
    await process.advance(conn, event.order_id, Input.PICKED_UP)


@HANDLERS.on(delivery.AttemptFailed)
async def attempt_failed(conn: Transaction, event: delivery.AttemptFailed) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.advance(conn, event.order_id, Input.ATTEMPT_FAILED, Facts(failure=event.code))


@HANDLERS.on(delivery.Delivered, in_step=True)
async def delivered(conn: Transaction, event: delivery.Delivered) -> None:
    rider_id, carries = await jobs.finish(conn, event.delivery_id, event.order_id, event.partner_id)
    facts = Facts(
        partner_id=event.partner_id,
        rider_id=rider_id,
        carries=carries,
        collected_rupiah=event.cash_collected_rupiah,
    )
    order = await process.advance(conn, event.order_id, Input.DELIVERED, facts)
    if order is not None and rider_id is not None:
        await cash.watch_limit(conn, event.partner_id, rider_id, order)


@HANDLERS.on(delivery.DeliveryReturned)
async def delivery_returned(conn: Transaction, event: delivery.DeliveryReturned) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    facts = Facts(
        partner_id=event.partner_id or await jobs.partner_of(conn, event.delivery_id),
        rider_id=await jobs.rider_of(conn, event.delivery_id),
        failure=event.code,
        goods=Goods.GONE if event.disposed else Goods.RETURNED,
        pay=event.pay,
    )
    await process.advance(conn, event.order_id, Input.RETURNED, facts)


@HANDLERS.on(delivery.DeliveryUnassignable)
async def delivery_unassignable(conn: Transaction, event: delivery.DeliveryUnassignable) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    await process.advance(conn, event.order_id, Input.UNASSIGNABLE)


@HANDLERS.on(delivery.DeliveryCancelled)
async def delivery_cancelled(conn: Transaction, event: delivery.DeliveryCancelled) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    await process.advance(conn, event.order_id, Input.DELIVERY_CANCELLED, Facts(pay=event.pay))


@HANDLERS.on(delivery.PartnerChanged)
async def know_who_speaks_for_it(conn: Transaction, event: delivery.PartnerChanged) -> None:
    await crews.put_partner(conn, event)


@HANDLERS.on(delivery.RiderChanged)
async def know_who_rides(conn: Transaction, event: delivery.RiderChanged) -> None:
    await crews.put_rider(conn, event)


@HANDLERS.on(people.PersonErased)
async def person_erased(conn: Transaction, event: people.PersonErased) -> None:
    await erasing.erase(conn, str(event.person_id))


@HANDLERS.on(people.ExportRequested)
async def copy_wanted(conn: Transaction, event: people.ExportRequested) -> None:
    await answering.answer(conn, event, PERSONAL, OrderingExportPart)
