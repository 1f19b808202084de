"""What a merchant's people and the operators change."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from services.catalog.commands import goods
from services.catalog.domain.merchant import MAX_REASON_CHARACTERS, MerchantAction
from services.catalog.domain.product import ProductAction
from services.catalog.schema.loaders import Info
from services.catalog.schema.problems import MerchantInState, PriceOutOfRange, ProductInState, StockOutOfRange
from services.catalog.schema.types import Merchant, Product, Variant
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.contracts.roles import Role
from services.graph import NotFound, TryLater
from services.kit.database.db import transaction
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

SetStockResult: TypeAlias = Annotated[
    Variant | StockOutOfRange | NotFound | TryLater, strawberry.union("SetStockResult")
]
ChangePriceResult: TypeAlias = Annotated[
    Variant | PriceOutOfRange | NotFound | TryLater, strawberry.union("ChangePriceResult")
]
PublishProductResult: TypeAlias = Annotated[
    Product | ProductInState | NotFound | TryLater, strawberry.union("PublishProductResult")
]
HideProductResult: TypeAlias = Annotated[
    Product | ProductInState | NotFound | TryLater, strawberry.union("HideProductResult")
]
SuspendMerchantResult: TypeAlias = Annotated[
    Merchant | MerchantInState | NotFound | TryLater, strawberry.union("SuspendMerchantResult")
]
ReactivateMerchantResult: TypeAlias = Annotated[
    Merchant | MerchantInState | NotFound | TryLater, strawberry.union("ReactivateMerchantResult")
]


_Reason = Annotated[
    str,
    strawberry.argument(description=f"For the merchant to read: one line of 1 to {MAX_REASON_CHARACTERS} characters."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Set what is on hand: all that lies there, also what is reserved for orders and what lies packed on the counter."
    )
    async def set_stock(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant that was counted.")],
        on_hand: Annotated[
            int,
            strawberry.argument(
                description="In base units, as counted: reserved goods, and packed ones that no rider has fetched yet, included."
            ),
        ],
    ) -> SetStockResult:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await goods.set_stock(conn, info.context.caller, key, on_hand, by=info.context.identity.subject)
        return await _variant(info, key)

    @strawberry.mutation(description="Set the price of the variant's basis. Orders placed before keep theirs.")
    async def change_price(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant whose price changes.")],
        price: Annotated[Rupiah, strawberry.argument(description="The new price of `priceBasis` base units.")],
    ) -> ChangePriceResult:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await goods.change_price(conn, info.context.caller, key, price)
        return await _variant(info, key)

    @strawberry.mutation(description="Put a product up for sale.")
    async def publish_product(self, info: Info, id: strawberry.ID) -> PublishProductResult:
        return await _move_product(info, id, ProductAction.PUBLISH)

    @strawberry.mutation(description="Take a product off the lists. Orders that hold its stock go on.")
    async def hide_product(self, info: Info, id: strawberry.ID) -> HideProductResult:
        return await _move_product(info, id, ProductAction.HIDE)

    @strawberry.mutation(description="Operators only: the merchant sells no more until it is reactivated.")
    async def suspend_merchant(self, info: Info, id: strawberry.ID, reason: _Reason) -> SuspendMerchantResult:
        return await _move_merchant(info, id, MerchantAction.SUSPEND, reason)

    @strawberry.mutation(description="Operators only: a suspended merchant sells again.")
    async def reactivate_merchant(self, info: Info, id: strawberry.ID, reason: _Reason) -> ReactivateMerchantResult:
        return await _move_merchant(info, id, MerchantAction.REACTIVATE, reason)


async def _variant(info: Info, key: VariantId) -> Variant | NotFound:
    info.context.forget()
    return await Variant.find(info, key) or NotFound()


async def _move_product(info: Info, id: str, action: ProductAction) -> Product | NotFound:
    info.context.identity.require(Role.MERCHANT, Role.OPS)
    key = ProductId.parse(id)
    async with transaction(info.context.db) as conn:
        await goods.move_product(conn, info.context.caller, key, action)
    info.context.forget()
    return await Product.find(info, key) or NotFound()


async def _move_merchant(info: Info, id: str, action: MerchantAction, reason: str) -> Merchant | NotFound:
    info.context.identity.require(Role.OPS)
    key = MerchantId.parse(id)
    stated = read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
    async with transaction(info.context.db) as conn:
        await goods.move_merchant(conn, key, action, stated)
    info.context.forget()
    return await Merchant.find(info, key) or NotFound()
