"""What GraphQL shows of goods: one statement for any number of keys, rows only of what the caller may see.

Rows are structs: made for every line of every list, and a frozen dataclass takes seven times as long to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.listing import PUBLIC_PRODUCTS, SOLD
from services.catalog.domain.stock import Stock
from services.catalog.domain.stocking import StockMode
from services.catalog.store.details import FRESH_UNTIL
from services.catalog.store.reading_merchants import INSIDE, PUBLIC_MERCHANT
from services.catalog.store.stock import ENOUGH
from services.contracts.catalog import (
    CatchWeight,
    MerchantId,
    ProductId,
    ProductStatus,
    SaleUnit,
    UnitKind,
    VariantId,
)
from services.kit.database.db import Connection, Row


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
    archived_at: datetime | None
    harvested_on: date | None
    fresh_until: datetime | None
    past: bool
    origin_group: str | None
    region_mark: str | None
    commodity_code: str | None
    attributes: str


class NearView(msgspec.Struct, frozen=True, kw_only=True):
    """`chord_m` is the key that orders; `distance_m` follows the earth."""

    product: ProductView
    chord_m: float
    distance_m: float


class VariantView(msgspec.Struct, frozen=True, kw_only=True):
    """`stock` is None for those who may not see it. Of what is weighed `price_rupiah` is what a piece comes to."""

    id: VariantId
    product_id: ProductId
    sku: str
    label: str
    unit: SaleUnit
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    available: int
    mode: StockMode
    stock: Stock | None
    catch_weight: CatchWeight | None
    retired_at: datetime | None


_PUBLIC_PRODUCT = "p.status IN ({})".format(", ".join(f"'{status}'" for status in PUBLIC_PRODUCTS))
_FOR_SALE = f"p.status = '{SOLD[0]}' AND m.status = '{SOLD[1]}'"


PRODUCT_COLUMNS = f"""
p.id, p.merchant_id, p.name, p.slug, p.description, p.category_code, c.name AS category_name, p.status,
p.origin_desa_code, p.keeps_for_s, p.archived_at, p.harvested_on, {FRESH_UNTIL} AS fresh_until,
coalesce({FRESH_UNTIL} <= wlijo_now(), false) AS past, p.origin_group, p.region_mark, p.commodity_code, p.attributes::text AS attributes
"""

_PRODUCT = f"""
SELECT {PRODUCT_COLUMNS}
FROM product p JOIN merchant m ON m.id = p.merchant_id JOIN category c ON c.code = p.category_code
"""

_VARIANT = f"""
SELECT v.id, v.product_id, v.sku, v.label, v.unit_code, u.label AS unit_label, u.kind AS unit_kind, u.base_per_unit,
       v.step, v.min, v.max, v.price_rupiah, v.price_basis, v.gram_per_base,
       v.weight_price_rupiah, v.weight_basis, v.overrun_percent, v.retired_at,
       CASE WHEN {_FOR_SALE} AND v.retired_at IS NULL THEN CASE s.mode WHEN 'UNTRACKED' THEN least(s.on_hand - s.reserved, {ENOUGH})
           ELSE stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved) END ELSE 0 END AS available,
       s.mode, CASE WHEN {INSIDE} THEN s.reserved + s.on_counter + CASE s.mode WHEN 'UNTRACKED' THEN 0
           ELSE stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved) END END AS on_hand,
       CASE WHEN {INSIDE} THEN s.reserved END AS reserved,
       CASE WHEN {INSIDE} THEN s.on_counter END AS on_counter
FROM variant v JOIN sale_unit u ON u.code = v.unit_code JOIN stock_item s ON s.variant_id = v.id
JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
WHERE (({PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {INSIDE})
"""


async def products(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> dict[ProductId, ProductView]:
    rows = await conn.fetch(
        f"""{_PRODUCT} WHERE p.id = ANY($3::uuid[])
            AND (({PUBLIC_MERCHANT} AND {_PUBLIC_PRODUCT}) OR {INSIDE})""",
        caller.member,
        caller.ops,
        ids,
    )
    return {found.id: found for found in map(product_of, rows)}


def _pages(narrowed: str) -> str:
    """Goods are met in the order of their names, from where the page begins: no more is read than it shows. What a category is called
    is looked up for those alone."""
    return f"""
    SELECT asked.n, {PRODUCT_COLUMNS} FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::boolean[], $8::text[])
        WITH ORDINALITY AS asked (merchant_id, name, last, page_size, archived, category_code, n)
    JOIN merchant m ON m.id = asked.merchant_id
    CROSS JOIN LATERAL (
        SELECT p.* FROM product p WHERE p.merchant_id = m.id AND ({_FOR_SALE} OR {INSIDE})
        AND (p.archived_at IS NOT NULL) = asked.archived AND {narrowed}
        AND (p.name COLLATE "C", p.id) > (coalesce(asked.name, ''), coalesce(asked.last, '{UUID(int=0)}'))
        ORDER BY p.name COLLATE "C", p.id LIMIT asked.page_size
    ) AS p JOIN category c ON c.code = p.category_code
    ORDER BY asked.n, p.name COLLATE "C", p.id"""


_OF_CATEGORY = "p.category_code = ANY (ARRAY(SELECT k.code FROM category k WHERE asked.category_code = ANY (k.path)))"
_PAGES: Final = {False: _pages("true"), True: _pages(_OF_CATEGORY)}
"""By whether a category is asked for: a condition that may be none hides from the planner that most pages have none."""


async def products_of_merchants(
    conn: Connection,
    caller: Caller,
    ids: Sequence[MerchantId],
    categories: Sequence[str | None],
    after: Sequence[tuple[str, UUID] | None],
    limits: Sequence[int],
    archived: Sequence[bool],
) -> list[list[ProductView]]:
    """A page for each of these merchants, by name, then id: what is for sale; for the merchant's own people all of it, archived or not."""
    pages: list[list[ProductView]] = [[] for _ in ids]
    for narrowed, statement in _PAGES.items():
        places = [n for n, category in enumerate(categories) if (category is not None) is narrowed]
        if not places:
            continue
        keys = [after[n] for n in places]
        rows = await conn.fetch(
            statement,
            caller.member,
            caller.ops,
            [ids[n] for n in places],
            [key[0] if key else None for key in keys],
            [key[1] if key else None for key in keys],
            [limits[n] for n in places],
            [archived[n] for n in places],
            [categories[n] for n in places],
        )
        for row in rows:
            pages[places[row["n"] - 1]].append(product_of(row))
    return pages


SQUARE: Final = "\x01"
"""Stands in a query for the square that its words are to be met in."""
_FEW = 500
_SQUARES = 30
_COMMON = 60
"""So many that are called so in the nearest squares, and going outwards meets a page of them before it has looked at much."""
_ORDER = "ORDER BY chord_m, id LIMIT $6"
_MATCHES = "p.status = 'PUBLISHED' AND p.search @@ $8::tsquery"


def _near(goods: str, condition: str) -> str:
    """What the category is called is looked up for what is shown alone: joined to all, it would be looked through for every merchant."""
    return f"""
    SELECT {PRODUCT_COLUMNS}, p.chord_m, metres_of_chord(p.chord_m) AS distance_m FROM (
        SELECT p.*, m.place <-> here.point AS chord_m
        FROM (SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach) AS here
        CROSS JOIN merchant m JOIN {goods} p ON p.merchant_id = m.id
        WHERE {_FOR_SALE} AND m.place <-> here.point <= here.reach AND {condition}
        AND ($7::text IS NULL OR p.category_code = ANY (ARRAY(SELECT k.code FROM category k WHERE $7 = ANY (k.path))))
        AND ($4::float8 IS NULL OR (m.place <-> here.point, p.id) > ($4, $5::uuid)) {_ORDER}
    ) AS p JOIN category c ON c.code = p.category_code {_ORDER}"""


_NEAR = _near("product", "true")
# A word that few products have is looked up, and those are sorted; past that, going outwards from the point meets matches soon.
# Without this a rare word would walk through all goods of the regency. CASE keeps the planner, which guesses low for beginnings of
# words, from collecting and sorting the many. What goods around the point are called by is met there, and then nobody looks up all that
# have it to see that there are many.
_NEAR_MATCHING = f"""
WITH common AS MATERIALIZED (
    SELECT count(*) = {_COMMON} AS so FROM (
        SELECT FROM (
            SELECT cell FROM search_square s ORDER BY s.middle <-> place_on_earth($1, $2), s.cell LIMIT {_SQUARES}
        ) AS c CROSS JOIN LATERAL (
            SELECT r.product_id FROM search_row r
            WHERE search_near(r.document) @@ replace($9::text, '{SQUARE}', '@' || c.cell)::tsquery LIMIT {_COMMON}
        ) AS r JOIN product p ON p.id = r.product_id WHERE {_MATCHES} LIMIT {_COMMON}
    ) AS met),
few AS MATERIALIZED (SELECT p.* FROM product p WHERE NOT (SELECT so FROM common) AND {_MATCHES} LIMIT {_FEW + 1}),
many AS MATERIALIZED (SELECT (SELECT so FROM common) OR (SELECT count(*) FROM few) > {_FEW} AS so)
SELECT * FROM (
    ({_near("few", "NOT (SELECT so FROM many)")})
    UNION ALL
    ({_near("product", f"CASE WHEN {_MATCHES} THEN true END AND (SELECT so FROM many)")})
) AS found {_ORDER}
"""


# Some of the words begin a category's name: the goods of either are met in what a search looks in, where every word that a product has is
# found, and each word is then held against the product.
_HAS_ALL = """NOT EXISTS (SELECT FROM unnest($9::text[], $10::text[]) AS q (word, categories)
    WHERE NOT (p.search @@ q.word::tsquery OR p.category_code = ANY (string_to_array(q.categories, ' '))))"""
_NEAR_NAMED = f"""
WITH met AS MATERIALIZED (SELECT product_id FROM search_some($8::tsquery, {_FEW + 1})),
few AS MATERIALIZED (SELECT p.* FROM met JOIN product p ON p.id = met.product_id WHERE (SELECT count(*) FROM met) <= {_FEW} AND {_HAS_ALL})
SELECT * FROM (
    ({_near("few", f"(SELECT count(*) FROM met) <= {_FEW}")})
    UNION ALL
    ({_near("product", f"CASE WHEN {_HAS_ALL} THEN true END AND (SELECT count(*) FROM met) > {_FEW}")})
) AS found {_ORDER}
"""


class Typed(NamedTuple):
    """A word of a search, and the codes of categories in whose names a word begins with it."""

    word: str
    categories: Sequence[str]

    @property
    def begun(self) -> str:
        return f"'{self.word}':*"

    @property
    def called(self) -> str:
        """In a square: goods that are called so."""
        return f"'{self.word}={SQUARE}'"

    @property
    def met(self) -> str:
        return " | ".join([self.begun, *(f"'#{code}'" for code in self.categories)])


async def products_near(
    conn: Connection,
    *,
    lat: float,
    lng: float,
    radius_m: int,
    category: str | None,
    search: Sequence[Typed],
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[NearView]:
    """For sale within the radius, by distance, then id; with all of the words, or of a category that is called so."""
    chord_m, last = after or (None, None)
    place = (lat, lng, float(radius_m), chord_m, last, limit, category)
    if not search:
        rows = await conn.fetch(_NEAR, *place)
    elif any(each.categories for each in search):
        met = " & ".join(f"({each.met})" for each in search)
        words = ([each.begun for each in search], [" ".join(each.categories) for each in search])
        rows = await conn.fetch(_NEAR_NAMED, *place, met, *words)
    else:
        begun, called = (" & ".join(each) for each in zip(*((one.begun, one.called) for one in search), strict=True))
        rows = await conn.fetch(_NEAR_MATCHING, *place, begun, called)
    return [NearView(product=product_of(row), chord_m=row["chord_m"], distance_m=row["distance_m"]) for row in rows]


async def variants(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> dict[VariantId, VariantView]:
    rows = await conn.fetch(f"{_VARIANT} AND v.id = ANY($3::uuid[])", caller.member, caller.ops, ids)
    return {found.id: found for found in map(_variant, rows)}


async def variants_of_products(
    conn: Connection, caller: Caller, ids: Sequence[ProductId], *, retired: bool = False
) -> list[VariantView]:
    """In the order in which the merchant lists them: those that are offered; or, for its own people, those that are no more."""
    which = f"v.retired_at IS NOT NULL AND {INSIDE}" if retired else "v.retired_at IS NULL"
    rows = await conn.fetch(
        f"{_VARIANT} AND {which} AND v.product_id = ANY($3::uuid[]) ORDER BY v.product_id, v.position",
        caller.member,
        caller.ops,
        ids,
    )
    return [_variant(row) for row in rows]


async def product_of_slugs(conn: Connection, merchant: str, slug: str) -> ProductId | None:
    """Whether the caller sees it is asked by its id."""
    found = await conn.fetchval(
        "SELECT p.id FROM product p JOIN merchant m ON m.id = p.merchant_id WHERE m.slug = $1 AND p.slug = $2",
        merchant,
        slug,
    )
    return ProductId(found) if found else None


def product_of(row: Row) -> ProductView:
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
        archived_at=row["archived_at"],
        harvested_on=row["harvested_on"],
        fresh_until=row["fresh_until"],
        past=row["past"],
        origin_group=row["origin_group"],
        region_mark=row["region_mark"],
        commodity_code=row["commodity_code"],
        attributes=row["attributes"],
    )


async def past_fresh(
    conn: Connection, caller: Caller, asked: Sequence[tuple[MerchantId, tuple[date, UUID] | None, int]]
) -> list[list[ProductView]]:
    """For each merchant a page of what it offers and is past the time that it keeps, by the day of the harvest, then id; for its own
    people."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($3::uuid[], $4::date[], $5::uuid[], $6::int[])
                WITH ORDINALITY AS asked (merchant_id, harvested_on, last, page_size, n)
            JOIN merchant m ON m.id = asked.merchant_id CROSS JOIN LATERAL (
                SELECT {PRODUCT_COLUMNS} FROM product p JOIN category c ON c.code = p.category_code
                WHERE p.merchant_id = m.id AND p.archived_at IS NULL AND p.harvested_on IS NOT NULL AND p.keeps_for_s IS NOT NULL
                AND {FRESH_UNTIL} <= wlijo_now()
                AND (asked.last IS NULL OR (p.harvested_on, p.id) > (asked.harvested_on, asked.last))
                ORDER BY p.harvested_on, p.id LIMIT asked.page_size
            ) AS page WHERE {INSIDE} ORDER BY asked.n, page.harvested_on, page.id""",
        caller.member,
        caller.ops,
        [merchant_id for merchant_id, _, _ in asked],
        [key[0] if key else None for _, key, _ in asked],
        [key[1] if key else None for _, key, _ in asked],
        [limit for _, _, limit in asked],
    )
    pages: list[list[ProductView]] = [[] for _ in asked]
    for row in rows:
        pages[row["n"] - 1].append(product_of(row))
    return pages


def _variant(row: Row) -> VariantView:
    unit = SaleUnit(
        code=row["unit_code"],
        label=row["unit_label"],
        kind=UnitKind(row["unit_kind"]),
        base_per_unit=row["base_per_unit"],
        step=row["step"],
        min=row["min"],
        max=row["max"],
    )
    weighed = None
    if row["weight_basis"] is not None:
        weighed = CatchWeight(
            price_rupiah=row["weight_price_rupiah"],
            price_basis=row["weight_basis"],
            overrun_percent=row["overrun_percent"],
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
        mode=StockMode(row["mode"]),
        stock=None if row["on_hand"] is None else Stock(row["on_hand"], row["reserved"], row["on_counter"]),
        catch_weight=weighed,
        retired_at=row["retired_at"],
    )
