"""What GraphQL shows: one statement for any number of keys, rows only of what the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.catalog import domain
from services.catalog.domain import Caller
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.kit.database.db import Connection, Row

# $1 is the caller as a member, $2 whether they are ops; `m` is the merchant.
_INSIDE = "($2 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $1))"
_PUBLIC_MERCHANT = f"m.status IN ({', '.join(repr(str(status)) for status in domain.PUBLIC_MERCHANTS)})"
_PUBLIC_PRODUCT = f"p.status IN ({', '.join(repr(str(status)) for status in domain.PUBLIC_PRODUCTS)})"
_FOR_SALE = "p.status = 'PUBLISHED' AND m.status = 'ACTIVE'"

_MERCHANT = f"""
SELECT m.id, m.name, m.slug, m.kind, m.status, CASE WHEN {_INSIDE} THEN m.status_reason END AS status_reason,
       m.kecamatan_code, k.name AS kecamatan_name, m.lat, m.lng, m.always_open, m.auto_accept,
       ARRAY(SELECT (h.weekday, h.opens, h.closes) FROM opening_hours h
             WHERE h.merchant_id = m.id ORDER BY h.weekday, h.opens) AS hours,
       wlijo_now() AS now
FROM merchant m JOIN region k ON k.code = m.kecamatan_code
"""

_PRODUCT_COLUMNS = """
p.id, p.merchant_id, p.name, p.description, p.category_code, c.name AS category_name, p.status,
p.origin_desa_code, p.keeps_for_s
"""

_PRODUCT = f"""
SELECT {_PRODUCT_COLUMNS}
FROM product p JOIN merchant m ON m.id = p.merchant_id JOIN category c ON c.code = p.category_code
"""

_VARIANT = f"""
SELECT v.id, v.product_id, v.sku, v.label, v.unit_code, u.label AS unit_label, u.kind AS unit_kind, u.base_per_unit,
       v.step, v.min, v.price_rupiah, v.price_basis, v.gram_per_base,
       CASE WHEN {_FOR_SALE} THEN s.on_hand - s.reserved ELSE 0 END AS available,
       CASE WHEN {_INSIDE} THEN s.on_hand END AS on_hand, CASE WHEN {_INSIDE} THEN s.reserved END AS reserved
FROM variant v JOIN sale_unit u ON u.code = v.unit_code JOIN stock_item s ON s.variant_id = v.id
JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
WHERE (({_PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {_INSIDE})
"""


async def merchants(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> dict[MerchantId, Row]:
    rows = await conn.fetch(
        f"{_MERCHANT} WHERE m.id = ANY($3::uuid[]) AND ({_PUBLIC_MERCHANT} OR {_INSIDE})",
        caller.member,
        caller.ops,
        ids,
    )
    return {MerchantId(row["id"]): row for row in rows}


async def active_merchants(
    conn: Connection,
    caller: Caller,
    *,
    kecamatan_code: str | None,
    kind: str | None,
    after: tuple[str, Any] | None,
    limit: int,
) -> list[Row]:
    """By name, then id."""
    name, last = after or (None, None)
    rows: list[Row] = await conn.fetch(
        f"""{_MERCHANT} WHERE m.status = 'ACTIVE' AND ($3::text IS NULL OR m.kecamatan_code = $3)
            AND ($4::text IS NULL OR m.kind = $4)
            AND ($5::text IS NULL OR (m.name COLLATE "C", m.id) > ($5, $6::uuid))
            ORDER BY m.name COLLATE "C", m.id LIMIT $7""",
        caller.member,
        caller.ops,
        kecamatan_code,
        kind,
        name,
        last,
        limit,
    )
    return rows


async def route_stops(conn: Connection, ids: Sequence[MerchantId]) -> list[Row]:
    """By merchant, weekday and place in the round; of merchants that the caller sees."""
    rows: list[Row] = await conn.fetch(
        """SELECT merchant_id, weekday, label, lat, lng, arrives_at FROM route_stop
           WHERE merchant_id = ANY($1::uuid[]) ORDER BY merchant_id, weekday, position""",
        ids,
    )
    return rows


async def products(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> dict[ProductId, Row]:
    rows = await conn.fetch(
        f"""{_PRODUCT} WHERE p.id = ANY($3::uuid[])
            AND (({_PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {_INSIDE})""",
        caller.member,
        caller.ops,
        ids,
    )
    return {ProductId(row["id"]): row for row in rows}


async def products_of_merchants(
    conn: Connection,
    caller: Caller,
    ids: Sequence[MerchantId],
    after: Sequence[tuple[str, Any] | None],
    limits: Sequence[int],
) -> list[list[Row]]:
    """A page for each of these merchants, by name, then id: what is for sale; for the merchant's own people all of it."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[])
                WITH ORDINALITY AS asked (merchant_id, name, last, page_size, n)
            JOIN merchant m ON m.id = asked.merchant_id
            CROSS JOIN LATERAL (
                SELECT {_PRODUCT_COLUMNS} FROM product p JOIN category c ON c.code = p.category_code
                WHERE p.merchant_id = m.id AND ({_FOR_SALE} OR {_INSIDE})
                AND (asked.name IS NULL OR (p.name COLLATE "C", p.id) > (asked.name, asked.last))
                ORDER BY p.name COLLATE "C", p.id LIMIT asked.page_size
            ) AS page
            ORDER BY asked.n, page.name COLLATE "C", page.id""",
        caller.member,
        caller.ops,
        ids,
        [key[0] if key else None for key in after],
        [key[1] if key else None for key in after],
        limits,
    )
    pages: list[list[Row]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(row)
    return pages


_FEW = 500
_ORDER = "ORDER BY chord_m, id LIMIT $6"
_MATCHES = "p.status = 'PUBLISHED' AND p.search @@ $7::tsquery"


def _near(goods: str, condition: str) -> str:
    return f"""
    SELECT {_PRODUCT_COLUMNS}, m.place <-> here.point AS chord_m, metres_of_chord(m.place <-> here.point) AS distance_m
    FROM (SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach) AS here
    CROSS JOIN merchant m
    JOIN {goods} p ON p.merchant_id = m.id JOIN category c ON c.code = p.category_code
    WHERE {_FOR_SALE} AND m.place <-> here.point <= here.reach AND {condition}
    AND ($4::float8 IS NULL OR (m.place <-> here.point, p.id) > ($4, $5::uuid)) {_ORDER}"""


_NEAR = _near("product", "true")
# A word that few products have is looked up, and those are sorted; past that, going outwards from the point meets matches soon.
# Without this a rare word would walk through all goods of the regency. CASE keeps the planner, which guesses low for beginnings of
# words, from collecting and sorting the many.
_NEAR_MATCHING = f"""
WITH few AS MATERIALIZED (SELECT p.* FROM product p WHERE {_MATCHES} LIMIT {_FEW + 1})
SELECT * FROM (
    ({_near("few", f"(SELECT count(*) FROM few) <= {_FEW}")})
    UNION ALL
    ({_near("product", f"CASE WHEN {_MATCHES} THEN true END AND (SELECT count(*) FROM few) > {_FEW}")})
) AS found {_ORDER}
"""


async def products_near(
    conn: Connection,
    *,
    lat: float,
    lng: float,
    radius_m: int,
    search: str | None,
    after: tuple[float, Any] | None,
    limit: int,
) -> list[Row]:
    """For sale within the radius, by distance, then id. `search` is a tsquery. `chord_m` is the key that orders."""
    chord_m, last = after or (None, None)
    place = (lat, lng, float(radius_m), chord_m, last, limit)
    rows: list[Row] = await (conn.fetch(_NEAR_MATCHING, *place, search) if search else conn.fetch(_NEAR, *place))
    return rows


async def variants(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> dict[VariantId, Row]:
    rows = await conn.fetch(f"{_VARIANT} AND v.id = ANY($3::uuid[])", caller.member, caller.ops, ids)
    return {VariantId(row["id"]): row for row in rows}


async def variants_of_products(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> list[Row]:
    """In the order in which the merchant lists them."""
    rows: list[Row] = await conn.fetch(
        f"{_VARIANT} AND v.product_id = ANY($3::uuid[]) ORDER BY v.product_id, v.position",
        caller.member,
        caller.ops,
        ids,
    )
    return rows


async def regions(conn: Connection, level: str) -> list[Row]:
    """By code."""
    rows: list[Row] = await conn.fetch(
        "SELECT code, name, level, postcode, lat, lng FROM region WHERE level = $1 ORDER BY code", level
    )
    return rows


async def villages(conn: Connection, kecamatan_codes: Sequence[str]) -> list[Row]:
    """By code."""
    rows: list[Row] = await conn.fetch(
        """SELECT parent_code, code, name, level, postcode, lat, lng FROM region
           WHERE parent_code = ANY($1::text[]) ORDER BY code""",
        kecamatan_codes,
    )
    return rows
