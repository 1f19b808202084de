"""SQL of who wants to know when a wlijo comes near, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from services.catalog.domain.rounds import MAX_WISHES
from services.contracts.catalog import MerchantId, MerchantKind, WishId
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection

_AT_ONCE = 500
"""Who is told for one place where a wlijo is seen; the others at the next."""


class WishView(msgspec.Struct, frozen=True, kw_only=True):
    id: WishId
    merchant_id: MerchantId
    point: GeoPoint
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Near:
    id: WishId
    subject: str


async def lock(conn: Connection, subject: str) -> None:
    """What one person wishes is counted one after the other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('passing_wish/' || $1, 0))", subject)


async def kind_of(conn: Connection, merchant_id: MerchantId) -> MerchantKind | None:
    """Of one that sells."""
    kind = await conn.fetchval("SELECT kind FROM merchant WHERE id = $1 AND status = 'ACTIVE'", merchant_id)
    return MerchantKind(kind) if kind else None


async def count_others(conn: Connection, subject: str, merchant_id: MerchantId) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM passing_wish WHERE subject = $1 AND merchant_id <> $2", subject, merchant_id
    )
    return count


async def save(conn: Connection, wish_id: WishId, subject: str, merchant_id: MerchantId, rounded: GeoPoint) -> None:
    """Of one wlijo each person has one: said again it is of another place, and who was told today is told no more today."""
    await conn.execute(
        """INSERT INTO passing_wish (id, subject, merchant_id, lat, lng, made_at) VALUES ($1, $2, $3, $4, $5, wlijo_now())
           ON CONFLICT (merchant_id, subject) DO UPDATE SET lat = excluded.lat, lng = excluded.lng""",
        wish_id,
        subject,
        merchant_id,
        rounded.lat,
        rounded.lng,
    )


async def drop(conn: Connection, subject: str, merchant_id: MerchantId) -> None:
    await conn.execute("DELETE FROM passing_wish WHERE subject = $1 AND merchant_id = $2", subject, merchant_id)


async def forget(conn: Connection, subject: str) -> None:
    await conn.execute("DELETE FROM passing_wish WHERE subject = $1", subject)


async def of_subject(conn: Connection, subject: str) -> list[WishView]:
    """The newest first."""
    rows = await conn.fetch(
        """SELECT w.id, w.merchant_id, w.lat, w.lng, w.made_at FROM passing_wish w WHERE w.subject = $1
           ORDER BY w.made_at DESC, w.id LIMIT $2""",
        subject,
        MAX_WISHES,
    )
    return [
        WishView(
            id=WishId(row["id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            point=GeoPoint(lat=row["lat"], lng=row["lng"]),
            made_at=row["made_at"],
        )
        for row in rows
    ]


async def tell_near(conn: Connection, merchant_id: MerchantId, point: GeoPoint, near_m: int, today: date) -> list[Near]:
    """Those within the distance who were not told on this day; from now on they were."""
    rows = await conn.fetch(
        """UPDATE passing_wish SET told_on = $5 WHERE id = ANY(ARRAY(
               SELECT id FROM passing_wish WHERE merchant_id = $1 AND told_on IS DISTINCT FROM $5
               AND place <-> place_on_earth($2, $3) <= chord_of_metres($4) ORDER BY id LIMIT $6 FOR UPDATE SKIP LOCKED))
           RETURNING id, subject""",
        merchant_id,
        point.lat,
        point.lng,
        float(near_m),
        today,
        _AT_ONCE,
    )
    return sorted((Near(WishId(row["id"]), row["subject"]) for row in rows), key=lambda each: each.id)
