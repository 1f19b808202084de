"""Batched reads of accounts and cash: one statement for all keys asked for at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.roles import Role
from services.ordering.domain.books import Accounts
from services.ordering.schema.context import Context
from services.ordering.store import books, cash, kasbons, reading, withholding
from services.ordering.store.payouts import PayeeId
from services.ordering.store.reading import Viewer
from services.ordering.store.withholding import TaxStatement

P = TypeVar("P", MerchantId, PartnerId, RiderId)


def viewer(context: Context) -> Viewer:
    """Of money, officers see what operators do."""
    return Viewer(context.identity.subject, context.identity.has(Role.OPS, Role.OFFICER))


async def sees_merchant(context: Context, ids: list[MerchantId]) -> list[bool]:
    async with context.db.acquire() as conn:
        found = await reading.merchants_of(conn, ids, viewer(context))
    return [each in found for each in ids]


async def sees_company(context: Context, ids: list[PartnerId]) -> list[bool]:
    who = viewer(context)
    async with context.db.acquire() as conn:
        found = await cash.companies_of(conn, ids, who.subject, staff=who.sees_all)
    return [each in found for each in ids]


async def speaks_for_company(context: Context, ids: list[PartnerId]) -> list[bool]:
    async with context.db.acquire() as conn:
        found = await cash.companies_of(conn, ids, context.identity.subject, staff=False)
    return [each in found for each in ids]


async def company_of_rider(context: Context, ids: list[RiderId]) -> list[PartnerId | None]:
    """For the rider and the company's people."""
    async with context.db.acquire() as conn:
        found = await cash.riders_of(conn, ids, context.identity.subject)
    return [found.get(each) for each in ids]


async def owed_to(context: Context, ids: Sequence[PayeeId]) -> list[int]:
    at = Accounts(context.tests_only)
    async with context.db.acquire() as conn:
        found = await books.balances(conn, [account for each in ids for account in at.owed(each)])
    return [-sum(found[account] for account in at.owed(each)) for each in ids]


async def carried_by(context: Context, ids: list[RiderId]) -> list[int]:
    at = Accounts(context.tests_only)
    async with context.db.acquire() as conn:
        found = await books.balances(conn, [at.carrying(each) for each in ids])
    return [found[at.carrying(each)] for each in ids]


async def limits_of(context: Context, ids: list[PartnerId]) -> list[int]:
    async with context.db.acquire() as conn:
        found = await cash.limits(conn, ids)
    return [found[each] for each in ids]


async def held_by(context: Context, ids: list[PartnerId]) -> list[tuple[int, int]]:
    """What the company answers for, and which of it its riders carry."""
    at = Accounts(context.tests_only)
    async with context.db.acquire() as conn:
        found = await books.balances(conn, [name for each in ids for name in (at.cash(each), at.with_riders(each))])
    return [(found[at.cash(each)], -found[at.with_riders(each)]) for each in ids]


async def tax_statements(context: Context, ids: list[MerchantId]) -> list[list[TaxStatement]]:
    async with context.db.acquire() as conn:
        found = await withholding.statements(conn, ids)
    return [found[each] for each in ids]


async def my_kasbons(context: Context, ids: list[MerchantId]) -> list[kasbons.Shown | None]:
    if not context.identity.subject:
        return [None for _ in ids]
    async with context.db.acquire() as conn:
        found = await kasbons.with_merchants(conn, ids, context.identity.subject, test=context.tests_only)
    return [found.get(each) for each in ids]


async def sells_at(context: Context, ids: list[MerchantId]) -> list[bool]:
    """Whether the caller is one of the merchant's people: what is between them and their buyers no staff sees."""
    async with context.db.acquire() as conn:
        found = await kasbons.sells_at(conn, ids, context.identity.subject)
    return [each in found for each in ids]


async def kasbon_owed_to(context: Context, ids: list[MerchantId]) -> list[int]:
    async with context.db.acquire() as conn:
        found = await kasbons.owed_to(conn, ids, test=context.tests_only)
    return [found[each] for each in ids]
