"""Trips, their stops and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.places import GeoPoint
from services.delivery.domain.offer import OfferState
from services.delivery.domain.proof import DropoffWish
from services.delivery.domain.quote import Quote
from services.delivery.domain.rehearsal import Rehearsal, TestScenario
from services.delivery.domain.trip import DeliveryStatus, Stop, Trip
from services.delivery.store import fares, policies, proof_rules, zones
from services.kit.database.db import Connection, Row, Transaction
from services.kit.database.writes import Write
from services.kit.messaging import timers
from services.kit.messaging.timers import Change

TRIP = f"""id, order_id, buyer, status, version, test, fee_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah,
           distance_m, cash_to_collect_rupiah, partner_id, rider_id, offer_id, pin_tries, failure_code, requested_at, ready_at,
           fetching, weight_limit_gram, seek_until, wants_person_at, rounds_from, only_for, dropoff_wish,
           wlijo_now() AS now, {policies.HOLDS}::text AS entered, {proof_rules.HOLDS}::text AS proof_rule,
           CASE WHEN only_for IS NOT NULL THEN (
               SELECT (scenario, acted) FROM rehearsal r WHERE r.delivery_id = delivery.id) END AS rehearsal"""


def of(row: Row) -> Trip:
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
        ready_at=row["ready_at"],
        entered=policies.entered(row["entered"]),
        fetching=row["fetching"] and row["status"] == DeliveryStatus.PICKED_UP,
        weight_limit_gram=row["weight_limit_gram"],
        seek_until=row["seek_until"],
        wants_person_at=row["wants_person_at"],
        rounds_from=row["rounds_from"],
        only_for=PartnerId(row["only_for"]) if row["only_for"] else None,
        rehearsal=_rehearsal(*row["rehearsal"]) if row["rehearsal"] else None,
        dropoff_wish=DropoffWish(row["dropoff_wish"]) if row["dropoff_wish"] else None,
        proof_rule=proof_rules.held(row["proof_rule"]),
    )


def _rehearsal(scenario: str, acted: int) -> Rehearsal:
    return Rehearsal(TestScenario(scenario), acted)


async def lock(conn: Connection, delivery_id: DeliveryId) -> Trip | None:
    row = await conn.fetchrow(f"SELECT {TRIP} FROM delivery WHERE id = $1 FOR UPDATE", delivery_id)
    return of(row) if row else None


async def lock_now(conn: Connection, delivery_id: DeliveryId) -> Trip | None:
    """For timers, which hold their own row already: whoever holds the trip may be waiting for that row, so a timer never waits for a trip.
    It fails as transient and is tried again."""
    row = await conn.fetchrow(f"SELECT {TRIP} FROM delivery WHERE id = $1 FOR UPDATE NOWAIT", delivery_id)
    return of(row) if row else None


async def lock_those_free(conn: Connection, ids: Sequence[DeliveryId]) -> list[Trip]:
    """For timers, as `lock_now`: of many those that nobody holds at this moment."""
    rows = await conn.fetch(
        f"SELECT {TRIP} FROM delivery WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED", ids
    )
    return [of(row) for row in rows]


async def soon(conn: Connection, ids: Sequence[DeliveryId]) -> list[tuple[DeliveryId, datetime]]:
    """Of those that are there, a second from now."""
    rows = await conn.fetch(
        "SELECT id, wlijo_now() + interval '1 second' AS at FROM delivery WHERE id = ANY($1::uuid[])", ids
    )
    return [(DeliveryId(row["id"]), row["at"]) for row in rows]


async def lock_of_order(conn: Connection, order_id: OrderId) -> Trip | None:
    row = await conn.fetchrow(f"SELECT {TRIP} FROM delivery WHERE order_id = $1 FOR UPDATE", order_id)
    return of(row) if row else None


async def lock_to_request(conn: Transaction, order_id: OrderId) -> tuple[Trip | None, bool]:
    """With whether a hazard lies over one of its stops. One that is switched on while somebody else holds the trip looks for it itself."""
    over = zones.hazards("stop s WHERE s.delivery_id = delivery.id AND s.left_out_at IS NULL")
    rows = await conn.fetch_beside(
        f"SELECT {TRIP}, {over} AS hazards FROM delivery WHERE order_id = $1 FOR UPDATE", order_id
    )
    return (of(rows[0]), zones.is_closed(rows[0]["hazards"], rows[0]["now"])) if rows else (None, False)


_CREATE = """
made AS (
    INSERT INTO delivery (id, order_id, buyer, status, version, test, quote_id, tariff, fee_rupiah, rider_share_rupiah,
        partner_share_rupiah, platform_share_rupiah, distance_m, duration_s, cash_to_collect_rupiah, created_at, fare,
        weight_limit_gram)
    VALUES ($1, $2, $3, 'WAITING', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, wlijo_now(), ($13::text)::jsonb, $20)
    ON CONFLICT (order_id) DO NOTHING RETURNING id, version, status, created_at
), begun AS (
    INSERT INTO delivery_history (delivery_id, version, status, cause, at)
    SELECT id, version, status, 'PLACED', created_at FROM made
), its_stops AS (
    INSERT INTO stop (delivery_id, seq, kind, merchant_id, merchant_name, kecamatan_code, lat, lng, seller_order_id)
    SELECT made.id, n, CASE WHEN merchant_id IS NULL THEN 'DROPOFF' ELSE 'PICKUP' END,
           merchant_id, merchant_name, code, lat, lng, part
    FROM made, unnest($14::uuid[], $15::text[], $16::text[], $17::float8[], $18::float8[], $19::uuid[])
         WITH ORDINALITY AS s (merchant_id, merchant_name, code, lat, lng, part, n))"""


async def create(
    conn: Transaction,
    delivery_id: DeliveryId,
    order_id: OrderId,
    quote: Quote,
    stops: Sequence[Stop],
    parts: Mapping[MerchantId, SellerOrderId],
) -> None:
    """`stops` are the pickups in their order, then the drop-off. An order that has its trip already keeps it."""
    made = [
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
        fares.kept(quote),
        [stop.merchant_id for stop in stops],
        [stop.merchant_name for stop in stops],
        [stop.kecamatan_code for stop in stops],
        [stop.point.lat for stop in stops],
        [stop.point.lng for stop in stops],
        [parts.get(stop.merchant_id) if stop.merchant_id else None for stop in stops],
        quote.mass_limit_gram,
    ]
    await conn.later(Write(_CREATE, made, frozenset({"delivery", "stop"})))


_STOP = "seq, kecamatan_code, lat, lng, merchant_id, merchant_name, ready_at, packed_at"


def _stop(row: Row) -> Stop:
    return Stop(
        row["kecamatan_code"],
        GeoPoint(lat=row["lat"], lng=row["lng"]),
        MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
        row["merchant_name"],
        row["seq"],
        row["ready_at"],
        row["packed_at"],
    )


async def stops(conn: Connection, delivery_id: DeliveryId) -> list[Stop]:
    """The pickups in their order, then the drop-off; without those that are left out."""
    rows = await conn.fetch(
        f"SELECT {_STOP} FROM stop WHERE delivery_id = $1 AND left_out_at IS NULL ORDER BY seq", delivery_id
    )
    return [_stop(row) for row in rows]


_PROMISED = """
promised AS (
    UPDATE stop SET ready_at = p.at FROM unnest($2::uuid[], $3::timestamptz[]) AS p (merchant_id, at)
    WHERE stop.delivery_id = $1 AND stop.merchant_id = p.merchant_id)"""


async def promise(conn: Transaction, trip: Trip, ready: Mapping[MerchantId, datetime]) -> None:
    """When each merchant's goods are packed, as they have promised."""
    await conn.later(Write(_PROMISED, [trip.id, [*ready], [*ready.values()]], frozenset({"stop"})))


async def packed(conn: Connection, trip: Trip, merchant_id: MerchantId) -> Stop | None:
    """The stop whose goods are packed now; None when that was known, or it is none of the trip's, or left out."""
    row = await conn.fetchrow(
        f"""UPDATE stop SET packed_at = $3
            WHERE delivery_id = $1 AND merchant_id = $2 AND packed_at IS NULL AND left_out_at IS NULL RETURNING {_STOP}""",
        trip.id,
        merchant_id,
        trip.now,
    )
    return _stop(row) if row else None


@dataclass(frozen=True, slots=True)
class With:
    """What is written in the statement that saves a trip's step. `offers` that end, each with its state."""

    timers: Change = field(default_factory=Change)
    offers: Mapping[OfferId, OfferState] = field(default_factory=dict)
    drops_position: bool = False
    fetched: bool = False
    """All goods that were still to be fetched."""


_SAVED = f"""
saved AS (
    UPDATE delivery SET status = $2, version = $3, partner_id = $4, rider_id = $5, offer_id = $6, failure_code = $7,
                        requested_at = $8, cash_to_collect_rupiah = $9, ready_at = $15, fetching = $16,
                        seek_until = $23, wants_person_at = $24, rounds_from = $25
    WHERE id = $1
), closed AS (
    UPDATE offer SET state = c.state, closed_at = $11 FROM unnest($12::uuid[], $13::text[]) AS c (id, state) WHERE offer.id = c.id
), dropped AS (DELETE FROM position WHERE delivery_id = $1 AND $14
), fetched AS (
    UPDATE stop SET fetched_at = $11
    WHERE delivery_id = $1 AND kind = 'PICKUP' AND fetched_at IS NULL AND left_out_at IS NULL AND $17
), {timers.changed(18)}, stepped AS (
    INSERT INTO delivery_history (delivery_id, version, status, cause, at) VALUES ($1, $3, $2, $10, $11))"""
_SAVED_CHANGES = frozenset({"delivery", "offer", "timer"})


async def save(conn: Transaction, trip: Trip, cause: str, beside: With) -> None:
    """The trip as it is now, with the step in its history and what goes with it. `trip.version` is the new one."""
    arguments = [
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
        list(beside.offers),
        list(beside.offers.values()),
        beside.drops_position,
        trip.ready_at,
        trip.fetching,
        beside.fetched,
        *beside.timers.arguments,
        trip.seek_until,
        trip.wants_person_at,
        trip.rounds_from,
    ]
    await conn.later(Write(_SAVED, arguments, _SAVED_CHANGES | ({"stop"} if beside.fetched else set())))


async def leave_out(conn: Connection, trip: Trip, merchant_id: MerchantId) -> Stop | None:
    """The merchant's stop, the first time; None when it is none of the trip's, was left out before, or its goods are with the rider."""
    row = await conn.fetchrow(
        f"""UPDATE stop SET left_out_at = $3 WHERE delivery_id = $1 AND merchant_id = $2 AND left_out_at IS NULL AND fetched_at IS NULL
            RETURNING {_STOP}""",
        trip.id,
        merchant_id,
        trip.now,
    )
    return _stop(row) if row else None


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
