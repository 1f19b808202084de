"""SQL of tariffs as they are entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.delivery.domain.tariff import TariffRule
from services.delivery.store import fares
from services.kit.database.db import Connection, Row, only_row
from services.kit.ids import Id


class TariffRuleId(Id, prefix="trf"):
    pass


@dataclass(frozen=True, slots=True)
class DatedRule:
    """From `valid_from` on, in WIB. `key`: a file's; '' for what was entered otherwise."""

    key: str
    rule: TariffRule
    service: str
    zone_code: str
    valid_from: date


async def add_rule(conn: Connection, dated: DatedRule, by: str | None, why: str | None = None) -> bool:
    """False when its version, or its day, is there."""
    return bool(
        await conn.fetchval(
            f"""INSERT INTO tariff_rule (id, entered_at, entered_by, why, {", ".join(_COLUMNS)})
                VALUES ($1, wlijo_now(), $2, $3, {", ".join(f"${n}" for n in range(4, 4 + len(_COLUMNS)))})
                ON CONFLICT DO NOTHING RETURNING true""",
            TariffRuleId.seeded(dated.key) if dated.key else TariffRuleId.new(),
            by,
            why,
            *_values(dated),
        )
    )


async def has_rule(conn: Connection, dated: DatedRule) -> bool:
    """Whether just this one is there."""
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM ${n}" for n, name in enumerate(_COLUMNS, 1))
    return bool(await conn.fetchval(f"SELECT true FROM tariff_rule WHERE {same}", *_values(dated)))


_COLUMNS: Final = tuple(
    """version service zone_code valid_from valid_until min_fee_rupiah included_m per_km_rupiah rider_share_pct partner_share_pct
    platform_share_pct legal_basis binding per_stop_rupiah included_gram per_kg_rupiah night_begins night_ends night_rupiah rounding_rupiah
    per_km_low per_km_high min_fee_low min_fee_high""".split()  # noqa: SIM905  # as it is read
)


def _values(dated: DatedRule) -> list[object]:
    rule, band, night = dated.rule, dated.rule.band, dated.rule.night
    return [
        rule.version,
        dated.service,
        dated.zone_code,
        dated.valid_from,
        rule.valid_until,
        rule.min_fee_rupiah,
        rule.included_m,
        rule.per_km_rupiah,
        rule.rider_share_pct,
        rule.partner_share_pct,
        rule.platform_share_pct,
        rule.legal_basis,
        rule.binding,
        rule.per_stop_rupiah,
        rule.included_gram,
        rule.per_kg_rupiah,
        night.begins if night else None,
        night.ends if night else None,
        night.rupiah if night else 0,
        rule.rounding_rupiah,
        *((band.per_km_low, band.per_km_high, band.min_fee_low, band.min_fee_high) if band else (None,) * 4),
    ]


async def lock(conn: Connection) -> datetime:
    """Now. Who enters rules comes one after another; who asks for a price does not wait."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('tariff_rule'))"
    )  # to lock the table takes a right to change it
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return now


async def next_version(conn: Connection, service: str, zone_code: str) -> int:
    """The number after the highest of this service and zone."""
    versions = await conn.fetch(
        "SELECT version FROM tariff_rule WHERE service = $1 AND zone_code = $2", service, zone_code
    )
    numbers = [row["version"].rpartition("-v")[2] for row in versions]
    return 1 + max((int(each) for each in numbers if each.isdecimal()), default=0)


_PAGE: Final = f"SELECT t.service, t.zone_code, t.valid_from, t.why, {fares.RULE} FROM tariff_rule t"


def _dated(row: Row) -> tuple[DatedRule, str | None]:
    return DatedRule("", fares.rule_of(row), row["service"], row["zone_code"], row["valid_from"]), row["why"]


async def page(conn: Connection, after: str | None, limit: int) -> list[tuple[DatedRule, str | None]]:
    """Of goods, with why each was entered; the last to begin first."""
    rows = await conn.fetch(
        f"""{_PAGE} WHERE t.service = 'GOODS' AND ($1::text IS NULL OR (t.valid_from, t.version) < (
                SELECT a.valid_from, a.version FROM tariff_rule a WHERE a.version = $1))
            ORDER BY t.valid_from DESC, t.version DESC LIMIT $2""",
        after,
        limit,
    )
    return [_dated(row) for row in rows]


async def by_version(conn: Connection, version: str) -> tuple[DatedRule, str | None]:
    """One that there is."""
    return _dated(await only_row(conn, f"{_PAGE} WHERE t.version = $1", version))
