"""What merchants have for sale, by kind of goods: one statement for any number of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.catalog.store.reference import CategoryView
from services.contracts.catalog import MerchantId
from services.kit.database.db import Connection


class ShelfView(msgspec.Struct, frozen=True, kw_only=True):
    """So many goods of a kind that a merchant has for sale."""

    merchant_id: MerchantId
    category: CategoryView
    count: int


async def shelves(conn: Connection, merchants: Sequence[MerchantId]) -> list[ShelfView]:
    """By the kinds' names; of a merchant that is not active none."""
    rows = await conn.fetch(
        """SELECT r.merchant_id, c.code, c.name, r.count FROM (
               SELECT merchant_id, category_code, count(*) AS count FROM search_row
               WHERE merchant_id = ANY ($1::uuid[]) AND for_sale GROUP BY merchant_id, category_code
           ) AS r JOIN category c ON c.code = r.category_code ORDER BY c.name, c.code""",
        merchants,
    )
    return [
        ShelfView(
            merchant_id=MerchantId(row["merchant_id"]),
            category=CategoryView(code=row["code"], name=row["name"]),
            count=row["count"],
        )
        for row in rows
    ]
