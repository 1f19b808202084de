"""Owners submit licences, officers decide on them, operators enter what goods need."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from services.catalog.commands import licences, needs
from services.catalog.domain import licence_number
from services.catalog.domain.caller import NotFound
from services.catalog.domain.licence import (
    MAX_KEEPS_DAYS,
    MAX_PRODUCTS,
    MAX_REASON_CHARACTERS,
    LicenceAction,
    Submitted,
)
from services.catalog.schema.licences import Licence
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Category, Product
from services.catalog.store import reference
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId
from services.contracts.licences import LicenceKind
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.input(description="A licence, for an officer to look at.")
class LicenceInput:
    kind: LicenceKind = strawberry.field(description="What it is.")
    number: str = strawberry.field(
        description=f"As its authority gave it, up to {licence_number.MAX_CHARACTERS} characters; blanks and dots do not count."
    )
    issued_on: date = strawberry.field(description="The day from which it holds.")
    expires_on: date | None = strawberry.field(
        default=None,
        description="The last day on which it holds. P-IRT and MD end, within five years; a halal certificate may; NIB and NMID do not.",
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"The goods that it names, up to {MAX_PRODUCTS}: P-IRT and MD name some, NIB and NMID none; a halal certificate is for "
        "all that the merchant makes without.",
    )
    document_photo_id: strawberry.ID | None = strawberry.field(
        default=None, description="A picture of it, med_…. Not shown to buyers."
    )

    def given(self) -> Submitted:
        """Raises BadUserInput."""
        products = tuple(ProductId.parse(each) for each in self.product_ids or ())
        if not len(set(products)) == len(products) <= MAX_PRODUCTS:
            raise BadUserInput(f"productIds are at most {MAX_PRODUCTS}, each once")
        return Submitted(
            kind=self.kind,
            number=read_line("number", self.number, longest=licence_number.MAX_CHARACTERS),
            issued_on=self.issued_on,
            expires_on=self.expires_on,
            products=products,
            document_photo_id=None if self.document_photo_id is None else MediaId.parse(self.document_photo_id),
        )


@strawberry.type
class SubmitLicencePayload(Payload):
    licence: Licence | None = None


@strawberry.type
class WithdrawLicencePayload(Payload):
    licence: Licence | None = None


@strawberry.type
class VerifyLicencePayload(Payload):
    licence: Licence | None = None


@strawberry.type
class RejectLicencePayload(Payload):
    licence: Licence | None = None


@strawberry.type
class RevokeLicencePayload(Payload):
    licence: Licence | None = None


@strawberry.type
class SaveCategoryRequirementPayload(Payload):
    category: Category | None = None


@strawberry.type
class DeclareNotHalalPayload(Payload):
    product: Product | None = None


_Reason = Annotated[
    str,
    strawberry.argument(description=f"For the merchant to read: one line of 1 to {MAX_REASON_CHARACTERS} characters."),
]


@strawberry.type
class LicenceMutations:
    @refusable(
        description="Owners only: a licence of the merchant or its goods, for an officer to look at. The key makes a repeat the same one."
    )
    async def submit_licence(
        self,
        info: Info,
        merchant_id: Annotated[
            strawberry.ID, strawberry.argument(description="A merchant of which the caller is an owner.")
        ],
        input: Annotated[LicenceInput, strawberry.argument(description="All of it; it is never changed.")],
        idempotency_key: str,
    ) -> SubmitLicencePayload | None:
        subject = info.context.identity.require(Role.MERCHANT)
        merchant, given = MerchantId.parse(merchant_id), input.given()
        async with transaction(info.context.db) as conn:
            made = await licences.submit(
                conn, info.context.caller, merchant, given, by=subject, idempotency_key=idempotency_key
            )
        return SubmitLicencePayload(licence=await _there(info, made))

    @refusable(description="Owners only: it holds and waits no more. What needs it is for sale no more.")
    async def withdraw_licence(self, info: Info, id: strawberry.ID) -> WithdrawLicencePayload | None:
        info.context.identity.require(Role.MERCHANT)
        return WithdrawLicencePayload(licence=await _moved(info, id, LicenceAction.WITHDRAW))

    @refusable(
        description="Officers and operators only: one that waits is in order. What was blocked for want of it is for sale again. "
        "Not on their own matter."
    )
    async def verify_licence(self, info: Info, id: strawberry.ID) -> VerifyLicencePayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return VerifyLicencePayload(licence=await _moved(info, id, LicenceAction.VERIFY))

    @refusable(description="Officers and operators only: one that waits is not in order. Not on their own matter.")
    async def reject_licence(self, info: Info, id: strawberry.ID, reason: _Reason) -> RejectLicencePayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return RejectLicencePayload(licence=await _moved(info, id, LicenceAction.REJECT, reason))

    @refusable(
        description="Officers and operators only: one that was verified holds no more. What needs it is for sale no more. "
        "Not on their own matter."
    )
    async def revoke_licence(self, info: Info, id: strawberry.ID, reason: _Reason) -> RevokeLicencePayload | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return RevokeLicencePayload(licence=await _moved(info, id, LicenceAction.REVOKE, reason))

    @refusable(
        description="Operators only: what goods of a kind need to be for sale, in place of what was entered. From that day on those that "
        "lack it are for sale no more, until they have it."
    )
    async def save_category_requirement(
        self,
        info: Info,
        category: Annotated[str, strawberry.argument(description="The code of a category: camilan.")],
        licence_kind: Annotated[LicenceKind, strawberry.argument(description="What they need.")],
        applies_from: Annotated[
            date | None,
            strawberry.argument(description="The first day, WIB; null, or left out, asks for it no more."),
        ] = None,
        keeps_days: Annotated[
            int | None,
            strawberry.argument(
                description=f"Only of goods that keep so many days or more, 1 to {MAX_KEEPS_DAYS}, or of which nobody says how long."
            ),
        ] = None,
    ) -> SaveCategoryRequirementPayload | None:
        by = info.context.identity.require(Role.OPS)
        if keeps_days is not None and not 1 <= keeps_days <= MAX_KEEPS_DAYS:
            raise BadUserInput(f"keepsDays is from 1 to {MAX_KEEPS_DAYS}")
        async with transaction(info.context.db) as conn:
            await needs.save_requirement(conn, category, licence_kind, applies_from, keeps_days, by=by)
            (found,) = [each for each in await reference.categories(conn) if each.code == category]
        return SaveCategoryRequirementPayload(category=Category.of(found))

    @refusable(
        description="The product is sold as not halal, which buyers are shown (UU 33/2014, article 26), and needs no certificate; or not. "
        "Without a certificate it is then for sale no more where one is needed."
    )
    async def declare_not_halal(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A product of the caller's merchant.")],
        declared: Annotated[bool, strawberry.argument(description="False takes it back.")] = True,
    ) -> DeclareNotHalalPayload | None:
        by = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = ProductId.parse(id)
        async with transaction(info.context.db) as conn:
            await needs.declare_not_halal(conn, info.context.caller, key, declared=declared, by=by)
        found = await Product.find(info, key)
        if found is None:
            raise NotFound
        return DeclareNotHalalPayload(product=found)


async def _moved(info: Info, id: str, action: LicenceAction, reason: str | None = None) -> Licence:
    key, by = LicenceId.parse(id), info.context.identity.require()
    stated = None if reason is None else read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
    async with transaction(info.context.db) as conn:
        await licences.move(conn, info.context.caller, key, action, stated, by=by)
    return await _there(info, key)


async def _there(info: Info, key: LicenceId) -> Licence:
    """Raises NotFound: it went while it was being changed."""
    found = await Licence.find(info, key)
    if found is None:
        raise NotFound
    return found
