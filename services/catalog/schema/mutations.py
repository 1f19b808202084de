"""What a merchant's people and the operators change."""

from __future__ import annotations

import asyncio
from typing import Annotated, TypeVar

import strawberry

from services.catalog.commands import categories, goods
from services.catalog.commands.goods import Marked
from services.catalog.domain.caller import NotFound
from services.catalog.domain.category import MAX_NAME_CHARACTERS
from services.catalog.domain.product import ProductAction
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.schema.bulk import BulkMutations
from services.catalog.schema.correcting import CorrectingMutations
from services.catalog.schema.details_mutations import DetailsMutations
from services.catalog.schema.finding_mutations import FindingMutations
from services.catalog.schema.licence_mutations import LicenceMutations
from services.catalog.schema.load_mutations import LoadMutations
from services.catalog.schema.loaders import Info
from services.catalog.schema.member_mutations import MemberMutations
from services.catalog.schema.merchant_mutations import MerchantMutations
from services.catalog.schema.offering_mutations import OfferingMutations
from services.catalog.schema.passing import PassingMutations
from services.catalog.schema.photo_mutations import PhotoMutations
from services.catalog.schema.round_mutations import RoundMutations
from services.catalog.schema.running import RunningMutations
from services.catalog.schema.stock_place_mutations import StockPlaceMutations
from services.catalog.schema.stocking_mutations import StockingMutations
from services.catalog.schema.templates import TemplateMutations
from services.catalog.schema.trading_mutations import TradingMutations
from services.catalog.schema.tree_mutations import TreeMutations
from services.catalog.schema.types import Category, Product, Variant
from services.contracts.catalog import ProductId, VariantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

T = TypeVar("T")
MAX_MARKS = 100


@strawberry.type
class SetStockPayload(Payload):
    variant: Variant | None = None


@strawberry.input(description="A variant that is sold out, or there again.")
class SoldOutInput:
    variant_id: strawberry.ID = strawberry.field(description="Each once.")
    sold_out: bool = strawberry.field(description="Habis; false is ada lagi.")
    available: int | None = strawberry.field(
        default=None,
        description="Of what is there again: base units to be sold, beside what is kept for orders. Left out, as many as there were.",
    )


@strawberry.type
class MarkSoldOutPayload(Payload):
    variants: list[Variant] | None = strawberry.field(
        default=None, description="In the order of the changes.", directives=[sized(MAX_MARKS)]
    )


@strawberry.type
class ChangePricePayload(Payload):
    variant: Variant | None = None


@strawberry.type
class PublishProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class HideProductPayload(Payload):
    product: Product | None = None


@strawberry.type
class SaveCategoryPayload(Payload):
    category: Category | None = None


@strawberry.type
class Mutation(
    MerchantMutations,
    MemberMutations,
    CorrectingMutations,
    TradingMutations,
    OfferingMutations,
    LicenceMutations,
    DetailsMutations,
    TreeMutations,
    FindingMutations,
    PhotoMutations,
    StockingMutations,
    LoadMutations,
    StockPlaceMutations,
    RoundMutations,
    PassingMutations,
    BulkMutations,
    TemplateMutations,
    RunningMutations,
):
    @refusable(
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
    ) -> SetStockPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await goods.set_stock(conn, info.context.caller, key, on_hand, by=info.context.identity.subject)
        return SetStockPayload(variant=await _variant(info, key))

    @refusable(
        description="Several variants are sold out (habis) or there again (ada lagi), all or none. What is kept for orders stays theirs."
    )
    async def mark_sold_out(
        self,
        info: Info,
        changes: Annotated[
            list[SoldOutInput], strawberry.argument(description=f"1 to {MAX_MARKS}, of any of the caller's merchants.")
        ],
    ) -> MarkSoldOutPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        marks = [Marked(VariantId.parse(each.variant_id), each.sold_out, each.available) for each in changes]
        keys = [each.variant_id for each in marks]
        if not 1 <= len(set(keys)) == len(keys) <= MAX_MARKS:
            raise BadUserInput(f"changes are 1 to {MAX_MARKS}, of each variant one")
        async with transaction(info.context.db) as conn:
            await goods.mark_sold_out(conn, info.context.caller, marks, by=info.context.identity.subject)
        return MarkSoldOutPayload(variants=await asyncio.gather(*(_variant(info, key) for key in keys)))

    @refusable(description="Set the price of the variant's basis. Orders placed before keep theirs.")
    async def change_price(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant whose price changes.")],
        price: Annotated[
            Rupiah,
            strawberry.argument(
                description="The new price of `priceBasis` base units; of what is weighed later, of `catchWeight.priceBasis` grams."
            ),
        ],
    ) -> ChangePricePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            await goods.change_price(conn, info.context.caller, key, price, by=subject)
        return ChangePricePayload(variant=await _variant(info, key))

    @refusable(description="Put a product up for sale, with the licences that its kind of goods needs.")
    async def publish_product(self, info: Info, id: strawberry.ID) -> PublishProductPayload | None:
        return PublishProductPayload(product=await _move_product(info, id, ProductAction.PUBLISH))

    @refusable(description="Take a product off the lists. Orders that hold its stock go on.")
    async def hide_product(self, info: Info, id: strawberry.ID) -> HideProductPayload | None:
        return HideProductPayload(product=await _move_product(info, id, ProductAction.HIDE))

    @refusable(
        description="Operators only: enter a kind of goods, or give the one of this code another name. Goods are found under both."
    )
    async def save_category(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(
                description=f"Small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}; it never changes."
            ),
        ],
        name: Annotated[
            str, strawberry.argument(description=f"For people, in Indonesian; up to {MAX_NAME_CHARACTERS} characters.")
        ],
        name_en: Annotated[
            str | None,
            strawberry.argument(
                description=f"The same in English, up to {MAX_NAME_CHARACTERS} characters; null leaves what it is."
            ),
        ] = None,
    ) -> SaveCategoryPayload | None:
        info.context.identity.require(Role.OPS)
        if not is_slug(code, MAX_CODE_CHARACTERS):
            raise BadUserInput(f"code is small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}")
        called = read_line("name", name, longest=MAX_NAME_CHARACTERS)
        english = None if name_en is None else read_line("nameEn", name_en, longest=MAX_NAME_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await categories.save_category(conn, code, called, english)
        return SaveCategoryPayload(category=Category(code=code, indonesian=called))


async def _variant(info: Info, key: VariantId) -> Variant:
    return _there(await Variant.find(info, key))


async def _move_product(info: Info, id: str, action: ProductAction) -> Product:
    subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
    key = ProductId.parse(id)
    async with transaction(info.context.db) as conn:
        await goods.move_product(conn, info.context.caller, key, action, by=subject)
    return _there(await Product.find(info, key))


def _there(found: T | None) -> T:
    """Raises NotFound: it went while it was being changed."""
    if found is None:
        raise NotFound
    return found
