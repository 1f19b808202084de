"""Stock as its merchant's people see it: how it is kept, what moved it, where it lies; and what lies on a hub's shelf, for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.stock_places import (
    MAX_HISTORY,
    MAX_HUB_SHELVES,
    MAX_PLACES,
    MAX_SHELVES,
    StockPlaceAction,
    StockPlaceStatus,
)
from services.catalog.domain.stocking import MAX_ITEMS, MAX_TEMPLATES, StockMode, StockMovementCause
from services.catalog.schema import stock_loaders
from services.catalog.schema.loaders import Info
from services.catalog.schema.stock_loaders import HubPage, MovementPage
from services.catalog.store.reading_stock import MovementView, PlaceView, ShelfView
from services.contracts.catalog import MerchantId, VariantId
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page, sized

if TYPE_CHECKING:
    from services.catalog.schema.types import Merchant, Variant

_Merchant = Annotated["Merchant", strawberry.lazy("services.catalog.schema.types")]
_Variant = Annotated["Variant", strawberry.lazy("services.catalog.schema.types")]

described(
    StockMode,
    "How a variant's stock is kept. New values may come.",
    TRACKED="Counted: what is there is sold until it is gone.",
    DAILY="Loaded by the day: what is left is gone at midnight (WIB), and nothing is for sale until the next load.",
    UNTRACKED="Not counted: never short, unless its people say that it is sold out.",
)
described(
    StockMovementCause,
    "Why stock changed; those from PLACED on are an order's. New values may come.",
    OPENED="What was there when the book began.",
    UNEXPLAINED="Changed without a word.",
    COUNTED="Somebody counted: the difference between what lay there and what was in the book.",
    RECEIVED="Goods came.",
    SOLD="Sold at the counter.",
    SPOILED="Spoilt, or lost.",
    MOVED="Brought from one place to another.",
    LOADED="Today's load was said.",
    RESET="What was left of another day's load.",
    MODE="Stock is kept in another way from here on.",
    ASSUMED="Of what is not counted there is enough again.",
    PLACED="Kept for an order.",
    CONFIRMED="The order was confirmed: its goods are packed, on the counter.",
    LEFT_OUT="Ordered, and not packed after all: for sale again.",
    REPLACED="Packed for an order in the place of something else.",
    FETCHED="Its rider has the goods.",
    CANCELLED="The order was cancelled: its goods are for sale again.",
    UNFETCHED="Nobody fetched them: for sale again.",
    TIME_IS_UP="The order's time was up: for sale again.",
)
described(
    StockPlaceStatus,
    "Whether goods may be brought there.",
    OFFERED="A hub's shelf that its merchant has not accepted yet.",
    OPEN="Goods may lie there.",
    CLOSED="Nothing lies there any more.",
)
described(
    StockPlaceAction,
    "What was done to a place. New values may come.",
    CREATE="Its merchant made it.",
    CHANGE="It got another name or position.",
    CLOSE="Its merchant closed it.",
    OFFER="The hub offered its shelf.",
    ACCEPT="The merchant accepted.",
    END="Either ended it.",
)


@strawberry.type(description="One thing that was done to a place.")
class StockPlaceHistoryEntry:
    action: StockPlaceAction = strawberry.field(description="What.")
    by_hub: bool = strawberry.field(description="Whether the hub's people did it; else the merchant's, or operators.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(
    description="Where goods of a merchant lie beside where it trades: a place of its own, or a hub's shelf. For the people of both."
)
class StockPlace:
    id: strawberry.ID = strawberry.field(description="To move goods and to close it by.")
    name: str = strawberry.field(description="As its merchant calls it; of a shelf the hub's name when it was offered.")
    position: int = strawberry.field(
        description="Orders are packed from where the merchant trades, then from its places by this, then from shelves by this."
    )
    status: StockPlaceStatus = strawberry.field(description="Whether goods may be brought there.")
    key: strawberry.Private[StockPlaceId]
    merchant_key: strawberry.Private[MerchantId]
    hub_key: strawberry.Private[MerchantId | None]

    @classmethod
    def of(cls, row: PlaceView) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            merchant_key=row.merchant_id,
            hub_key=row.hub_id,
            name=row.name,
            position=row.position,
            status=row.status,
        )

    @classmethod
    async def find(cls, info: Info, key: StockPlaceId) -> Self | None:
        row = await info.context.load(stock_loaders.places, key)
        return cls.of(row) if row else None

    @strawberry.field(description="Whose goods lie there.")
    async def merchant(self, info: Info) -> _Merchant | None:
        return await _merchant(info, self.merchant_key)

    @strawberry.field(description="Whose shelf it is; null of a merchant's own place.")
    async def hub(self, info: Info) -> _Merchant | None:
        return await _merchant(info, self.hub_key) if self.hub_key else None

    @strawberry.field(
        description=f"What was done to it, the newest first, at most {MAX_HISTORY}.", directives=[sized(MAX_HISTORY)]
    )
    async def history(self, info: Info) -> list[StockPlaceHistoryEntry]:
        rows = await info.context.load(stock_loaders.place_histories, self.key)
        return [StockPlaceHistoryEntry(action=row.action, by_hub=row.by_hub, at=row.at) for row in rows]


async def _merchant(info: Info, key: MerchantId) -> _Merchant | None:
    from services.catalog.schema.types import Merchant

    return await Merchant.find(info, key)


@strawberry.type(
    description="What of a variant lies in one place, orders' goods included that will be packed from there."
)
class StockAtPlace:
    on_hand: int = strawberry.field(description="Base units.")
    place_key: strawberry.Private[StockPlaceId]

    @strawberry.field(description="Where.")
    async def place(self, info: Info) -> StockPlace | None:
        return await StockPlace.find(info, self.place_key)


@strawberry.type(description="One change of a variant's stock: added, and never changed.")
class StockMovement:
    cause: StockMovementCause = strawberry.field(description="Why.")
    change: int | None = strawberry.field(
        description="By how much what lies in the place became more, in base units; where the merchant trades its counter is "
        "part of it. Of a count it is what was found and not in the book. Null of what is not counted."
    )
    reserved: int = strawberry.field(description="By how much more is kept for orders that are not confirmed.")
    on_counter: int = strawberry.field(description="By how much more lies packed on the counter.")
    order_id: strawberry.ID | None = strawberry.field(description="The order that it was for.")
    note: str | None = strawberry.field(description="As whoever did it said.")
    member_id: strawberry.ID | None = strawberry.field(
        description="Who did it, of `Merchant.members`; null of an order's, and of who is not of it (any more)."
    )
    by_hub: bool = strawberry.field(description="Whether the people of the shelf's hub did it.")
    at: datetime = strawberry.field(description="When.")
    place_key: strawberry.Private[StockPlaceId | None]

    @classmethod
    def of(cls, row: MovementView) -> Self:
        return cls(
            cause=row.cause,
            change=row.change,
            reserved=row.reserved,
            on_counter=row.on_counter,
            order_id=strawberry.ID(row.order_id) if row.order_id else None,
            note=row.note,
            member_id=strawberry.ID(str(row.member_id)) if row.member_id else None,
            by_hub=row.by_hub,
            at=row.at,
            place_key=row.place_id,
        )

    @strawberry.field(description="In which place; null where the merchant trades.")
    async def place(self, info: Info) -> StockPlace | None:
        return await StockPlace.find(info, self.place_key) if self.place_key else None


@strawberry.type(description="So much of a variant in a template.")
class LoadTemplateItem:
    quantity: int = strawberry.field(description="Base units.")
    variant_key: strawberry.Private[VariantId]

    @strawberry.field(description="Of what.")
    async def variant(self, info: Info) -> _Variant | None:
        from services.catalog.schema.types import Variant

        return await Variant.find(info, self.variant_key)


@strawberry.type(description="A load that its merchant has given a name.")
class LoadTemplate:
    id: strawberry.ID = strawberry.field(description="To load and to delete it by.")
    name: str = strawberry.field(description="As its merchant calls it.")
    saved_at: datetime = strawberry.field(description="When it was said, the last time.")
    items: list[LoadTemplateItem] = strawberry.field(description="What it holds.", directives=[sized(MAX_ITEMS)])


@strawberry.type(description="Something that lies on a hub's shelf.")
class ShelfItem:
    available: int = strawberry.field(description="Base units that can be bought there now.")
    variant_key: strawberry.Private[VariantId]
    place_key: strawberry.Private[StockPlaceId]

    @classmethod
    def of(cls, row: ShelfView) -> Self:
        return cls(available=row.available, variant_key=row.variant_id, place_key=row.place_id)

    @strawberry.field(description="Of which merchant, its product says.")
    async def variant(self, info: Info) -> _Variant | None:
        from services.catalog.schema.types import Variant

        return await Variant.find(info, self.variant_key)

    @strawberry.field(description="The merchant's place on the shelf; for its people and the hub's.")
    async def place(self, info: Info) -> StockPlace | None:
        return await StockPlace.find(info, self.place_key)


@strawberry.type
class Stocked:
    """The fields of `Variant` that this is about."""

    if TYPE_CHECKING:
        key: VariantId

    stock_mode: StockMode = strawberry.field(description="How its stock is kept.")

    @strawberry.field(
        description="Every change of its stock, the newest first; for its merchant's own people and operators, else empty.",
        directives=[PAGED],
    )
    async def stock_movements(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[StockMovement]:
        page = Page(first, after, tuple[int])
        asked = MovementPage(self.key, page.after[0] if page.after else None, page.limit)
        rows = await info.context.load(stock_loaders.movements, asked)
        return page.connection(rows, key=lambda row: (row.id,), node=StockMovement.of)

    @strawberry.field(
        description="What of it lies in places, in the order in which orders take it; the rest lies where its merchant trades. "
        "For its merchant's own people and operators, else empty.",
        directives=[sized(MAX_PLACES + MAX_SHELVES)],
    )
    async def stock_at_places(self, info: Info) -> list[StockAtPlace]:
        rows = await info.context.load(stock_loaders.lying, self.key)
        return [StockAtPlace(on_hand=row.on_hand, place_key=row.place_id) for row in rows]

    @strawberry.field(
        description="What was said to be loaded of it today (WIB), in base units; for its merchant's own people and operators."
    )
    async def loaded_today(self, info: Info) -> int | None:
        return await info.context.load(stock_loaders.loaded_today, self.key)


@strawberry.type
class Stocking:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description="Its places and its places on hubs' shelves, in the order in which orders take from them, offers included; for "
        "its own people and operators, else empty.",
        directives=[sized(MAX_PLACES + MAX_SHELVES)],
    )
    async def stock_places(self, info: Info) -> list[StockPlace]:
        return [StockPlace.of(row) for row in await info.context.load(stock_loaders.places_of_merchants, self.key)]

    @strawberry.field(
        description=f"Of a hub: the merchants' places on its shelf, offers included, at most {MAX_HUB_SHELVES}; for its own people "
        "and operators, else empty.",
        directives=[PAGED],
    )
    async def shelves(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[StockPlace]:
        page = Page(first, after, tuple[UUID])
        rows = await info.context.load(stock_loaders.shelves, HubPage(self.key, page.after, page.limit))
        return page.connection(rows, key=lambda row: (row.id.uuid,), node=StockPlace.of)

    @strawberry.field(
        description="Of a hub: what lies on its shelf and is for sale, of one merchant after the other; for everybody.",
        directives=[PAGED],
    )
    async def shelf(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[ShelfItem]:
        page = Page(first, after, tuple[UUID, UUID])
        rows = await info.context.load(stock_loaders.shelf, HubPage(self.key, page.after, page.limit))
        return page.connection(rows, key=lambda row: (row.place_id.uuid, row.variant_id.uuid), node=ShelfItem.of)

    @strawberry.field(
        description=f"By name, at most {MAX_TEMPLATES}; for its own people and operators, else empty.",
        directives=[sized(MAX_TEMPLATES)],
    )
    async def load_templates(self, info: Info) -> list[LoadTemplate]:
        return [
            LoadTemplate(
                id=strawberry.ID(str(row.id)),
                name=row.name,
                saved_at=row.saved_at,
                items=[LoadTemplateItem(quantity=quantity, variant_key=key) for key, quantity in row.items],
            )
            for row in await info.context.load(stock_loaders.templates, self.key)
        ]
