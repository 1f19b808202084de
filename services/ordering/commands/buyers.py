"""Who buys: a buyer comes into being when first seen, and keeps contacts."""

from __future__ import annotations

from typing import Final

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.ordering.domain.contact import Contact, check_room, checked_contact
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from services.ordering.store import buyers, contacts
from services.ordering.store.buyers import Buyer

SAVE_CONTACT: Final = "saveContact"


async def buyer(conn: Transaction, subject: str) -> Buyer:
    """The buyer of this subject, who comes into being, with an empty cart, when first seen."""
    found = await buyers.find(conn, subject)
    if found is None:
        await buyers.add(conn, BuyerId.new(), CartId.new(), subject)
        found = await buyers.find(conn, subject)
        assert found is not None
    return found


async def save_contact(conn: Transaction, subject: str, contact: Contact, *, idempotency_key: str) -> ContactId:
    """Raises ContactInvalid, or a group of it, and ContactsAreTooMany."""
    claim = await idempotency.claim(conn, caller=subject, mutation=SAVE_CONTACT, key=idempotency_key, body=contact)
    if claim.answer is not None:
        return ContactId.parse(claim.answer["contact_id"])
    checked = checked_contact(contact)
    owner = await buyer(conn, subject)
    await buyers.lock(conn, owner.id)  # two at once cannot both be the last
    check_room(await contacts.count(conn, owner.id))
    contact_id = ContactId.new()
    await contacts.add(conn, contact_id, owner.id, checked)
    await claim.store(conn, {"contact_id": str(contact_id)})
    return contact_id
