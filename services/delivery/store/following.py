"""SQL of what is foreseen of trips, and of links by which others follow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.delivery import DeliveryId
from services.contracts.places import GeoPoint
from services.delivery.domain.eta import Accuracy, Underway
from services.delivery.domain.trip import ON_TRIP, SEEKING, DeliveryStatus
from services.delivery.store.positions import RIDES
from services.delivery.store.reading import SHOWN, Position
from services.kit.database.db import Connection, Row

_UNDERWAY: Final = f"""SELECT d.id, d.status, p.lat, p.lng, p.at, d.ready_at,
    (SELECT max(h.at) FROM delivery_history h WHERE h.delivery_id = d.id AND h.status = d.status) AS since,
    CASE WHEN d.fetching AND d.status = 'PICKED_UP' THEN (
        SELECT max(s.fetched_at) FROM stop s WHERE s.delivery_id = d.id) END AS fetched_at,
    CASE WHEN d.fetching AND d.status = 'PICKED_UP' THEN (
        SELECT array_agg(s.fetched_at IS NULL AND s.merchant_id IS NOT NULL ORDER BY s.seq) FROM stop s
        WHERE s.delivery_id = d.id AND s.left_out_at IS NULL) END AS open,
    (SELECT array_agg(s.lat ORDER BY s.seq) FROM stop s WHERE s.delivery_id = d.id AND s.left_out_at IS NULL) AS lats,
    (SELECT array_agg(s.lng ORDER BY s.seq) FROM stop s WHERE s.delivery_id = d.id AND s.left_out_at IS NULL) AS lngs
    FROM delivery d LEFT JOIN rider_place p ON {SHOWN}"""
_FORESEEN_AT_ONCE: Final = 500
_ERRORS_OF: Final = timedelta(days=14)


def _underway(row: Row) -> Underway:
    *pickups, dropoff = (GeoPoint(lat=lat, lng=lng) for lat, lng in zip(row["lats"], row["lngs"], strict=True))
    place = GeoPoint(lat=row["lat"], lng=row["lng"]) if row["at"] else None
    since = max(filter(None, (row["since"], row["fetched_at"])))
    left = tuple(at for at, is_open in zip(pickups, row["open"] or (), strict=False) if is_open)
    return Underway(
        DeliveryStatus(row["status"]), tuple(pickups), dropoff, since, place, row["at"], row["ready_at"], left
    )


async def underway(conn: Connection, ids: Sequence[DeliveryId]) -> tuple[Mapping[DeliveryId, Underway], datetime]:
    """Of trips that have a rider, and our clock."""
    rows = await conn.fetch(f"{_UNDERWAY} WHERE d.id = ANY($1::uuid[]) AND d.{RIDES}", ids)
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return {DeliveryId(row["id"]): _underway(row) for row in rows}, now


async def unforeseen(conn: Connection) -> tuple[Mapping[DeliveryId, Underway], datetime]:
    """Trips of which nothing was written down at their stage, and where their rider is now."""
    rows = await conn.fetch(
        f"""{_UNDERWAY} WHERE d.status IN ('ASSIGNED', 'AT_PICKUP', 'PICKED_UP') AND p.at > wlijo_now() - interval '2 minutes'
            AND NOT EXISTS (SELECT FROM delivery_foreseen f WHERE f.delivery_id = d.id
                AND f.status = CASE d.status WHEN 'PICKED_UP' THEN 'PICKED_UP' ELSE 'ASSIGNED' END)
            AND d.only_for IS NULL LIMIT $1""",
        _FORESEEN_AT_ONCE,
    )
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return {DeliveryId(row["id"]): _underway(row) for row in rows}, now


async def write_down(
    conn: Connection, foreseen: Sequence[tuple[DeliveryId, DeliveryStatus, datetime]], now: datetime
) -> None:
    await conn.execute(
        """INSERT INTO delivery_foreseen (delivery_id, status, said_at, arrives_at)
           SELECT d, s, $4, a FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS t (d, s, a) ON CONFLICT DO NOTHING""",
        [each for each, _, _ in foreseen],
        [status for _, status, _ in foreseen],
        [arrives for _, _, arrives in foreseen],
        now,
    )


async def accuracy(conn: Connection) -> list[Accuracy]:
    """Of the last two weeks."""
    rows = await conn.fetch(
        """WITH error AS (
               SELECT f.status, extract(epoch FROM arrived.at - f.arrives_at) AS off
               FROM delivery_foreseen f CROSS JOIN LATERAL (
                   SELECT min(h.at) AS at FROM delivery_history h
                   WHERE h.delivery_id = f.delivery_id AND h.status IN ('AT_DROPOFF', 'DELIVERED')) AS arrived
               WHERE f.said_at > wlijo_now() - $1::interval AND arrived.at IS NOT NULL)
           SELECT status, count(*) AS trips, percentile_cont(0.5) WITHIN GROUP (ORDER BY off) AS median,
                  percentile_cont(0.8) WITHIN GROUP (ORDER BY abs(off)) AS off_by, count(*) FILTER (WHERE abs(off) <= 300) AS near
           FROM error GROUP BY status ORDER BY status""",
        _ERRORS_OF,
    )
    return [
        Accuracy(DeliveryStatus(row["status"]), row["trips"], round(row["median"]), round(row["off_by"]), row["near"])
        for row in rows
    ]


async def links(conn: Connection, ids: Sequence[DeliveryId]) -> Mapping[DeliveryId, bytes]:
    """The nonces of these trips' links, of those that have one."""
    rows = await conn.fetch("SELECT delivery_id, nonce FROM delivery_link WHERE delivery_id = ANY($1::uuid[])", ids)
    return {DeliveryId(row["delivery_id"]): row["nonce"] for row in rows}


async def add_link(conn: Connection, delivery_id: DeliveryId, nonce: bytes, digest: bytes) -> None:
    """Unless there is one."""
    await conn.execute(
        """INSERT INTO delivery_link (delivery_id, nonce, digest, made_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT DO NOTHING""",
        delivery_id,
        nonce,
        digest,
    )


async def drop_link(conn: Connection, delivery_id: DeliveryId) -> None:
    await conn.execute("DELETE FROM delivery_link WHERE delivery_id = $1", delivery_id)


async def erase_links(conn: Connection, buyer: str) -> None:
    await conn.execute(
        "DELETE FROM delivery_link WHERE delivery_id IN (SELECT id FROM delivery WHERE buyer = $1)", buyer
    )


@dataclass(frozen=True, slots=True)
class Tracked:
    """A trip as a stranger with its link sees it, before it is made coarse."""

    id: DeliveryId
    status: DeliveryStatus
    steps: list[tuple[datetime, DeliveryStatus]]
    partner: str | None
    rider: str | None
    plate: str | None
    seen: Position | None


async def tracked(conn: Connection, digest: bytes) -> Tracked | None:
    """While the trip lasts."""
    row = await conn.fetchrow(
        f"""SELECT d.id, d.status, r.name, r.plate, c.name AS partner, p.lat, p.lng, p.at,
                (SELECT array_agg(h.at ORDER BY h.version) FROM delivery_history h WHERE h.delivery_id = d.id) AS ats,
                (SELECT array_agg(h.status ORDER BY h.version) FROM delivery_history h WHERE h.delivery_id = d.id) AS statuses
            FROM delivery_link l JOIN delivery d ON d.id = l.delivery_id LEFT JOIN rider r ON r.id = d.rider_id
            LEFT JOIN partner c ON c.id = d.partner_id LEFT JOIN rider_place p ON {SHOWN}
            WHERE l.digest = $1 AND d.status = ANY($2::text[])""",
        digest,
        [DeliveryStatus.WAITING, *SEEKING, *ON_TRIP],
    )
    if row is None:
        return None
    seen = Position(GeoPoint(lat=row["lat"], lng=row["lng"]).rounded(), row["at"]) if row["at"] else None
    steps: list[tuple[datetime, DeliveryStatus]] = []
    for at, status in zip(row["ats"], row["statuses"], strict=True):
        if not steps or steps[-1][1] != status:
            steps.append((at, DeliveryStatus(status)))
    return Tracked(
        DeliveryId(row["id"]), DeliveryStatus(row["status"]), steps, row["partner"], row["name"], row["plate"], seen
    )
