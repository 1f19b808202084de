"""GraphQL type of the person who buys."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.types import Node
from services.ordering.domain.ids import BuyerId
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.carts import Cart
from services.ordering.schema.types.claims import BuyerClaims
from services.ordering.schema.types.contacts import Contact
from services.ordering.schema.types.enums import OrderStatus
from services.ordering.schema.types.kasbons import BuyerKasbons
from services.ordering.schema.types.orders import Order, PlacedFrom, PlacedTo, by_time
from services.ordering.store import reading
from services.ordering.store.reading import Wanted


@strawberry.federation.type(keys=["id"], description="A person who buys.")
class Buyer(Node, BuyerClaims, BuyerKasbons):
    key: strawberry.Private[BuyerId]

    @strawberry.field(description="Oldest first.")
    async def contacts(self, info: Info) -> list[Contact]:
        return [Contact.of(row) for row in await info.context.load(loaders.contacts_of_buyers, self.key)]

    @strawberry.field(
        description="Which to begin with: the one that was made so last, and without it the oldest; null when there is none."
    )
    async def default_contact(self, info: Info) -> Contact | None:
        row = await info.context.load(loaders.default_contacts, self.key)
        return Contact.of(row) if row else None

    @strawberry.field(description="The one cart of this buyer; empty when nothing was put in.")
    async def cart(self, info: Info) -> Cart:
        return Cart.of(await info.context.load(loaders.carts_of_buyers, self.key))

    @strawberry.field(description="Newest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def orders(
        self,
        info: Info,
        status: Annotated[OrderStatus | None, strawberry.argument(description="Only those in this state.")] = None,
        placed_from: PlacedFrom = None,
        placed_to: PlacedTo = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Order]:
        page = Page(first, after, tuple[datetime, UUID])
        wanted = Wanted(status, placed_from, placed_to)
        async with info.context.db.acquire() as conn:
            found = await reading.orders_of_buyer(conn, self.key, wanted, page.after, page.limit)
        return page.connection(found, key=by_time, node=Order.of)

    @classmethod
    def known_as(cls, key: BuyerId) -> Self:
        return cls(id=strawberry.ID(str(key)), key=key)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        key = BuyerId.parse(id)
        return cls.known_as(key) if await info.context.load(loaders.buyers, key) else None
