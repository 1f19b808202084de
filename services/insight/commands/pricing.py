"""The province's price list, as somebody loads it."""

from __future__ import annotations

from datetime import datetime

from services.insight.domain import prices as domain
from services.insight.domain.prices import PriceList
from services.insight.store import prices
from services.kit.database.db import Transaction


async def take(conn: Transaction, text: str, source: str, *, actor: str, at: datetime) -> PriceList:
    """What was taken, and what was left out. The same list again changes nothing. Raises NotAPriceList, having taken nothing."""
    found, named = domain.read(text), domain.source(source)
    await prices.put(conn, found.prices, source=named, actor=actor, broken=len(found.faults), at=at)
    return found
