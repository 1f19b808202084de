"""Subscriptions: the present state first, then every newer one that is seen."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId
from services.kit.database.db import transaction
from services.ordering.commands import payments
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import OrderStatus
from services.ordering.schema.context import Info
from services.ordering.schema.following import News, orders_of_merchant
from services.ordering.schema.types import MerchantOrders, Order, SellerOrder
from services.ordering.store import reading, rows

_ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The order now, then at each change, those of its trip included; `version` rises. Completes with the state that ends "
        "it, also when it had ended before; NOT_FOUND when there is none that the caller may see."
    )
    async def order_changed(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Order | None, None]:
        info.context.identity.require()
        order_id = OrderId.parse(id)

        async def load() -> rows.Order | None:
            async with info.context.db.acquire() as conn:
                found = (await reading.orders(conn, [order_id], info.context.viewer)).get(order_id)
            if found and found.payment.status is PaymentStatus.PENDING and not info.context.viewer.sees_all:
                async with transaction(info.context.db) as conn:
                    await payments.look(conn, order_id)  # who follows it looks at its code
            return found

        def version(order: rows.Order) -> int:
            return order.version

        def ended(order: rows.Order) -> bool:
            return order.status in _ENDED

        def unpaid(order: rows.Order) -> bool:
            return order.payment.status is PaymentStatus.PENDING

        live = info.context.live
        async with aclosing(
            live.follow(order_id, load, version, ended, newest=reading.versions, alone=unpaid)
        ) as followed:
            async for order in followed:
                yield Order.of(order)

    @strawberry.subscription(
        description="For the merchant's own people: all that is open and what has ended in the last 24 hours, then each order that is new "
        "or changes, its end included. It has no end of its own; NOT_FOUND for others, and for who is one of them no longer."
    )
    async def merchant_orders(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="One that the caller belongs to.")],
    ) -> AsyncGenerator[MerchantOrders | None, None]:
        info.context.identity.require()
        async with aclosing(orders_of_merchant(info.context, MerchantId.parse(merchant_id))) as followed:
            async for news in followed:
                yield _shown(news)


def _shown(news: News) -> MerchantOrders:
    return MerchantOrders(
        reset=news.reset,
        complete=news.complete,
        ended_since=news.ended_since,
        orders=[SellerOrder.of(each) for each in news.orders],
    )
