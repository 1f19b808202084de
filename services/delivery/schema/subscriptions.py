"""The present state first, then every newer one that is seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, PartnerId
from services.delivery.domain.trip import TERMINAL
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.schema.offers import JobOffer
from services.delivery.schema.types import Delivery
from services.delivery.store import reading, reading_crews
from services.delivery.store.reading import DeliveryView
from services.delivery.store.reading_crews import MAX_OFFERS, OfferView
from services.kit.graphql.pages import MAX_FIRST


@strawberry.type(description="What a company has to answer and to carry, as far as the caller may see it.")
class PartnerJobs:
    offers: list[JobOffer] = strawberry.field(description=f"Open ones, those that end first; at most {MAX_OFFERS}.")
    jobs: list[Delivery] = strawberry.field(description=f"Under way, the newest first; at most {MAX_FIRST}.")


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="For a company's people, its riders and operators: its open offers and jobs now, then again when they change. It "
        "has no end of its own; NOT_FOUND for others, and for who is one of them no longer."
    )
    async def partner_jobs(
        self,
        info: Info,
        partner_id: Annotated[strawberry.ID, strawberry.argument(description="One that the caller is of.")],
    ) -> AsyncGenerator[PartnerJobs | None, None]:
        key = PartnerId.parse(partner_id)
        info.context.identity.require()
        viewer = info.context.viewer

        async def load() -> tuple[list[OfferView], list[DeliveryView]] | None:
            async with info.context.db.acquire() as conn:
                if not await reading_crews.is_of(conn, key, viewer):
                    return None
                (offers,) = await reading_crews.offers(conn, [key], viewer)
                return offers, await reading.jobs(conn, key, viewer, only_open=True, after=None, limit=MAX_FIRST)

        shown: tuple[list[OfferView], list[tuple[DeliveryId, int]]] | None = None
        async with aclosing(info.context.means.live.looks(key, load)) as found:
            async for offers, jobs in found:
                seen = offers, [(each.id, each.version) for each in jobs]
                if seen != shown:
                    shown = seen
                    yield PartnerJobs(
                        offers=[JobOffer.of(each) for each in offers], jobs=[Delivery.of(each) for each in jobs]
                    )

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

        live = info.context.means.live
        async with aclosing(live.follow(key, load, lambda seen: seen.live, ended, newest=reading.lives)) as followed:
            async for view in followed:
                yield Delivery.of(view)
