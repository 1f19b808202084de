"""SQL of usual goods that sellers copy."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.domain.templates import Template
from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Connection, Row

_TEMPLATE = (
    "SELECT code, name, description, category_code, unit_code, label, gram_per_unit, keeps_for_s FROM template_good t"
)


async def lock(conn: Connection) -> None:
    """Whoever enters one waits for the others; readers do not."""
    await conn.execute("LOCK TABLE template_good IN SHARE ROW EXCLUSIVE MODE")


async def count(conn: Connection) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM template_good")
    return found


async def by_codes(conn: Connection, codes: Sequence[str]) -> dict[str, Template]:
    rows = await conn.fetch(f"{_TEMPLATE} WHERE code = ANY($1::text[])", list(codes))
    return {row["code"]: _template(row) for row in rows}


async def save(conn: Connection, given: Template, *, by: str) -> None:
    await conn.execute(
        """INSERT INTO template_good (code, name, description, category_code, unit_code, label, gram_per_unit, keeps_for_s)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, description = excluded.description,
               category_code = excluded.category_code, unit_code = excluded.unit_code, label = excluded.label,
               gram_per_unit = excluded.gram_per_unit, keeps_for_s = excluded.keeps_for_s""",
        given.code,
        given.name,
        given.description,
        given.category,
        given.unit,
        given.label,
        given.gram_per_unit,
        given.keeps_for_s,
    )
    await _note(conn, given.code, given.name, by)


async def remove(conn: Connection, code: str, *, by: str) -> None:
    if await conn.fetchval("DELETE FROM template_good WHERE code = $1 RETURNING true", code):
        await _note(conn, code, None, by)


async def _note(conn: Connection, code: str, name: str | None, by: str) -> None:
    await conn.execute(
        "INSERT INTO template_change (code, name, subject, at) VALUES ($1, $2, $3, wlijo_now())", code, name, by
    )


async def listed(
    conn: Connection, category: str | None, words: Sequence[str], after: tuple[str, str] | None, limit: int
) -> list[Template]:
    """By name, then code: those whose name has each word, or what people say it means."""
    rows = await conn.fetch(
        f"""{_TEMPLATE} WHERE ($1::text IS NULL OR category_code = $1)
            AND NOT EXISTS (
                SELECT FROM unnest($2::text[]) AS said (word)
                WHERE strpos(lower(t.name), said.word) = 0 AND NOT EXISTS (
                    SELECT FROM synonym s WHERE s.word = said.word AND strpos(lower(t.name), s.means) > 0))
            AND ($3::text IS NULL OR (t.name COLLATE "C", t.code) > ($3, $4))
            ORDER BY t.name COLLATE "C", t.code LIMIT $5""",
        category,
        list(words),
        *(after or (None, None)),
        limit,
    )
    return [_template(row) for row in rows]


async def copies(conn: Connection, merchant_id: MerchantId, codes: Sequence[str]) -> dict[tuple[str, str], VariantId]:
    """By template and unit, what the merchant has copied before."""
    rows = await conn.fetch(
        "SELECT code, unit_code, variant_id FROM template_copy WHERE merchant_id = $1 AND code = ANY($2::text[])",
        merchant_id,
        list(codes),
    )
    return {(row["code"], row["unit_code"]): VariantId(row["variant_id"]) for row in rows}


async def copied(conn: Connection, merchant_id: MerchantId, code: str, unit: str, variant_id: VariantId) -> None:
    await conn.execute(
        """INSERT INTO template_copy (merchant_id, code, unit_code, variant_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (merchant_id, code, unit_code) DO UPDATE SET variant_id = excluded.variant_id""",
        merchant_id,
        code,
        unit,
        variant_id,
    )


def _template(row: Row) -> Template:
    return Template(
        code=row["code"],
        name=row["name"],
        description=row["description"],
        category=row["category_code"],
        unit=row["unit_code"],
        label=row["label"],
        gram_per_unit=row["gram_per_unit"],
        keeps_for_s=row["keeps_for_s"],
    )
