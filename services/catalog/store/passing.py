"""SQL of who passes near a point, where wlijo are now, and what they have with them; structs, as of goods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final

import msgspec

from services.catalog.domain.listing import SOLD
from services.catalog.domain.rounds import SHOWN, Leg
from services.catalog.store.reading import PRODUCT_COLUMNS, ProductView, product_of
from services.contracts.catalog import MerchantId, RoundId, StopId
from services.contracts.places import Closure, GeoPoint
from services.kit.database.db import Connection, Row

_CANDIDATES: Final = 1_000
"""Ways near a point that are looked at, the nearest first: what a caller costs does not grow with how many sell."""
MAX_GOODS: Final = 5


class RoundView(msgspec.Struct, frozen=True, kw_only=True):
    """`point` is where she is, as exactly as she was seen; None when that was too long ago."""

    id: RoundId
    merchant_id: MerchantId
    day: date
    started_at: datetime
    seen_at: datetime
    point: GeoPoint | None
    next_stop: StopId | None
    next_at: datetime | None
    now: datetime


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A way that may come near on one day; `late_s` and `stop_at_s` are of her round of that day, None when she is not on it."""

    merchant_id: MerchantId
    day: date
    stop_id: StopId
    leg: Leg
    late_s: int | None
    stop_at_s: int | None
    closures: list[Closure]


class LiveView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is seen near at this moment."""

    merchant_id: MerchantId
    point: GeoPoint


class GoodsView(msgspec.Struct, frozen=True, kw_only=True):
    merchant_id: MerchantId
    product: ProductView


async def rounds(conn: Connection, ids: Sequence[MerchantId]) -> dict[MerchantId, RoundView]:
    """That last, of those that may sell."""
    rows = await conn.fetch(
        """SELECT r.id, r.merchant_id, r.day, r.started_at, p.seen_at, p.lat, p.lng, p.next_stop_id, p.next_at, wlijo_now() AS now
           FROM wlijo_round r JOIN wlijo_position p ON p.round_id = r.id JOIN merchant m ON m.id = r.merchant_id
           WHERE r.merchant_id = ANY($1::uuid[]) AND r.ended_at IS NULL AND m.status = 'ACTIVE'""",
        list(ids),
    )
    return {found.merchant_id: found for found in map(_round, rows)}


def _round(row: Row) -> RoundView:
    fresh = row["now"] - row["seen_at"] <= SHOWN
    return RoundView(
        id=RoundId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        day=row["day"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        point=GeoPoint(lat=row["lat"], lng=row["lng"]) if fresh else None,
        next_stop=StopId(row["next_stop_id"]) if row["next_stop_id"] else None,
        next_at=row["next_at"],
        now=row["now"],
    )


# For one who has ended that day's round herself nobody waits. A day of UTC more on both sides: closures are instants.
_PASSING: Final = f"""
WITH here AS (
    SELECT d.day, leg_of_week(extract(isodow FROM d.day)::integer - 1, $1, $2, $1, $2) AS point, chord_of_metres($3) AS reach
    FROM unnest($4::date[]) AS d (day)),
near AS MATERIALIZED (
    SELECT s.*, here.day FROM here CROSS JOIN LATERAL (
        SELECT s.* FROM route_stop s WHERE s.leg && cube_enlarge(here.point, here.reach, 4)
        ORDER BY s.leg <-> here.point LIMIT {_CANDIDATES}
    ) AS s)
SELECT s.merchant_id, s.day, s.id, s.lat, s.lng, s.arrives_at, s.next_lat, s.next_lng, f.arrives_at AS first_at, n.arrives_at AS next_at,
       p.late_s, p.stop_at_s, r.id IS NOT NULL AS walked,
       ARRAY(SELECT (c.starts, c.ends) FROM merchant_closure c
             WHERE c.merchant_id = s.merchant_id AND c.ends > s.day - 1 AND c.starts < s.day + 3) AS closures
FROM near s JOIN merchant m ON m.id = s.merchant_id
CROSS JOIN LATERAL (SELECT o.arrives_at FROM route_stop o WHERE (o.merchant_id, o.weekday) = (s.merchant_id, s.weekday)
                    ORDER BY o.position LIMIT 1) AS f
LEFT JOIN LATERAL (SELECT o.arrives_at FROM route_stop o WHERE (o.merchant_id, o.weekday) = (s.merchant_id, s.weekday)
                   AND o.position > s.position ORDER BY o.position LIMIT 1) AS n ON true
LEFT JOIN wlijo_round r ON r.merchant_id = s.merchant_id AND r.ended_at IS NULL AND r.day = s.day
LEFT JOIN wlijo_position p ON p.round_id = r.id
WHERE m.status = '{SOLD[1]}' AND m.kind = 'WLIJO'
AND (r.id IS NOT NULL OR NOT EXISTS (
    SELECT FROM wlijo_round e WHERE e.merchant_id = s.merchant_id AND e.day = s.day AND e.ended_by IS NOT NULL))
"""


async def candidates(conn: Connection, point: GeoPoint, radius_m: int, days: Sequence[date]) -> list[Candidate]:
    """Ways of the rounds of these days, as boxes near the point."""
    rows = await conn.fetch(_PASSING, point.lat, point.lng, float(radius_m), list(days))
    return [_candidate(row) for row in rows]


def _candidate(row: Row) -> Candidate:
    first: time = row["first_at"]
    joined = row["next_lat"] is not None and row["next_at"] is not None
    return Candidate(
        merchant_id=MerchantId(row["merchant_id"]),
        day=row["day"],
        stop_id=StopId(row["id"]),
        leg=Leg(
            GeoPoint(lat=row["lat"], lng=row["lng"]),
            _seconds(row["arrives_at"], first),
            GeoPoint(lat=row["next_lat"], lng=row["next_lng"]) if joined else None,
            _seconds(row["next_at"], first) if joined else None,
        ),
        late_s=row["late_s"] if row["walked"] else None,
        stop_at_s=row["stop_at_s"],
        closures=[Closure(starts=starts, ends=ends) for starts, ends in row["closures"]],
    )


def _seconds(clock: time, first: time) -> int:
    of_day = clock.hour * 3_600 + clock.minute * 60 + clock.second
    return of_day + 86_400 if clock < first else of_day


async def live_near(conn: Connection, point: GeoPoint, radius_m: int) -> list[LiveView]:
    """The nearest first."""
    rows = await conn.fetch(
        f"""SELECT p.merchant_id, p.lat, p.lng FROM (SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach) AS here
            CROSS JOIN LATERAL (SELECT p.* FROM wlijo_position p WHERE p.place && cube_enlarge(here.point, here.reach, 3)
                                ORDER BY p.place <-> here.point LIMIT {_CANDIDATES}) AS p
            JOIN merchant m ON m.id = p.merchant_id
            WHERE p.place <-> here.point <= here.reach AND p.seen_at > wlijo_now() - $4::interval AND m.status = 'ACTIVE'
            ORDER BY p.place <-> here.point, p.merchant_id""",
        point.lat,
        point.lng,
        float(radius_m),
        SHOWN,
    )
    return [
        LiveView(merchant_id=MerchantId(row["merchant_id"]), point=GeoPoint(lat=row["lat"], lng=row["lng"]))
        for row in rows
    ]


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


async def goods(conn: Connection, ids: Sequence[MerchantId]) -> list[GoodsView]:
    """A few of each merchant's that can be ordered now, by name."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($1::uuid[]) AS asked (merchant_id) CROSS JOIN LATERAL (
                SELECT {PRODUCT_COLUMNS} FROM product p JOIN category c ON c.code = p.category_code
                JOIN merchant m ON m.id = p.merchant_id
                WHERE p.merchant_id = asked.merchant_id AND p.status = '{SOLD[0]}' AND m.status = '{SOLD[1]}' AND EXISTS (
                    SELECT FROM variant v JOIN stock_item s ON s.variant_id = v.id
                    WHERE v.product_id = p.id AND v.retired_at IS NULL
                    AND stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved) >= v.min)
                ORDER BY p.name COLLATE "C", p.id LIMIT {MAX_GOODS}
            ) AS page ORDER BY page.merchant_id, page.name COLLATE "C", page.id""",
        list(ids),
    )
    return [GoodsView(merchant_id=MerchantId(row["merchant_id"]), product=product_of(row)) for row in rows]
