"""A person who is erased: their cart and contacts go; orders, ledger and history stay as they were."""

from __future__ import annotations

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.ordering.domain.ids import BuyerId, CartId
from services.ordering.store import buyers, claims, erasing, guests, reviews, tickets


async def erase(conn: Transaction, subject: str) -> None:
    """What an open order needs stays until it has ended. Repeating does what is left. Whoever was no buyer is one from now on, erased: a
    token that outlives its person makes them none anew."""
    await buyers.add(conn, BuyerId.new(), CartId.new(), subject)
    found = await buyers.find(conn, subject)
    assert found is not None
    await erasing.hold(conn, found)
    await idempotency.forget(conn, subject)
    await claims.forget_words(conn, subject)
    await tickets.forget_words(conn, subject)
    await reviews.forget_words(conn, subject)
    if await erasing.empty_cart(conn, found.cart_id):
        conn.wake(str(found.cart_id))
    await guests.forget_of(conn, found.id)
    await erasing.empty_notes(conn, found.id)
    if await erasing.empty_contacts(conn, found.id):
        await erasing.is_emptied(conn, found.id)
