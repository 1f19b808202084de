"""What is the same for everybody: regions, and the kinds of goods."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.catalog.domain.region import RegionLevel
from services.contracts.catalog import UnitKind
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection, Row


class CategoryView(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is Indonesian; `english` where it was read, and somebody has named it so."""

    code: str
    name: str
    english: str | None = None


class SaleUnitView(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    label: str
    kind: UnitKind
    base_per_unit: int


class RegionView(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    parent_code: str | None
    name: str
    level: RegionLevel
    postcode: str | None
    centroid: GeoPoint | None


_REGION = "SELECT code, parent_code, name, level, postcode, lat, lng FROM region"


async def regions(conn: Connection, level: RegionLevel) -> list[RegionView]:
    """By code."""
    return [_region(row) for row in await conn.fetch(f"{_REGION} WHERE level = $1 ORDER BY code", level)]


async def villages(conn: Connection, kecamatan_codes: Sequence[str]) -> list[RegionView]:
    """By code."""
    rows = await conn.fetch(f"{_REGION} WHERE parent_code = ANY($1::text[]) ORDER BY code", kecamatan_codes)
    return [_region(row) for row in rows]


async def categories(conn: Connection) -> list[CategoryView]:
    """By name."""
    rows = await conn.fetch("SELECT code, name, name_en FROM category ORDER BY name, code")
    return [CategoryView(code=row["code"], name=row["name"], english=row["name_en"]) for row in rows]


async def sale_units(conn: Connection) -> list[SaleUnitView]:
    """By label."""
    rows = await conn.fetch("SELECT code, label, kind, base_per_unit FROM sale_unit ORDER BY label, code")
    return [
        SaleUnitView(
            code=row["code"], label=row["label"], kind=UnitKind(row["kind"]), base_per_unit=row["base_per_unit"]
        )
        for row in rows
    ]


async def lock_sale_units(conn: Connection) -> None:
    """Whoever enters one waits for the others; readers do not."""
    await conn.execute("LOCK TABLE sale_unit IN SHARE ROW EXCLUSIVE MODE")


async def insert_sale_unit(conn: Connection, unit: SaleUnitView) -> None:
    await conn.execute(
        "INSERT INTO sale_unit (code, label, kind, base_per_unit) VALUES ($1, $2, $3, $4)",
        unit.code,
        unit.label,
        str(unit.kind),
        unit.base_per_unit,
    )


async def lock_categories(conn: Connection) -> None:
    """Whoever enters one waits for the others; readers do not."""
    await conn.execute("LOCK TABLE category IN SHARE ROW EXCLUSIVE MODE")


async def save_category(conn: Connection, code: str, name: str, english: str | None) -> None:
    """Its goods are found under the new name: a search takes it for the category, whose mark they have."""
    await conn.execute(
        """INSERT INTO category (code, name, name_en) VALUES ($1, $2, $3)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en""",
        code,
        name,
        english,
    )


def _region(row: Row) -> RegionView:
    return RegionView(
        code=row["code"],
        parent_code=row["parent_code"],
        name=row["name"],
        level=RegionLevel(row["level"]),
        postcode=row["postcode"],
        centroid=None if row["lat"] is None else GeoPoint(lat=row["lat"], lng=row["lng"]),
    )
