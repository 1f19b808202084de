"""SQL of the tree of categories, of what goods of each say of themselves, and of what they are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.catalog.domain.tree import Attribute, AttributeKind, Commodity, Node
from services.contracts.catalog import UnitKind
from services.kit.database.db import Connection, Row


async def nodes(conn: Connection) -> dict[str, Node]:
    """All, by code: at each level in the order that ops gave, then by name."""
    rows = await conn.fetch(
        "SELECT code, name, parent_code, path, position, commodity_code, name_en FROM category ORDER BY position, name, code"
    )
    return {
        row["code"]: Node(
            row["code"],
            row["name"],
            row["parent_code"],
            row["path"],
            row["position"],
            row["commodity_code"],
            row["name_en"],
        )
        for row in rows
    }


async def place(conn: Connection, code: str, parent: str | None, position: int, commodity: str | None) -> None:
    """What lies below comes along."""
    await conn.execute(
        "UPDATE category SET parent_code = $2, position = $3, commodity_code = $4 WHERE code = $1",
        code,
        parent,
        position,
        commodity,
    )


async def placed(conn: Connection) -> set[str]:
    """Categories that somebody has placed."""
    rows = await conn.fetch("SELECT DISTINCT code FROM reference_change WHERE what = 'CATEGORY'")
    return {row["code"] for row in rows}


_ATTRIBUTE = "SELECT a.code, a.category_code, a.name, a.kind, a.unit, a.choices, a.required FROM attribute a"


async def asked_of(conn: Connection, category: str) -> dict[str, Attribute]:
    """What goods of this category are asked, by code: its own and those of the categories above it."""
    rows = await conn.fetch(
        f"{_ATTRIBUTE} JOIN category c ON a.category_code = ANY(c.path) WHERE c.code = $1 AND NOT a.gone ORDER BY a.code",
        category,
    )
    return {row["code"]: _attribute(row) for row in rows}


async def attributes(conn: Connection) -> list[Attribute]:
    """All that goods are asked, by name."""
    return [_attribute(row) for row in await conn.fetch(f"{_ATTRIBUTE} WHERE NOT a.gone ORDER BY a.name, a.code")]


async def every_attribute(conn: Connection) -> dict[str, tuple[Attribute, bool]]:
    """By code, those that are gone included, with whether they are."""
    rows = await conn.fetch(f"{_ATTRIBUTE.replace(' FROM', ', a.gone FROM')}")
    return {row["code"]: (_attribute(row), row["gone"]) for row in rows}


async def lock_attributes(conn: Connection) -> None:
    """Whoever changes one waits for the others; readers do not."""
    await conn.execute("LOCK TABLE attribute IN SHARE ROW EXCLUSIVE MODE")


async def save_attribute(conn: Connection, kept: Attribute) -> None:
    await conn.execute(
        """INSERT INTO attribute (code, category_code, name, kind, unit, choices, required) VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, unit = excluded.unit, choices = excluded.choices,
               required = excluded.required, gone = false""",
        kept.code,
        kept.category,
        kept.name,
        str(kept.kind),
        kept.unit,
        list(kept.choices),
        kept.required,
    )


async def remove_attribute(conn: Connection, code: str) -> bool:
    """Whether it was asked. What goods have said stays, and is not shown."""
    return bool(
        await conn.fetchval("UPDATE attribute SET gone = true WHERE code = $1 AND NOT gone RETURNING true", code)
    )


async def commodities(conn: Connection) -> dict[str, Commodity]:
    """By code, in the order of their names."""
    rows = await conn.fetch("SELECT code, name, kind FROM commodity ORDER BY name, code")
    return {row["code"]: Commodity(row["code"], row["name"], UnitKind(row["kind"])) for row in rows}


async def lock_commodities(conn: Connection) -> None:
    await conn.execute("LOCK TABLE commodity IN SHARE ROW EXCLUSIVE MODE")


async def save_commodity(conn: Connection, kept: Commodity) -> None:
    await conn.execute(
        "INSERT INTO commodity (code, name, kind) VALUES ($1, $2, $3) ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        kept.code,
        kept.name,
        str(kept.kind),
    )


async def signed(conn: Connection, what: str, code: str, said: object | None, *, by: str) -> None:
    """Who has entered, changed or taken out what."""
    await conn.execute(
        "INSERT INTO reference_change (what, code, said, subject, at) VALUES ($1, $2, $3::jsonb, $4, wlijo_now())",
        what,
        code,
        None if said is None else msgspec.json.encode(said).decode(),
        by,
    )


def _attribute(row: Row) -> Attribute:
    choices: Sequence[str] = row["choices"]
    return Attribute(
        row["code"],
        row["category_code"],
        row["name"],
        AttributeKind(row["kind"]),
        row["unit"],
        choices,
        row["required"],
    )
