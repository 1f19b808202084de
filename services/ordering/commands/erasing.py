"""A person who is erased: their cart and contacts go; orders, ledger and history stay as they were."""

from __future__ import annotations

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.ordering.commands import kasbons
from services.ordering.domain.ids import BuyerId, CartId
from services.ordering.store import buyers, claim_photos, claims, erasing, guests, reviews, tickets
from services.ordering.store import kasbons as stored_kasbons


async def erase(conn: Transaction, subject: str) -> None:
    """What an open order needs stays until it has ended, and who owes on a kasbon has a name there until it is paid or forgiven. Repeating
    does what is left. Whoever was no buyer is one from now on, erased: a token that outlives its person makes them none anew."""
    await buyers.add(conn, BuyerId.new(), CartId.new(), subject)
    found = await buyers.find(conn, subject)
    assert found is not None
    await erasing.hold(conn, found)
    await idempotency.forget(conn, subject)
    await claims.forget_words(conn, subject)
    await claim_photos.drop_of_person(conn, subject)
    await tickets.forget_words(conn, subject)
    await reviews.forget_words(conn, subject)
    if await erasing.empty_cart(conn, found.cart_id):
        conn.wake(str(found.cart_id))
    await guests.forget_of(conn, found.id)
    await erasing.empty_notes(conn, found.id)
    await kasbons.of_erased(conn, found.id)
    await stored_kasbons.forget_words(conn, subject)
    nothing_owed = await stored_kasbons.forget_names(conn, found.id)
    if await erasing.empty_contacts(conn, found.id) and nothing_owed:
        await erasing.is_emptied(conn, found.id)
