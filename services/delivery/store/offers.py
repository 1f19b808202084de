"""Offers of a trip to partners; the trip's lock guards them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from services.contracts.delivery import DeliveryId, OfferId, PartnerId, PartnerStatus
from services.delivery.domain.dispatch import Candidate
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.trip import Trip
from services.delivery.store.partners import CONNECTED
from services.kit.database.db import Connection


async def delivery_of(conn: Connection, offer_id: OfferId) -> DeliveryId | None:
    found = await conn.fetchval("SELECT delivery_id FROM offer WHERE id = $1", offer_id)
    return DeliveryId(found) if found else None


async def add(conn: Connection, offers: Sequence[Offer], offered_at: datetime) -> None:
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


async def candidates(conn: Connection, trip: Trip) -> list[Candidate]:
    """Every partner that may take jobs of some kind and can be told of them, with what decides about its turn."""
    rows = await conn.fetch(
        f"""SELECT p.id, p.status, coalesce(a.unanswered, 0) AS unanswered, j.asked, j.is_open, j.gave_back,
                  CASE WHEN j.gave_back > 0 THEN greatest(j.closed_at, $3) ELSE j.closed_at END AS rests_since,
                  (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'ACCEPTED'
                   AND o.offered_at >= date_trunc('day', $2::timestamptz AT TIME ZONE 'Asia/Jakarta') AT TIME ZONE 'Asia/Jakarta')
                  AS accepted_today,
                  (SELECT max(offered_at) FROM offer o WHERE o.partner_id = p.id) AS last_offered_at
           FROM partner p LEFT JOIN partner_answering a ON a.partner_id = p.id CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE offered_at >= $3) AS asked, count(*) FILTER (WHERE state = 'OPEN') > 0 AS is_open,
                      count(*) FILTER (WHERE state = 'ACCEPTED') AS gave_back,
                      max(closed_at) FILTER (WHERE state <> 'WITHDRAWN') AS closed_at
               FROM offer WHERE partner_id = p.id AND delivery_id = $1
           ) AS j
           WHERE p.status IN ('ACTIVE', 'SANDBOX') AND {CONNECTED}""",
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
            asked=row["asked"],
            is_open=row["is_open"],
            gave_back=row["gave_back"],
            rests_since=row["rests_since"],
            unanswered=row["unanswered"],
        )
        for row in rows
    ]
