"""What was told of sellers, goods and companies, as far as sums go by it; and the keys of digests."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.catalog import MerchantChanged, ProductChanged, ProductStatus
from services.contracts.delivery import PartnerChanged
from services.insight.domain.known import UNKNOWN
from services.kit.database.db import Connection

OF_ORDERS: Final = "order"
_HEX: Final = 16


def digest(key: bytes, named: str) -> str:
    return hashlib.sha256(key + named.encode()).hexdigest()[:_HEX]


def order_digest(key: bytes, order_id: str) -> bytes:
    return hashlib.sha256(key + order_id.encode()).digest()[:16]


async def keys(conn: Connection, months: Iterable[str]) -> dict[str, bytes]:
    """Of these months, and `OF_ORDERS`; made where there is none yet."""
    wanted = sorted({*months, OF_ORDERS})
    rows = await conn.fetch("SELECT month, key FROM month_key WHERE month = ANY($1::text[])", wanted)
    found = {row["month"]: bytes(row["key"]) for row in rows}
    if missing := [month for month in wanted if month not in found]:
        await conn.execute(
            "INSERT INTO month_key (month, key) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (month) DO NOTHING",
            missing,
            [secrets.token_bytes(32) for _ in missing],
        )
        found |= await keys(conn, missing)
    return found


async def all_keys(conn: Connection) -> dict[str, bytes]:
    rows = await conn.fetch("SELECT month, key FROM month_key WHERE month <> $1", OF_ORDERS)
    return {row["month"]: bytes(row["key"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Was:
    since: datetime
    kecamatan: str
    kind: str
    umkm: str


async def put_seller(conn: Connection, event: MerchantChanged, at: datetime) -> bool:
    """Whether it is new, or anything that sums go by has changed: then that is kept beside what was before."""
    umkm = event.umkm_class or UNKNOWN
    status = await conn.execute(
        """INSERT INTO seller_was (merchant_id, since, kecamatan, kind, umkm, status)
           SELECT $1, $2, $3::text, $4::text, $5::text, $6::text
           WHERE NOT EXISTS (SELECT FROM (SELECT * FROM seller_was s WHERE s.merchant_id = $1 ORDER BY s.since DESC LIMIT 1) w
                             WHERE (w.kecamatan, w.kind, w.umkm, w.status) = ($3, $4, $5, $6))
           ON CONFLICT (merchant_id, since) DO UPDATE
           SET kecamatan = excluded.kecamatan, kind = excluded.kind, umkm = excluded.umkm, status = excluded.status""",
        str(event.merchant_id),
        at,
        event.kecamatan_code,
        str(event.kind),
        umkm,
        str(event.status),
    )
    return status == "INSERT 0 1"


async def sellers(conn: Connection, ids: Iterable[str]) -> dict[str, list[Was]]:
    """What each was, the oldest first."""
    rows = await conn.fetch(
        "SELECT merchant_id, since, kecamatan, kind, umkm FROM seller_was WHERE merchant_id = ANY($1::text[]) ORDER BY since",
        sorted(set(ids)),
    )
    found: dict[str, list[Was]] = {}
    for row in rows:
        found.setdefault(row["merchant_id"], []).append(Was(row["since"], row["kecamatan"], row["kind"], row["umkm"]))
    return found


async def put_goods(conn: Connection, event: ProductChanged) -> list[str]:
    """The variants that were not known before."""
    product, offered = str(event.product_id), [str(each.variant_id) for each in event.variants]
    on_sale = event.status is ProductStatus.PUBLISHED
    known = await conn.fetch("SELECT variant_id FROM goods WHERE variant_id = ANY($1::text[])", offered)
    await conn.execute(
        "UPDATE goods SET on_sale = false WHERE product_id = $1 AND variant_id <> ALL($2::text[]) AND on_sale",
        product,
        offered,
    )
    if offered:
        await conn.execute(
            """INSERT INTO goods (variant_id, product_id, merchant_id, category, commodity, unit, price_rupiah, price_basis, on_sale)
               SELECT v, $1, $2, $3, $4, u, p, b, $5 FROM unnest($6::text[], $7::text[], $8::bigint[], $9::bigint[]) AS n (v, u, p, b)
               ON CONFLICT (variant_id) DO UPDATE
               SET category = excluded.category, commodity = excluded.commodity, unit = excluded.unit, price_rupiah = excluded.price_rupiah,
                   price_basis = excluded.price_basis, on_sale = excluded.on_sale""",
            product,
            str(event.merchant_id),
            event.category,
            event.commodity or "",
            on_sale,
            offered,
            [str(each.unit.kind) for each in event.variants],
            [each.catch_weight.price_rupiah if each.catch_weight else each.price_rupiah for each in event.variants],
            [each.catch_weight.price_basis if each.catch_weight else each.price_basis for each in event.variants],
        )
    before = {row["variant_id"] for row in known}
    return [each for each in offered if each not in before]


async def goods(conn: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Category, commodity and unit of each variant."""
    rows = await conn.fetch(
        "SELECT variant_id, category, commodity, unit FROM goods WHERE variant_id = ANY($1::text[])", sorted(set(ids))
    )
    return {row["variant_id"]: (row["category"], row["commodity"], row["unit"]) for row in rows}


async def put_company(conn: Connection, event: PartnerChanged) -> None:
    await conn.execute(
        """INSERT INTO company (partner_id, name, status) VALUES ($1, $2, $3)
           ON CONFLICT (partner_id) DO UPDATE SET name = excluded.name, status = excluded.status""",
        str(event.partner_id),
        event.name,
        str(event.status),
    )


async def companies(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    rows = await conn.fetch("SELECT partner_id, name FROM company WHERE partner_id = ANY($1::text[])", ids)
    return {row["partner_id"]: row["name"] for row in rows}


async def erase(conn: Connection, subject: str) -> list[tuple[int, bytes]]:
    """Whoever it was is somebody else from now on, in every month that still knows: the counts stay. Their orders, to be rewritten."""
    found: list[tuple[int, bytes]] = []
    for key in (await all_keys(conn)).values():
        before = digest(key, subject)
        rows = await conn.fetch("SELECT gen, digest FROM working WHERE buyer = $1 ORDER BY gen, digest", before)
        found += [(row["gen"], bytes(row["digest"])) for row in rows]
    return found
