"""Many small questions of one operation as one statement each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from services.catalog.domain.tree import Attribute, Commodity, Node
from services.catalog.schema.context import Context
from services.catalog.store import audit, passing, prices, product_history, reading, reading_merchants, reference, tree
from services.catalog.store import members as member_rows
from services.catalog.store import merchants as merchant_rows
from services.catalog.store import rounds as round_rows
from services.catalog.store import shelves as shelf_rows
from services.catalog.store.members import InvitationView, MemberView
from services.catalog.store.merchants import HistoryView, RegistrationView
from services.catalog.store.passing import GoodsView, RoundView
from services.catalog.store.prices import PastPriceView
from services.catalog.store.product_history import ChangeView
from services.catalog.store.reading import ProductView, VariantView
from services.catalog.store.reading_merchants import MerchantView, StopView
from services.catalog.store.reference import RegionView
from services.catalog.store.rounds import AreaView
from services.catalog.store.shelves import ShelfView
from services.contracts.catalog import MerchantId, ProductId, VariantId

Info: TypeAlias = strawberry.Info[Context, None]
Tree: TypeAlias = Mapping[str, Node]
K = TypeVar("K")
V = TypeVar("V")


class ProductPage(NamedTuple):
    """A page of one merchant's products, of one category if it is said, after (name, id)."""

    merchant_id: MerchantId
    category: str | None
    after: tuple[str, UUID] | None
    limit: int
    archived: bool = False


class PastFreshPage(NamedTuple):
    """A page of one merchant's goods that are past the time that they keep, after (day of the harvest, id)."""

    merchant_id: MerchantId
    after: tuple[date, UUID] | None
    limit: int


class HistoryPage(NamedTuple):
    """A page of what was changed of a product, behind that entry."""

    product_id: ProductId
    after: int | None
    limit: int


async def merchants(context: Context, ids: list[MerchantId]) -> Sequence[MerchantView | None]:
    found = await context.read(lambda conn: reading_merchants.merchants(conn, context.caller, ids))
    return [found.get(merchant_id) for merchant_id in ids]


async def products(context: Context, ids: list[ProductId]) -> Sequence[ProductView | None]:
    found = await context.read(lambda conn: reading.products(conn, context.caller, ids))
    return [found.get(product_id) for product_id in ids]


async def variants(context: Context, ids: list[VariantId]) -> Sequence[VariantView | None]:
    found = await context.read(lambda conn: reading.variants(conn, context.caller, ids))
    return [found.get(variant_id) for variant_id in ids]


async def variants_of_products(context: Context, ids: list[ProductId]) -> Sequence[list[VariantView]]:
    rows = await context.read(lambda conn: reading.variants_of_products(conn, context.caller, ids))
    return grouped(ids, rows, lambda row: row.product_id)


async def retired_variants(context: Context, ids: list[ProductId]) -> Sequence[list[VariantView]]:
    async with context.db.acquire() as conn:
        rows = await reading.variants_of_products(conn, context.caller, ids, retired=True)
    return grouped(ids, rows, lambda row: row.product_id)


async def past_fresh(context: Context, pages: list[PastFreshPage]) -> Sequence[list[ProductView]]:
    async with context.db.acquire() as conn:
        return await reading.past_fresh(conn, context.caller, pages)


async def category_trees(context: Context, codes: list[str]) -> Sequence[Tree]:
    """One tree, for whoever asks where a category stands in it."""
    nodes = await context.read(lambda conn: tree.nodes(conn))
    return [nodes for _ in codes]


async def attributes_by_code(context: Context, keys: list[str]) -> Sequence[dict[str, Attribute]]:
    found = {each.code: each for each in await context.read(lambda conn: tree.attributes(conn))}
    return [found for _ in keys]


async def commodities(context: Context, codes: list[str]) -> Sequence[Commodity | None]:
    found = await context.read(lambda conn: tree.commodities(conn))
    return [found.get(code) for code in codes]


async def product_histories(context: Context, pages: list[HistoryPage]) -> Sequence[list[ChangeView]]:
    async with context.db.acquire() as conn:
        found = await product_history.pages(conn, context.caller, pages)
        named = {row.merchant_id for rows in found for row in rows if row.name is not None}
        if context.caller.staff and named:
            await audit.members_shown(conn, context.identity.subject, sorted(named))
    return found


async def products_of_merchants(context: Context, pages: list[ProductPage]) -> Sequence[list[ProductView]]:
    async with context.db.acquire() as conn:
        return await reading.products_of_merchants(
            conn,
            context.caller,
            [page.merchant_id for page in pages],
            [page.category for page in pages],
            [page.after for page in pages],
            [page.limit for page in pages],
            [page.archived for page in pages],
        )


async def shelves(context: Context, ids: list[MerchantId]) -> Sequence[list[ShelfView]]:
    rows = await context.read(lambda conn: shelf_rows.shelves(conn, ids))
    return grouped(ids, rows, lambda row: row.merchant_id)


async def route_stops(context: Context, ids: list[MerchantId]) -> Sequence[list[StopView]]:
    rows = await context.read(lambda conn: reading_merchants.route_stops(conn, ids))
    return grouped(ids, rows, lambda row: row.merchant_id)


async def rounds(context: Context, ids: list[MerchantId]) -> Sequence[RoundView | None]:
    async with context.db.acquire() as conn:
        found = await passing.rounds(conn, ids)
    return [found.get(merchant_id) for merchant_id in ids]


async def goods_in_stock(context: Context, ids: list[MerchantId]) -> Sequence[list[GoodsView]]:
    async with context.db.acquire() as conn:
        rows = await passing.goods(conn, ids)
    return grouped(ids, rows, lambda row: row.merchant_id)


async def serving_areas(context: Context, ids: list[MerchantId]) -> Sequence[AreaView | None]:
    async with context.db.acquire() as conn:
        found = await round_rows.areas(conn, ids)
    return [found.get(merchant_id) for merchant_id in ids]


async def registrations(context: Context, ids: list[MerchantId]) -> Sequence[RegistrationView | None]:
    async with context.db.acquire() as conn:
        found = await merchant_rows.registrations(conn, context.caller, ids)
        if context.caller.staff and found:
            await audit.registrations_shown(conn, context.identity.subject, sorted(found))
    return [found.get(merchant_id) for merchant_id in ids]


async def merchant_histories(context: Context, ids: list[MerchantId]) -> Sequence[list[HistoryView]]:
    async with context.db.acquire() as conn:
        rows = await merchant_rows.histories(conn, context.caller, ids)
    return grouped(ids, rows, lambda row: row.merchant_id)


async def members(context: Context, ids: list[MerchantId]) -> Sequence[list[MemberView]]:
    async with context.db.acquire() as conn:
        rows = await member_rows.views(conn, context.caller, ids)
        if context.caller.staff and rows:
            await audit.members_shown(conn, context.identity.subject, sorted({row.merchant_id for row in rows}))
    return grouped(ids, rows, lambda row: row.merchant_id)


async def invitations(context: Context, ids: list[MerchantId]) -> Sequence[list[InvitationView]]:
    async with context.db.acquire() as conn:
        rows = await member_rows.invitations(conn, context.caller, ids)
    return grouped(ids, rows, lambda row: row.merchant_id)


async def were_prices(context: Context, ids: list[VariantId]) -> Sequence[int | None]:
    found = await context.read(lambda conn: prices.were(conn, ids))
    return [found.get(variant_id) for variant_id in ids]


async def price_histories(context: Context, ids: list[VariantId]) -> Sequence[list[PastPriceView]]:
    async with context.db.acquire() as conn:
        rows = await prices.histories(conn, context.caller, ids)
    return grouped(ids, rows, lambda row: row.variant_id)


async def villages(context: Context, kecamatan_codes: list[str]) -> Sequence[list[RegionView]]:
    rows = await context.read(lambda conn: reference.villages(conn, kecamatan_codes))
    return grouped(kecamatan_codes, rows, lambda row: row.parent_code)


def grouped(keys: Sequence[K], rows: Sequence[V], key_of: Callable[[V], K | None]) -> list[list[V]]:
    groups: dict[K | None, list[V]] = {key: [] for key in keys}
    for row in rows:
        groups[key_of(row)].append(row)
    return [groups[key] for key in keys]
