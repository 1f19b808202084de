"""SQL of what a variant cost before: for buyers only what was really asked, for its own people all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.product import WAS_ASKED_DAYS, WAS_SHOWN_DAYS, WAS_WITHIN_DAYS
from services.catalog.store.reading_merchants import INSIDE
from services.contracts.catalog import VariantId
from services.kit.database.db import Connection

MAX_HISTORY: Final = 30
"""Prices that are shown, the newest."""


class PastPriceView(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: VariantId
    price_rupiah: int
    price_basis: int
    since: datetime
    until: datetime | None


async def were(conn: Connection, ids: Sequence[VariantId]) -> dict[VariantId, int]:
    """Of those that cost less now, by the rule of `domain.product`: what they cost before. What is weighed is compared by its weight's
    price, and told for a piece as heavy as it is today."""
    rows = await conn.fetch(
        """SELECT present.variant_id, CASE WHEN v.weight_basis IS NULL THEN min(h.price_rupiah)
               ELSE floor(min(h.price_rupiah) * v.gram_per_base::numeric / v.weight_basis + 0.5)::bigint END AS was
           FROM price_history present JOIN variant v ON v.id = present.variant_id
           JOIN search_row r ON r.product_id = v.product_id AND r.for_sale
           JOIN price_history h ON h.variant_id = present.variant_id AND h.price_basis = present.price_basis AND h.since < present.since
               AND h.until > greatest(present.since - make_interval(days => $2), r.for_sale_since)
           WHERE present.variant_id = ANY($1::uuid[]) AND present.until IS NULL
             AND present.since > wlijo_now() - make_interval(days => $4)
           GROUP BY present.variant_id, present.price_rupiah, present.since, r.for_sale_since, v.weight_basis, v.gram_per_base
           HAVING min(h.price_rupiah) > present.price_rupiah
              AND present.since - greatest(min(h.since), r.for_sale_since) >= make_interval(days => $3)""",
        ids,
        WAS_WITHIN_DAYS,
        WAS_ASKED_DAYS,
        WAS_SHOWN_DAYS,
    )
    return {VariantId(row["variant_id"]): row["was"] for row in rows}


async def histories(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> list[PastPriceView]:
    """By variant, the newest first; of merchants that the caller is of, for operators of all."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS asked (id) JOIN variant v ON v.id = asked.id
            JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
            CROSS JOIN LATERAL (
                SELECT h.* FROM price_history h WHERE h.variant_id = v.id ORDER BY h.since DESC, h.until DESC NULLS FIRST LIMIT $4
            ) AS page WHERE {INSIDE} ORDER BY page.variant_id, page.since DESC, page.until DESC NULLS FIRST""",
        caller.member,
        caller.ops,
        ids,
        MAX_HISTORY,
    )
    return [
        PastPriceView(
            variant_id=VariantId(row["variant_id"]),
            price_rupiah=row["price_rupiah"],
            price_basis=row["price_basis"],
            since=row["since"],
            until=row["until"],
        )
        for row in rows
    ]
