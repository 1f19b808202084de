"""SQL of what is said of a product beside its name."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from services.catalog.domain.details import Details
from services.contracts.catalog import ProductId
from services.kit.database.db import Connection, only_row

FRESH_UNTIL: Final = "(p.harvested_on::timestamp AT TIME ZONE 'Asia/Jakarta' + make_interval(secs => p.keeps_for_s))"
"""Of a product `p`: it keeps from the WIB midnight with which the day of the harvest began. Null when either is not said."""

attributes_of: Final = msgspec.json.Decoder(dict[str, str]).decode


async def today(conn: Connection) -> date:
    """In WIB."""
    found: date = await conn.fetchval("SELECT (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date")
    return found


async def of_product(conn: Connection, product_id: ProductId) -> tuple[str, Details]:
    """With the code of its category. The product must be there, and held."""
    row = await only_row(
        conn,
        """SELECT category_code, harvested_on, origin_group, region_mark, commodity_code, attributes::text AS attributes
           FROM product WHERE id = $1""",
        product_id,
    )
    return row["category_code"], Details(
        harvested_on=row["harvested_on"],
        origin_group=row["origin_group"],
        region_mark=row["region_mark"],
        commodity=row["commodity_code"],
        attributes=attributes_of(row["attributes"]),
    )


async def save(conn: Connection, product_id: ProductId, kept: Details) -> None:
    await conn.execute(
        """UPDATE product SET harvested_on = $2, origin_group = $3, region_mark = $4, commodity_code = $5, attributes = $6::jsonb
           WHERE id = $1""",
        product_id,
        kept.harvested_on,
        kept.origin_group,
        kept.region_mark,
        kept.commodity,
        msgspec.json.encode(kept.attributes or {}).decode(),
    )
