"""Trips, their stops, offers and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, PartnerStatus, QuoteId, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.dispatch import Candidate
from services.delivery.domain.roads import Point
from services.delivery.domain.trip import DeliveryStatus
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Trip:
    """A delivery as commands see it, its row locked. `now` is the database's clock when it was read."""

    id: DeliveryId
    order_id: OrderId
    buyer: str
    status: DeliveryStatus
    version: int
    test: bool
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    distance_m: int
    cash_to_collect_rupiah: int
    partner_id: PartnerId | None
    rider_id: RiderId | None
    offer_id: OfferId | None
    pin_tries: int
    failure_code: FailureCode | None
    requested_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    kecamatan_code: str
    point: Point
    merchant_id: MerchantId | None = None
    merchant_name: str | None = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    id: OfferId
    delivery_id: DeliveryId
    partner_id: PartnerId
    state: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewTrip:
    """What an order placed with one of our quotes asks for."""

    id: DeliveryId
    order_id: OrderId
    buyer: str
    test: bool
    quote_id: QuoteId
    tariff: str
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    distance_m: int
    duration_s: int
    cash_to_collect_rupiah: int
    dropoff: Stop


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


async def delivery_of_offer(conn: Connection, offer_id: OfferId) -> DeliveryId | None:
    found = await conn.fetchval("SELECT delivery_id FROM offer WHERE id = $1", offer_id)
    return DeliveryId(found) if found else None


async def pickups(conn: Connection, merchants: Sequence[MerchantId]) -> list[Stop]:
    """In the order asked; those unknown are left out."""
    rows = await conn.fetch(
        """SELECT m.id, name, kecamatan_code, lat, lng FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
           JOIN merchant m USING (id) ORDER BY n""",
        merchants,
    )
    return [
        Stop(row["kecamatan_code"], Point(row["lat"], row["lng"]), MerchantId(row["id"]), row["name"]) for row in rows
    ]


async def create(conn: Connection, trip: NewTrip, pickups: Sequence[Stop]) -> bool:
    """False when the order has its trip already."""
    created = await conn.fetchval(
        """INSERT INTO delivery (id, order_id, buyer, status, version, test, quote_id, tariff, fee_rupiah, rider_share_rupiah,
                                 partner_share_rupiah, platform_share_rupiah, distance_m, duration_s, cash_to_collect_rupiah, created_at)
           VALUES ($1, $2, $3, 'WAITING', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, wlijo_now())
           ON CONFLICT (order_id) DO NOTHING RETURNING true""",
        trip.id,
        trip.order_id,
        trip.buyer,
        trip.test,
        trip.quote_id,
        trip.tariff,
        trip.fee_rupiah,
        trip.rider_share_rupiah,
        trip.partner_share_rupiah,
        trip.platform_share_rupiah,
        trip.distance_m,
        trip.duration_s,
        trip.cash_to_collect_rupiah,
    )
    if not created:
        return False
    stops = [*pickups, trip.dropoff]
    await conn.execute(
        """WITH history AS (
               INSERT INTO delivery_history (delivery_id, version, status, cause, at)
               SELECT id, version, status, 'PLACED', created_at FROM delivery WHERE id = $1)
           INSERT INTO stop (delivery_id, seq, kind, merchant_id, merchant_name, kecamatan_code, lat, lng)
           SELECT $1, n, CASE WHEN merchant_id IS NULL THEN 'DROPOFF' ELSE 'PICKUP' END, merchant_id, merchant_name, code, lat, lng
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[], $6::float8[])
                WITH ORDINALITY AS s (merchant_id, merchant_name, code, lat, lng, n)""",
        trip.id,
        [stop.merchant_id for stop in stops],
        [stop.merchant_name for stop in stops],
        [stop.kecamatan_code for stop in stops],
        [stop.point.lat for stop in stops],
        [stop.point.lng for stop in stops],
    )
    return True


async def stops(conn: Connection, delivery_id: DeliveryId) -> list[Stop]:
    """The pickups in their order, then the drop-off."""
    rows = await conn.fetch(
        "SELECT kecamatan_code, lat, lng, merchant_id, merchant_name FROM stop WHERE delivery_id = $1 ORDER BY seq",
        delivery_id,
    )
    return [
        Stop(
            row["kecamatan_code"],
            Point(row["lat"], row["lng"]),
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


async def count_pin_try(conn: Connection, delivery_id: DeliveryId) -> int:
    """How many there have been, with this one."""
    tries: int = await conn.fetchval(
        "UPDATE delivery SET pin_tries = pin_tries + 1 WHERE id = $1 RETURNING pin_tries", delivery_id
    )
    return tries


async def candidates(conn: Connection, trip: Trip) -> list[Candidate]:
    """Every partner that may take jobs of some kind, with what decides about its turn."""
    rows = await conn.fetch(
        """SELECT p.id, p.status,
                  (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'ACCEPTED'
                   AND o.offered_at >= date_trunc('day', $2::timestamptz AT TIME ZONE 'Asia/Jakarta') AT TIME ZONE 'Asia/Jakarta')
                  AS accepted_today,
                  (SELECT max(offered_at) FROM offer o WHERE o.partner_id = p.id) AS last_offered_at,
                  count(j.id) FILTER (WHERE j.offered_at >= $3) AS asked,
                  count(j.id) FILTER (WHERE j.state = 'OPEN') > 0 AS is_open,
                  count(j.id) FILTER (WHERE j.state = 'ACCEPTED') > 0 AS gave_back
           FROM partner p LEFT JOIN offer j ON j.partner_id = p.id AND j.delivery_id = $1
           WHERE p.status IN ('ACTIVE', 'SANDBOX') GROUP BY p.id, p.status""",
        trip.id,
        trip.now,
        trip.requested_at,
    )
    return [
        Candidate(
            PartnerId(row["id"]),
            PartnerStatus(row["status"]),
            row["accepted_today"],
            row["last_offered_at"],
            row["asked"],
            row["is_open"],
            row["gave_back"],
        )
        for row in rows
    ]


async def add_offers(conn: Connection, offers: Sequence[OfferRow], offered_at: datetime) -> None:
    await conn.execute(
        """INSERT INTO offer (id, delivery_id, partner_id, state, offered_at, expires_at)
           SELECT id, delivery_id, partner_id, 'OPEN', $4, expires_at
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $5::timestamptz[]) AS o (id, delivery_id, partner_id, expires_at)""",
        [offer.id for offer in offers],
        [offer.delivery_id for offer in offers],
        [offer.partner_id for offer in offers],
        offered_at,
        [offer.expires_at for offer in offers],
    )


async def offers(conn: Connection, delivery_id: DeliveryId) -> list[OfferRow]:
    """All offers of a trip, in the order they were made; the trip's lock guards them."""
    rows = await conn.fetch(
        "SELECT id, delivery_id, partner_id, state, expires_at FROM offer WHERE delivery_id = $1 ORDER BY offered_at, id",
        delivery_id,
    )
    return [
        OfferRow(
            OfferId(row["id"]),
            DeliveryId(row["delivery_id"]),
            PartnerId(row["partner_id"]),
            row["state"],
            row["expires_at"],
        )
        for row in rows
    ]


async def close_offers(conn: Connection, offers: Sequence[OfferId], state: str, at: datetime) -> None:
    """Also an offer that timed out may still be accepted, by a reply that was sent in time."""
    await conn.execute("UPDATE offer SET state = $2, closed_at = $3 WHERE id = ANY($1::uuid[])", [*offers], state, at)
