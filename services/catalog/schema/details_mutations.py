"""Merchants put goods away, take variants out of the sale, and say more of what they sell."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import strawberry

from services.catalog.commands import details, goods
from services.catalog.domain.caller import NotFound
from services.catalog.domain.details import Given
from services.catalog.domain.product import ProductAction
from services.catalog.domain.tree import MAX_VALUES
from services.catalog.schema.inputs import ProductAttributeInput
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Product, Variant
from services.contracts.catalog import ProductId, VariantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable

MAX_HARVESTED: Final = 50

_Product = Annotated[strawberry.ID, strawberry.argument(description="A product of a merchant that the caller is of.")]
_Variant = Annotated[strawberry.ID, strawberry.argument(description="A variant of a merchant that the caller is of.")]


@strawberry.type
class ArchiveProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class RestoreProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class RetireVariantPayload(Payload):
    variant: Variant | None = None


@strawberry.type
class RestoreVariantPayload(Payload):
    variant: Variant | None = None


@strawberry.type
class SetProductAttributesPayload(Payload):
    product: Product | None = None


@strawberry.type
class SetHarvestedOnPayload(Payload):
    products: list[Product] | None = strawberry.field(
        default=None, description="In the order of the ids.", directives=[sized(MAX_HARVESTED)]
    )


@strawberry.type
class DetailsMutations:
    @refusable(
        description="Put a product away: off the sale and off its merchant's list. It counts among its products. Orders go on."
    )
    async def archive_product(self, info: Info, id: _Product) -> ArchiveProductPayload | None:
        return ArchiveProductPayload(product=await _move(info, id, ProductAction.ARCHIVE))

    @refusable(description="Take a product out again, as a draft: `publishProduct` puts it up for sale.")
    async def restore_product(self, info: Info, id: _Product) -> RestoreProductPayload | None:
        return RestoreProductPayload(product=await _move(info, id, ProductAction.RESTORE))

    @refusable(
        description="A variant is not offered any more; orders that name it keep it. The last one of a product stays."
    )
    async def retire_variant(self, info: Info, id: _Variant) -> RetireVariantPayload | None:
        return RetireVariantPayload(variant=await _retire(info, id, gone=True))

    @refusable(description="A variant is offered again.")
    async def restore_variant(self, info: Info, id: _Variant) -> RestoreVariantPayload | None:
        return RestoreVariantPayload(variant=await _retire(info, id, gone=False))

    @refusable(description="What a product says of itself, in place of what it said.")
    async def set_product_attributes(
        self,
        info: Info,
        id: _Product,
        attributes: Annotated[
            list[ProductAttributeInput],
            strawberry.argument(description=f"Of those that its category asks, each once; at most {MAX_VALUES}."),
        ],
    ) -> SetProductAttributesPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        if len(attributes) > MAX_VALUES:
            raise BadUserInput(f"attributes are at most {MAX_VALUES}")
        key = ProductId.parse(id)
        given = Given(attributes=[(each.code, each.value) for each in attributes], named=frozenset(("attributes",)))
        async with transaction(info.context.db) as conn:
            await details.say(conn, info.context.caller, key, given, by=subject)
        return SetProductAttributesPayload(product=await _product(info, key))

    @refusable(description="Several products were harvested on one day, all or none.")
    async def set_harvested_on(
        self,
        info: Info,
        product_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"1 to {MAX_HARVESTED} of the caller's, each once.")
        ],
        harvested_on: Annotated[
            date | None, strawberry.argument(description="In WIB, not in the future; null when it is not to be said.")
        ] = None,
    ) -> SetHarvestedOnPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        keys = [ProductId.parse(each) for each in product_ids]
        if not 1 <= len(set(keys)) == len(keys) <= MAX_HARVESTED:
            raise BadUserInput(f"productIds are 1 to {MAX_HARVESTED}, each once")
        async with transaction(info.context.db) as conn:
            await details.harvest(conn, info.context.caller, keys, harvested_on, by=subject)
        return SetHarvestedOnPayload(products=[await _product(info, key) for key in keys])


async def _move(info: Info, id: str, action: ProductAction) -> Product:
    subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
    key = ProductId.parse(id)
    async with transaction(info.context.db) as conn:
        await goods.move_product(conn, info.context.caller, key, action, by=subject)
    return await _product(info, key)


async def _retire(info: Info, id: str, *, gone: bool) -> Variant:
    subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
    key = VariantId.parse(id)
    async with transaction(info.context.db) as conn:
        await goods.retire_variant(conn, info.context.caller, key, gone=gone, by=subject)
    found = await Variant.find(info, key)
    if found is None:
        raise NotFound
    return found


async def _product(info: Info, key: ProductId) -> Product:
    """Raises NotFound: it went while it was being changed."""
    found = await Product.find(info, key)
    if found is None:
        raise NotFound
    return found
