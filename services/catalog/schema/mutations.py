"""What a merchant's people and the operators change."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from services.catalog import commands, domain
from services.catalog.domain import Action
from services.catalog.schema.loaders import Info
from services.catalog.schema.problems import MerchantInState, PriceOutOfRange, ProductInState, StockOutOfRange
from services.catalog.schema.types import Merchant, Product, Variant
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.contracts.roles import Role
from services.graph import NotFound
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.scalars import Rupiah

SetStockResult: TypeAlias = Annotated[Variant | StockOutOfRange | NotFound, strawberry.union("SetStockResult")]
ChangePriceResult: TypeAlias = Annotated[Variant | PriceOutOfRange | NotFound, strawberry.union("ChangePriceResult")]
PublishProductResult: TypeAlias = Annotated[
    Product | ProductInState | NotFound, strawberry.union("PublishProductResult")
]
HideProductResult: TypeAlias = Annotated[Product | ProductInState | NotFound, strawberry.union("HideProductResult")]
SuspendMerchantResult: TypeAlias = Annotated[
    Merchant | MerchantInState | NotFound, strawberry.union("SuspendMerchantResult")
]
ReactivateMerchantResult: TypeAlias = Annotated[
    Merchant | MerchantInState | NotFound, strawberry.union("ReactivateMerchantResult")
]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Set what is on hand, in base units, what is reserved for orders included.")
    async def set_stock(self, info: Info, variant_id: strawberry.ID, on_hand: int) -> SetStockResult:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await commands.set_stock(conn, info.context.caller, key, on_hand)
        return await _variant(info, key)

    @strawberry.mutation(description="Set the price of the variant's basis. Orders placed before keep theirs.")
    async def change_price(self, info: Info, variant_id: strawberry.ID, price: Rupiah) -> ChangePriceResult:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await commands.change_price(conn, info.context.caller, key, price)
        return await _variant(info, key)

    @strawberry.mutation(description="Put a product up for sale.")
    async def publish_product(self, info: Info, id: strawberry.ID) -> PublishProductResult:
        return await _move_product(info, id, Action.PUBLISH)

    @strawberry.mutation(description="Take a product off the lists. Orders that hold its stock go on.")
    async def hide_product(self, info: Info, id: strawberry.ID) -> HideProductResult:
        return await _move_product(info, id, Action.HIDE)

    @strawberry.mutation(description="Operators only: the merchant sells no more until it is reactivated.")
    async def suspend_merchant(self, info: Info, id: strawberry.ID, reason: str) -> SuspendMerchantResult:
        return await _move_merchant(info, id, Action.SUSPEND, reason)

    @strawberry.mutation(description="Operators only: a suspended merchant sells again.")
    async def reactivate_merchant(self, info: Info, id: strawberry.ID, reason: str) -> ReactivateMerchantResult:
        return await _move_merchant(info, id, Action.REACTIVATE, reason)


async def _variant(info: Info, key: VariantId) -> Variant | NotFound:
    info.context.forget()
    return await Variant.find(info, key) or NotFound()


async def _move_product(info: Info, text: str, action: Action) -> Product | NotFound:
    info.context.identity.require(Role.MERCHANT, Role.OPS)
    key = ProductId.parse(text)
    async with transaction(info.context.db) as conn:
        await commands.move_product(conn, info.context.caller, key, action)
    info.context.forget()
    return await Product.find(info, key) or NotFound()


async def _move_merchant(info: Info, text: str, action: Action, reason: str) -> Merchant | NotFound:
    info.context.identity.require(Role.OPS)
    key = MerchantId.parse(text)
    try:
        async with transaction(info.context.db) as conn:
            await commands.move_merchant(conn, key, action, reason)
    except domain.ReasonOutOfRange as error:
        raise BadUserInput(f"reason has 1 to {domain.MAX_REASON_CHARACTERS} characters") from error
    info.context.forget()
    return await Merchant.find(info, key) or NotFound()
