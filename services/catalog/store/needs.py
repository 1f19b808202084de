"""SQL of what goods need, and of those that are blocked because they lack it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.catalog.domain.caller import Caller
from services.catalog.domain.licence import Good, Requirement
from services.catalog.store.licences import COVERS, HOLDS, TODAY
from services.contracts.catalog import MerchantId, ProductId, ProductStatus
from services.contracts.licences import LicenceKind
from services.kit.database.db import Connection, Row, only_row


@dataclass(frozen=True, slots=True)
class Found:
    """A product, as it is now. `was` when it is blocked for a licence: what it comes back to."""

    id: ProductId
    status: ProductStatus
    was: ProductStatus | None
    good: Good
    today: date


@dataclass(frozen=True, slots=True)
class Walk:
    """A requirement whose goods are looked at, and how far."""

    category: str
    kind: LicenceKind
    applies_from: date | None
    walked_to: UUID | None


GOODS: Final = f"""
SELECT p.id, p.name, p.status, p.keeps_for_s, EXISTS (SELECT FROM not_halal d WHERE d.product_id = p.id) AS declared,
       ARRAY(SELECT (r.kind, r.applies_from, r.keeps_days) FROM category_requirement r
             WHERE r.category_code = p.category_code AND r.applies_from IS NOT NULL ORDER BY r.kind) AS requirements,
       ARRAY(SELECT DISTINCT l.kind FROM licence l WHERE l.merchant_id = p.merchant_id AND {HOLDS} AND {COVERS}) AS held,
       ARRAY(SELECT DISTINCT l.kind FROM licence l
             WHERE l.merchant_id = p.merchant_id AND l.state = 'SUBMITTED' AND {COVERS}) AS waiting,
       (SELECT b.was FROM licence_block b WHERE b.product_id = p.id) AS was, {TODAY} AS today
FROM product p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id
"""


async def goods(conn: Connection, ids: Sequence[ProductId]) -> list[Found]:
    """By id."""
    return [_found(row) for row in await conn.fetch(GOODS, list(ids))]


async def own(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> list[ProductId]:
    """Those of merchants whose people the caller is of; for the platform all."""
    rows = await conn.fetch(
        """SELECT p.id FROM product p WHERE p.id = ANY($3::uuid[]) AND ($2 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $1))""",
        caller.member,
        caller.staff,
        ids,
    )
    return [ProductId(row["id"]) for row in rows]


async def blocked(conn: Connection, product_id: ProductId) -> ProductStatus | None:
    """What it comes back to when it is blocked for a licence."""
    was = await conn.fetchval("SELECT was FROM licence_block WHERE product_id = $1", product_id)
    return ProductStatus(was) if was else None


async def owners(conn: Connection, ids: Sequence[ProductId]) -> list[tuple[MerchantId, list[str]]]:
    """Of the merchants of these goods."""
    rows = await conn.fetch(
        """SELECT m.id, ARRAY(SELECT mm.subject FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.role = 'OWNER'
                              ORDER BY mm.subject) AS owners
           FROM merchant m WHERE m.id IN (SELECT merchant_id FROM product WHERE id = ANY($1::uuid[])) ORDER BY m.id""",
        list(ids),
    )
    return [(MerchantId(row["id"]), row["owners"]) for row in rows]


async def block(conn: Connection, ids: Sequence[ProductId]) -> None:
    await conn.execute(
        """WITH blocked AS (
               INSERT INTO licence_block (product_id, was, since)
               SELECT id, status, wlijo_now() FROM product WHERE id = ANY($1::uuid[]) ON CONFLICT DO NOTHING)
           UPDATE product SET status = 'BLOCKED' WHERE id = ANY($1::uuid[])""",
        list(ids),
    )


async def unblock(conn: Connection, states: Mapping[ProductId, ProductStatus]) -> None:
    await conn.execute(
        """WITH free AS (DELETE FROM licence_block WHERE product_id = ANY($1::uuid[]))
           UPDATE product p SET status = n.status FROM unnest($1::uuid[], $2::text[]) AS n (id, status) WHERE p.id = n.id""",
        list(states),
        [str(each) for each in states.values()],
    )


async def requirement(conn: Connection, category: str, kind: LicenceKind) -> Requirement | None:
    """As it is entered; None when nothing is asked."""
    row = await conn.fetchrow(
        "SELECT kind, applies_from, keeps_days FROM category_requirement WHERE category_code = $1 AND kind = $2 FOR UPDATE",
        category,
        str(kind),
    )
    return None if row is None or row["applies_from"] is None else Requirement(kind, *list(row.values())[1:])


async def requirements(conn: Connection) -> set[tuple[str, LicenceKind]]:
    """What was ever entered, also to ask for nothing."""
    rows = await conn.fetch("SELECT category_code, kind FROM category_requirement")
    return {(row["category_code"], LicenceKind(row["kind"])) for row in rows}


async def save_requirement(
    conn: Connection,
    new_id: UUID,
    category: str,
    kind: LicenceKind,
    applies_from: date | None,
    keeps_days: int | None,
    *,
    by: str,
) -> UUID:
    """Its id, which stays; its goods are to be looked at anew."""
    row = await only_row(
        conn,
        """WITH told AS (
               INSERT INTO category_requirement_change (category_code, kind, applies_from, keeps_days, subject, at)
               VALUES ($2, $3, $4, $5, $6, wlijo_now()))
           INSERT INTO category_requirement (id, category_code, kind, applies_from, keeps_days) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (category_code, kind) DO UPDATE SET
               applies_from = excluded.applies_from, keeps_days = excluded.keeps_days, walked_to = NULL
           RETURNING id""",
        new_id,
        category,
        str(kind),
        applies_from,
        keeps_days,
        by,
    )
    found: UUID = row["id"]
    return found


async def lock_walk(conn: Connection, requirement_id: UUID) -> Walk | None:
    row = await conn.fetchrow(
        "SELECT category_code, kind, applies_from, walked_to FROM category_requirement WHERE id = $1 FOR UPDATE",
        requirement_id,
    )
    return Walk(row["category_code"], LicenceKind(row["kind"]), row["applies_from"], row["walked_to"]) if row else None


async def walk(conn: Connection, requirement_id: UUID, to: UUID | None) -> None:
    await conn.execute("UPDATE category_requirement SET walked_to = $2 WHERE id = $1", requirement_id, to)


async def lock_goods_of(conn: Connection, category: str, after: UUID | None, limit: int) -> list[ProductId]:
    """Some of the category's goods of any status, behind the last."""
    rows = await conn.fetch(
        """SELECT id FROM product WHERE category_code = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR UPDATE""",
        category,
        after,
        limit,
    )
    return [ProductId(row["id"]) for row in rows]


async def declare_not_halal(conn: Connection, product_id: ProductId, *, declared: bool, by: str) -> bool:
    """Whether that is new. The product is held."""
    done: str = await conn.execute(
        "INSERT INTO not_halal (product_id) VALUES ($1) ON CONFLICT DO NOTHING"
        if declared
        else "DELETE FROM not_halal WHERE product_id = $1",
        product_id,
    )
    if not done.endswith(" 1"):
        return False
    await conn.execute(
        "INSERT INTO not_halal_change (product_id, declared, subject, at) VALUES ($1, $2, $3, wlijo_now())",
        product_id,
        declared,
        by,
    )
    return True


async def declared_lately(conn: Connection, product_id: ProductId) -> int:
    """How often it was said or taken back within a day."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM not_halal_change WHERE product_id = $1 AND at > wlijo_now() - interval '1 day'",
        product_id,
    )
    return count


def good_of(row: Row) -> Good:
    return Good(
        name=row["name"],
        declared_not_halal=row["declared"],
        keeps_for_s=row["keeps_for_s"],
        requirements=[
            Requirement(LicenceKind(kind), applies_from, keeps) for kind, applies_from, keeps in row["requirements"]
        ],
        held={LicenceKind(each) for each in row["held"]},
        waiting={LicenceKind(each) for each in row["waiting"]},
    )


def _found(row: Row) -> Found:
    was = None if row["was"] is None else ProductStatus(row["was"])
    return Found(ProductId(row["id"]), ProductStatus(row["status"]), was, good_of(row), row["today"])
