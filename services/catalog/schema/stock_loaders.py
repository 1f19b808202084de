"""Small questions about stock as one statement each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.catalog.domain.ids import StockPlaceId
from services.catalog.schema.context import Context
from services.catalog.store import reading_stock
from services.catalog.store.reading_stock import (
    LyingView,
    MovementView,
    PlaceHistoryView,
    PlaceView,
    ShelfView,
    TemplateView,
)
from services.contracts.catalog import MerchantId, VariantId


class MovementPage(NamedTuple):
    variant_id: VariantId
    after: int | None
    limit: int


class HubPage(NamedTuple):
    """`after` is the last of the page before: a place, and of what lies there a variant."""

    hub_id: MerchantId
    after: tuple[UUID, ...] | None
    limit: int


async def movements(context: Context, pages: list[MovementPage]) -> Sequence[list[MovementView]]:
    async with context.db.acquire() as conn:
        return await reading_stock.movements(
            conn,
            context.caller,
            [page.variant_id for page in pages],
            [page.after for page in pages],
            [page.limit for page in pages],
        )


async def lying(context: Context, ids: list[VariantId]) -> Sequence[list[LyingView]]:
    async with context.db.acquire() as conn:
        rows = await reading_stock.lying(conn, context.caller, ids)
    groups: dict[VariantId, list[LyingView]] = defaultdict(list)
    for row in rows:
        groups[row.variant_id].append(row)
    return [groups[each] for each in ids]


async def loaded_today(context: Context, ids: list[VariantId]) -> Sequence[int | None]:
    async with context.db.acquire() as conn:
        found = await reading_stock.loaded_today(conn, context.caller, ids)
    return [found.get(each) for each in ids]


async def places(context: Context, ids: list[StockPlaceId]) -> Sequence[PlaceView | None]:
    async with context.db.acquire() as conn:
        found = await reading_stock.places(conn, context.caller, ids)
    return [found.get(each) for each in ids]


async def places_of_merchants(context: Context, ids: list[MerchantId]) -> Sequence[list[PlaceView]]:
    async with context.db.acquire() as conn:
        rows = await reading_stock.places_of_merchants(conn, context.caller, ids)
    groups: dict[MerchantId, list[PlaceView]] = defaultdict(list)
    for row in rows:
        groups[row.merchant_id].append(row)
    return [groups[each] for each in ids]


async def place_histories(context: Context, ids: list[StockPlaceId]) -> Sequence[list[PlaceHistoryView]]:
    async with context.db.acquire() as conn:
        rows = await reading_stock.place_histories(conn, context.caller, ids)
    groups: dict[StockPlaceId, list[PlaceHistoryView]] = defaultdict(list)
    for row in rows:
        groups[row.place_id].append(row)
    return [groups[each] for each in ids]


async def templates(context: Context, ids: list[MerchantId]) -> Sequence[list[TemplateView]]:
    async with context.db.acquire() as conn:
        rows = await reading_stock.templates(conn, context.caller, ids)
    groups: dict[MerchantId, list[TemplateView]] = defaultdict(list)
    for row in rows:
        groups[row.merchant_id].append(row)
    return [groups[each] for each in ids]


async def shelves(context: Context, pages: list[HubPage]) -> Sequence[list[PlaceView]]:
    async with context.db.acquire() as conn:
        return await reading_stock.shelves_of_hubs(
            conn,
            context.caller,
            [page.hub_id for page in pages],
            [page.after[0] if page.after else None for page in pages],
            [page.limit for page in pages],
        )


async def shelf(context: Context, pages: list[HubPage]) -> Sequence[list[ShelfView]]:
    async with context.db.acquire() as conn:
        return await reading_stock.shelf(
            conn,
            [page.hub_id for page in pages],
            [(page.after[0], page.after[1]) if page.after else None for page in pages],
            [page.limit for page in pages],
        )
