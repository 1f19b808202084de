"""What GraphQL shows: one statement for any number of keys, rows only of what the caller may see.

Rows are structs: made for every line of every list, and a frozen dataclass takes seven times as long to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import ClosureId
from services.catalog.domain.listing import PUBLIC_MERCHANTS, PUBLIC_PRODUCTS, SOLD
from services.catalog.domain.stock import Stock
from services.catalog.domain.trading import Planned
from services.contracts.catalog import (
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductId,
    ProductStatus,
    SaleUnit,
    UnitKind,
    VariantId,
)
from services.contracts.places import Closure, GeoPoint, Hours
from services.kit.database.db import Connection, Row


class MerchantView(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is the database's clock when the row was read."""

    id: MerchantId
    name: str
    slug: str
    kind: MerchantKind
    status: MerchantStatus
    status_reason: str | None
    kecamatan_code: str
    kecamatan_name: str
    point: GeoPoint
    always_open: bool
    hours: list[Hours]
    closures: list[Planned]
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int
    now: datetime


class StopView(msgspec.Struct, frozen=True, kw_only=True):
    merchant_id: MerchantId
    weekday: int
    label: str
    point: GeoPoint
    arrives_at: time


class ProductView(msgspec.Struct, frozen=True, kw_only=True):
    id: ProductId
    merchant_id: MerchantId
    name: str
    slug: str
    description: str
    category_code: str
    category_name: str
    status: ProductStatus
    origin_desa_code: str | None
    keeps_for_s: int | None


class NearView(msgspec.Struct, frozen=True, kw_only=True):
    """`chord_m` is the key that orders; `distance_m` follows the earth."""

    product: ProductView
    chord_m: float
    distance_m: float


class VariantView(msgspec.Struct, frozen=True, kw_only=True):
    """`stock` is None for those who may not see it."""

    id: VariantId
    product_id: ProductId
    sku: str
    label: str
    unit: SaleUnit
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    available: int
    stock: Stock | None


# $1 is the caller as a member, $2 whether they are of the platform: ops, and of merchants themselves officers too; `m` is the merchant.
_INSIDE = "($2 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $1))"
_PUBLIC_MERCHANT = "m.opened AND m.status IN ({})".format(", ".join(f"'{status}'" for status in PUBLIC_MERCHANTS))
_PUBLIC_PRODUCT = "p.status IN ({})".format(", ".join(f"'{status}'" for status in PUBLIC_PRODUCTS))
_FOR_SALE = f"p.status = '{SOLD[0]}' AND m.status = '{SOLD[1]}'"

_MERCHANT = f"""
SELECT m.id, m.name, m.slug, m.kind, m.status, CASE WHEN {_INSIDE} THEN m.status_reason END AS status_reason,
       m.kecamatan_code, k.name AS kecamatan_name, m.lat, m.lng, m.always_open, m.auto_accept,
       m.accept_within_s, m.prep_time_s,
       ARRAY(SELECT (h.weekday, h.opens, h.closes) FROM opening_hours h
             WHERE h.merchant_id = m.id ORDER BY h.weekday, h.opens) AS hours,
       ARRAY(SELECT (c.id, c.starts, c.ends, c.note) FROM merchant_closure c
             WHERE c.merchant_id = m.id AND c.ends > wlijo_now() ORDER BY c.starts, c.ends) AS closures,
       wlijo_now() AS now
FROM merchant m JOIN region k ON k.code = m.kecamatan_code
"""

_PRODUCT_COLUMNS = """
p.id, p.merchant_id, p.name, p.slug, p.description, p.category_code, c.name AS category_name, p.status,
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
       CASE WHEN {_INSIDE} THEN s.on_hand + s.on_counter END AS on_hand, CASE WHEN {_INSIDE} THEN s.reserved END AS reserved,
       CASE WHEN {_INSIDE} THEN s.on_counter END AS on_counter
FROM variant v JOIN sale_unit u ON u.code = v.unit_code JOIN stock_item s ON s.variant_id = v.id
JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
WHERE (({_PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {_INSIDE})
"""


async def merchants(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> dict[MerchantId, MerchantView]:
    rows = await conn.fetch(
        f"{_MERCHANT} WHERE m.id = ANY($3::uuid[]) AND ({_PUBLIC_MERCHANT} OR {_INSIDE})",
        caller.member,
        caller.staff,
        ids,
    )
    return {found.id: found for found in map(_merchant, rows)}


async def active_merchants(
    conn: Connection,
    caller: Caller,
    *,
    kecamatan_code: str | None,
    kind: MerchantKind | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[MerchantView]:
    """By name, then id."""
    name, last = after or (None, None)
    rows = await conn.fetch(
        f"""{_MERCHANT} WHERE m.status = 'ACTIVE' AND ($3::text IS NULL OR m.kecamatan_code = $3)
            AND ($4::text IS NULL OR m.kind = $4)
            AND ($5::text IS NULL OR (m.name COLLATE "C", m.id) > ($5, $6::uuid))
            ORDER BY m.name COLLATE "C", m.id LIMIT $7""",
        caller.member,
        caller.staff,
        kecamatan_code,
        kind,
        name,
        last,
        limit,
    )
    return [_merchant(row) for row in rows]


async def applicants(conn: Connection, caller: Caller, after: UUID | None, limit: int) -> list[MerchantView]:
    """Those who wait, in the order in which they first came."""
    rows = await conn.fetch(
        f"{_MERCHANT} WHERE m.status = 'APPLIED' AND ($3::uuid IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4",
        caller.member,
        caller.staff,
        after,
        limit,
    )
    return [_merchant(row) for row in rows]


async def route_stops(conn: Connection, ids: Sequence[MerchantId]) -> list[StopView]:
    """By merchant, weekday and place in the round; of merchants that the caller sees."""
    rows = await conn.fetch(
        """SELECT merchant_id, weekday, label, lat, lng, arrives_at FROM route_stop
           WHERE merchant_id = ANY($1::uuid[]) ORDER BY merchant_id, weekday, position""",
        ids,
    )
    return [
        StopView(
            merchant_id=MerchantId(row["merchant_id"]),
            weekday=row["weekday"],
            label=row["label"],
            point=_point(row),
            arrives_at=row["arrives_at"],
        )
        for row in rows
    ]


async def products(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> dict[ProductId, ProductView]:
    rows = await conn.fetch(
        f"""{_PRODUCT} WHERE p.id = ANY($3::uuid[])
            AND (({_PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {_INSIDE})""",
        caller.member,
        caller.ops,
        ids,
    )
    return {found.id: found for found in map(_product, rows)}


async def products_of_merchants(
    conn: Connection,
    caller: Caller,
    ids: Sequence[MerchantId],
    categories: Sequence[str | None],
    after: Sequence[tuple[str, UUID] | None],
    limits: Sequence[int],
) -> list[list[ProductView]]:
    """A page for each of these merchants, by name, then id: what is for sale; for the merchant's own people all of it."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::int[])
                WITH ORDINALITY AS asked (merchant_id, category_code, name, last, page_size, n)
            JOIN merchant m ON m.id = asked.merchant_id
            CROSS JOIN LATERAL (
                SELECT {_PRODUCT_COLUMNS} FROM product p JOIN category c ON c.code = p.category_code
                WHERE p.merchant_id = m.id AND ({_FOR_SALE} OR {_INSIDE})
                AND (asked.category_code IS NULL OR p.category_code = asked.category_code)
                AND (asked.name IS NULL OR (p.name COLLATE "C", p.id) > (asked.name, asked.last))
                ORDER BY p.name COLLATE "C", p.id LIMIT asked.page_size
            ) AS page
            ORDER BY asked.n, page.name COLLATE "C", page.id""",
        caller.member,
        caller.ops,
        ids,
        categories,
        [key[0] if key else None for key in after],
        [key[1] if key else None for key in after],
        limits,
    )
    pages: list[list[ProductView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(_product(row))
    return pages


_FEW = 500
_ORDER = "ORDER BY chord_m, id LIMIT $6"
_MATCHES = "p.status = 'PUBLISHED' AND p.search @@ $8::tsquery"


def _near(goods: str, condition: str) -> str:
    return f"""
    SELECT {_PRODUCT_COLUMNS}, m.place <-> here.point AS chord_m, metres_of_chord(m.place <-> here.point) AS distance_m
    FROM (SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach) AS here
    CROSS JOIN merchant m
    JOIN {goods} p ON p.merchant_id = m.id JOIN category c ON c.code = p.category_code
    WHERE {_FOR_SALE} AND m.place <-> here.point <= here.reach AND {condition}
    AND ($7::text IS NULL OR p.category_code = $7)
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
    category: str | None,
    search: str | None,
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[NearView]:
    """For sale within the radius, by distance, then id. `search` is a tsquery."""
    chord_m, last = after or (None, None)
    place = (lat, lng, float(radius_m), chord_m, last, limit, category)
    rows = await (conn.fetch(_NEAR_MATCHING, *place, search) if search else conn.fetch(_NEAR, *place))
    return [NearView(product=_product(row), chord_m=row["chord_m"], distance_m=row["distance_m"]) for row in rows]


async def variants(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> dict[VariantId, VariantView]:
    rows = await conn.fetch(f"{_VARIANT} AND v.id = ANY($3::uuid[])", caller.member, caller.ops, ids)
    return {found.id: found for found in map(_variant, rows)}


async def variants_of_products(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> list[VariantView]:
    """In the order in which the merchant lists them."""
    rows = await conn.fetch(
        f"{_VARIANT} AND v.product_id = ANY($3::uuid[]) ORDER BY v.product_id, v.position",
        caller.member,
        caller.ops,
        ids,
    )
    return [_variant(row) for row in rows]


async def merchant_of_slug(conn: Connection, slug: str) -> MerchantId | None:
    """Whether the caller sees it is asked by its id."""
    found = await conn.fetchval("SELECT id FROM merchant WHERE slug = $1", slug)
    return MerchantId(found) if found else None


async def product_of_slugs(conn: Connection, merchant: str, slug: str) -> ProductId | None:
    """Whether the caller sees it is asked by its id."""
    found = await conn.fetchval(
        "SELECT p.id FROM product p JOIN merchant m ON m.id = p.merchant_id WHERE m.slug = $1 AND p.slug = $2",
        merchant,
        slug,
    )
    return ProductId(found) if found else None


async def merchants_of_member(conn: Connection, caller: Caller, limit: int) -> list[MerchantView]:
    """Those whose people the caller is of, whatever their status; by name, then id."""
    rows = await conn.fetch(
        f"""{_MERCHANT} WHERE m.id IN (SELECT merchant_id FROM merchant_member WHERE subject = $1)
            ORDER BY m.name COLLATE "C", m.id LIMIT $3""",
        caller.member,
        caller.staff,
        limit,
    )
    return [_merchant(row) for row in rows]


def _merchant(row: Row) -> MerchantView:
    return MerchantView(
        id=MerchantId(row["id"]),
        name=row["name"],
        slug=row["slug"],
        kind=MerchantKind(row["kind"]),
        status=MerchantStatus(row["status"]),
        status_reason=row["status_reason"],
        kecamatan_code=row["kecamatan_code"],
        kecamatan_name=row["kecamatan_name"],
        point=_point(row),
        always_open=row["always_open"],
        hours=[Hours(weekday=weekday, opens=opens, closes=closes) for weekday, opens, closes in row["hours"]],
        closures=[
            Planned(ClosureId(id_), Closure(starts=starts, ends=ends), note)
            for id_, starts, ends, note in row["closures"]
        ],
        auto_accept=row["auto_accept"],
        accept_within_s=row["accept_within_s"],
        prep_time_s=row["prep_time_s"],
        now=row["now"],
    )


def _product(row: Row) -> ProductView:
    return ProductView(
        id=ProductId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        name=row["name"],
        slug=row["slug"],
        description=row["description"],
        category_code=row["category_code"],
        category_name=row["category_name"],
        status=ProductStatus(row["status"]),
        origin_desa_code=row["origin_desa_code"],
        keeps_for_s=row["keeps_for_s"],
    )


def _variant(row: Row) -> VariantView:
    unit = SaleUnit(
        code=row["unit_code"],
        label=row["unit_label"],
        kind=UnitKind(row["unit_kind"]),
        base_per_unit=row["base_per_unit"],
        step=row["step"],
        min=row["min"],
    )
    return VariantView(
        id=VariantId(row["id"]),
        product_id=ProductId(row["product_id"]),
        sku=row["sku"],
        label=row["label"],
        unit=unit,
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        gram_per_base=row["gram_per_base"],
        available=row["available"],
        stock=None if row["on_hand"] is None else Stock(row["on_hand"], row["reserved"], row["on_counter"]),
    )


def _point(row: Row) -> GeoPoint:
    return GeoPoint(lat=row["lat"], lng=row["lng"])
