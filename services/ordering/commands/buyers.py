"""Who buys: a buyer comes into being when first seen."""

from __future__ import annotations

from typing import Final

from services.kit.database.db import Transaction
from services.kit.http.identity import Forbidden
from services.ordering.domain.ids import BuyerId, CartId
from services.ordering.store import buyers
from services.ordering.store.buyers import Buyer

ERASED: Final = "this person was erased"


async def buyer(conn: Transaction, subject: str) -> Buyer:
    """The buyer of this subject, who comes into being, with an empty cart, when first seen. Raises Forbidden for who was erased, whose
    token goes on for some minutes."""
    found = await buyers.find(conn, subject)
    if found is None:
        await buyers.add(conn, BuyerId.new(), CartId.new(), subject)
        found = await buyers.find(conn, subject)
        assert found is not None
    if found.is_erased:
        raise Forbidden(ERASED)
    return found
