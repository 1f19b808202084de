"""What happens when people hears of the market: who is concerned is kept, and told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import get_args

from services.contracts import catalog, delivery, kasbon, ordering, registry
from services.contracts import licences as licence_events
from services.contracts import packing as packing_events
from services.contracts.export import ExportPart
from services.contracts.ordering import OrderId
from services.contracts.refunds import RefundByHand
from services.kit.database.db import Transaction
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging import hearing
from services.kit.messaging.envelope import Envelope, Event, decode
from services.kit.messaging.handlers import Handlers
from services.people.commands import (
    applications,
    claims,
    crews,
    exporting,
    kasbons,
    licences,
    market,
    money,
    packing,
    passing,
)
from services.people.domain.notices import NoticeKind
from services.people.store import heard, heard_crews, heard_together
from services.people.store.heard import Order

_log = logging.getLogger(__name__)
HANDLERS = Handlers()


async def _of(conn: Transaction, order_id: OrderId) -> Order | None:
    """None when nothing was heard of the order yet: then the event is kept until it was."""
    order = await heard.order(conn, order_id)
    if order is None:
        await heard.keep_early(conn, order_id, hearing.current())
    return order


@HANDLERS.of_all_in_step
async def together(conn: Transaction, facts: Sequence[tuple[Envelope, Event]]) -> None:
    """What each needs is read at once, and what they change and tell is written at once. An order that was placed is known before what
    else was heard of it."""
    left = sorted(facts, key=lambda fact: not isinstance(fact[1], ordering.OrderPlaced))
    while left:
        await heard_together.know(conn, [event for _, event in left])
        told, event = left.pop(0)
        await HANDLERS.handle_told(conn, told, event, "people")


@HANDLERS.on(catalog.MerchantChanged)
async def know_merchant(conn: Transaction, event: catalog.MerchantChanged) -> None:
    await heard.put_merchant(conn, event)


@HANDLERS.on(ordering.OrderPlaced)
async def know_order(conn: Transaction, event: ordering.OrderPlaced) -> None:
    await market.know_order(conn, event)
    await hear_early(conn, event.order_id)


async def hear_early(conn: Transaction, order_id: OrderId) -> None:
    """What was kept until the order was heard of, in the order in which it was told."""
    for early in await heard.take_early(conn, order_id):
        if (kind := HANDLERS.event_class(early.type)) is not None:
            with hearing.of(early):
                await HANDLERS.handle(conn, decode(kind, early.data))


@HANDLERS.on(catalog.StockHeld)
async def ask_merchants(conn: Transaction, event: catalog.StockHeld) -> None:
    try:
        order = await _of(conn, OrderId.parse(event.order_id))
    except (MalformedId, WrongKind):
        _log.warning("a reservation of something else", extra={"reservation": str(event.reservation_id)})
        return
    if order:
        told = hearing.current()
        await market.ask_merchants(conn, order, told.time, told.id)


async def _answered(
    conn: Transaction,
    event: ordering.SellerOrderAccepted | ordering.SellerOrderRejected | ordering.SellerOrderExpired,
) -> None:
    if order := await _of(conn, event.order_id):
        await market.merchant_answered(conn, order, event.seller_order_id)


@HANDLERS.on(ordering.SellerOrderAccepted)
async def accepted(conn: Transaction, event: ordering.SellerOrderAccepted) -> None:
    await _answered(conn, event)


@HANDLERS.on(ordering.SellerOrderRejected)
async def rejected(conn: Transaction, event: ordering.SellerOrderRejected) -> None:
    await _answered(conn, event)


@HANDLERS.on(ordering.SellerOrderExpired)
async def expired(conn: Transaction, event: ordering.SellerOrderExpired) -> None:
    await _answered(conn, event)


@HANDLERS.on(ordering.SellerOrderLeft)
async def part_left(conn: Transaction, event: ordering.SellerOrderLeft) -> None:
    if order := await _of(conn, event.order_id):
        await market.part_left(conn, order, event, hearing.current().id)


@HANDLERS.on(ordering.BuyerAsked)
async def asks_buyer(conn: Transaction, event: ordering.BuyerAsked) -> None:
    if order := await _of(conn, event.order_id):
        await market.ask_buyer(conn, order, event.answer_by, event.asked_at, hearing.current().id)


@HANDLERS.on(ordering.OrderRepriced)
async def other_sums(conn: Transaction, event: ordering.OrderRepriced) -> None:
    if await _of(conn, event.order_id):
        await heard.cash_is(conn, event.order_id, event.cash_to_collect_rupiah)


@HANDLERS.on(ordering.OrderAgreed)
async def agreed(conn: Transaction, event: ordering.OrderAgreed) -> None:
    if order := await _of(conn, event.order_id):
        await market.agree(conn, order, event.cash_to_collect_rupiah, event.agreed_at, hearing.current().id)


@HANDLERS.on(ordering.SellerOrderReady)
async def ready(conn: Transaction, event: ordering.SellerOrderReady) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await market.ready(conn, order, told.time, told.id)


@HANDLERS.on(packing_events.QuestionAsked)
async def question_asked(conn: Transaction, event: packing_events.QuestionAsked) -> None:
    if order := await _of(conn, event.order_id):
        await packing.asked(conn, order, event, hearing.current().id)


@HANDLERS.on(packing_events.QuestionAnswered)
async def question_answered(conn: Transaction, event: packing_events.QuestionAnswered) -> None:
    if order := await _of(conn, event.order_id):
        await packing.answered(conn, order, event)


@HANDLERS.on(packing_events.LinesChanged)
async def lines_changed(conn: Transaction, event: packing_events.LinesChanged) -> None:
    if order := await _of(conn, event.order_id):
        await packing.changed(conn, order, event, hearing.current().id)


@HANDLERS.on(ordering.PaymentRequested)
async def payment_asked(conn: Transaction, event: ordering.PaymentRequested) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await money.asked(conn, order, event, told.time, told.id)


@HANDLERS.on(ordering.PaymentReceived)
async def payment_received(conn: Transaction, event: ordering.PaymentReceived) -> None:
    if order := await _of(conn, event.order_id):
        await money.received(conn, order)


_Refund = ordering.RefundRequested | RefundByHand | ordering.RefundCompleted


async def goes_back(conn: Transaction, event: _Refund) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await money.goes_back(conn, order, event, told.time, told.id)


for _refund in get_args(_Refund):
    HANDLERS.on(_refund)(goes_back)


async def tell_of_claim(conn: Transaction, event: claims.Told) -> None:
    if order := await _of(conn, event.order_id):
        await claims.told(conn, order, event, hearing.current().id)


for _claim in get_args(claims.Told):
    HANDLERS.on(_claim)(tell_of_claim)


@HANDLERS.on(ordering.OrderHandedOver)
async def handed_over(conn: Transaction, event: ordering.OrderHandedOver) -> None:
    if order := await _of(conn, event.order_id):
        await market.delivered(conn, order, event.handed_over_at, hearing.current().id)


@HANDLERS.on(ordering.OrderConfirmed)
async def confirmed(conn: Transaction, event: ordering.OrderConfirmed) -> None:
    if order := await _of(conn, event.order_id):
        await market.confirm(conn, order, event.cash_to_collect_rupiah, event.confirmed_at, hearing.current().id)


@HANDLERS.on(ordering.OrderCancelled)
async def cancelled(conn: Transaction, event: ordering.OrderCancelled) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await market.cancelled(conn, order, event.why, event.borne_by, event.cancelled_at, told.id)
        await crews.cancelled(conn, order, told.time, told.id)


async def _tell_buyer(conn: Transaction, order_id: OrderId, kind: NoticeKind) -> None:
    if order := await _of(conn, order_id):
        told = hearing.current()
        await market.tell_buyer(conn, order, kind, told.time, told.id)


@HANDLERS.on(delivery.PickedUp)
async def on_the_way(conn: Transaction, event: delivery.PickedUp) -> None:
    await _tell_buyer(conn, event.order_id, NoticeKind.ORDER_ON_THE_WAY)


@HANDLERS.on(delivery.RiderArrived)
async def at_the_door(conn: Transaction, event: delivery.RiderArrived) -> None:
    if event.place is delivery.Place.DROPOFF:
        await _tell_buyer(conn, event.order_id, NoticeKind.ORDER_AT_THE_DOOR)


@HANDLERS.on(delivery.Delivered)
async def delivered(conn: Transaction, event: delivery.Delivered) -> None:
    if order := await _of(conn, event.order_id):
        await market.delivered(conn, order, event.delivered_at, hearing.current().id, event.delivery_id)


@HANDLERS.on(catalog.ApplicationWaits)
async def application_waits(conn: Transaction, event: catalog.ApplicationWaits) -> None:
    await applications.waits(conn, event, hearing.current().id)


@HANDLERS.on(catalog.ApplicationSettled)
async def application_settled(conn: Transaction, event: catalog.ApplicationSettled) -> None:
    await applications.settled(conn, event, hearing.current().id)


@HANDLERS.on(licence_events.LicenceSubmitted)
async def licence_waits(conn: Transaction, event: licence_events.LicenceSubmitted) -> None:
    await licences.waits(conn, event, hearing.current().id)


@HANDLERS.on(licence_events.LicenceWithdrawn)
async def licence_withdrawn(conn: Transaction, event: licence_events.LicenceWithdrawn) -> None:
    await licences.no_longer_waits(conn, event)


@HANDLERS.on(licence_events.LicenceVerified)
async def licence_verified(conn: Transaction, event: licence_events.LicenceVerified) -> None:
    told = hearing.current()
    await licences.verified(conn, event, told.time, told.id)


@HANDLERS.on(licence_events.LicenceRejected)
async def licence_rejected(conn: Transaction, event: licence_events.LicenceRejected) -> None:
    told = hearing.current()
    await licences.rejected(conn, event, told.time, told.id)


@HANDLERS.on(licence_events.LicenceDue)
async def licence_due(conn: Transaction, event: licence_events.LicenceDue) -> None:
    told = hearing.current()
    await licences.due(conn, event, told.time, told.id)


@HANDLERS.on(licence_events.LicenceExpired)
async def licence_expired(conn: Transaction, event: licence_events.LicenceExpired) -> None:
    told = hearing.current()
    await licences.expired(conn, event, told.time, told.id)


@HANDLERS.on(licence_events.GoodsBlocked)
async def licence_needed(conn: Transaction, event: licence_events.GoodsBlocked) -> None:
    told = hearing.current()
    await licences.needed(conn, event, told.time, told.id)


@HANDLERS.on(catalog.WlijoNear)
async def wlijo_is_near(conn: Transaction, event: catalog.WlijoNear) -> None:
    await passing.near(conn, event, hearing.current().id)


@HANDLERS.on(delivery.PartnerChanged)
async def know_partner(conn: Transaction, event: delivery.PartnerChanged) -> None:
    told = hearing.current()
    await crews.know_partner(conn, event, told.time, told.seq, told.id)


@HANDLERS.on(delivery.RiderChanged)
async def know_rider(conn: Transaction, event: delivery.RiderChanged) -> None:
    await heard_crews.put_rider(conn, event)


@HANDLERS.on(delivery.DeliveryOffered)
async def offered(conn: Transaction, event: delivery.DeliveryOffered) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.offered(conn, order, event, told.time, told.id)


@HANDLERS.on(delivery.OfferClosed)
async def offer_closed(conn: Transaction, event: delivery.OfferClosed) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.offer_closed(conn, order, event, told.time, told.id)


@HANDLERS.on(delivery.DeliveryAssigned)
async def assigned(conn: Transaction, event: delivery.DeliveryAssigned) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.assigned(conn, order, event, told.time, told.id)


@HANDLERS.on(delivery.RiderExchanged)
async def exchanged(conn: Transaction, event: delivery.RiderExchanged) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.rides(conn, order, event, told.time, told.id)


@HANDLERS.on(delivery.DeliveryUnassigned)
async def given_back(conn: Transaction, event: delivery.DeliveryUnassigned) -> None:
    if await _of(conn, event.order_id):
        await crews.ended(conn, event.delivery_id)


async def _search_over(conn: Transaction, event: delivery.DeliveryUnassignable | delivery.DeliveryCancelled) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.search_over(conn, order, event.delivery_id, told.time, told.id)
        await crews.cancelled(conn, order, told.time, told.id)
        await crews.ended(conn, event.delivery_id)


@HANDLERS.on(delivery.DeliveryUnassignable)
async def nobody_brings_it(conn: Transaction, event: delivery.DeliveryUnassignable) -> None:
    await _search_over(conn, event)


@HANDLERS.on(delivery.DeliveryCancelled)
async def trip_cancelled(conn: Transaction, event: delivery.DeliveryCancelled) -> None:
    await _search_over(conn, event)


@HANDLERS.on(delivery.DeliveryReturned)
async def returned(conn: Transaction, event: delivery.DeliveryReturned) -> None:
    if await _of(conn, event.order_id):
        await crews.ended(conn, event.delivery_id)


@HANDLERS.on(delivery.ReportOverdue)
async def report_overdue(conn: Transaction, event: delivery.ReportOverdue) -> None:
    if order := await _of(conn, event.order_id):
        told = hearing.current()
        await crews.overdue(conn, order, event, told.time, told.id)


async def know_kasbon(conn: Transaction, event: kasbon.KasbonEvent) -> None:
    await kasbons.heard_of(conn, event, hearing.current().id)


for _told in (
    kasbon.KasbonAsked,
    kasbon.KasbonOffered,
    kasbon.KasbonOpened,
    kasbon.KasbonLimitChanged,
    kasbon.KasbonClosed,
    kasbon.KasbonPaid,
    kasbon.KasbonPaymentTakenBack,
    kasbon.KasbonDisputed,
):
    HANDLERS.on(_told)(know_kasbon)


async def take_part(conn: Transaction, event: ExportPart) -> None:
    await exporting.take_part(conn, event, hearing.current().source.rpartition("/")[2])


for _part in registry.export_parts().values():
    HANDLERS.on(_part)(take_part)
