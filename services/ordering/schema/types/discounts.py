"""What promotions and the commission are for orders, their parts and merchants: fields of types that are of others' making."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain.promotion import PromotionStatus
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.promotions import MOST_DISCOUNTS, Discount, Promotion, by_age
from services.ordering.store import promotions

_OF_ORDERS, _OF_SELLER_ORDERS = loaders.discounts_of_orders, loaders.discounts_of_seller_orders


@strawberry.type
class OrderDiscounts:
    """The fields of an order that this is about."""

    if TYPE_CHECKING:
        key: OrderId

    @strawberry.field(description="Off goods and delivery together.")
    async def discount(self, info: Info) -> Rupiah:
        return Rupiah(sum(each.amount_rupiah for each in await info.context.load(_OF_ORDERS, self.key)))

    @strawberry.field(
        description="What makes up `discount`, in the order in which it was taken off.",
        directives=[sized(MOST_DISCOUNTS)],
    )
    async def discounts(self, info: Info) -> list[Discount]:
        return [Discount.of(each) for each in await info.context.load(_OF_ORDERS, self.key)]


@strawberry.type
class SellerOrderDiscounts:
    """The fields of a merchant's part that this is about."""

    if TYPE_CHECKING:
        key: SellerOrderId

    @strawberry.field(description="Off its goods, whoever gives it: the buyer pays the rest for them.")
    async def discount(self, info: Info) -> Rupiah:
        return Rupiah(sum(each.amount_rupiah for each in await info.context.load(_OF_SELLER_ORDERS, self.key)))

    @strawberry.field(description="What makes up `discount`.", directives=[sized(MOST_DISCOUNTS)])
    async def discounts(self, info: Info) -> list[Discount]:
        return [Discount.of(each) for each in await info.context.load(_OF_SELLER_ORDERS, self.key)]

    @strawberry.field(
        description="What the platform keeps of it, as was the rule when it was sold. For the merchant's own people; null for others."
    )
    async def commission(self, info: Info) -> Rupiah | None:
        found = await info.context.load(loaders.commissions, self.key)
        return None if found is None else Rupiah(found)


@strawberry.type
class MerchantPromotions:
    """The field of a merchant that this is about."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(
        description="Of its own, newest first; for its people, null for others. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def promotions(
        self,
        info: Info,
        status: Annotated[PromotionStatus | None, strawberry.argument(description="Only those that stand so.")] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Promotion] | None:
        merchant_id = MerchantId.parse(self.id)
        page = Page(first, after, tuple[datetime, UUID])
        if not await info.context.load(loaders.serves_merchant, merchant_id):
            return None
        async with info.context.db.acquire() as conn:
            found = await promotions.of_maker(conn, merchant_id, status, page.after, page.limit)
        return page.connection(found, key=by_age, node=Promotion.of)
