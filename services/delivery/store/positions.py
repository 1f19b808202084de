"""SQL of where riders are: the newest place of each, and the last hour's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.partner import DropCode, Location
from services.contracts.places import GeoPoint
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus
from services.delivery.store.exchanges import SINCE
from services.kit.database.db import Connection, Row

RIDES: Final = "status IN ('ASSIGNED', 'AT_PICKUP', 'PICKED_UP', 'AT_DROPOFF', 'FAILED_ATTEMPT', 'RETURNING')"
"""Of a row of delivery: as its index `delivery_rides` says it, domain.trip.ON_TRIP."""
AHEAD: Final = timedelta(minutes=15)
"""A phone whose clock is ahead by no more is believed to speak of now."""
OLD: Final = timedelta(minutes=10)
"""What is older shows nobody where somebody is."""
_MOVED_M: Final = 100.0
_TRAIL_EVERY: Final = timedelta(seconds=20)
_TRAIL_KEPT: Final = timedelta(hours=1)
_PLACE_KEPT: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Found:
    """Why a place does not count. `status` and `rider_id` are the trip's that it named, if its partner has it."""

    code: DropCode
    status: DeliveryStatus | None
    rider_id: RiderId | None


async def move(conn: Connection, partners: Sequence[PartnerId], places: Sequence[Location]) -> list[tuple[int, Found]]:
    """All in one statement, `partners` those who told them; of a rider the newest counts. A time to come counts as now, within `AHEAD`.
    What became of those that do not count, by their index; most do, and of them nothing comes back."""
    rows = await conn.fetch(
        f"""WITH said AS (
                SELECT n, partner_id, rider_id, job_id, lat, lng, least(at, wlijo_now()) AS at,
                       at > wlijo_now() + $8::interval AS ahead, at < wlijo_now() - $9::interval AS old
                FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::float8[], $5::float8[], $6::timestamptz[]) WITH ORDINALITY
                     AS s (partner_id, rider_id, job_id, lat, lng, at, n)),
            judged AS (
                SELECT s.*, d.status, d.rider_id AS ridden_by, CASE
                    WHEN s.job_id IS NOT NULL AND d.id IS NULL THEN 'NOT_YOUR_JOB'
                    WHEN r.id IS NULL OR d.rider_id <> s.rider_id THEN 'NOT_YOUR_RIDER'
                    WHEN d.status <> ALL($7::text[]) THEN 'ALREADY_DONE'
                    WHEN d.id IS NULL AND NOT r.on_shift AND NOT EXISTS (
                        SELECT FROM delivery o WHERE o.rider_id = r.id AND o.{RIDES}) THEN 'NOT_ON_SHIFT'
                    WHEN s.ahead THEN 'IN_FUTURE' WHEN s.old THEN 'TOO_OLD' END AS code
                FROM said s LEFT JOIN rider r ON r.id = s.rider_id AND r.partner_id = s.partner_id
                LEFT JOIN delivery d ON d.id = s.job_id AND d.partner_id = s.partner_id),
            newest AS (
                SELECT DISTINCT ON (rider_id) rider_id, lat, lng, at FROM judged WHERE code IS NULL ORDER BY rider_id, at DESC),
            moved AS (
                INSERT INTO rider_place AS p (rider_id, lat, lng, at, near, kept_at)
                SELECT rider_id, lat, lng, at, place_on_earth(lat, lng), at FROM newest
                ON CONFLICT (rider_id) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, at = excluded.at, count = p.count + 1,
                    near = CASE WHEN p.near <-> excluded.near > $10 THEN excluded.near ELSE p.near END,
                    kept_at = CASE WHEN excluded.at >= p.kept_at + $11::interval THEN excluded.at ELSE p.kept_at END
                WHERE p.at < excluded.at
                RETURNING rider_id, lat, lng, at, kept_at),
            trailed AS (
                INSERT INTO rider_trail (rider_id, at, lat, lng)
                SELECT rider_id, at, lat, lng FROM moved WHERE at = kept_at ON CONFLICT DO NOTHING)
            SELECT j.n, coalesce(j.code, 'SUPERSEDED') AS code, j.status, j.ridden_by
            FROM judged j LEFT JOIN moved m ON m.rider_id = j.rider_id WHERE j.code IS NOT NULL OR m.at IS DISTINCT FROM j.at""",
        partners,
        [place.rider_id for place in places],
        [place.job_id for place in places],
        [place.lat for place in places],
        [place.lng for place in places],
        [place.at for place in places],
        [*ON_TRIP],
        AHEAD,
        OLD,
        _MOVED_M,
        _TRAIL_EVERY,
    )
    return [(row["n"] - 1, _found(row)) for row in rows]


def _found(row: Row) -> Found:
    return Found(
        DropCode(row["code"]),
        DeliveryStatus(row["status"]) if row["status"] else None,
        RiderId(row["ridden_by"]) if row["ridden_by"] else None,
    )


async def forget(conn: Connection) -> None:
    """What nobody needs any more: trails of an hour ago, and places of riders who neither ride nor are on shift, or are silent."""
    await conn.execute("DELETE FROM rider_trail WHERE at < wlijo_now() - $1::interval", _TRAIL_KEPT)
    await conn.execute(
        f"""DELETE FROM rider_place p WHERE p.at < wlijo_now() - $1::interval
            OR (NOT EXISTS (SELECT FROM rider r WHERE r.id = p.rider_id AND r.on_shift)
                AND NOT EXISTS (SELECT FROM delivery d WHERE d.rider_id = p.rider_id AND d.{RIDES}))""",
        _PLACE_KEPT,
    )
    # What the release before wrote.
    await conn.execute("DELETE FROM position WHERE at < wlijo_now() - $1::interval", _TRAIL_KEPT)


async def forget_of(conn: Connection, riders: Sequence[RiderId]) -> None:
    """They ride no more, or are forgotten."""
    await conn.execute(
        """WITH trail AS (DELETE FROM rider_trail WHERE rider_id = ANY($1::uuid[]))
           DELETE FROM rider_place WHERE rider_id = ANY($1::uuid[])""",
        riders,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    point: GeoPoint
    at: datetime


async def trail(conn: Connection, delivery_id: DeliveryId, limit: int) -> list[Seen]:
    """Where the trip's riders were, each while they had it, the newest first, as far as it is still known."""
    rows = await conn.fetch(
        f"""SELECT t.lat, t.lng, t.at FROM delivery d CROSS JOIN LATERAL (
               SELECT d.rider_id, {SINCE} AS since, NULL::timestamptz AS until
               UNION ALL SELECT x.was_rider_id, x.since, x.at FROM delivery_exchange x WHERE x.delivery_id = d.id) AS had
           JOIN rider_trail t ON t.rider_id = had.rider_id AND t.at >= had.since AND (had.until IS NULL OR t.at < had.until)
           WHERE d.id = $1 AND t.at <= coalesce((SELECT min(h.at) FROM delivery_history h WHERE h.delivery_id = d.id
                                   AND h.status IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'CANCELLED')), t.at)
           ORDER BY t.at DESC LIMIT $2""",
        delivery_id,
        limit,
    )
    return [Seen(GeoPoint(lat=row["lat"], lng=row["lng"]), row["at"]) for row in rows]
