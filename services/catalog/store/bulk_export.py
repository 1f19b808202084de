"""SQL of a merchant's goods as they are written out: in pages, so that no connection waits for who reads slowly."""

from __future__ import annotations

from uuid import UUID

from services.catalog.domain.bulk_out import Good
from services.catalog.domain.caller import Caller
from services.contracts.catalog import MerchantId, ProductStatus
from services.kit.database.db import Connection


async def is_member(conn: Connection, caller: Caller, merchant_id: MerchantId) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM merchant_member WHERE merchant_id = $1 AND subject = $2)",
        merchant_id,
        caller.member,
    )
    return found


async def goods(
    conn: Connection, caller: Caller, merchant_id: MerchantId, after: tuple[UUID, int] | None, limit: int
) -> list[tuple[tuple[UUID, int], Good]]:
    """In the order in which they came, each with its place; of a merchant that the caller is of."""
    rows = await conn.fetch(
        """SELECT p.id, v.position, v.sku, p.name, p.category_code, p.description, v.label, v.unit_code, u.base_per_unit, v.price_rupiah,
                  v.price_basis, v.step, v.min, round(v.gram_per_base * u.base_per_unit)::int AS gram_per_unit, p.origin_desa_code,
                  p.keeps_for_s, p.status, s.on_hand + s.on_counter AS on_hand
           FROM product p JOIN variant v ON v.product_id = p.id JOIN sale_unit u ON u.code = v.unit_code
           JOIN stock_item s ON s.variant_id = v.id
           WHERE p.merchant_id = $1 AND EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = $1 AND mm.subject = $2)
             AND ($3::uuid IS NULL OR (p.id, v.position) > ($3, $4)) ORDER BY p.id, v.position LIMIT $5""",
        merchant_id,
        caller.member,
        *(after or (None, None)),
        limit,
    )
    return [
        (
            (row["id"], row["position"]),
            Good(
                sku=row["sku"],
                product=row["name"],
                category=row["category_code"],
                description=row["description"],
                label=row["label"],
                unit=row["unit_code"],
                base_per_unit=row["base_per_unit"],
                price_rupiah=row["price_rupiah"],
                price_basis=row["price_basis"],
                step=row["step"],
                min=row["min"],
                gram_per_unit=row["gram_per_unit"],
                origin=row["origin_desa_code"],
                keeps_for_s=row["keeps_for_s"],
                status=ProductStatus(row["status"]),
                on_hand=row["on_hand"],
            ),
        )
        for row in rows
    ]
