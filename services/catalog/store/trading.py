"""SQL of when and how a merchant trades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.catalog.domain.ids import ClosureId
from services.catalog.domain.trading import Planned, Ways
from services.contracts.catalog import MerchantId
from services.contracts.places import Hours
from services.kit.database.db import Connection


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


async def kecamatan(conn: Connection, merchant_id: MerchantId) -> str:
    code: str = await conn.fetchval("SELECT kecamatan_code FROM merchant WHERE id = $1", merchant_id)
    return code


async def save_week(conn: Connection, merchant_id: MerchantId, hours: Sequence[Hours], *, always_open: bool) -> None:
    await conn.execute("UPDATE merchant SET always_open = $2 WHERE id = $1", merchant_id, always_open)
    await conn.execute("DELETE FROM opening_hours WHERE merchant_id = $1", merchant_id)
    await conn.execute(
        "INSERT INTO opening_hours SELECT $1, * FROM unnest($2::int[], $3::time[], $4::time[])",
        merchant_id,
        [each.weekday for each in hours],
        [each.opens for each in hours],
        [each.closes for each in hours],
    )


async def save_ways(conn: Connection, merchant_id: MerchantId, ways: Ways) -> None:
    point = ways.pickup_point
    await conn.execute(
        """UPDATE merchant SET lat = coalesce($2, lat), lng = coalesce($3, lng), auto_accept = coalesce($4, auto_accept),
               accept_within_s = coalesce($5, accept_within_s), prep_time_s = coalesce($6, prep_time_s) WHERE id = $1""",
        merchant_id,
        point and point.lat,
        point and point.lng,
        ways.auto_accept,
        ways.accept_within_s,
        ways.prep_time_s,
    )


async def count_ahead(conn: Connection, merchant_id: MerchantId) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM merchant_closure WHERE merchant_id = $1 AND ends > wlijo_now()", merchant_id
    )
    return count


async def plan(conn: Connection, merchant_id: MerchantId, planned: Planned) -> None:
    """What was over before goes."""
    await conn.execute("DELETE FROM merchant_closure WHERE merchant_id = $1 AND ends <= wlijo_now()", merchant_id)
    await conn.execute(
        "INSERT INTO merchant_closure (id, merchant_id, starts, ends, note) VALUES ($2, $1, $3, $4, $5)",
        merchant_id,
        planned.id,
        planned.closure.starts,
        planned.closure.ends,
        planned.note,
    )


async def drop(conn: Connection, merchant_id: MerchantId, closure_id: ClosureId) -> bool:
    """Whether it was there and not over."""
    done: str = await conn.execute(
        "DELETE FROM merchant_closure WHERE merchant_id = $1 AND id = $2 AND ends > wlijo_now()",
        merchant_id,
        closure_id,
    )
    return done.endswith(" 1")
