"""What happens when ordering hears an event."""

from __future__ import annotations

import logging

from services.contracts import catalog, delivery, people
from services.contracts.ordering import Goods, OrderId, OrderingExportPart
from services.kit.database.db import Transaction
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging.processor import Handlers
from services.ordering.commands import cash, erasing, process
from services.ordering.domain.process import Input
from services.ordering.domain.steps import Facts
from services.ordering.store import crews, jobs, projections
from services.ordering.store.jobs import State
from services.ordering.store.personal import PERSONAL
from services.personal import answering

_log = logging.getLogger(__name__)
HANDLERS = Handlers()


@HANDLERS.on(catalog.MerchantChanged)
async def keep_merchant(conn: Transaction, event: catalog.MerchantChanged) -> None:
    await projections.put_merchant(conn, event)


@HANDLERS.on(catalog.ProductChanged)
async def keep_product(conn: Transaction, event: catalog.ProductChanged) -> None:
    await projections.put_product(conn, event)


@HANDLERS.on(catalog.LevelChanged)
async def keep_level(conn: Transaction, event: catalog.LevelChanged) -> None:
    await projections.put_level(conn, event)


async def _reservation(conn: Transaction, event: catalog.ReservationEvent, given: Input) -> None:
    try:
        order_id = OrderId.parse(event.order_id)
    except (MalformedId, WrongKind):
        _log.warning("a reservation of something else", extra={"reservation": str(event.reservation_id)})
        return
    await process.advance(conn, order_id, given)


@HANDLERS.on(catalog.StockHeld)
async def stock_held(conn: Transaction, event: catalog.StockHeld) -> None:
    await _reservation(conn, event, Input.STOCK_HELD)


@HANDLERS.on(catalog.StockRefused)
async def stock_refused(conn: Transaction, event: catalog.StockRefused) -> None:
    await _reservation(conn, event, Input.STOCK_REFUSED)


@HANDLERS.on(catalog.StockExpired)
async def stock_expired(conn: Transaction, event: catalog.StockExpired) -> None:
    await _reservation(conn, event, Input.STOCK_EXPIRED)


@HANDLERS.on(catalog.StockCommitted)
async def stock_committed(conn: Transaction, event: catalog.StockCommitted) -> None:
    await _reservation(conn, event, Input.STOCK_COMMITTED)


@HANDLERS.on(catalog.StockReleased)
async def stock_released(conn: Transaction, event: catalog.StockReleased) -> None:
    await _reservation(conn, event, Input.STOCK_RELEASED)


@HANDLERS.on(delivery.DeliveryRequested)
async def delivery_requested(conn: Transaction, event: delivery.DeliveryRequested) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.OPEN)
    await process.note(conn, event.order_id, "DELIVERY_REQUESTED")


@HANDLERS.on(delivery.DeliveryOffered)
async def delivery_offered(conn: Transaction, event: delivery.DeliveryOffered) -> None:
    await process.note(conn, event.order_id, "DELIVERY_OFFERED")


@HANDLERS.on(delivery.OfferClosed)
async def offer_closed(conn: Transaction, event: delivery.OfferClosed) -> None:
    await process.note(conn, event.order_id, "OFFER_CLOSED")


@HANDLERS.on(delivery.DeliveryAssigned)
async def delivery_assigned(conn: Transaction, event: delivery.DeliveryAssigned) -> None:
    await jobs.put(
        conn, event.delivery_id, event.order_id, State.ASSIGNED, partner_id=event.partner_id, rider_id=event.rider_id
    )
    await process.advance(conn, event.order_id, Input.DELIVERY_ASSIGNED)


@HANDLERS.on(delivery.DeliveryUnassigned)
async def delivery_unassigned(conn: Transaction, event: delivery.DeliveryUnassigned) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.OPEN, free=True)
    await process.advance(conn, event.order_id, Input.DELIVERY_UNASSIGNED)


@HANDLERS.on(delivery.RiderArrived)
async def rider_arrived(conn: Transaction, event: delivery.RiderArrived) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.note(conn, event.order_id, f"RIDER_ARRIVED_AT_{event.place}")


@HANDLERS.on(delivery.PickedUp)
async def picked_up(conn: Transaction, event: delivery.PickedUp) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.PICKED_UP)
    await process.advance(conn, event.order_id, Input.PICKED_UP)


@HANDLERS.on(delivery.AttemptFailed)
async def attempt_failed(conn: Transaction, event: delivery.AttemptFailed) -> None:
    await jobs.hear_of(conn, event.delivery_id)
    await process.advance(conn, event.order_id, Input.ATTEMPT_FAILED, Facts(failure=event.code))


@HANDLERS.on(delivery.Delivered)
async def delivered(conn: Transaction, event: delivery.Delivered) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    rider_id = await jobs.rider_of(conn, event.delivery_id)
    facts = Facts(
        partner_id=event.partner_id,
        rider_id=rider_id,
        carries=rider_id is not None and await crews.carries(conn, rider_id, event.partner_id),
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
    )
    await process.advance(conn, event.order_id, Input.RETURNED, facts)


@HANDLERS.on(delivery.DeliveryUnassignable)
async def delivery_unassignable(conn: Transaction, event: delivery.DeliveryUnassignable) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    await process.advance(conn, event.order_id, Input.UNASSIGNABLE)


@HANDLERS.on(delivery.DeliveryCancelled)
async def delivery_cancelled(conn: Transaction, event: delivery.DeliveryCancelled) -> None:
    await jobs.put(conn, event.delivery_id, event.order_id, State.FINISHED)
    await process.advance(conn, event.order_id, Input.DELIVERY_CANCELLED)


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
