"""Many small questions about licences as one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from services.catalog.domain.licence import Good
from services.catalog.schema.context import Context
from services.catalog.store import audit, needs, reading_licences
from services.catalog.store.needs import Found
from services.catalog.store.reading_licences import LicenceHistoryView, LicenceView, RequirementView
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId

K = TypeVar("K")
V = TypeVar("V")


async def licences(context: Context, ids: list[LicenceId]) -> Sequence[LicenceView | None]:
    async with context.db.acquire() as conn:
        found = await reading_licences.licences(conn, context.caller, ids)
    return [found.get(each) for each in ids]


async def of_merchants(context: Context, ids: list[MerchantId]) -> Sequence[list[LicenceView]]:
    async with context.db.acquire() as conn:
        rows = await reading_licences.of_merchants(conn, context.caller, ids)
    return _grouped(ids, [(row.merchant_id, row) for row in rows])


async def of_products(context: Context, ids: list[ProductId]) -> Sequence[list[LicenceView]]:
    async with context.db.acquire() as conn:
        rows = await reading_licences.of_products(conn, context.caller, ids)
    return _grouped(ids, rows)


async def products(context: Context, ids: list[LicenceId]) -> Sequence[list[ProductId]]:
    async with context.db.acquire() as conn:
        rows = await reading_licences.products(conn, ids)
    return _grouped(ids, rows)


async def histories(context: Context, ids: list[LicenceId]) -> Sequence[list[LicenceHistoryView]]:
    async with context.db.acquire() as conn:
        rows = await reading_licences.histories(conn, context.caller, ids)
    return _grouped(ids, [(row.licence_id, row) for row in rows])


async def documents(context: Context, ids: list[LicenceId]) -> Sequence[MediaId | None]:
    async with context.db.acquire() as conn:
        found = await reading_licences.documents(conn, context.caller, ids)
        if context.caller.staff and found:
            await audit.licence_documents_shown(conn, context.identity.subject, sorted(found))
    return [found.get(each) for each in ids]


async def goods(context: Context, ids: list[ProductId]) -> Sequence[Good | None]:
    async with context.db.acquire() as conn:
        rows: list[Found] = await needs.goods(conn, ids)
    found = {row.id: row for row in rows}
    return [found[each].good if each in found else None for each in ids]


async def needs_of(context: Context, ids: list[ProductId]) -> Sequence[Found | None]:
    """For the goods' own people and the platform."""
    async with context.db.acquire() as conn:
        rows = await needs.goods(conn, await needs.own(conn, context.caller, ids))
    found = {row.id: row for row in rows}
    return [found.get(each) for each in ids]


async def requirements(context: Context, categories: list[str]) -> Sequence[list[RequirementView]]:
    async with context.db.acquire() as conn:
        rows = await reading_licences.requirements(conn, categories)
    return _grouped(categories, [(row.category_code, row) for row in rows])


def _grouped(keys: Sequence[K], rows: Sequence[tuple[K, V]]) -> list[list[V]]:
    groups: dict[K, list[V]] = {key: [] for key in keys}
    for key, row in rows:
        groups[key].append(row)
    return [groups[key] for key in keys]
