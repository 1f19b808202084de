"""SQL of who changed what of a product. The tables write it down by themselves; who it is, the transaction says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from services.catalog.domain.caller import Caller
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.kit.database.db import Connection


class Part(StrEnum):
    """What of a product was changed."""

    CREATED = "CREATED"
    NAME = "NAME"
    DESCRIPTION = "DESCRIPTION"
    CATEGORY = "CATEGORY"
    STATUS = "STATUS"
    ORIGIN = "ORIGIN"
    ORIGIN_GROUP = "ORIGIN_GROUP"
    REGION_MARK = "REGION_MARK"
    KEEPS_FOR = "KEEPS_FOR"
    HARVESTED_ON = "HARVESTED_ON"
    COMMODITY = "COMMODITY"
    ATTRIBUTE = "ATTRIBUTE"
    VARIANT = "VARIANT"
    LABEL = "LABEL"
    PRICE = "PRICE"
    STEP = "STEP"
    MIN = "MIN"
    MAX = "MAX"
    MASS = "MASS"
    OVERRUN = "OVERRUN"
    STOCK = "STOCK"


class Actor(StrEnum):
    MEMBER = "MEMBER"
    OFFICER = "OFFICER"
    OPS = "OPS"
    PLATFORM = "PLATFORM"


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is what its merchant calls the member, who may have left."""

    id: int
    merchant_id: MerchantId
    variant_id: VariantId | None
    what: Part
    about: str | None
    before: str | None
    after: str | None
    actor: Actor
    name: str | None
    at: datetime


async def signed(conn: Connection, caller: Caller, subject: str) -> None:
    """What this transaction changes of products from now on, this person does."""
    actor = Actor.OPS if caller.ops else Actor.OFFICER if caller.officer and not caller.member else Actor.MEMBER
    said = msgspec.json.encode({"actor": actor, "subject": subject}).decode()
    await conn.execute("SELECT set_config('wlijo.by', $1, true)", said)


async def pages(
    conn: Connection, caller: Caller, asked: Sequence[tuple[ProductId, int | None, int]]
) -> list[list[ChangeView]]:
    """For each product a page, the newest first, behind that entry: for its merchant's people, officers and operators, else empty."""
    rows = await conn.fetch(
        """SELECT o.n, p.merchant_id, h.*, mm.name FROM unnest($3::uuid[], $4::bigint[], $5::int[])
               WITH ORDINALITY AS o (product_id, last, page_size, n)
           JOIN product p ON p.id = o.product_id CROSS JOIN LATERAL (
               SELECT * FROM product_history h WHERE h.product_id = p.id AND (o.last IS NULL OR h.id < o.last)
               ORDER BY h.id DESC LIMIT o.page_size
           ) AS h LEFT JOIN merchant_member mm ON mm.merchant_id = p.merchant_id AND mm.subject = h.subject AND h.actor = 'MEMBER'
           WHERE $2 OR EXISTS (SELECT FROM merchant_member o WHERE o.merchant_id = p.merchant_id AND o.subject = $1)
           ORDER BY o.n, h.id DESC""",
        caller.member,
        caller.staff,
        [product_id for product_id, _, _ in asked],
        [last for _, last, _ in asked],
        [limit for _, _, limit in asked],
    )
    found: list[list[ChangeView]] = [[] for _ in asked]
    for row in rows:
        found[row["n"] - 1].append(
            ChangeView(
                id=row["id"],
                merchant_id=MerchantId(row["merchant_id"]),
                variant_id=VariantId(row["variant_id"]) if row["variant_id"] else None,
                what=Part(row["what"]),
                about=row["about"],
                before=row["before"],
                after=row["after"],
                actor=Actor(row["actor"]),
                name=row["name"],
                at=row["at"],
            )
        )
    return found
