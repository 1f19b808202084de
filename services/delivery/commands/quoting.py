"""Quoting: one read, no write."""

from __future__ import annotations

from services.delivery.domain import quote
from services.delivery.domain.quote import Quoted, Wish
from services.delivery.store import pricing
from services.kit.database.db import Connection


async def quote_delivery(conn: Connection, wish: Wish) -> Quoted:
    """Raises NoTariff, UnknownMerchants, OutOfArea."""
    return quote.make(wish, await pricing.facts(conn, wish.merchants, wish.dropoff))
