"""SQL of zones: as they are entered and switched, which hold a point, and the trips that a hazard stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from services.contracts.delivery import DeliveryId, ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import GeoPoint, Hours
from services.delivery.domain.trip import NOT_FETCHED, ON_TRIP
from services.delivery.domain.zone import Zone, ZoneAction
from services.kit.database.db import Connection, Row

COLUMNS: Final = """z.id, z.name, z.kind, z.effect, z.reason, z.reason_en, z.surcharge_rupiah, z.valid_from, z.valid_until, z.hours,
    z.switched_on, z.ended_at, z.version"""
# Without the boundary, for what is asked at a point. As objects, for several in one row.
AS_OBJECT: Final = """jsonb_build_object('id', z.id, 'name', z.name, 'kind', z.kind, 'effect', z.effect, 'reason', z.reason,
    'reason_en', z.reason_en, 'surcharge_rupiah', z.surcharge_rupiah, 'valid_from', z.valid_from, 'valid_until', z.valid_until,
    'hours', z.hours, 'switched_on', z.switched_on, 'version', z.version)"""
# The index knows boxes; whether the boundary itself holds the point is looked at where they meet. A point on it lies inside.
HOLDS: Final = "z.boundary && polygon(box({at}, {at})) AND z.boundary @> {at}"
_UNDER_WAY_S: Final = 30 * 86_400
"""No trip lasts longer; ids begin with the time, so older ones are not looked through."""
_ALL: Final = "SELECT {columns}, z.boundary::text AS boundary, wlijo_now() AS now FROM zone z"


class _Stored(msgspec.Struct):
    id: UUID
    name: str
    kind: ZoneKind
    effect: ZoneEffect
    reason: str
    reason_en: str | None
    surcharge_rupiah: int
    valid_from: date | None
    valid_until: date | None
    hours: list[Hours]
    switched_on: bool
    version: int


_OBJECTS = msgspec.json.Decoder(list[_Stored])
_HOURS = msgspec.json.Decoder(list[Hours])


def of_objects(text: str | None) -> list[Zone]:
    """Of an array of AS_OBJECT; without boundaries, and none that has ended."""
    return [
        Zone(
            id=ZoneId(each.id),
            name=each.name,
            kind=each.kind,
            effect=each.effect,
            reason=each.reason,
            reason_en=each.reason_en,
            surcharge_rupiah=each.surcharge_rupiah,
            valid_from=each.valid_from,
            valid_until=each.valid_until,
            hours=each.hours,
            switched_on=each.switched_on,
            version=each.version,
        )
        for each in _OBJECTS.decode(text or "[]")
    ]


def _corners(polygon: str) -> list[GeoPoint]:
    """Of PostgreSQL's text, ((lng,lat),…)."""
    numbers = [float(each) for each in polygon.replace("(", "").replace(")", "").split(",")]
    return [GeoPoint(lat=lat, lng=lng) for lng, lat in zip(numbers[::2], numbers[1::2], strict=True)]


def _polygon(corners: Sequence[GeoPoint]) -> str:
    return f"({','.join(f'({corner.lng},{corner.lat})' for corner in corners)})"


def _zone(row: Row) -> Zone:
    return Zone(
        id=ZoneId(row["id"]),
        name=row["name"],
        kind=ZoneKind(row["kind"]),
        effect=ZoneEffect(row["effect"]),
        reason=row["reason"],
        boundary=_corners(row["boundary"]),
        reason_en=row["reason_en"],
        surcharge_rupiah=row["surcharge_rupiah"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        hours=_HOURS.decode(row["hours"]),
        switched_on=row["switched_on"],
        ended_at=row["ended_at"],
        version=row["version"],
    )


async def now(conn: Connection) -> datetime:
    found: datetime = await conn.fetchval("SELECT wlijo_now()")
    return found


async def lock_all(conn: Connection) -> tuple[int, datetime]:
    """How many have not ended, and now. Who enters zones comes one after another; who asks for a price does not wait."""
    await conn.execute("LOCK TABLE zone IN SHARE ROW EXCLUSIVE MODE")
    row = await conn.fetchrow("SELECT count(*) AS n, wlijo_now() AS now FROM zone WHERE ended_at IS NULL")
    assert row
    return row["n"], row["now"]


async def add(conn: Connection, zone: Zone, by: str | None) -> bool:
    """False when one of its id is there."""
    return bool(
        await conn.fetchval(
            """INSERT INTO zone (id, name, kind, effect, reason, reason_en, boundary, surcharge_rupiah, valid_from, valid_until, hours,
                                 switched_on, entered_at, entered_by)
               VALUES ($1, $2, $3, $4, $5, $6, ($7::text)::polygon, $8, $9, $10, ($11::text)::jsonb, $12, wlijo_now(), $13)
               ON CONFLICT DO NOTHING RETURNING true""",
            zone.id,
            zone.name,
            zone.kind,
            zone.effect,
            zone.reason,
            zone.reason_en,
            _polygon(zone.boundary),
            zone.surcharge_rupiah,
            zone.valid_from,
            zone.valid_until,
            msgspec.json.encode(list(zone.hours)).decode(),
            zone.switched_on,
            by,
        )
    )


async def has(conn: Connection, zone: Zone) -> bool:
    """Whether just this one is there, as it was entered."""
    return bool(
        await conn.fetchval(
            """SELECT true FROM zone WHERE id = $1 AND name = $2 AND kind = $3 AND effect = $4 AND reason = $5
                 AND boundary ~= ($6::text)::polygon""",
            zone.id,
            zone.name,
            zone.kind,
            zone.effect,
            zone.reason,
            _polygon(zone.boundary),
        )
    )


async def lock(conn: Connection, zone_id: ZoneId) -> tuple[Zone, datetime] | None:
    """With now."""
    row = await conn.fetchrow(f"{_ALL.format(columns=COLUMNS)} WHERE z.id = $1 FOR UPDATE", zone_id)
    return (_zone(row), row["now"]) if row else None


async def save(conn: Connection, zone: Zone) -> None:
    await conn.execute(
        "UPDATE zone SET switched_on = $2, ended_at = $3, version = $4 WHERE id = $1",
        zone.id,
        zone.switched_on,
        zone.ended_at,
        zone.version,
    )


async def add_history(conn: Connection, ids: Sequence[ZoneId], action: ZoneAction, reason: str, subject: str) -> None:
    await conn.execute(
        """INSERT INTO zone_history (zone_id, action, reason, subject, at)
           SELECT unnest($1::uuid[]), $2, $3, $4, wlijo_now()""",
        ids,
        action,
        reason,
        subject,
    )


@dataclass(frozen=True, slots=True)
class Happened:
    zone_id: ZoneId
    action: ZoneAction
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ZoneView:
    """`holds`: at the moment of asking."""

    zone: Zone
    holds: bool


async def page(conn: Connection, after: tuple[str, ZoneId] | None, limit: int, *, ended: bool) -> list[ZoneView]:
    """By name."""
    rows = await conn.fetch(
        f"""{_ALL.format(columns=COLUMNS)}
            WHERE ($1 OR z.ended_at IS NULL) AND ($2::text IS NULL OR (z.name, z.id) > ($2, $3::uuid))
            ORDER BY z.name, z.id LIMIT $4""",
        ended,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_view(row) for row in rows]


async def at(conn: Connection, point: GeoPoint, limit: int) -> list[ZoneView]:
    """That have not ended and hold a point, by name."""
    rows = await conn.fetch(
        f"""{_ALL.format(columns=COLUMNS)} WHERE z.ended_at IS NULL AND {HOLDS.format(at="point($2, $1)")}
            ORDER BY z.name, z.id LIMIT $3""",
        point.lat,
        point.lng,
        limit,
    )
    return [_view(row) for row in rows]


async def of(conn: Connection, ids: Sequence[ZoneId]) -> dict[ZoneId, ZoneView]:
    rows = await conn.fetch(f"{_ALL.format(columns=COLUMNS)} WHERE z.id = ANY($1::uuid[])", ids)
    return {ZoneId(row["id"]): _view(row) for row in rows}


def _view(row: Row) -> ZoneView:
    zone = _zone(row)
    return ZoneView(zone, zone.holds(row["now"]))


async def histories(conn: Connection, ids: Sequence[ZoneId]) -> list[Happened]:
    rows = await conn.fetch(
        "SELECT zone_id, action, reason, at FROM zone_history WHERE zone_id = ANY($1::uuid[]) ORDER BY id", ids
    )
    return [Happened(ZoneId(row["zone_id"]), ZoneAction(row["action"]), row["reason"], row["at"]) for row in rows]


# -- hazards and the trips under way ----------------------------------------------------------------------------------

_DENIED: Final = f"""{HOLDS.format(at="point(s.lng, s.lat)")}
    AND (z.effect = 'DENY_BOTH' OR z.effect = 'DENY_' || s.kind)"""


def hazards(stops: str) -> str:
    """As a column, for `is_closed`: hazards that are switched on over these stops, `s` with kind, lat and lng; null where none is."""
    return f"""(SELECT jsonb_agg({AS_OBJECT})::text FROM zone z WHERE z.kind = 'HAZARD' AND z.switched_on AND z.ended_at IS NULL
        AND EXISTS (SELECT FROM {stops} AND {_DENIED}))"""


def is_closed(column: str | None, now: datetime) -> bool:
    """Whether one of these `hazards` holds now."""
    return any(each.holds(now) for each in of_objects(column))


def _oldest() -> UUID:
    """The least id of what began within _UNDER_WAY_S."""
    return UUID(int=DeliveryId.new().uuid.int - (_UNDER_WAY_S * 1_000 << 80))


async def trips_to_stop(conn: Connection, zone_id: ZoneId, limit: int) -> list[DeliveryId]:
    """Locked: trips whose goods are not fetched and one of whose stops the zone denies. Who is at work on one has it first."""
    return await _trips(conn, zone_id, f"d.status = ANY($3) AND {_STOPPED}", list(NOT_FETCHED), limit)


async def trips_to_tell(conn: Connection, zone_id: ZoneId, limit: int) -> list[DeliveryId]:
    """Locked: trips with goods on them whose door the zone denies, and whose riders were not told."""
    return await _trips(
        conn,
        zone_id,
        f"""d.status = ANY($3) AND {_STOPPED} AND NOT EXISTS (
                SELECT 1 FROM delivery_hazard h WHERE h.delivery_id = d.id AND h.zone_id = $1 AND h.lifted_at IS NULL)""",
        list(ON_TRIP - NOT_FETCHED),
        limit,
    )


_STOPPED: Final = f"""EXISTS (
    SELECT 1 FROM stop s, zone z WHERE z.id = $1 AND s.delivery_id = d.id AND s.left_out_at IS NULL AND {_DENIED}
    AND (s.kind = 'DROPOFF' OR d.status IN ('WAITING', 'REQUESTED', 'OFFERED', 'ASSIGNED', 'AT_PICKUP')
         OR (d.status = 'PICKED_UP' AND d.fetching AND s.fetched_at IS NULL)))"""


async def _trips(
    conn: Connection, zone_id: ZoneId, which: str, statuses: Sequence[str], limit: int
) -> list[DeliveryId]:
    rows = await conn.fetch(
        f"SELECT d.id FROM delivery d WHERE d.id >= $2 AND {which} ORDER BY d.id LIMIT $4 FOR UPDATE SKIP LOCKED",
        zone_id,
        _oldest(),
        statuses,
        limit,
    )
    return [DeliveryId(row["id"]) for row in rows]


async def are_left(conn: Connection, zone_id: ZoneId) -> bool:
    """Whether the zone still has trips to stop or to tell, whoever is at work on them."""
    return bool(
        await conn.fetchval(
            f"""SELECT EXISTS (SELECT 1 FROM delivery d WHERE d.id >= $2 AND (d.status = ANY($3) OR (d.status = ANY($4) AND NOT EXISTS (
                    SELECT 1 FROM delivery_hazard h WHERE h.delivery_id = d.id AND h.zone_id = $1 AND h.lifted_at IS NULL)))
                AND {_STOPPED})""",
            zone_id,
            _oldest(),
            list(NOT_FETCHED),
            list(ON_TRIP - NOT_FETCHED),
        )
    )


async def told(conn: Connection, zone_id: ZoneId, ids: Sequence[DeliveryId]) -> None:
    await conn.execute(
        """INSERT INTO delivery_hazard (delivery_id, zone_id, told_at) SELECT unnest($2::uuid[]), $1, wlijo_now()
           ON CONFLICT (delivery_id, zone_id) DO UPDATE SET told_at = excluded.told_at, lifted_at = NULL""",
        zone_id,
        ids,
    )


async def to_lift(conn: Connection, zone_id: ZoneId, limit: int) -> list[DeliveryId]:
    """Marked as told that it is over."""
    rows = await conn.fetch(
        """UPDATE delivery_hazard SET lifted_at = wlijo_now()
           WHERE (delivery_id, zone_id) IN (
               SELECT delivery_id, zone_id FROM delivery_hazard WHERE zone_id = $1 AND lifted_at IS NULL LIMIT $2)
           RETURNING delivery_id""",
        zone_id,
        limit,
    )
    return [DeliveryId(row["delivery_id"]) for row in rows]


async def was_told(conn: Connection, delivery_id: DeliveryId) -> bool:
    """Whether the rider of a trip was told of a hazard."""
    return bool(
        await conn.fetchval("SELECT EXISTS (SELECT 1 FROM delivery_hazard WHERE delivery_id = $1)", delivery_id)
    )


async def over_trips(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, ZoneView]:
    """The hazard that the rider of each trip was told of, while it lasts."""
    rows: list[Any] = await conn.fetch(
        f"""SELECT DISTINCT ON (h.delivery_id) h.delivery_id, {COLUMNS}, z.boundary::text AS boundary, wlijo_now() AS now
            FROM delivery_hazard h JOIN zone z ON z.id = h.zone_id
            WHERE h.delivery_id = ANY($1::uuid[]) AND h.lifted_at IS NULL ORDER BY h.delivery_id, z.name""",
        ids,
    )
    return {DeliveryId(row["delivery_id"]): _view(row) for row in rows}
