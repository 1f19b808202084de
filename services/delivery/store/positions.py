"""The latest place of a rider during a trip."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.partner import Location
from services.delivery.domain.trip import DeliveryStatus
from services.kit.database.db import Connection


async def move(conn: Connection, partner_id: PartnerId, place: Location, statuses: Collection[DeliveryStatus]) -> bool:
    """False when the trip is not this rider's now, or a later place is known. A time to come counts as now."""
    return bool(
        await conn.fetchval(
            """INSERT INTO position AS p (delivery_id, lat, lng, at)
               SELECT id, $4, $5, least($6, wlijo_now()) FROM delivery
               WHERE id = $1 AND partner_id = $2 AND rider_id = $3 AND status = ANY($7::text[])
               ON CONFLICT (delivery_id) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, at = excluded.at, count = p.count + 1
               WHERE p.at < excluded.at
               RETURNING true""",
            place.job_id,
            partner_id,
            place.rider_id,
            place.lat,
            place.lng,
            place.at,
            [*statuses],
        )
    )


@dataclass(frozen=True, slots=True)
class Ridden:
    """A trip that the partner has, and who rides it."""

    status: DeliveryStatus
    rider_id: RiderId


async def trip_of(conn: Connection, partner_id: PartnerId, delivery_id: DeliveryId) -> Ridden | None:
    row = await conn.fetchrow(
        "SELECT status, rider_id FROM delivery WHERE id = $1 AND partner_id = $2", delivery_id, partner_id
    )
    return Ridden(DeliveryStatus(row["status"]), RiderId(row["rider_id"])) if row else None


async def drop(conn: Connection, delivery_id: DeliveryId) -> None:
    await conn.execute("DELETE FROM position WHERE delivery_id = $1", delivery_id)
