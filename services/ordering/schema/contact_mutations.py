"""Mutations of a buyer's contacts."""

from typing import Annotated

import strawberry

from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.types import PointInput
from services.ordering.commands import contacts
from services.ordering.domain import contact
from services.ordering.domain.ids import ContactId
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.context import Info
from services.ordering.schema.types import Buyer, Contact
from services.ordering.store import buyers, reading_contacts

BUYER = "Whose it is, with the contacts as they are now; null when there are problems."


@strawberry.input(description="A place in Lumajang to deliver to, and whom to call there.")
class SaveContactInput:
    label: str = strawberry.field(description="The buyer's own name for it, up to 40 characters.")
    recipient: str = strawberry.field(description="Up to 80 characters.")
    phone: str = strawberry.field(description="0812… or +62812…; kept as E.164.")
    line: str = strawberry.field(description="Street and number, or what stands for them; up to 200 characters.")
    kecamatan_code: str = strawberry.field(description="Kemendagri code of one of Lumajang's kecamatan, 35.08.xx.")
    point: PointInput = strawberry.field(description="The door itself; riders are led there.")
    desa_code: str | None = strawberry.field(
        default=None, description="The village's Kemendagri code, 35.08.xx.xxxx, where it is known."
    )
    note: str | None = strawberry.field(default=None, description="For the rider; up to 200 characters.")


@strawberry.type
class SaveContactPayload(Payload):
    contact: Contact | None = None
    buyer: Buyer | None = strawberry.field(default=None, description=BUYER)


@strawberry.type
class UpdateContactPayload(Payload):
    contact: Contact | None = strawberry.field(
        default=None, description="The one that is in its place, with an id of its own; null when there are problems."
    )
    buyer: Buyer | None = strawberry.field(default=None, description=BUYER)


@strawberry.type
class DeleteContactPayload(Payload):
    buyer: Buyer | None = strawberry.field(default=None, description=BUYER)


@strawberry.type
class SetDefaultContactPayload(Payload):
    buyer: Buyer | None = strawberry.field(default=None, description=BUYER)


_Whole = Annotated[SaveContactInput, strawberry.argument(description="The whole contact; texts are trimmed.")]


@strawberry.type
class ContactMutations:
    @refusable(description="Keep a contact. Contacts never change; the key makes a repeat the same one.")
    async def save_contact(self, info: Info, input: _Whole, idempotency_key: str) -> SaveContactPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            kept = await contacts.save_contact(conn, subject, _given(input), idempotency_key=idempotency_key)
            row, owner = (
                await reading_contacts.contact(conn, kept, info.context.viewer),
                await buyers.find(conn, subject),
            )
        if row is None or owner is None:
            raise Unknown  # it was erased since
        return SaveContactPayload(contact=Contact.of(row), buyer=Buyer.known_as(owner.id))

    @refusable(
        description="Put another contact in the place of one, in the list and as the default. Orders keep what they were placed with, "
        "and an order is placed with the new id alone."
    )
    async def update_contact(
        self, info: Info, id: strawberry.ID, input: _Whole, idempotency_key: str
    ) -> UpdateContactPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        before = ContactId.parse(id)
        async with transaction(info.context.db) as conn:
            kept = await contacts.update_contact(conn, subject, before, _given(input), idempotency_key=idempotency_key)
            row, owner = (
                await reading_contacts.contact(conn, kept, info.context.viewer),
                await buyers.find(conn, subject),
            )
        if row is None or owner is None:
            raise Unknown  # it was erased since
        return UpdateContactPayload(contact=Contact.of(row), buyer=Buyer.known_as(owner.id))

    @refusable(
        description="Take a contact out of the list. Orders keep it. After the default comes the oldest that is left."
    )
    async def delete_contact(self, info: Info, id: strawberry.ID) -> DeleteContactPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            owner = await contacts.delete_contact(conn, subject, ContactId.parse(id))
        return DeleteContactPayload(buyer=Buyer.known_as(owner))

    @refusable(description="Make a contact the one that orders begin with.")
    async def set_default_contact(self, info: Info, id: strawberry.ID) -> SetDefaultContactPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            owner = await contacts.set_default_contact(conn, subject, ContactId.parse(id))
        return SetDefaultContactPayload(buyer=Buyer.known_as(owner))


def _given(input: SaveContactInput) -> contact.Contact:
    return contact.Contact(
        label=input.label,
        recipient=input.recipient,
        phone=input.phone,
        line=input.line,
        note=input.note,
        lat=input.point.lat,
        lng=input.point.lng,
        kecamatan_code=input.kecamatan_code,
        desa_code=input.desa_code,
    )
