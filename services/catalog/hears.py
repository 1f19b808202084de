"""Events heard, and the command of each: what ordering tells of orders, delivery of the goods on their way, people of who is gone."""

from __future__ import annotations

from services.catalog.commands import members, packing, reservations
from services.catalog.commands.reservations import WantedLine
from services.catalog.domain.reservation import Input
from services.catalog.store.personal import PERSONAL
from services.contracts.catalog import CatalogExportPart
from services.contracts.delivery import (
    AttemptFailed,
    Delivered,
    DeliveryCancelled,
    DeliveryReturned,
    DeliveryUnassignable,
    PickedUp,
)
from services.contracts.ordering import OrderCancelled, OrderConfirmed, OrderHandedOver, OrderPlaced, SellerOrderLeft
from services.contracts.packing import LinesChanged
from services.contracts.people import ExportRequested, PersonErased
from services.kit.database.db import Transaction
from services.kit.messaging.handlers import Handlers
from services.personal import answering

HANDLERS = Handlers()
TRIPS = Handlers()
"""Read by a consumer of its own that takes the first event it finds of a trip: when it began, the log's oldest trips had lost theirs."""


@HANDLERS.on(OrderPlaced, looks_first=True)
async def hold_its_goods(conn: Transaction, event: OrderPlaced) -> None:
    lines = [
        WantedLine(line.variant_id, seller_order.merchant_id, line.quantity)
        for seller_order in event.seller_orders
        for line in seller_order.lines
    ]
    await reservations.reserve(conn, str(event.order_id), lines, hold_until=event.hold_until)


@HANDLERS.on(SellerOrderLeft, looks_first=True)
async def let_a_parts_goods_go(conn: Transaction, event: SellerOrderLeft) -> None:
    await reservations.let_part_go(conn, str(event.order_id), event.merchant_id)


@HANDLERS.on(LinesChanged)
async def goods_are_packed_otherwise(conn: Transaction, event: LinesChanged) -> None:
    await packing.follow(conn, event)


@HANDLERS.on(OrderConfirmed, looks_first=True)
async def put_its_goods_on_the_counter(conn: Transaction, event: OrderConfirmed) -> None:
    await reservations.settle(conn, str(event.order_id), Input.CONFIRMED)


@HANDLERS.on(OrderHandedOver, looks_first=True)
async def goods_are_collected(conn: Transaction, event: OrderHandedOver) -> None:
    # There is no trip, and no confirmation: they were held until the buyer came.
    await reservations.follow(conn, str(event.order_id), Input.FETCHED)


@HANDLERS.on(OrderCancelled, looks_first=True)
async def let_its_goods_go(conn: Transaction, event: OrderCancelled) -> None:
    await reservations.settle(conn, str(event.order_id), Input.CANCELLED)


@HANDLERS.on(PersonErased)
async def person_erased(conn: Transaction, event: PersonErased) -> None:
    await members.erase(conn, str(event.person_id))


@HANDLERS.on(ExportRequested)
async def copy_wanted(conn: Transaction, event: ExportRequested) -> None:
    await answering.answer(conn, event, PERSONAL, CatalogExportPart)


@TRIPS.on(PickedUp, looks_first=True)
async def goods_are_fetched(conn: Transaction, event: PickedUp) -> None:
    await reservations.follow(conn, str(event.order_id), Input.FETCHED)


# Whoever could not hand the goods over, brought them, or brought them back, had them; they are gone already, nearly always, and a look will
# do. What came back is for sale once the merchant has counted it: it may be spoilt.
@TRIPS.on(AttemptFailed, in_step=True)
async def goods_were_underway(conn: Transaction, event: AttemptFailed) -> None:
    await reservations.follow(conn, str(event.order_id), Input.FETCHED)


@TRIPS.on(Delivered, in_step=True)
async def goods_were_brought(conn: Transaction, event: Delivered) -> None:
    await reservations.follow(conn, str(event.order_id), Input.FETCHED)


@TRIPS.on(DeliveryReturned, in_step=True)
async def goods_came_back(conn: Transaction, event: DeliveryReturned) -> None:
    await reservations.follow(conn, str(event.order_id), Input.FETCHED)


@TRIPS.on(DeliveryUnassignable)
async def nobody_would_fetch_them(conn: Transaction, event: DeliveryUnassignable) -> None:
    await reservations.follow(conn, str(event.order_id), Input.UNFETCHED)


@TRIPS.on(DeliveryCancelled)
async def nobody_will_fetch_them(conn: Transaction, event: DeliveryCancelled) -> None:
    await reservations.follow(conn, str(event.order_id), Input.UNFETCHED)
