"""SQL of a wlijo's rounds: planned, walked, and where she is meanwhile; and of whom a merchant serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.rounds import APART, MAX_LEG_M, Planned, Progress, Standing, Wanted, seconds_of
from services.contracts.catalog import MerchantId, MerchantKind, MerchantStatus, RoundId, StopId
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection, Row

KEPT_DAYS: Final = 35
"""That she went, and when."""
_CHANGES_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A merchant whose row is locked."""

    kind: MerchantKind
    status: MerchantStatus
    now: datetime


async def lock(conn: Connection, caller: Caller, merchant_id: MerchantId, *, ops: bool) -> Held | None:
    """None when there is no such merchant, or the caller is not of its people, nor an operator who may do this."""
    row = await conn.fetchrow(
        """SELECT m.kind, m.status FROM merchant m WHERE m.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $2)) FOR UPDATE OF m""",
        merchant_id,
        caller.member,
        ops and caller.ops,
    )
    if row is None:
        return None
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return Held(MerchantKind(row["kind"]), MerchantStatus(row["status"]), now)


async def lock_any(conn: Connection, merchant_id: MerchantId) -> None:
    await conn.execute("SELECT FROM merchant WHERE id = $1 FOR UPDATE", merchant_id)


async def stop_ids(conn: Connection, merchant_id: MerchantId, weekday: int) -> set[StopId]:
    rows = await conn.fetch("SELECT id FROM route_stop WHERE merchant_id = $1 AND weekday = $2", merchant_id, weekday)
    return {StopId(row["id"]) for row in rows}


async def planned(conn: Connection, merchant_id: MerchantId, weekday: int) -> list[Planned]:
    """One day's round, in its order."""
    rows = await conn.fetch(
        "SELECT id, lat, lng, arrives_at FROM route_stop WHERE merchant_id = $1 AND weekday = $2 ORDER BY position",
        merchant_id,
        weekday,
    )
    times: list[time] = [row["arrives_at"] for row in rows]
    return [
        Planned(StopId(row["id"]), GeoPoint(lat=row["lat"], lng=row["lng"]), at_s)
        for row, at_s in zip(rows, seconds_of(times), strict=True)
    ]


async def save_route(
    conn: Connection, merchant_id: MerchantId, weekday: int, stops: Sequence[tuple[StopId, Wanted]]
) -> None:
    """The day's whole round, in place of what was."""
    await conn.execute("INSERT INTO route VALUES ($1, $2) ON CONFLICT DO NOTHING", merchant_id, weekday)
    await conn.execute("DELETE FROM route_stop WHERE merchant_id = $1 AND weekday = $2", merchant_id, weekday)
    await conn.execute(
        """INSERT INTO route_stop (merchant_id, weekday, position, id, label, lat, lng, arrives_at, orders, order_until_s)
           SELECT $1, $2, s.place - 1, s.id, s.label, s.lat, s.lng, s.arrives_at, s.orders, s.order_until_s
           FROM unnest($3::uuid[], $4::text[], $5::float8[], $6::float8[], $7::time[], $8::int[], $9::int[])
               WITH ORDINALITY AS s (id, label, lat, lng, arrives_at, orders, order_until_s, place)""",
        merchant_id,
        weekday,
        [key for key, _ in stops],
        [stop.label for _, stop in stops],
        [stop.point.lat for _, stop in stops],
        [stop.point.lng for _, stop in stops],
        [stop.arrives_at for _, stop in stops],
        [stop.orders for _, stop in stops],
        [stop.order_until_s for _, stop in stops],
    )
    await join_stops(conn, [merchant_id])


async def join_stops(conn: Connection, ids: Sequence[MerchantId]) -> None:
    """Each with the one that follows, when that is near."""
    await conn.execute(
        """UPDATE route_stop s SET next_lat = n.lat, next_lng = n.lng
           FROM (SELECT merchant_id, weekday, position, lead(lat) OVER day AS lat, lead(lng) OVER day AS lng FROM route_stop
                 WHERE merchant_id = ANY($1::uuid[]) WINDOW day AS (PARTITION BY merchant_id, weekday ORDER BY position)) AS n
           WHERE (s.merchant_id, s.weekday, s.position) = (n.merchant_id, n.weekday, n.position)
           AND place_on_earth(s.lat, s.lng) <-> place_on_earth(n.lat, n.lng) <= chord_of_metres($2)""",
        list(ids),
        float(MAX_LEG_M),
    )


async def save_area(conn: Connection, merchant_id: MerchantId, radius_m: int | None, kecamatan: Sequence[str]) -> None:
    await conn.execute(
        "UPDATE merchant SET serves_radius_m = $2, serves_kecamatan = nullif($3::text[], '{}') WHERE id = $1",
        merchant_id,
        radius_m,
        list(kecamatan),
    )


class AreaView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a merchant serves: within `radius_m` of `pickup`, and these kecamatan alone unless there are none."""

    pickup: GeoPoint
    radius_m: int | None
    kecamatan: list[str]


async def areas(conn: Connection, ids: Sequence[MerchantId]) -> dict[MerchantId, AreaView]:
    """Of merchants that the caller sees."""
    rows = await conn.fetch(
        """SELECT id, lat, lng, serves_radius_m, coalesce(serves_kecamatan, '{}') AS serves_kecamatan FROM merchant
           WHERE id = ANY($1::uuid[])""",
        list(ids),
    )
    return {
        MerchantId(row["id"]): AreaView(
            pickup=GeoPoint(lat=row["lat"], lng=row["lng"]),
            radius_m=row["serves_radius_m"],
            kecamatan=row["serves_kecamatan"],
        )
        for row in rows
    }


async def note(conn: Connection, merchant_id: MerchantId, what: str, weekday: int | None, *, by: str) -> None:
    """Who changed it, and when; the newest are kept."""
    await conn.execute(
        "INSERT INTO route_change (merchant_id, what, weekday, subject, at) VALUES ($1, $2, $3, $4, wlijo_now())",
        merchant_id,
        what,
        weekday,
        by,
    )
    await conn.execute(
        """DELETE FROM route_change WHERE merchant_id = $1 AND id <= (
               SELECT id FROM route_change WHERE merchant_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)""",
        merchant_id,
        _CHANGES_KEPT,
    )


async def standing(conn: Connection, merchant_id: MerchantId) -> Standing | None:
    row = await conn.fetchrow(
        f"""SELECT {_STANDING} FROM wlijo_round r JOIN wlijo_position p ON p.round_id = r.id
            WHERE r.merchant_id = $1 AND r.ended_at IS NULL""",
        merchant_id,
    )
    return _standing(row) if row else None


_STANDING: Final = "r.id, r.day, r.started_at, r.ends_by, p.stop_at_s"


def _standing(row: Row) -> Standing:
    return Standing(RoundId(row["id"]), row["day"], row["started_at"], row["ends_by"], row["stop_at_s"])


async def merchant_of(conn: Connection, round_id: RoundId) -> MerchantId | None:
    found = await conn.fetchval("SELECT merchant_id FROM wlijo_round WHERE id = $1", round_id)
    return MerchantId(found) if found else None


async def count_started(conn: Connection, merchant_id: MerchantId, since: datetime) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM wlijo_round WHERE merchant_id = $1 AND started_at >= $2", merchant_id, since
    )
    return count


async def start(
    conn: Connection,
    merchant_id: MerchantId,
    round_id: RoundId,
    day: date,
    ends_by: datetime,
    point: GeoPoint,
    progress: Progress,
    *,
    by: str,
    at: datetime,
) -> None:
    """What is older than it is kept goes."""
    await conn.execute(
        "DELETE FROM wlijo_round WHERE merchant_id = $1 AND ended_at < $2::timestamptz - make_interval(days => $3)",
        merchant_id,
        at,
        KEPT_DAYS,
    )
    await conn.execute(
        "INSERT INTO wlijo_round (id, merchant_id, day, started_at, started_by, ends_by) VALUES ($1, $2, $3, $4, $5, $6)",
        round_id,
        merchant_id,
        day,
        at,
        by,
        ends_by,
    )
    await conn.execute(
        """INSERT INTO wlijo_position (merchant_id, round_id, lat, lng, seen_at, stop_id, stop_at_s, late_s, next_stop_id, next_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        merchant_id,
        round_id,
        point.lat,
        point.lng,
        at,
        *_columns(progress),
    )


async def end(conn: Connection, merchant_id: MerchantId, round_id: RoundId, at: datetime, *, by: str | None) -> None:
    """Where she was is not kept."""
    await conn.execute("DELETE FROM wlijo_position WHERE merchant_id = $1", merchant_id)
    await conn.execute("UPDATE wlijo_round SET ended_at = $2, ended_by = $3 WHERE id = $1", round_id, at, by)


def _columns(progress: Progress) -> tuple[object, ...]:
    return (progress.stop, progress.stop_at_s, progress.late_s, progress.next_stop, progress.next_at)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where she was seen last; `counts` when enough time has gone by since for another place to count."""

    round: Standing
    at: datetime
    now: datetime
    progress: Progress
    counts: bool


async def lock_position(conn: Connection, caller: Caller, merchant_id: MerchantId) -> Seen | None:
    """None when she is on no round, may not sell any more, or the caller is not of her people. The merchant's row is not locked: a place
    a second keeps nobody waiting. A clock that was set back counts."""
    row = await conn.fetchrow(
        f"""SELECT {_STANDING}, p.seen_at, p.stop_id, p.late_s, p.next_stop_id, p.next_at, wlijo_now() AS now
            FROM wlijo_position p JOIN wlijo_round r ON r.id = p.round_id JOIN merchant m ON m.id = p.merchant_id
            WHERE p.merchant_id = $1 AND r.ended_at IS NULL AND m.status = 'ACTIVE' AND EXISTS (
                SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $2) FOR UPDATE OF p""",
        merchant_id,
        caller.member,
    )
    if row is None:
        return None
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    before = Progress(
        StopId(row["stop_id"]) if row["stop_id"] else None,
        row["stop_at_s"],
        row["late_s"],
        StopId(row["next_stop_id"]) if row["next_stop_id"] else None,
        row["next_at"],
    )
    return Seen(_standing(row), row["seen_at"], now, before, not row["seen_at"] <= now < row["seen_at"] + APART)


async def is_members(conn: Connection, caller: Caller, merchant_id: MerchantId) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM merchant_member WHERE merchant_id = $1 AND subject = $2)",
        merchant_id,
        caller.member,
    )
    return found


async def move(
    conn: Connection, merchant_id: MerchantId, point: GeoPoint, progress: Progress, at: datetime, looked_m: int
) -> bool:
    """Whether she has come so far that it is to be looked for who wants to be told; then it counts from here."""
    moved: bool = await conn.fetchval(
        """UPDATE wlijo_position p SET lat = $2, lng = $3, seen_at = $4,
               stop_id = $5, stop_at_s = $6, late_s = $7, next_stop_id = $8, next_at = $9,
               looked_from = CASE WHEN now.looks THEN place_on_earth($2, $3) ELSE p.looked_from END
           FROM (SELECT coalesce(o.looked_from <-> place_on_earth($2, $3) >= $10, true) AS looks
                 FROM wlijo_position o WHERE o.merchant_id = $1) AS now
           WHERE p.merchant_id = $1 RETURNING now.looks""",
        merchant_id,
        point.lat,
        point.lng,
        at,
        *_columns(progress),
        float(looked_m),
    )
    return moved


async def stop_point(conn: Connection, merchant_id: MerchantId, stop_id: StopId, weekday: int) -> GeoPoint | None:
    row = await conn.fetchrow(
        "SELECT lat, lng FROM route_stop WHERE merchant_id = $1 AND id = $2 AND weekday = $3",
        merchant_id,
        stop_id,
        weekday,
    )
    return GeoPoint(lat=row["lat"], lng=row["lng"]) if row else None


async def silence(conn: Connection, round_id: RoundId) -> tuple[Standing, datetime, datetime, bool] | None:
    """The round, when she was seen last, what time it is and whether she may sell; None when it is over. The merchant is locked."""
    row = await conn.fetchrow(
        f"""SELECT {_STANDING}, p.seen_at, m.status = 'ACTIVE' AS sells FROM wlijo_round r
            JOIN wlijo_position p ON p.round_id = r.id JOIN merchant m ON m.id = r.merchant_id
            WHERE r.id = $1 AND r.ended_at IS NULL""",
        round_id,
    )
    if row is None:
        return None
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return _standing(row), row["seen_at"], now, row["sells"]


async def started_by(conn: Connection, subject: str) -> list[tuple[MerchantId, RoundId]]:
    """Rounds that last, which the subject began; their merchants are locked, in the order of their ids."""
    rows = await conn.fetch(
        """SELECT m.id, r.id AS round_id FROM wlijo_round r JOIN merchant m ON m.id = r.merchant_id
           WHERE r.started_by = $1 AND r.ended_at IS NULL ORDER BY m.id FOR UPDATE OF m""",
        subject,
    )
    return [(MerchantId(row["id"]), RoundId(row["round_id"])) for row in rows]
