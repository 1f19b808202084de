"""Merchants put goods up for sale, and say better what they are; operators enter the units in which they are sold."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import categories, offering
from services.catalog.domain.caller import NotFound
from services.catalog.domain.category import MAX_BASE_PER_UNIT
from services.catalog.domain.offering import MAX_LABEL_CHARACTERS, MAX_VARIANTS, Unit, usual_step
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.schema.inputs import ChangeVariantInput, ProductInput, VariantInput
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Product, Variant
from services.catalog.store.reference import SaleUnitView
from services.contracts.catalog import MerchantId, ProductId, UnitKind, VariantId
from services.contracts.roles import Role
from services.graph import Payload, SaleUnit
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.type
class CreateProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class ChangeProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class AddVariantPayload(Payload):
    product: Product | None = None


@strawberry.type
class ChangeVariantPayload(Payload):
    variant: Variant | None = None


@strawberry.type
class SaveSaleUnitPayload(Payload):
    sale_unit: SaleUnit | None = None


_Product = Annotated[strawberry.ID, strawberry.argument(description="A product of a merchant that the caller is of.")]
_Whole = Annotated[ProductInput, strawberry.argument(description="Whole, in place of what was; texts are trimmed.")]


@strawberry.type
class OfferingMutations:
    @refusable(
        description="A new product of the merchant, as a draft: `publishProduct` puts it up for sale. The key makes a repeat the same one."
    )
    async def create_product(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="A merchant that the caller is of.")],
        input: Annotated[ProductInput, strawberry.argument(description="What it is.")],
        variants: Annotated[
            list[VariantInput], strawberry.argument(description=f"How it is sold: 1 to {MAX_VARIANTS}, in their order.")
        ],
        idempotency_key: str,
    ) -> CreateProductPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(merchant_id)
        sold = [each.given() for each in variants]
        async with transaction(info.context.db) as conn:
            made = await offering.create(
                conn,
                info.context.caller,
                key,
                input.given(),
                sold,
                by=info.context.identity.subject,
                idempotency_key=idempotency_key,
                more=input.more(),
            )
        return CreateProductPayload(product=await _product(info, made))

    @refusable(
        description="What a product is called, where it is found, and what is said of it. Orders placed before keep what they hold."
    )
    async def change_product(self, info: Info, id: _Product, input: _Whole) -> ChangeProductPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, more = ProductId.parse(id), input.more()
        async with transaction(info.context.db) as conn:
            await offering.describe(conn, info.context.caller, key, input.given(), by=subject, more=more)
        return ChangeProductPayload(product=await _product(info, key))

    @refusable(
        description="One more way in which a product is sold, behind the others. The key makes a repeat the same one."
    )
    async def add_variant(
        self,
        info: Info,
        product_id: _Product,
        variant: Annotated[VariantInput, strawberry.argument(description="How it is sold.")],
        idempotency_key: str,
    ) -> AddVariantPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = ProductId.parse(product_id)
        async with transaction(info.context.db) as conn:
            await offering.add_variant(
                conn,
                info.context.caller,
                key,
                variant.given(),
                by=info.context.identity.subject,
                idempotency_key=idempotency_key,
            )
        return AddVariantPayload(product=await _product(info, key))

    @refusable(description="How a variant is sold from now on. Carts and orders keep what they hold.")
    async def change_variant(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
        input: Annotated[ChangeVariantInput, strawberry.argument(description="What is to be otherwise.")],
    ) -> ChangeVariantPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(id)
        async with transaction(info.context.db) as conn:
            await offering.change_variant(conn, info.context.caller, key, input.given(), by=subject)
        found = await Variant.find(info, key)
        if found is None:
            raise NotFound
        return ChangeVariantPayload(variant=found)

    @refusable(
        description="Operators only: enter a unit in which goods are sold. It never changes, and saying it again is no trouble."
    )
    async def save_sale_unit(
        self,
        info: Info,
        code: Annotated[
            str, strawberry.argument(description=f"Small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}.")
        ],
        label: Annotated[
            str,
            strawberry.argument(
                description=f"In Indonesian, behind a quantity; up to {MAX_LABEL_CHARACTERS} characters."
            ),
        ],
        kind: Annotated[UnitKind, strawberry.argument(description="What its base units are.")],
        base_per_unit: Annotated[
            int, strawberry.argument(description=f"Base units in one, 1 to {MAX_BASE_PER_UNIT}; of pieces 1.")
        ] = 1,
    ) -> SaveSaleUnitPayload | None:
        info.context.identity.require(Role.OPS)
        if not is_slug(code, MAX_CODE_CHARACTERS):
            raise BadUserInput(f"code is small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}")
        called = read_line("label", label, longest=MAX_LABEL_CHARACTERS)
        unit = SaleUnitView(code=code, label=called, kind=kind, base_per_unit=base_per_unit)
        async with transaction(info.context.db) as conn:
            await categories.save_sale_unit(conn, unit)
        return SaveSaleUnitPayload(sale_unit=usual(unit))


def usual(unit: SaleUnitView) -> SaleUnit:
    """With the step that a variant has when it does not say one."""
    step = usual_step(Unit(unit.code, unit.label, unit.kind, unit.base_per_unit))
    return SaleUnit(
        code=unit.code, label=unit.label, kind=unit.kind, base_per_unit=unit.base_per_unit, step=step, min=step
    )


async def _product(info: Info, key: ProductId) -> Product:
    """Raises NotFound: it went while it was being changed."""
    found = await Product.find(info, key)
    if found is None:
        raise NotFound
    return found
