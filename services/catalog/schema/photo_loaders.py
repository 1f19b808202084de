"""Photos of many products, merchants or documents as one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.catalog.schema.context import Context
from services.catalog.schema.loaders import grouped
from services.catalog.store import audit
from services.catalog.store import photos as stored
from services.catalog.store.photos import PhotoChangeView, PhotoView
from services.contracts.catalog import MediaId, MerchantId, ProductId


async def first_photos(context: Context, ids: list[ProductId]) -> Sequence[PhotoView | None]:
    found = {row.of: row for row in await context.read(lambda conn: stored.first_photos(conn, ids))}
    return [found.get(each.uuid) for each in ids]


async def photos_of_products(context: Context, ids: list[ProductId]) -> Sequence[list[PhotoView]]:
    rows = await context.read(lambda conn: stored.photos_of_products(conn, ids))
    return grouped(ids, rows, lambda row: ProductId(row.of))


async def photos_of_merchants(context: Context, ids: list[MerchantId]) -> Sequence[PhotoView | None]:
    found = {row.of: row for row in await context.read(lambda conn: stored.photos_of_merchants(conn, ids))}
    return [found.get(each.uuid) for each in ids]


async def waiting_photos(context: Context, ids: list[MerchantId]) -> Sequence[list[PhotoView]]:
    async with context.db.acquire() as conn:
        rows = await stored.waiting_photos(conn, context.caller, ids)
    return grouped(ids, rows, lambda row: MerchantId(row.of))


async def photo_changes(context: Context, ids: list[ProductId]) -> Sequence[list[PhotoChangeView]]:
    async with context.db.acquire() as conn:
        rows = await stored.changes(conn, context.caller, ids)
    return grouped(ids, rows, lambda row: row.product_id)


async def documents(context: Context, ids: list[MediaId]) -> Sequence[tuple[PhotoView, datetime] | None]:
    async with context.db.acquire() as conn:
        found, now = await stored.documents(conn, context.caller, ids)
        if context.caller.staff and found:
            await audit.documents_shown(conn, context.identity.subject, sorted(found))
    return [(found[each], now) if each in found else None for each in ids]


async def now(context: Context, keys: list[str]) -> Sequence[datetime]:
    async with context.db.acquire() as conn:
        at = await stored.now(conn)
    return [at for _ in keys]
