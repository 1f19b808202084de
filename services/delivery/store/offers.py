"""Offers of a trip to partners; the trip's lock guards them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from services.contracts.delivery import DeliveryId, OfferId, PartnerId
from services.delivery.domain.offer import Offer, OfferState, Why
from services.delivery.domain.trip import Trip
from services.kit.database.db import Connection, Transaction
from services.kit.database.writes import Write
from services.kit.messaging import timers
from services.kit.messaging.timers import Change


async def delivery_of(conn: Connection, offer_id: OfferId) -> DeliveryId | None:
    found = await conn.fetchval("SELECT delivery_id FROM offer WHERE id = $1", offer_id)
    return DeliveryId(found) if found else None


_MADE = f"""
step AS (
    UPDATE delivery d SET status = 'OFFERED', version = t.version
    FROM unnest($1::uuid[], $2::integer[]) AS t (id, version) WHERE d.id = t.id RETURNING d.id, d.version
), history AS (
    INSERT INTO delivery_history (delivery_id, version, status, cause, at) SELECT id, version, 'OFFERED', 'OFFERED', $3 FROM step
), {timers.changed(16)}, made AS (
INSERT INTO offer (id, delivery_id, partner_id, state, offered_at, expires_at, policy_id, taken_today, asked_of, rider_id, away_m,
                   joins_id, added_m, by_hand, rehearsed)
SELECT o.id, o.delivery_id, o.partner_id, 'OPEN', $3, o.expires_at, o.policy_id, o.taken_today, o.asked_of, o.rider_id, o.away_m,
       o.joins_id, o.added_m, o.by_hand, (SELECT d.only_for IS NOT NULL FROM delivery d WHERE d.id = o.delivery_id)
FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::uuid[], $9::integer[], $10::integer[], $11::uuid[], $12::integer[],
            $13::uuid[], $14::integer[], $15::boolean[])
     AS o (id, delivery_id, partner_id, expires_at, policy_id, taken_today, asked_of, rider_id, away_m, joins_id, added_m, by_hand))"""


async def make(
    conn: Transaction, offers: Sequence[Offer], stepped: Sequence[Trip], at: datetime, change: Change
) -> None:
    """Open offers of any number of trips, each with why it is made; the trips that come to OFFERED by it, as they are then, and timers."""
    why = [offer.why or Why(0, 0) for offer in offers]
    arguments = [
        [trip.id for trip in stepped],
        [trip.version for trip in stepped],
        at,
        [offer.id for offer in offers],
        [offer.delivery_id for offer in offers],
        [offer.partner_id for offer in offers],
        [offer.expires_at for offer in offers],
        [each.policy_id for each in why],
        [each.taken_today for each in why],
        [each.asked_of for each in why],
        [each.rider_id for each in why],
        [each.away_m for each in why],
        [each.joins_id for each in why],
        [each.added_m for each in why],
        [each.by_hand for each in why],
        *change.arguments,
    ]
    await conn.later(Write(_MADE, arguments, frozenset({"delivery", "offer", "timer"})))


async def of_trip(conn: Connection, delivery_id: DeliveryId) -> list[Offer]:
    """All offers of a trip, in the order they were made."""
    rows = await conn.fetch(
        "SELECT id, delivery_id, partner_id, state, expires_at FROM offer WHERE delivery_id = $1 ORDER BY offered_at, id",
        delivery_id,
    )
    return [
        Offer(
            OfferId(row["id"]),
            DeliveryId(row["delivery_id"]),
            PartnerId(row["partner_id"]),
            OfferState(row["state"]),
            row["expires_at"],
        )
        for row in rows
    ]


async def close(conn: Connection, offers: Sequence[OfferId], state: OfferState, at: datetime) -> None:
    """Also an offer that timed out may still be accepted, by a reply that was sent in time."""
    await conn.execute("UPDATE offer SET state = $2, closed_at = $3 WHERE id = ANY($1::uuid[])", [*offers], state, at)


async def open_of(conn: Connection, partner_id: PartnerId) -> list[OfferId]:
    rows = await conn.fetch("SELECT id FROM offer WHERE partner_id = $1 AND state = 'OPEN'", partner_id)
    return [OfferId(row["id"]) for row in rows]


async def may_be_about(
    conn: Connection, partner_id: PartnerId, delivery_id: DeliveryId, statuses: Collection[str]
) -> bool:
    """Whether the trip was offered to this partner, and is in one of these states."""
    return bool(
        await conn.fetchval(
            """SELECT true FROM delivery WHERE id = $2 AND status = ANY($3::text[])
               AND EXISTS (SELECT FROM offer WHERE delivery_id = $2 AND partner_id = $1)""",
            partner_id,
            delivery_id,
            [*statuses],
        )
    )
