"""What GraphQL shows of merchants: one statement for any number of keys, rows only of what the caller may see; structs, as of goods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import ClosureId
from services.catalog.domain.listing import PUBLIC_MERCHANTS
from services.catalog.domain.trading import Planned
from services.contracts.catalog import MerchantId, MerchantKind, MerchantStatus, StopId
from services.contracts.places import Closure, GeoPoint, Hours
from services.kit.database.db import Connection, Row


class MerchantView(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is the database's clock when the row was read; `inside` when the caller is of its people or of the platform."""

    id: MerchantId
    name: str
    slug: str
    kind: MerchantKind
    status: MerchantStatus
    status_reason: str | None
    kecamatan_code: str
    kecamatan_name: str
    point: GeoPoint
    inside: bool
    always_open: bool
    hours: list[Hours]
    closures: list[Planned]
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int
    now: datetime


class StopView(msgspec.Struct, frozen=True, kw_only=True):
    id: StopId
    merchant_id: MerchantId
    weekday: int
    label: str
    point: GeoPoint
    arrives_at: time
    orders: int
    order_until_s: int


# $1 is the caller as a member, $2 whether they are of the platform: ops, and of merchants themselves officers too; `m` is the merchant.
INSIDE = "($2 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $1))"
PUBLIC_MERCHANT = "m.opened AND m.status IN ({})".format(", ".join(f"'{status}'" for status in PUBLIC_MERCHANTS))

_MERCHANT = f"""
SELECT m.id, m.name, m.slug, m.kind, m.status, CASE WHEN {INSIDE} THEN m.status_reason END AS status_reason,
       m.kecamatan_code, k.name AS kecamatan_name, m.lat, m.lng, m.always_open, m.auto_accept,
       m.accept_within_s, m.prep_time_s, {INSIDE} AS inside,
       ARRAY(SELECT (h.weekday, h.opens, h.closes) FROM opening_hours h
             WHERE h.merchant_id = m.id ORDER BY h.weekday, h.opens) AS hours,
       ARRAY(SELECT (c.id, c.starts, c.ends, c.note) FROM merchant_closure c
             WHERE c.merchant_id = m.id AND c.ends > wlijo_now() ORDER BY c.starts, c.ends) AS closures,
       wlijo_now() AS now
FROM merchant m JOIN region k ON k.code = m.kecamatan_code
"""


async def merchants(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> dict[MerchantId, MerchantView]:
    rows = await conn.fetch(
        f"{_MERCHANT} WHERE m.id = ANY($3::uuid[]) AND ({PUBLIC_MERCHANT} OR {INSIDE})",
        caller.member,
        caller.staff,
        ids,
    )
    return {found.id: found for found in map(_merchant, rows)}


async def active_merchants(
    conn: Connection,
    caller: Caller,
    *,
    kecamatan_code: str | None,
    kind: MerchantKind | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[MerchantView]:
    """By name, then id."""
    given: dict[str, list[object]] = {
        "m.kecamatan_code = ${}": [kecamatan_code] if kecamatan_code else [],
        "m.kind = ${}": [str(kind)] if kind else [],
        '(m.name COLLATE "C", m.id) > (${}, ${})': [*after] if after else [],
        'true ORDER BY m.name COLLATE "C", m.id LIMIT ${}': [limit],
    }
    said = ["m.status = 'ACTIVE'"]
    arguments: list[object] = [caller.member, caller.staff]
    for condition, values in given.items():
        # Only what is asked for: each has an index, which a condition that may be none would not use.
        if values:
            said.append(condition.format(*range(len(arguments) + 1, len(arguments) + 1 + len(values))))
            arguments += values
    rows = await conn.fetch(f"{_MERCHANT} WHERE {' AND '.join(said)}", *arguments)
    return [_merchant(row) for row in rows]


async def applicants(conn: Connection, caller: Caller, after: UUID | None, limit: int) -> list[MerchantView]:
    """Those who wait, in the order in which they first came."""
    rows = await conn.fetch(
        f"{_MERCHANT} WHERE m.status = 'APPLIED' AND ($3::uuid IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4",
        caller.member,
        caller.staff,
        after,
        limit,
    )
    return [_merchant(row) for row in rows]


async def merchants_of_member(conn: Connection, caller: Caller, limit: int) -> list[MerchantView]:
    """Those whose people the caller is of, whatever their status; by name, then id."""
    rows = await conn.fetch(
        f"""{_MERCHANT} WHERE m.id IN (SELECT merchant_id FROM merchant_member WHERE subject = $1)
            ORDER BY m.name COLLATE "C", m.id LIMIT $3""",
        caller.member,
        caller.staff,
        limit,
    )
    return [_merchant(row) for row in rows]


async def merchant_of_slug(conn: Connection, slug: str) -> MerchantId | None:
    """Whether the caller sees it is asked by its id."""
    found = await conn.fetchval("SELECT id FROM merchant WHERE slug = $1", slug)
    return MerchantId(found) if found else None


async def route_stops(conn: Connection, ids: Sequence[MerchantId]) -> list[StopView]:
    """By merchant, weekday and place in the round; of merchants that the caller sees."""
    rows = await conn.fetch(
        """SELECT id, merchant_id, weekday, label, lat, lng, arrives_at, orders, order_until_s FROM route_stop
           WHERE merchant_id = ANY($1::uuid[]) ORDER BY merchant_id, weekday, position""",
        ids,
    )
    return [
        StopView(
            id=StopId(row["id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            weekday=row["weekday"],
            label=row["label"],
            point=_point(row),
            arrives_at=row["arrives_at"],
            orders=row["orders"],
            order_until_s=row["order_until_s"],
        )
        for row in rows
    ]


def _merchant(row: Row) -> MerchantView:
    return MerchantView(
        id=MerchantId(row["id"]),
        name=row["name"],
        slug=row["slug"],
        kind=MerchantKind(row["kind"]),
        status=MerchantStatus(row["status"]),
        status_reason=row["status_reason"],
        kecamatan_code=row["kecamatan_code"],
        kecamatan_name=row["kecamatan_name"],
        point=_point(row),
        inside=row["inside"],
        always_open=row["always_open"],
        hours=[Hours(weekday=weekday, opens=opens, closes=closes) for weekday, opens, closes in row["hours"]],
        closures=[
            Planned(ClosureId(id_), Closure(starts=starts, ends=ends), note)
            for id_, starts, ends, note in row["closures"]
        ],
        auto_accept=row["auto_accept"],
        accept_within_s=row["accept_within_s"],
        prep_time_s=row["prep_time_s"],
        now=row["now"],
    )


def _point(row: Row) -> GeoPoint:
    return GeoPoint(lat=row["lat"], lng=row["lng"])
