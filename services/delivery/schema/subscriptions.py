"""The present state first, then every newer one that is seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from services.contracts.delivery import DeliveryId
from services.delivery.domain.trip import TERMINAL
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.schema.types import Delivery
from services.delivery.store.reading import DeliveryView


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="A trip's present state at once, then at every change, positions included. Completes with the state that ends it, "
        "also when it had ended before; NOT_FOUND when there is none that the caller may see."
    )
    async def delivery_changed(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Delivery | None, None]:
        key = DeliveryId.parse(id)
        info.context.identity.require()

        async def load() -> DeliveryView | None:
            return (await loaders.deliveries(info.context, [key]))[0]

        def ended(view: DeliveryView) -> bool:
            return view.status in TERMINAL

        async with aclosing(info.context.means.live.follow(key, load, lambda seen: seen.live, ended)) as followed:
            async for view in followed:
                yield Delivery.of(view)
