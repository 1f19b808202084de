"""Rows that are written once: what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from services.contracts.catalog import MerchantId, ProductId
from services.kit.database.db import Connection

_VILLAGES = """
INSERT INTO region (code, name, level, parent_code, postcode)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
"""
_CATEGORIES = "INSERT INTO category SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING"
_UNITS = """
INSERT INTO sale_unit (code, label, kind, base_per_unit)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) ON CONFLICT DO NOTHING
"""
_MERCHANTS = """
INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, desa_code, lat, lng, umkm_class,
                      always_open, auto_accept, accept_within_s, prep_time_s)
SELECT id, slug, name, kind, 'ACTIVE', kecamatan_code, desa_code, lat, lng, umkm_class,
       always_open, auto_accept, accept_within_s, prep_time_s
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
            $9::text[], $10::bool[], $11::bool[], $12::int[], $13::int[])
     AS given (id, slug, name, kind, kecamatan_code, desa_code, lat, lng, umkm_class,
               always_open, auto_accept, accept_within_s, prep_time_s)
ON CONFLICT DO NOTHING RETURNING id
"""
_MEMBERS = """
INSERT INTO merchant_member (merchant_id, subject, role)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING
"""
_HOURS = """
INSERT INTO opening_hours (merchant_id, weekday, opens, closes)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::time[], $4::time[]) ON CONFLICT DO NOTHING
"""
_ROUTES = """
INSERT INTO route (merchant_id, weekday) SELECT * FROM unnest($1::uuid[], $2::int[]) ON CONFLICT DO NOTHING
"""
_STOPS = """
INSERT INTO route_stop (merchant_id, weekday, position, label, lat, lng, arrives_at)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::float8[], $6::float8[], $7::time[])
ON CONFLICT DO NOTHING
"""
_PRODUCTS = """
INSERT INTO product (id, merchant_id, name, description, category_code, status, origin_desa_code, keeps_for_s, words)
SELECT id, merchant_id, name, description, category_code, 'PUBLISHED', origin_desa_code, keeps_for_s, words
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[])
     AS given (id, merchant_id, name, description, category_code, origin_desa_code, keeps_for_s, words)
ON CONFLICT DO NOTHING RETURNING id
"""
_VARIANTS = """
INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
                     $9::bigint[], $10::int[], $11::float8[])
ON CONFLICT DO NOTHING
"""
_STOCK = """
INSERT INTO stock_item (variant_id, on_hand) SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT DO NOTHING
"""
_PRICES = """
INSERT INTO price_history (variant_id, since, price_rupiah, price_basis)
SELECT given.id, wlijo_now(), v.price_rupiah, v.price_basis
FROM unnest($1::uuid[]) AS given (id) JOIN variant v ON v.id = given.id
ON CONFLICT DO NOTHING
"""

Rows = Iterable[Sequence[Any]]


async def insert_villages(conn: Connection, rows: Rows) -> None:
    """(code, name, level, parent code, postcode)"""
    await _insert(conn, _VILLAGES, rows)


async def insert_categories(conn: Connection, rows: Rows) -> None:
    """(code, name)"""
    await _insert(conn, _CATEGORIES, rows)


async def insert_units(conn: Connection, rows: Rows) -> None:
    """(code, label, kind, base units in one)"""
    await _insert(conn, _UNITS, rows)


async def insert_merchants(conn: Connection, rows: Rows) -> list[MerchantId]:
    """(id, slug, name, kind, kecamatan, desa, lat, lng, class, always open, accepts by itself, accept s, prepare s); those that are new."""
    return [MerchantId(row["id"]) for row in await _insert(conn, _MERCHANTS, rows)]


async def insert_members(conn: Connection, rows: Rows) -> None:
    """(merchant, subject, role)"""
    await _insert(conn, _MEMBERS, rows)


async def insert_hours(conn: Connection, rows: Rows) -> None:
    """(merchant, weekday, opens, closes)"""
    await _insert(conn, _HOURS, rows)


async def insert_route_stops(conn: Connection, rows: Rows) -> None:
    """(merchant, weekday, position, label, lat, lng, arrives at)"""
    stops = list(rows)
    await _insert(conn, _ROUTES, sorted({(stop[0], stop[1]) for stop in stops}))
    await _insert(conn, _STOPS, stops)


async def insert_products(conn: Connection, rows: Rows) -> list[ProductId]:
    """(id, merchant, name, description, category, desa of origin, keeps for s, words to search); those that are new."""
    return [ProductId(row["id"]) for row in await _insert(conn, _PRODUCTS, rows)]


async def insert_variants(conn: Connection, rows: Rows) -> None:
    """(id, product, position, sku, label, unit, step, min, price, basis, gram per base unit, on hand)"""
    variants = list(rows)
    await _insert(conn, _VARIANTS, [row[:-1] for row in variants])
    await _insert(conn, _STOCK, [(row[0], row[-1]) for row in variants])
    await _insert(conn, _PRICES, [(row[0],) for row in variants])


async def _insert(conn: Connection, statement: str, rows: Rows) -> list[Any]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return list(await conn.fetch(statement, *columns)) if columns else []
