"""SQL of when, where and for how many jobs at once companies want to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.contracts.delivery import PartnerId
from services.contracts.places import GeoPoint, Hours
from services.delivery.domain.caller import Caller
from services.delivery.domain.reach import ASKED_ALWAYS, Reach
from services.delivery.store.positions import RIDES
from services.kit.database.db import Connection

_KEPT: Final = 100
"""Of one company, the newest."""
_CARRIES: Final = f"(SELECT count(*) FROM delivery d WHERE d.partner_id = p.id AND d.{RIDES})"
REACH: Final = f"""(SELECT jsonb_build_object('hours', w.hours, 'kecamatan_codes', w.kecamatan_codes, 'corners', w.corners,
    'jobs_at_once', w.jobs_at_once, 'carries', CASE WHEN w.jobs_at_once IS NULL THEN 0 ELSE {_CARRIES} END)::text
    FROM partner_reach w WHERE w.partner_id = p.id ORDER BY w.id DESC LIMIT 1)"""
"""Of the row `p`, as `read` takes it; null of who has said nothing."""


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    hours: list[Hours]
    kecamatan_codes: list[str]
    corners: list[tuple[float, float]]
    jobs_at_once: int | None
    carries: int = 0

    def reach(self) -> Reach:
        corners = tuple(GeoPoint(lat=lat, lng=lng) for lat, lng in self.corners)
        return Reach(tuple(self.hours), tuple(self.kecamatan_codes), corners, self.jobs_at_once)


_said = msgspec.json.Decoder(_Said)


def read(column: str | None) -> tuple[Reach, int]:
    """REACH of a row: the company's word, and how many jobs it carries, where that matters."""
    if column is None:
        return ASKED_ALWAYS, 0
    said = _said.decode(column)
    return said.reach(), said.carries


async def of(conn: Connection, partner_id: PartnerId) -> Reach:
    found, _ = read(await conn.fetchval(f"SELECT {REACH} FROM partner p WHERE p.id = $1", partner_id))
    return found


async def put(conn: Connection, partner_id: PartnerId, reach: Reach, *, by: str) -> None:
    """The caller holds the company. What is older than the newest hundred goes."""
    await conn.execute(
        """INSERT INTO partner_reach (partner_id, hours, kecamatan_codes, corners, jobs_at_once, set_by, at)
           VALUES ($1, ($2::text)::jsonb, $3, ($4::text)::jsonb, $5, $6, wlijo_now())""",
        partner_id,
        _json(list(reach.hours)),
        list(reach.kecamatan_codes),
        _json([(each.lat, each.lng) for each in reach.corners]),
        reach.jobs_at_once,
        by,
    )
    await conn.execute(
        """DELETE FROM partner_reach WHERE partner_id = $1 AND id <= (
               SELECT id FROM partner_reach WHERE partner_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)""",
        partner_id,
        _KEPT,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@dataclass(frozen=True, slots=True)
class ReachView:
    """`has`: the jobs that the company carries and the offers that it holds. `opened`: whether its hours hold now."""

    reach: Reach
    has: int
    opened: bool


async def views(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> dict[PartnerId, ReachView]:
    """Of companies that the caller is of, for the platform of all."""
    rows = await conn.fetch(
        f"""SELECT p.id, {REACH} AS reach,
                   {_CARRIES} + (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'OPEN') AS has,
                   wlijo_now() AS now
            FROM partner p WHERE p.id = ANY($3::uuid[])
              AND ($2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = p.id AND m.subject = $1))""",
        caller.person,
        caller.staff,
        ids,
    )
    found: dict[PartnerId, ReachView] = {}
    for row in rows:
        reach, _ = read(row["reach"])
        found[PartnerId(row["id"])] = ReachView(reach, row["has"], reach.is_open(row["now"]))
    return found
