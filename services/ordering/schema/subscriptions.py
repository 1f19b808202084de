"""Subscriptions: the present state first, then every newer one that is seen."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId, SellerOrderId
from services.ordering.schema.context import Info
from services.ordering.schema.types import Order, SellerOrder
from services.ordering.store import reading, rows

_AT_ONCE = 1_000
_OVERLAP = timedelta(minutes=1)
"""A change is dated before it commits: looking back this far, none slips through between two looks."""


@dataclass(frozen=True, slots=True)
class _News:
    number: int
    seller_orders: list[rows.SellerOrder]


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The order now, then at each change, those of its trip included; `version` rises. Ends where nothing may be seen."
    )
    async def order_changed(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Order, None]:
        info.context.identity.require()
        order_id = OrderId.parse(id)

        async def load() -> rows.Order | None:
            async with info.context.db.acquire() as conn:
                found = await reading.orders(conn, [order_id], info.context.viewer)
            return found.get(order_id)

        def version(order: rows.Order) -> int:
            return order.version

        async for order in info.context.live.follow(order_id, load, version):
            yield Order.of(order)

    @strawberry.subscription(
        description="For the merchant's own people: every seller order that awaits them, oldest first, then each that changes."
    )
    async def merchant_orders(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="One that the caller belongs to.")],
    ) -> AsyncGenerator[SellerOrder, None]:
        info.context.identity.require()
        merchant = MerchantId.parse(merchant_id)
        shown: dict[SellerOrderId, int] = {}
        seen_at: datetime | None = None
        number = 0

        async def load() -> _News | None:
            nonlocal seen_at, shown, number
            async with info.context.db.acquire() as conn:
                if not await reading.merchants_of(conn, [merchant], info.context.viewer):
                    return None
                now = await reading.now(conn)
                since = min(seen_at or now, now) - _OVERLAP  # a test may have moved the clock back
                changed = await reading.changed_seller_orders(conn, merchant, since, _AT_ONCE)
                if seen_at is None:
                    news = await reading.open_seller_orders(conn, merchant, _AT_ONCE)
                else:
                    news = [each for each in changed if shown.get(each.id) != each.version]
            shown = {each.id: each.version for each in changed}
            seen_at = now
            number += bool(news)
            return _News(number, news)

        def version(news: _News) -> int:
            return news.number

        async for news in info.context.live.follow(merchant, load, version):
            for each in news.seller_orders:
                yield SellerOrder.of(each)
