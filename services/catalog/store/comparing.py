"""SQL of the same goods of several merchants, by what they cost and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from services.catalog.domain.listing import SOLD
from services.contracts.catalog import ProductId, UnitKind, VariantId
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection

MAX_COMPARED: Final = 1_000
"""Of more, those nearest to the point."""
_SQUARE_M: Final = 3_500
"""From the middle of a square no point of it is farther."""


class OfferOrder(StrEnum):
    PRICE = "PRICE"
    DISTANCE = "DISTANCE"


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """`per` is rupiah of a kilogram, a piece or a litre; `exact` is false of what a piece usually weighs. `key` orders, ascending."""

    variant_id: VariantId
    product_id: ProductId
    per: int
    exact: bool
    distance_m: float
    key: float


# Of a row `k` of comparable: what is compared, null of what cannot be.
_PER: Final = {
    UnitKind.MASS: "round(k.per_gram * 1000)",
    UnitKind.COUNT: "CASE WHEN k.unit_kind = 'COUNT' THEN round(k.per_base) END",
    UnitKind.VOLUME: "CASE WHEN k.unit_kind = 'VOLUME' THEN round(k.per_base * 1000) END",
}


def _statement(kind: UnitKind, order: OfferOrder) -> str:
    per = _PER[kind]
    key = "n.per::float8" if order is OfferOrder.PRICE else "n.chord_m"
    exact = "n.weighed" if kind is UnitKind.MASS else "NOT n.weighed"
    return f"""
    WITH here AS MATERIALIZED (SELECT place_on_earth($1, $2) AS point, chord_of_metres($3) AS reach),
    near AS MATERIALIZED (
        SELECT k.variant_id, k.product_id, {per}::bigint AS per, k.weighed, k.chord_m FROM here CROSS JOIN LATERAL (
            SELECT s.cell, s.middle <-> here.point AS chord FROM search_square s ORDER BY s.middle <-> here.point, s.cell
        ) AS c CROSS JOIN LATERAL (
            SELECT k.*, k.place <-> here.point AS chord_m FROM comparable k
            WHERE k.goods = ANY ($4::text[]) AND k.cell = c.cell AND {per} IS NOT NULL AND k.place <-> here.point <= here.reach
            ORDER BY chord_m, k.variant_id LIMIT {MAX_COMPARED}
        ) AS k WHERE c.chord <= here.reach + {_SQUARE_M} LIMIT {MAX_COMPARED})
    SELECT n.variant_id, n.product_id, n.per, {exact} AS exact, metres_of_chord(n.chord_m) AS distance_m, {key} AS key
    FROM near n JOIN product p ON p.id = n.product_id JOIN merchant m ON m.id = p.merchant_id
    JOIN stock_item s ON s.variant_id = n.variant_id
    WHERE p.status = '{SOLD[0]}' AND m.status = '{SOLD[1]}'
    AND stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved) > 0 AND n.product_id IS DISTINCT FROM $5
    AND ($6::float8 IS NULL OR ({key}, n.variant_id) > ($6, $7::uuid))
    ORDER BY key, n.variant_id LIMIT $8"""


_STATEMENTS: Final = {(kind, order): _statement(kind, order) for kind in UnitKind for order in OfferOrder}


async def offers(
    conn: Connection,
    goods: Sequence[str],
    kind: UnitKind,
    *,
    point: GeoPoint,
    radius_m: int,
    but: ProductId | None,
    order: OfferOrder,
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[OfferView]:
    """That can be ordered now, of what is called so, but for that product; by (key, id)."""
    key, last = after or (None, None)
    rows = await conn.fetch(
        _STATEMENTS[kind, order], point.lat, point.lng, float(radius_m), list(goods), but, key, last, limit
    )
    return [
        OfferView(
            variant_id=VariantId(row["variant_id"]),
            product_id=ProductId(row["product_id"]),
            per=row["per"],
            exact=row["exact"],
            distance_m=row["distance_m"],
            key=row["key"],
        )
        for row in rows
    ]


async def compared_as(conn: Connection, product_id: ProductId) -> tuple[str, str | None] | None:
    """The category and the commodity of what is for sale."""
    row = await conn.fetchrow(
        f"""SELECT p.category_code, p.commodity_code FROM product p JOIN merchant m ON m.id = p.merchant_id
            WHERE p.id = $1 AND p.status = '{SOLD[0]}' AND m.status = '{SOLD[1]}'""",
        product_id,
    )
    return (row["category_code"], row["commodity_code"]) if row else None
