"""Reads one order's life from the services' databases, with the services' runtime roles, in transactions that cannot write.

What an order, its reservation and its trip look like is read from the services that have them; what is told, heard and timed, from every
service that there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

from infra.ops.why import life, told
from infra.ops.why.source import Source, reading
from services.contracts.catalog import MerchantId, ReservationId
from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.contracts.partner import Topics
from services.contracts.registry import NAMES, SERVICES
from services.kit.ids import Id
from services.kit.secret import Secret


class UnknownOrder(Exception):
    """No order has this code or id."""


async def read(databases: Mapping[str, Secret], wanted: str | OrderId) -> life.Life:
    """By code or id. Raises UnknownOrder, or Trouble when a database is away."""
    async with AsyncExitStack() as opened:
        sources = {service: await opened.enter_async_context(reading(service, databases[service])) for service in NAMES}
        return await _read(sources, wanted)


async def _read(sources: Mapping[str, Source], wanted: str | OrderId) -> life.Life:
    ordering, catalog, delivery = sources["ordering"], sources["catalog"], sources["delivery"]
    order_id, order = await _order(ordering, wanted)
    payment = await _payment(ordering, order_id)
    reservation = await _reservation(catalog, order_id)
    trip = await _delivery(delivery, order_id)
    trip_id = DeliveryId.parse(trip.id) if trip else None
    offers = await _offers(delivery, trip_id)
    partners = [PartnerId(row["id"]) for row in await delivery.rows("SELECT id FROM partner ORDER BY id")]

    ids: list[Id] = [
        order_id,
        *([PaymentId.parse(payment.id)] if payment else []),
        *([ReservationId.parse(reservation.id)] if reservation else []),
        *([trip_id] if trip_id else []),
        *(OfferId.parse(offer.id) for offer in offers),
    ]
    logs = [await told.log(sources[service.name]) for service in SERVICES]
    events: list[life.Event] = []
    for service, log in zip(SERVICES, logs, strict=True):
        places = [(topic, str(each)) for topic in service.topics() for each in ids]
        if service.name == delivery.service and trip_id:
            places += [(Topics.of(partner).jobs, f"{partner}:{trip_id}") for partner in partners]
        events += await told.events(sources[service.name], places, log)
    return life.Life(
        order=order,
        sellers=await _sellers(ordering, order_id),
        payment=payment,
        history=await _history(ordering, order_id),
        transfers=await _transfers(ordering, order_id),
        contact_reads=await _contact_reads(ordering, order_id),
        reservation=reservation,
        delivery=trip,
        way=await _way(delivery, trip_id),
        offers=offers,
        replies=await _replies(delivery, trip_id),
        timers=[timer for service in NAMES for timer in await _timers(sources[service], ids)],
        events=sorted(events, key=lambda event: event.created_at),
        listeners=[await told.listener(sources[service], events) for service in NAMES],
        logs=logs,
    )


async def _order(source: Source, wanted: str | OrderId) -> tuple[OrderId, life.Order]:
    column = "id" if isinstance(wanted, OrderId) else "code"
    row = await source.row(f"SELECT * FROM orders WHERE {column} = $1", wanted)
    if row is None:
        raise UnknownOrder(str(wanted))
    order_id = OrderId(row["id"])
    return order_id, life.Order(
        id=str(order_id),
        code=row["code"],
        status=row["status"],
        state=row["state"],
        version=row["version"],
        slot=row["slot"],
        kecamatan=row["dropoff_kecamatan_code"],
        test=row["test"],
        goods_rupiah=row["goods_rupiah"],
        delivery_rupiah=row["delivery_rupiah"],
        total_rupiah=row["total_rupiah"],
        placed_at=row["placed_at"],
        hold_until=row["hold_until"],
        confirmed_at=row["confirmed_at"],
        ended_at=row["ended_at"],
        cancel_reason=row["cancel_reason"],
        borne_by=row["borne_by"],
        attention=row["attention"],
        settled=[
            life.Settled(each["mark"], each["because"], each["settled_by"], each["at"])
            for each in await source.rows("SELECT * FROM order_mark_settled WHERE order_id = $1 ORDER BY at", order_id)
        ],
        called_off=row["call_off_reason"],
        called_off_at=row["call_off_at"],
        way=row["way"],
        slot_from=row["slot_from"],
        slot_to=row["slot_to"],
        place=row["place"],
        agreed_at=row["agreed_at"],
        wrong_codes=row["counter_tries"],
    )


async def _sellers(source: Source, order: OrderId) -> list[life.SellerOrder]:
    rows = await source.rows(
        """SELECT s.id, merchant_id, status, version, goods_rupiah, accept_by, ready_at,
                  (SELECT count(*) FROM order_line l WHERE l.seller_order_id = s.id) AS lines
           FROM seller_order s WHERE order_id = $1 ORDER BY s.id""",
        order,
    )
    return [
        life.SellerOrder(
            id=str(SellerOrderId(row["id"])),
            merchant=str(MerchantId(row["merchant_id"])),
            status=row["status"],
            version=row["version"],
            lines=row["lines"],
            goods_rupiah=row["goods_rupiah"],
            accept_by=row["accept_by"],
            ready_at=row["ready_at"],
        )
        for row in rows
    ]


async def _payment(source: Source, order: OrderId) -> life.Payment | None:
    row = await source.row(
        """SELECT id, method, status, amount_rupiah, coalesce(cash_due_rupiah, amount_rupiah) AS asked_rupiah, collected_rupiah
           FROM payment WHERE order_id = $1""",
        order,
    )
    return life.Payment(**{**row, "id": str(PaymentId(row["id"]))}) if row else None


async def _history(source: Source, order: OrderId) -> list[life.Change]:
    rows = await source.rows(
        """SELECT version, at, status, state, input AS cause FROM order_history
           WHERE order_id = $1 ORDER BY version""",
        order,
    )
    return [life.Change(**row) for row in rows]


async def _transfers(source: Source, order: OrderId) -> list[life.Transfer]:
    rows = await source.rows(
        """SELECT kind, debit_account AS debit, credit_account AS credit, amount_rupiah, at FROM ledger
           WHERE order_id = $1 ORDER BY id""",
        order,
    )
    return [life.Transfer(**row) for row in rows]


async def _contact_reads(source: Source, order: OrderId) -> list[life.ContactRead]:
    rows = await source.rows(
        "SELECT delivery_id, partner_id, at FROM contact_read WHERE order_id = $1 ORDER BY id", order
    )
    return [
        life.ContactRead(str(DeliveryId(row["delivery_id"])), str(PartnerId(row["partner_id"])), row["at"])
        for row in rows
    ]


async def _reservation(source: Source, order: OrderId) -> life.Reservation | None:
    row = await source.row(
        """SELECT id, state, expires_at, created_at, changed_at,
                  (SELECT count(*) FROM reservation_line l WHERE l.reservation_id = r.id) AS lines
           FROM reservation r WHERE order_id = $1""",
        str(order),
    )
    return life.Reservation(**{**row, "id": str(ReservationId(row["id"]))}) if row else None


async def _delivery(source: Source, order: OrderId) -> life.Delivery | None:
    row = await source.row(
        """SELECT *, ARRAY(SELECT kecamatan_code FROM stop s WHERE s.delivery_id = d.id ORDER BY seq) AS kecamatan
           FROM delivery d WHERE order_id = $1""",
        order,
    )
    if row is None:
        return None
    return life.Delivery(
        id=str(DeliveryId(row["id"])),
        status=row["status"],
        version=row["version"],
        test=row["test"],
        tariff=row["tariff"],
        distance_m=row["distance_m"],
        fee_rupiah=row["fee_rupiah"],
        cash_to_collect_rupiah=row["cash_to_collect_rupiah"],
        partner=_text(PartnerId, row["partner_id"]),
        rider=_text(RiderId, row["rider_id"]),
        kecamatan=tuple(row["kecamatan"]),
        pin_tries=row["pin_tries"],
        failure_code=row["failure_code"],
        requested_at=row["requested_at"],
        ending=await _ending(source, DeliveryId(row["id"])),
    )


async def _ending(source: Source, trip: DeliveryId) -> life.Ending | None:
    row = await source.row(
        "SELECT outcome AS said, ended_by AS by, reason, at FROM delivery_ending WHERE delivery_id = $1", trip
    )
    return life.Ending(**row) if row else None


def _text(kind: type[Id], value: UUID | None) -> str | None:
    return None if value is None else str(kind(value))


async def _way(source: Source, trip: DeliveryId | None) -> list[life.Change]:
    rows = await source.rows(
        """SELECT version, at, status, '' AS state, cause FROM delivery_history
           WHERE delivery_id = $1 ORDER BY version""",
        trip,
    )
    return [life.Change(**row) for row in rows]


async def _offers(source: Source, trip: DeliveryId | None) -> list[life.Offer]:
    rows = await source.rows(
        """SELECT id, partner_id AS partner, state, offered_at, expires_at, closed_at FROM offer
           WHERE delivery_id = $1 ORDER BY offered_at, id""",
        trip,
    )
    return [
        life.Offer(**{**row, "id": str(OfferId(row["id"])), "partner": str(PartnerId(row["partner"]))}) for row in rows
    ]


async def _replies(source: Source, trip: DeliveryId | None) -> list[life.Reply]:
    rows = await source.rows(
        """SELECT partner_id AS partner, reply_id AS id, type, code, answered_at FROM reply_inbox
           WHERE delivery_id = $1 ORDER BY answered_at, reply_id""",
        trip,
    )
    return [life.Reply(**{**row, "partner": str(PartnerId(row["partner"]))}) for row in rows]


async def _timers(source: Source, subjects: Sequence[Id]) -> list[life.Timer]:
    rows = await source.rows(
        """SELECT kind, subject, due_at, due_at - wlijo_now() AS due_in, attempts, error FROM timer
           WHERE subject = ANY($1::uuid[]) ORDER BY due_at, kind""",
        subjects,
    )
    names = {subject.uuid.int: str(subject) for subject in subjects}
    return [life.Timer(**{**row, "service": source.service, "subject": names[row["subject"].int]}) for row in rows]
