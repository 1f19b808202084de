"""SQL of what ordering keeps of what catalog has told: merchants, their members, products."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.contracts.catalog import LevelChanged, MerchantChanged, ProductChanged
from services.kit.database.db import Connection


async def put_merchant(conn: Connection, merchant: MerchantChanged) -> None:
    await conn.execute(
        """WITH put AS (
               INSERT INTO merchant AS m (id, name, status, lat, lng, hours, closures, always_open, auto_accept, accept_within_s,
                                      prep_time_s, kind, stops, serves_radius_m, serves_kecamatan)
               VALUES ($1, $2, $3, $4, $5, $6::jsonb, $12::jsonb, $7, $8, $9, $10, $13, $14::jsonb, $15, $16)
               ON CONFLICT (id) DO UPDATE SET
                   (name, status, lat, lng, hours, closures, always_open, auto_accept, accept_within_s, prep_time_s, kind, stops,
                    serves_radius_m, serves_kecamatan)
                   = (excluded.name, excluded.status, excluded.lat, excluded.lng, excluded.hours, excluded.closures,
                      excluded.always_open, excluded.auto_accept, excluded.accept_within_s, excluded.prep_time_s, excluded.kind,
                      excluded.stops, excluded.serves_radius_m, excluded.serves_kecamatan)
           ), gone AS (
               DELETE FROM merchant_member WHERE merchant_id = $1 AND subject <> ALL ($11::text[])
           )
           INSERT INTO merchant_member (merchant_id, subject, role) SELECT $1, subject, role
           FROM unnest($11::text[], $17::text[]) AS m (subject, role)
           ON CONFLICT (merchant_id, subject) DO UPDATE SET role = excluded.role""",
        merchant.merchant_id,
        merchant.name,
        str(merchant.status),
        merchant.pickup_point.lat,
        merchant.pickup_point.lng,
        msgspec.json.encode(merchant.hours).decode(),
        merchant.always_open,
        merchant.auto_accept,
        merchant.accept_within_s,
        merchant.prep_time_s,
        [member.subject for member in merchant.members],
        msgspec.json.encode(merchant.closures).decode(),
        str(merchant.kind),
        msgspec.json.encode(merchant.stops, enc_hook=str).decode(),
        merchant.serves_radius_m,
        merchant.serves_kecamatan,
        [str(member.role) for member in merchant.members],
    )


async def put_products(conn: Connection, products: Sequence[ProductChanged]) -> None:
    """Each once. A variant that is no longer told is marked as gone, not dropped: carts may name it."""
    ordered = sorted(products, key=lambda each: each.product_id)  # rows are met in one order
    variants = [(product.product_id, each) for product in ordered for each in product.variants]
    await conn.execute(
        """WITH put AS (
               INSERT INTO product (id, merchant_id, name, status, category, lacks_licence)
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[])
               ON CONFLICT (id) DO UPDATE SET (merchant_id, name, status, category, lacks_licence)
                   = (excluded.merchant_id, excluded.name, excluded.status, excluded.category, excluded.lacks_licence)
           ), gone AS (
               UPDATE variant SET gone = true WHERE product_id = ANY ($1::uuid[]) AND id <> ALL ($7::uuid[])
           )
           INSERT INTO variant (id, product_id, unit_label, unit_code, unit_kind, base_per_unit, step, min,
                                price_rupiah, price_basis, gram_per_base, max, weight_price_rupiah, weight_basis, overrun_percent)
           SELECT u.id, u.product_id, u.unit_label, u.unit_code, u.unit_kind, u.base_per_unit, u.step, u.min, u.price, u.basis, u.gram,
                  u.max, u.weight_price, u.weight_basis, u.overrun
           FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::float8[],
                       $15::text[], $16::text[], $17::integer[], $18::bigint[], $19::bigint[], $20::bigint[], $21::integer[])
                AS u (id, product_id, unit_label, step, min, price, basis, gram, unit_code, unit_kind, base_per_unit, max,
                      weight_price, weight_basis, overrun)
           ON CONFLICT (id) DO UPDATE SET (product_id, unit_label, unit_code, unit_kind, base_per_unit, step, min, price_rupiah,
                                           price_basis, gram_per_base, max, weight_price_rupiah, weight_basis, overrun_percent, gone)
               = (excluded.product_id, excluded.unit_label, excluded.unit_code, excluded.unit_kind, excluded.base_per_unit,
                  excluded.step, excluded.min, excluded.price_rupiah, excluded.price_basis, excluded.gram_per_base, excluded.max,
                  excluded.weight_price_rupiah, excluded.weight_basis, excluded.overrun_percent, false)""",
        [each.product_id for each in ordered],
        [each.merchant_id for each in ordered],
        [each.name for each in ordered],
        [str(each.status) for each in ordered],
        [each.category for each in ordered],
        [each.lacks_licence for each in ordered],
        [each.variant_id for _, each in variants],
        [product_id for product_id, _ in variants],
        [each.unit.label for _, each in variants],
        [each.unit.step for _, each in variants],
        [each.unit.min for _, each in variants],
        [each.price_rupiah for _, each in variants],
        [each.price_basis for _, each in variants],
        [each.gram_per_base for _, each in variants],
        [each.unit.code for _, each in variants],
        [str(each.unit.kind) for _, each in variants],
        [each.unit.base_per_unit for _, each in variants],
        [each.unit.max for _, each in variants],
        [each.catch_weight and each.catch_weight.price_rupiah for _, each in variants],
        [each.catch_weight and each.catch_weight.price_basis for _, each in variants],
        [each.catch_weight and each.catch_weight.overrun_percent for _, each in variants],
    )


async def put_levels(conn: Connection, levels: Sequence[LevelChanged]) -> None:
    """Each once."""
    ordered = sorted(levels, key=lambda each: each.variant_id)
    await conn.execute(
        """INSERT INTO stock_level (variant_id, available) SELECT * FROM unnest($1::uuid[], $2::bigint[])
           ON CONFLICT (variant_id) DO UPDATE SET available = excluded.available""",
        [each.variant_id for each in ordered],
        [each.available for each in ordered],
    )
