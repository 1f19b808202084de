"""Trips, their stops and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.places import GeoPoint
from services.delivery.domain.quote import Quote
from services.delivery.domain.trip import DeliveryStatus, Stop, Trip
from services.kit.database.db import Connection, Row

_TRIP = """id, order_id, buyer, status, version, test, fee_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah,
           distance_m, cash_to_collect_rupiah, partner_id, rider_id, offer_id, pin_tries, failure_code, requested_at, wlijo_now() AS now"""


def _trip(row: Row) -> Trip:
    return Trip(
        id=DeliveryId(row["id"]),
        order_id=OrderId(row["order_id"]),
        buyer=row["buyer"],
        status=DeliveryStatus(row["status"]),
        version=row["version"],
        test=row["test"],
        fee_rupiah=row["fee_rupiah"],
        rider_share_rupiah=row["rider_share_rupiah"],
        partner_share_rupiah=row["partner_share_rupiah"],
        platform_share_rupiah=row["platform_share_rupiah"],
        distance_m=row["distance_m"],
        cash_to_collect_rupiah=row["cash_to_collect_rupiah"],
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
        rider_id=RiderId(row["rider_id"]) if row["rider_id"] else None,
        offer_id=OfferId(row["offer_id"]) if row["offer_id"] else None,
        pin_tries=row["pin_tries"],
        failure_code=FailureCode(row["failure_code"]) if row["failure_code"] else None,
        requested_at=row["requested_at"],
        now=row["now"],
    )


async def lock(conn: Connection, delivery_id: DeliveryId) -> Trip | None:
    row = await conn.fetchrow(f"SELECT {_TRIP} FROM delivery WHERE id = $1 FOR UPDATE", delivery_id)
    return _trip(row) if row else None


async def lock_now(conn: Connection, delivery_id: DeliveryId) -> Trip | None:
    """For timers, which hold their own row already: whoever holds the trip may be waiting for that row, so a timer never waits for a trip.
    It fails as transient and is tried again."""
    row = await conn.fetchrow(f"SELECT {_TRIP} FROM delivery WHERE id = $1 FOR UPDATE NOWAIT", delivery_id)
    return _trip(row) if row else None


async def lock_of_order(conn: Connection, order_id: OrderId) -> Trip | None:
    row = await conn.fetchrow(f"SELECT {_TRIP} FROM delivery WHERE order_id = $1 FOR UPDATE", order_id)
    return _trip(row) if row else None


async def create(
    conn: Connection,
    delivery_id: DeliveryId,
    order_id: OrderId,
    quote: Quote,
    stops: Sequence[Stop],
    parts: Mapping[MerchantId, SellerOrderId],
) -> None:
    """`stops` are the pickups in their order, then the drop-off. An order that has its trip already keeps it."""
    created = await conn.fetchval(
        """INSERT INTO delivery (id, order_id, buyer, status, version, test, quote_id, tariff, fee_rupiah, rider_share_rupiah,
                                 partner_share_rupiah, platform_share_rupiah, distance_m, duration_s, cash_to_collect_rupiah, created_at)
           VALUES ($1, $2, $3, 'WAITING', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, wlijo_now())
           ON CONFLICT (order_id) DO NOTHING RETURNING true""",
        delivery_id,
        order_id,
        quote.buyer,
        quote.test,
        quote.id,
        quote.tariff,
        quote.fee_rupiah,
        quote.rider_share_rupiah,
        quote.partner_share_rupiah,
        quote.platform_share_rupiah,
        quote.distance_m,
        quote.duration_s,
    )
    if not created:
        return
    await conn.execute(
        """WITH history AS (
               INSERT INTO delivery_history (delivery_id, version, status, cause, at)
               SELECT id, version, status, 'PLACED', created_at FROM delivery WHERE id = $1)
           INSERT INTO stop (delivery_id, seq, kind, merchant_id, merchant_name, kecamatan_code, lat, lng, seller_order_id)
           SELECT $1, n, CASE WHEN merchant_id IS NULL THEN 'DROPOFF' ELSE 'PICKUP' END, merchant_id, merchant_name, code, lat, lng, part
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::uuid[])
                WITH ORDINALITY AS s (merchant_id, merchant_name, code, lat, lng, part, n)""",
        delivery_id,
        [stop.merchant_id for stop in stops],
        [stop.merchant_name for stop in stops],
        [stop.kecamatan_code for stop in stops],
        [stop.point.lat for stop in stops],
        [stop.point.lng for stop in stops],
        [parts.get(stop.merchant_id) if stop.merchant_id else None for stop in stops],
    )


async def stops(conn: Connection, delivery_id: DeliveryId) -> list[Stop]:
    """The pickups in their order, then the drop-off."""
    rows = await conn.fetch(
        """SELECT kecamatan_code, lat, lng, merchant_id, merchant_name FROM stop
           WHERE delivery_id = $1 AND left_out_at IS NULL ORDER BY seq""",
        delivery_id,
    )
    return [
        Stop(
            row["kecamatan_code"],
            GeoPoint(lat=row["lat"], lng=row["lng"]),
            MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
            row["merchant_name"],
        )
        for row in rows
    ]


async def save(conn: Connection, trip: Trip, cause: str) -> None:
    """The trip as it is now, with the step in its history. `trip.version` is the new one."""
    await conn.execute(
        """WITH saved AS (
               UPDATE delivery SET status = $2, version = $3, partner_id = $4, rider_id = $5, offer_id = $6, failure_code = $7,
                                   requested_at = $8, cash_to_collect_rupiah = $9
               WHERE id = $1)
           INSERT INTO delivery_history (delivery_id, version, status, cause, at) VALUES ($1, $3, $2, $10, $11)""",
        trip.id,
        trip.status,
        trip.version,
        trip.partner_id,
        trip.rider_id,
        trip.offer_id,
        trip.failure_code,
        trip.requested_at,
        trip.cash_to_collect_rupiah,
        cause,
        trip.now,
    )


async def leave_out(conn: Connection, trip: Trip, merchant_id: MerchantId) -> str | None:
    """The merchant's name, the first time; None when its stop is none of the trip's, or was left out before."""
    name: str | None = await conn.fetchval(
        """UPDATE stop SET left_out_at = $3 WHERE delivery_id = $1 AND merchant_id = $2 AND left_out_at IS NULL
           RETURNING merchant_name""",
        trip.id,
        merchant_id,
        trip.now,
    )
    return name


async def reprice(conn: Connection, trip: Trip, cause: str) -> None:
    """What the trip costs, how far it goes and what is collected, with the change in its history. `trip.version` is the new one."""
    await conn.execute(
        """WITH saved AS (
               UPDATE delivery SET version = $2, fee_rupiah = $3, rider_share_rupiah = $4, partner_share_rupiah = $5,
                                   platform_share_rupiah = $6, cash_to_collect_rupiah = $7, distance_m = $8
               WHERE id = $1)
           INSERT INTO delivery_history (delivery_id, version, status, cause, at) VALUES ($1, $2, $9, $10, $11)""",
        trip.id,
        trip.version,
        trip.fee_rupiah,
        trip.rider_share_rupiah,
        trip.partner_share_rupiah,
        trip.platform_share_rupiah,
        trip.cash_to_collect_rupiah,
        trip.distance_m,
        trip.status,
        cause,
        trip.now,
    )


async def count_pin_try(conn: Connection, delivery_id: DeliveryId) -> int:
    """How many there have been, with this one."""
    tries: int = await conn.fetchval(
        "UPDATE delivery SET pin_tries = pin_tries + 1 WHERE id = $1 RETURNING pin_tries", delivery_id
    )
    return tries
