"""Batched reads of what comes after an order: histories, claims, tickets, reviews."""

from __future__ import annotations

from datetime import datetime

from services.contracts.catalog import MerchantId, ProductId
from services.contracts.claims import ClaimId, TicketId
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.roles import Role
from services.ordering.schema.context import Context
from services.ordering.store import audit, claim_photos, claims, histories, reviews, tickets


async def entries_of_orders(context: Context, ids: list[OrderId]) -> list[list[histories.Entry]]:
    async with context.db.acquire() as conn:
        found = await histories.of_orders(conn, ids, context.viewer.subject)
    return [found[each] for each in ids]


async def entries_of_parts(context: Context, ids: list[SellerOrderId]) -> list[list[histories.Entry]]:
    async with context.db.acquire() as conn:
        found = await histories.of_parts(conn, ids, context.viewer.subject)
    return [found[each] for each in ids]


async def claims_of_orders(context: Context, ids: list[OrderId]) -> list[list[claims.Shown]]:
    async with context.db.acquire() as conn:
        found = await claims.of_orders(conn, ids)
    return [found[each] for each in ids]


async def claims_of_parts(context: Context, ids: list[SellerOrderId]) -> list[list[claims.Shown]]:
    async with context.db.acquire() as conn:
        found = await claims.of_seller_orders(conn, ids)
    return [found[each] for each in ids]


async def claim_entries(context: Context, ids: list[ClaimId]) -> list[list[claims.Entry]]:
    async with context.db.acquire() as conn:
        found = await claims.entries(conn, ids, context.viewer.subject)
    return [found[each] for each in ids]


async def claim_photos_of(context: Context, ids: list[ClaimId]) -> list[tuple[list[claim_photos.Shown], datetime]]:
    """With what time it is. What staff are handed of others' is written down."""
    identity = context.identity
    staff = identity.has(Role.OFFICER) or identity.has(Role.OPS)
    async with context.db.acquire() as conn:
        found, now = await claim_photos.of_claims(conn, ids, identity.subject, sees_all=staff)
        shown = [photo.id for each in found.values() for photo in each]
        if staff and shown:
            await audit.claim_photos_shown(conn, identity.subject, shown)
    return [(found[each], now) for each in ids]


async def ticket_entries(context: Context, ids: list[TicketId]) -> list[list[tickets.Entry]]:
    async with context.db.acquire() as conn:
        found = await tickets.entries(conn, ids, context.viewer.subject)
    return [found[each] for each in ids]


async def reviews_of_orders(context: Context, ids: list[OrderId]) -> list[list[reviews.Shown]]:
    async with context.db.acquire() as conn:
        found = await reviews.of_orders(conn, ids)
    return [found[each] for each in ids]


async def ratings_of_products(context: Context, ids: list[ProductId]) -> list[reviews.Rating | None]:
    async with context.db.acquire() as conn:
        found = await reviews.ratings_of_products(conn, ids)
    return [found.get(each) for each in ids]


async def ratings_of_merchants(context: Context, ids: list[MerchantId]) -> list[reviews.Rating | None]:
    async with context.db.acquire() as conn:
        found = await reviews.ratings_of_merchants(conn, ids)
    return [found.get(each) for each in ids]
