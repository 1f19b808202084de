"""People put right what they once said of themselves."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import correcting
from services.catalog.domain.application import MAX_CONTACT_CHARACTERS, checked_contact
from services.catalog.domain.membership import MAX_NAME_CHARACTERS
from services.catalog.schema.loaders import Info
from services.catalog.schema.member_mutations import there
from services.catalog.schema.types import Merchant
from services.contracts.catalog import MerchantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.input(description="Whom the platform asks for about a merchant.")
class MerchantContactInput:
    contact_name: str = strawberry.field(description=f"Up to {MAX_CONTACT_CHARACTERS} characters. Not shown to buyers.")
    phone: str = strawberry.field(description="0812… or +62812…; kept as E.164, and not shown to buyers.")


@strawberry.type
class CorrectMerchantContactPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class CorrectMemberNamePayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class CorrectingMutations:
    @refusable(
        description="Owners only: whom the platform asks for, and at which number, whatever the merchant's status."
    )
    async def correct_merchant_contact(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A merchant of which the caller is an owner.")],
        input: Annotated[MerchantContactInput, strawberry.argument(description="Both; texts are trimmed.")],
    ) -> CorrectMerchantContactPayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        key, contact = MerchantId.parse(id), checked_contact(input.contact_name, input.phone)
        async with transaction(info.context.db) as conn:
            await correcting.correct_contact(conn, key, contact, by=subject)
        return CorrectMerchantContactPayload(merchant=await there(info, key))

    @refusable(description="By what the others of a merchant call who asks.")
    async def correct_member_name(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A merchant that the caller is of.")],
        name: Annotated[str, strawberry.argument(description=f"1 to {MAX_NAME_CHARACTERS} characters.")],
    ) -> CorrectMemberNamePayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        key, called = MerchantId.parse(id), read_line("name", name, longest=MAX_NAME_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await correcting.correct_name(conn, key, called, by=subject)
        return CorrectMemberNamePayload(merchant=await there(info, key))
