"""Places of a merchant's goods, and shelves of hubs."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import stock_places
from services.catalog.domain.caller import NotFound
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.stock_places import MAX_NAME, MAX_PLACES, MAX_POSITION
from services.catalog.schema.loaders import Info
from services.catalog.schema.stocking import StockPlace
from services.contracts.catalog import MerchantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.type
class CreateStockPlacePayload(Payload):
    place: StockPlace | None = None


@strawberry.type
class ChangeStockPlacePayload(Payload):
    place: StockPlace | None = None


@strawberry.type
class CloseStockPlacePayload(Payload):
    place: StockPlace | None = None


@strawberry.type
class OfferShelfPayload(Payload):
    place: StockPlace | None = None


@strawberry.type
class AcceptShelfPayload(Payload):
    place: StockPlace | None = None


@strawberry.type
class EndShelfPayload(Payload):
    place: StockPlace | None = None


_Place = Annotated[strawberry.ID, strawberry.argument(description="Of `Merchant.stockPlaces`.")]
_Shelf = Annotated[
    strawberry.ID, strawberry.argument(description="Of `Merchant.stockPlaces`, or of the hub's `shelves`.")
]
_Name = f"For its people: di rumah; 1 to {MAX_NAME} characters."


@strawberry.type
class StockPlaceMutations:
    @refusable(
        description=f"Another place where goods of the merchant lie, behind the others; at most {MAX_PLACES}. The key makes a "
        "repeat the same one."
    )
    async def create_stock_place(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="A merchant that the caller is of.")],
        name: Annotated[str, strawberry.argument(description=_Name)],
        idempotency_key: str,
    ) -> CreateStockPlacePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, called = MerchantId.parse(merchant_id), read_line("name", name, longest=MAX_NAME)
        async with transaction(info.context.db) as conn:
            made = await stock_places.create(conn, info.context.caller, key, called, by=subject, key=idempotency_key)
        return CreateStockPlacePayload(place=await _there(info, made))

    @refusable(
        description="A place is called otherwise, or orders take from it sooner or later; what is left out stays."
    )
    async def change_stock_place(
        self,
        info: Info,
        id: _Place,
        name: Annotated[str | None, strawberry.argument(description=f"{_Name} A shelf has its hub's.")] = None,
        position: Annotated[
            int | None,
            strawberry.argument(description=f"1 to {MAX_POSITION}; of two at one the older is the first."),
        ] = None,
    ) -> ChangeStockPlacePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = StockPlaceId.parse(id)
        called = None if name is None else read_line("name", name, longest=MAX_NAME)
        if position is not None and not 1 <= position <= MAX_POSITION:
            raise BadUserInput(f"position is 1 to {MAX_POSITION}")
        async with transaction(info.context.db) as conn:
            await stock_places.change(conn, info.context.caller, key, called, position, by=subject)
        return ChangeStockPlacePayload(place=await _there(info, key))

    @refusable(
        description="A place of the merchant's own, where nothing lies any more, is one no longer. Saying it again changes nothing."
    )
    async def close_stock_place(self, info: Info, id: _Place) -> CloseStockPlacePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = StockPlaceId.parse(id)
        async with transaction(info.context.db) as conn:
            await stock_places.close(conn, info.context.caller, key, by=subject)
        return CloseStockPlacePayload(place=await _there(info, key))

    @refusable(
        description="A hub offers its shelf to a merchant, whose goods stay its own. Saying it again finds the one that is there."
    )
    async def offer_shelf(
        self,
        info: Info,
        hub_id: Annotated[
            strawberry.ID, strawberry.argument(description="A merchant of the kind HUB that the caller is of.")
        ],
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="To whom.")],
    ) -> OfferShelfPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        hub, merchant = MerchantId.parse(hub_id), MerchantId.parse(merchant_id)
        async with transaction(info.context.db) as conn:
            made = await stock_places.offer(conn, info.context.caller, hub, merchant, by=subject)
        return OfferShelfPayload(place=await _there(info, made))

    @refusable(
        description="The merchant's people accept a hub's shelf: from now on its people sell and count what lies there. Saying it again "
        "changes nothing."
    )
    async def accept_shelf(self, info: Info, id: _Place) -> AcceptShelfPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = StockPlaceId.parse(id)
        async with transaction(info.context.db) as conn:
            await stock_places.accept(conn, info.context.caller, key, by=subject)
        return AcceptShelfPayload(place=await _there(info, key))

    @refusable(
        description="Either ends it, or an offer: what lies there is where its merchant trades again, who fetches it. Saying it again "
        "changes nothing."
    )
    async def end_shelf(self, info: Info, id: _Shelf) -> EndShelfPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = StockPlaceId.parse(id)
        async with transaction(info.context.db) as conn:
            await stock_places.end(conn, info.context.caller, key, by=subject)
        return EndShelfPayload(place=await _there(info, key))


async def _there(info: Info, key: StockPlaceId) -> StockPlace:
    """Raises NotFound: it went while it was being changed."""
    found = await StockPlace.find(info, key)
    if found is None:
        raise NotFound
    return found
