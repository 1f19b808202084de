"""What a merchant sells, by kind of goods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from services.catalog.domain.category import MAX_CATEGORIES
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.contracts.catalog import MerchantId
from services.kit.graphql.pages import sized

if TYPE_CHECKING:
    from services.catalog.schema.types import Category


@strawberry.type(description="Goods of one category that a merchant has for sale.")
class MerchantCategory:
    category: Annotated[Category, strawberry.lazy("services.catalog.schema.types")] = strawberry.field(
        description="For `Merchant.products(category:)`."
    )
    count: int = strawberry.field(description="Goods of it that are for sale.")


@strawberry.type
class Shelved:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description="Kinds of goods that it has for sale, by name, each with how many: the same for everybody.",
        directives=[sized(MAX_CATEGORIES)],
    )
    async def categories(self, info: Info) -> list[MerchantCategory]:
        from services.catalog.schema.types import Category  # which imports this

        return [
            MerchantCategory(category=Category.of(row.category), count=row.count)
            for row in await info.context.load(loaders.shelves, self.key)
        ]
