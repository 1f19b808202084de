"""All SQL of trips, offers and what they hang on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.events import MerchantId
from services.delivery.dispatch import Candidate
from services.delivery.domain import DeliveryStatus
from services.delivery.events import DeliveryId, FailureCode, OfferId, PartnerId, PartnerStatus, QuoteId, RiderId
from services.delivery.roads import Point
from services.delivery.tariff import TariffRule
from services.kit.db import Connection, Row
from services.ordering.events import OrderId


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


async def read_to(conn: Connection, partner_id: PartnerId, partitions: int) -> datetime | None:
    """Up to when all of the partner's replies have been read; None when a partition has not been read at all."""
    found: datetime | None = await conn.fetchval(
        "SELECT CASE WHEN count(*) >= $2 THEN min(read_to) END FROM reply_reading WHERE partner_id = $1",
        partner_id,
        partitions,
    )
    return found


async def mark_read(conn: Connection, places: Sequence[tuple[PartnerId, int]]) -> None:
    """All replies in these (partner, partition) that were appended up to a second ago have been read. Written while somebody may care."""
    await conn.execute(
        """INSERT INTO reply_reading (partner_id, partition, read_to)
           SELECT p, n, wlijo_now() - interval '1 second' FROM unnest($1::uuid[], $2::integer[]) AS t (p, n)
           WHERE EXISTS (SELECT FROM offer WHERE partner_id = p AND state = 'OPEN')
           ON CONFLICT (partner_id, partition) DO UPDATE SET read_to = excluded.read_to""",
        [partner for partner, _ in places],
        [partition for _, partition in places],
    )


async def rider_of(conn: Connection, rider_id: RiderId, partner_id: PartnerId) -> bool:
    """Whether the partner has such a rider."""
    return bool(await conn.fetchval("SELECT true FROM rider WHERE id = $1 AND partner_id = $2", rider_id, partner_id))


async def save_merchant(
    conn: Connection, merchant_id: MerchantId, *, name: str, status: str, kecamatan_code: str, point: Point
) -> None:
    await conn.execute(
        """INSERT INTO merchant (id, name, status, kecamatan_code, lat, lng) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, kecamatan_code = excluded.kecamatan_code,
                                          lat = excluded.lat, lng = excluded.lng""",
        merchant_id,
        name,
        status,
        kecamatan_code,
        point.lat,
        point.lng,
    )


async def partner_ids(conn: Connection) -> list[PartnerId]:
    """Those that may reply: all but the merely invited."""
    rows = await conn.fetch("SELECT id FROM partner WHERE status <> 'INVITED' ORDER BY id")
    return [PartnerId(row["id"]) for row in rows]


async def lock_partner(conn: Connection, partner_id: PartnerId) -> tuple[str, PartnerStatus] | None:
    """Its name and status."""
    row = await conn.fetchrow("SELECT name, status FROM partner WHERE id = $1 FOR UPDATE", partner_id)
    return (row["name"], PartnerStatus(row["status"])) if row else None


async def set_partner_status(conn: Connection, partner_id: PartnerId, status: PartnerStatus, reason: str) -> None:
    await conn.execute("UPDATE partner SET status = $2, status_reason = $3 WHERE id = $1", partner_id, status, reason)


async def move_position(
    conn: Connection,
    delivery_id: DeliveryId,
    partner_id: PartnerId,
    rider_id: RiderId,
    point: Point,
    at: datetime,
    statuses: Sequence[DeliveryStatus],
) -> bool:
    """False when the trip is not this rider's now, or a later place is known. A time to come counts as now."""
    return bool(
        await conn.fetchval(
            """INSERT INTO position AS p (delivery_id, lat, lng, at)
               SELECT id, $4, $5, least($6, wlijo_now()) FROM delivery
               WHERE id = $1 AND partner_id = $2 AND rider_id = $3 AND status = ANY($7::text[])
               ON CONFLICT (delivery_id) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, at = excluded.at, count = p.count + 1
               WHERE p.at < excluded.at
               RETURNING true""",
            delivery_id,
            partner_id,
            rider_id,
            point.lat,
            point.lng,
            at,
            [*statuses],
        )
    )


async def drop_position(conn: Connection, delivery_id: DeliveryId) -> None:
    await conn.execute("DELETE FROM position WHERE delivery_id = $1", delivery_id)


async def on_our_clock(conn: Connection, wall: datetime) -> datetime:
    """A wall clock's instant on our clock, which local and test mode can move."""
    at: datetime = await conn.fetchval("SELECT $1::timestamptz + (wlijo_now() - clock_timestamp())", wall)
    return at


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    body_hash: bytes
    delivery_id: UUID | None
    code: str | None
    message: str


async def answered(conn: Connection, partner_id: PartnerId, reply_id: str) -> StoredAnswer | None:
    """What this reply was answered before. Two at once: one waits for the other, then reads its answer."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{partner_id}:{reply_id}")
    row = await conn.fetchrow(
        "SELECT body_hash, delivery_id, code, message FROM reply_inbox WHERE partner_id = $1 AND reply_id = $2",
        partner_id,
        reply_id,
    )
    return StoredAnswer(row["body_hash"], row["delivery_id"], row["code"], row["message"]) if row else None


async def remember_answer(
    conn: Connection,
    partner_id: PartnerId,
    reply_id: str,
    body_hash: bytes,
    reply_type: str,
    delivery_id: DeliveryId | None,
    code: str | None,
    message: str,
) -> None:
    await conn.execute(
        """INSERT INTO reply_inbox (partner_id, reply_id, body_hash, type, delivery_id, code, message, answered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now())""",
        partner_id,
        reply_id,
        body_hash,
        reply_type,
        delivery_id,
        code,
        message,
    )


async def about_job(
    conn: Connection, delivery_id: DeliveryId | None, partner_id: PartnerId
) -> tuple[bool, datetime, DeliveryId | None]:
    """Whether it is a test job, our now, and the job again if it was ever offered to the partner: others' jobs are not counted for it."""
    row = await conn.fetchrow(
        """SELECT wlijo_now() AS now, d.test, d.id FROM (SELECT) one
           LEFT JOIN delivery d ON d.id = $1 AND EXISTS (SELECT FROM offer o WHERE o.delivery_id = d.id AND o.partner_id = $2)""",
        delivery_id,
        partner_id,
    )
    return bool(row["test"]), row["now"], DeliveryId(row["id"]) if row["id"] else None


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """`denied` says why a stop may not be where it is, '' when all may."""

    now: datetime
    rule: TariffRule | None
    pickups: list[Stop]
    denied: str


async def quote_facts(conn: Connection, merchants: Sequence[MerchantId], dropoff: Point) -> QuoteFacts:
    """At least one merchant must be asked for."""
    rows = await conn.fetch(
        """SELECT clock.now, m.id, m.name, m.kecamatan_code, m.lat, m.lng, closed.why,
                  t.version, t.min_fee_rupiah, t.included_m, t.per_km_rupiah, t.rider_share_pct, t.partner_share_pct,
                  t.platform_share_pct, t.legal_basis, t.binding
           FROM (SELECT wlijo_now() AS now) clock
           CROSS JOIN unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
           LEFT JOIN merchant m ON m.id = w.id
           LEFT JOIN LATERAL (
               SELECT z.name || ': ' || z.reason AS why FROM zone z
               WHERE (z.effect = 'DENY_PICKUP' AND z.boundary @> point(m.lng, m.lat))
                  OR (z.effect = 'DENY_DROPOFF' AND z.boundary @> point($3, $2)) ORDER BY z.name LIMIT 1) closed ON true
           LEFT JOIN LATERAL (
               SELECT * FROM tariff_rule r WHERE r.service = 'GOODS' AND r.zone_code = 'I'
               AND r.valid_from <= (clock.now AT TIME ZONE 'Asia/Jakarta')::date ORDER BY r.valid_from DESC LIMIT 1) t ON true
           ORDER BY w.n""",
        merchants,
        dropoff.lat,
        dropoff.lng,
    )
    first = rows[0]
    rule = (
        TariffRule(
            version=first["version"],
            min_fee_rupiah=first["min_fee_rupiah"],
            included_m=first["included_m"],
            per_km_rupiah=first["per_km_rupiah"],
            rider_share_pct=first["rider_share_pct"],
            partner_share_pct=first["partner_share_pct"],
            platform_share_pct=first["platform_share_pct"],
            legal_basis=first["legal_basis"],
            binding=first["binding"],
        )
        if first["version"]
        else None
    )
    stops = [
        Stop(row["kecamatan_code"], Point(row["lat"], row["lng"]), MerchantId(row["id"]), row["name"])
        for row in rows
        if row["id"]
    ]
    return QuoteFacts(first["now"], rule, stops, next((row["why"] for row in rows if row["why"]), ""))
