"""Who buys: a buyer comes into being when first seen."""

from __future__ import annotations

from services.kit.database.db import Transaction
from services.ordering.domain.ids import BuyerId, CartId
from services.ordering.store import buyers
from services.ordering.store.buyers import Buyer


async def buyer(conn: Transaction, subject: str) -> Buyer:
    """The buyer of this subject, who comes into being, with an empty cart, when first seen."""
    found = await buyers.find(conn, subject)
    if found is None:
        await buyers.add(conn, BuyerId.new(), CartId.new(), subject)
        found = await buyers.find(conn, subject)
        assert found is not None
    return found
