"""Who is of a merchant."""

from __future__ import annotations

from services.catalog.store import goods
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def erase(conn: Transaction, subject: str) -> None:
    """Of no merchant any more, which is told; a merchant whose last it was is without anybody. Repeating changes nothing."""
    left = await goods.take_out(conn, subject)
    if left:
        await outbox.append(conn, *await goods.merchant_states(conn, left))
