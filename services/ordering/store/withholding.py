"""SQL of the tax that is withheld: by which rule, and of whom it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.catalog import MerchantId
from services.kit.database.db import Connection, Row
from services.ordering.domain.withholding import Withholding

WITHHOLDING: Final = """(
    SELECT r.permille, r.basis FROM (
        SELECT permille, basis FROM withholding_rule WHERE applies_from <= (SELECT wlijo_now()) ORDER BY applies_from DESC LIMIT 1
    ) r WHERE r.permille > 0 AND NOT EXISTS (
        SELECT FROM tax_statement x
        WHERE x.merchant_id = s.merchant_id AND x.year = extract(year FROM wlijo_now() AT TIME ZONE 'Asia/Jakarta')
          AND x.ended_at IS NULL))"""
"""Of a seller order `s`, what is withheld now; no row when nothing is."""


def withholding_of(row: Row) -> Withholding | None:
    return Withholding(row["permille"], row["basis"]) if row["permille"] else None


@dataclass(frozen=True, slots=True)
class TaxStatement:
    year: int
    verified_at: datetime
    ended_at: datetime | None


async def statements(conn: Connection, merchant_ids: list[MerchantId]) -> dict[MerchantId, list[TaxStatement]]:
    """The newest year first."""
    rows = await conn.fetch(
        """SELECT merchant_id, year, verified_at, ended_at FROM tax_statement WHERE merchant_id = ANY ($1)
           ORDER BY merchant_id, year DESC""",
        merchant_ids,
    )
    found: dict[MerchantId, list[TaxStatement]] = {each: [] for each in merchant_ids}
    for row in rows:
        found[MerchantId(row["merchant_id"])].append(TaxStatement(row["year"], row["verified_at"], row["ended_at"]))
    return found


async def verify(conn: Connection, merchant_id: MerchantId, year: int, by: str, note: str) -> None:
    """One that has ended holds again; one that holds stays as it is."""
    await conn.execute(
        """INSERT INTO tax_statement AS t (merchant_id, year, verified_by, verified_at, note) VALUES ($1, $2, $3, wlijo_now(), $4)
           ON CONFLICT (merchant_id, year) DO UPDATE SET
               verified_by = excluded.verified_by, verified_at = excluded.verified_at, note = excluded.note,
               ended_by = NULL, ended_at = NULL
           WHERE t.ended_at IS NOT NULL""",
        merchant_id,
        year,
        by,
        note,
    )


async def end(conn: Connection, merchant_id: MerchantId, year: int, by: str, note: str) -> bool:
    """Whether there is one of that year; what has ended stays as it is."""
    return bool(
        await conn.fetchval(
            """UPDATE tax_statement SET ended_by = coalesce(ended_by, $3), ended_at = coalesce(ended_at, wlijo_now()),
                                        note = CASE WHEN ended_at IS NULL THEN $4 ELSE note END
               WHERE merchant_id = $1 AND year = $2 RETURNING true""",
            merchant_id,
            year,
            by,
            note,
        )
    )


async def add_rule(conn: Connection, applies_from: datetime, permille: int, basis: str, by: str) -> bool:
    """Whether it is new; the past is not written anew."""
    return bool(
        await conn.fetchval(
            """INSERT INTO withholding_rule (applies_from, permille, basis, set_by, set_at)
               SELECT $1, $2, $3, $4, wlijo_now() WHERE $1 > wlijo_now() ON CONFLICT (applies_from) DO NOTHING RETURNING true""",
            applies_from,
            permille,
            basis,
            by,
        )
    )


async def rules(conn: Connection) -> list[Row]:
    return await conn.fetch(
        "SELECT applies_from, permille, basis, set_by, set_at FROM withholding_rule ORDER BY applies_from"
    )
