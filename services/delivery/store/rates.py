"""SQL of companies' rates of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.domain.caller import Caller
from services.delivery.domain.rate import MAX_RIVALS, MAX_UNANSWERED, Rival
from services.delivery.domain.tariff import TariffRule
from services.delivery.store import reach
from services.delivery.store.fares import RULE, rule_of
from services.delivery.store.partners import CONNECTED
from services.delivery.store.reach import REACH
from services.kit.database.db import Connection, Row, only_row

SHOWN: Final = 50
"""Of one company, those that begin last."""
_DAYS: Final = 30
"""Days with a rate of their own that dispatch looks back, for trips quoted a while ago."""

RIVALS: Final = f"""(
    SELECT jsonb_agg(jsonb_build_object('number', p.number, 'per_mille', p.per_mille, 'status', p.status, 'reach', {REACH},
        'open_now', (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'OPEN' AND NOT o.rehearsed)))::text
    FROM (
        SELECT p.id, p.status, c.number, c.per_mille FROM partner p CROSS JOIN LATERAL (
            SELECT r.number, r.per_mille FROM company_rate r
            WHERE r.partner_id = p.id AND r.valid_from <= (clock.now AT TIME ZONE 'Asia/Jakarta')::date
            ORDER BY r.valid_from DESC, r.number DESC LIMIT 1) c
        LEFT JOIN LATERAL (
            SELECT * FROM partner_reach w WHERE w.partner_id = p.id ORDER BY w.id DESC LIMIT 1) said ON true
        WHERE (said.corners <> '[]' OR said.kecamatan_codes = '{{}}' OR m.kecamatan_code = ANY(said.kecamatan_codes)) IS NOT false
          AND c.per_mille < 1000 AND p.status IN ('ACTIVE', 'SANDBOX') AND {CONNECTED}
          AND NOT EXISTS (SELECT FROM courier o WHERE o.partner_id = p.id)
          AND NOT EXISTS (SELECT FROM partner_answering a WHERE a.partner_id = p.id AND a.unanswered >= {MAX_UNANSWERED})
        ORDER BY c.per_mille, c.number LIMIT {MAX_RIVALS}) AS p)"""
"""Who rides for less than the rule at `clock.now`, as `rivals` takes it; null where nobody does. Without those who name their kecamatan,
and not that of the first merchant `m`."""
HELD: Final = f"""(
    SELECT array_agg((h.valid_from, h.per_mille) ORDER BY h.valid_from DESC) FROM (
        SELECT DISTINCT ON (r.valid_from) r.valid_from, r.per_mille FROM company_rate r
        WHERE r.partner_id = p.id AND r.valid_from <= ($1::timestamptz AT TIME ZONE 'Asia/Jakarta')::date
        ORDER BY r.valid_from DESC, r.number DESC LIMIT {_DAYS}) AS h)"""
"""Of the row `p`, what held up to the moment $1, the last to begin first."""


class _Rival(msgspec.Struct, frozen=True):
    number: int
    per_mille: int
    status: PartnerStatus
    reach: str | None
    open_now: int


_rivals = msgspec.json.Decoder(list[_Rival])


def rivals(column: str | None) -> list[Rival]:
    """RIVALS of a row."""
    found: list[Rival] = []
    for each in _rivals.decode(column) if column else ():
        said, carries = reach.read(each.reach)
        found.append(Rival(each.number, each.per_mille, each.status, said, carries + each.open_now))
    return found


async def rule_on(conn: Connection, day: date) -> TariffRule | None:
    """What will hold on that day, as far as it has been entered."""
    row = await conn.fetchrow(
        f"""SELECT {RULE} FROM tariff_rule t WHERE t.service = 'GOODS' AND t.zone_code = 'I'
            AND $1::date BETWEEN t.valid_from AND coalesce(t.valid_until, 'infinity') ORDER BY t.valid_from DESC LIMIT 1""",
        day,
    )
    return rule_of(row) if row else None


async def count_waiting(conn: Connection, partner_id: PartnerId, today: date) -> int:
    many: int = await conn.fetchval(
        "SELECT count(*) FROM company_rate WHERE partner_id = $1 AND valid_from > $2", partner_id, today
    )
    return many


async def add(conn: Connection, partner_id: PartnerId, valid_from: date, per_mille: int, *, by: str) -> int:
    """The caller holds the company. Its number."""
    number: int = await conn.fetchval(
        """INSERT INTO company_rate (partner_id, valid_from, per_mille, entered_by, entered_at)
           VALUES ($1, $2, $3, $4, wlijo_now()) RETURNING number""",
        partner_id,
        valid_from,
        per_mille,
        by,
    )
    return number


@dataclass(frozen=True, slots=True)
class RateView:
    number: int
    partner_id: PartnerId
    valid_from: date
    per_mille: int
    entered_at: datetime


def _view(row: Row) -> RateView:
    return RateView(row["number"], PartnerId(row["partner_id"]), row["valid_from"], row["per_mille"], row["entered_at"])


_RATE: Final = "SELECT r.number, r.partner_id, r.valid_from, r.per_mille, r.entered_at FROM company_rate r"


async def find(conn: Connection, number: int) -> RateView:
    """One that there is."""
    return _view(await only_row(conn, f"{_RATE} WHERE r.number = $1", number))


async def page(conn: Connection, before: int | None, limit: int) -> list[RateView]:
    """Of all companies, the last entered first."""
    rows = await conn.fetch(
        f"{_RATE} WHERE $1::bigint IS NULL OR r.number < $1 ORDER BY r.number DESC LIMIT $2", before, limit
    )
    return [_view(row) for row in rows]


async def of_companies(
    conn: Connection, caller: Caller, ids: Sequence[PartnerId]
) -> dict[PartnerId, tuple[date, list[RateView]]]:
    """Today in WIB and what was entered, the last to begin first; of companies that the caller is of, for the platform of all."""
    rows = await conn.fetch(
        """SELECT p.id, (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date AS today,
                  r.number, r.partner_id, r.valid_from, r.per_mille, r.entered_at
           FROM partner p LEFT JOIN LATERAL (
               SELECT * FROM company_rate c WHERE c.partner_id = p.id ORDER BY c.valid_from DESC, c.number DESC LIMIT $4) r ON true
           WHERE p.id = ANY($3::uuid[])
             AND ($2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = p.id AND m.subject = $1))
           ORDER BY r.valid_from DESC, r.number DESC""",
        caller.person,
        caller.staff,
        ids,
        SHOWN,
    )
    found: dict[PartnerId, tuple[date, list[RateView]]] = {}
    for row in rows:
        _, mine = found.setdefault(PartnerId(row["id"]), (row["today"], []))
        if row["number"] is not None:
            mine.append(_view(row))
    return found
