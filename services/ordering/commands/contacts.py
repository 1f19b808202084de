"""A buyer's contacts. One never changes, for orders have it: whoever edits one gets another in its place."""

from __future__ import annotations

from typing import Final

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.http.identity import Forbidden
from services.ordering.commands.buyers import ERASED, buyer
from services.ordering.domain.contact import Contact, check_changes, check_room, checked_contact
from services.ordering.domain.ids import BuyerId, ContactId
from services.ordering.domain.refusal import Unknown
from services.ordering.store import buyers, contacts

SAVE: Final = "saveContact"
UPDATE: Final = "updateContact"


async def save_contact(conn: Transaction, subject: str, contact: Contact, *, idempotency_key: str) -> ContactId:
    """Raises ContactInvalid, or a group of it, and ContactsAreTooMany."""
    claim = await idempotency.claim(conn, caller=subject, mutation=SAVE, key=idempotency_key, body=contact)
    if claim.answer is not None:
        return ContactId.parse(claim.answer["contact_id"])
    checked = checked_contact(contact)
    owner = await _locked(conn, subject)
    check_room(await contacts.count(conn, owner))
    contact_id = ContactId.new()
    await contacts.add(conn, contact_id, owner, checked)
    await claim.store(conn, {"contact_id": str(contact_id)})
    return contact_id


async def update_contact(
    conn: Transaction, subject: str, before: ContactId, contact: Contact, *, idempotency_key: str
) -> ContactId:
    """The one in its place: at its place in the list, and the default if it was. Raises Unknown, and what `save_contact` does."""
    body = {"id": before, "contact": contact}
    claim = await idempotency.claim(conn, caller=subject, mutation=UPDATE, key=idempotency_key, body=body)
    if claim.answer is not None:
        return ContactId.parse(claim.answer["contact_id"])
    checked = checked_contact(contact)
    owner = await _locked(conn, subject)
    if not await contacts.is_kept(conn, owner, before):
        raise Unknown
    check_changes(await contacts.gone_lately(conn, owner))
    contact_id = ContactId.new()
    await contacts.add(conn, contact_id, owner, checked)
    await contacts.put_in_place(conn, owner, before, contact_id)
    await contacts.forget(conn, owner)
    await claim.store(conn, {"contact_id": str(contact_id)})
    return contact_id


async def delete_contact(conn: Transaction, subject: str, contact_id: ContactId) -> BuyerId:
    """Whose it was. Gone already, it stays gone. Raises Unknown and ContactsAreTooMany."""
    owner = await _locked(conn, subject)
    if await contacts.is_kept(conn, owner, contact_id):
        check_changes(await contacts.gone_lately(conn, owner))
        await contacts.remove(conn, contact_id)
        await contacts.forget(conn, owner)
    elif not await contacts.is_gone(conn, owner, contact_id):
        raise Unknown
    return owner


async def set_default_contact(conn: Transaction, subject: str, contact_id: ContactId) -> BuyerId:
    """Raises Unknown."""
    owner = await _locked(conn, subject)
    if not await contacts.is_kept(conn, owner, contact_id):
        raise Unknown
    await buyers.set_default(conn, owner, contact_id)
    return owner


async def _locked(conn: Transaction, subject: str) -> BuyerId:
    """The buyer of this subject: two changes at once cannot both be the last. Raises Forbidden."""
    owner = await buyer(conn, subject)
    if not await buyers.lock(conn, owner.id):
        raise Forbidden(ERASED)
    return owner.id
