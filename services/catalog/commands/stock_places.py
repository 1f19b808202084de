"""Places of a merchant's goods, and the shelves of hubs: offered by the hub, accepted by the merchant, ended by either."""

from __future__ import annotations

from services.catalog.commands import stocking
from services.catalog.domain import stock_places
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.merchant import MerchantInState
from services.catalog.domain.stock_places import (
    MAX_HUB_SHELVES,
    MAX_OFFERS,
    MAX_PLACES,
    MAX_SHELVES,
    NoHub,
    PlaceInState,
    PlaceIsNotEmpty,
    PlacesAreTooMany,
    StockPlaceAction,
    StockPlaceStatus,
)
from services.catalog.domain.stocking import StockMovementCause
from services.catalog.store import stock_places as stored
from services.catalog.store import stocking as lots
from services.catalog.store.stock import Cause
from services.contracts.catalog import MerchantId, MerchantKind, MerchantStatus
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency


async def create(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, name: str, *, by: str, key: str
) -> StockPlaceId:
    """Raises NotFound, MerchantInState, PlacesAreTooMany."""
    claim = await idempotency.claim(
        conn, caller=by, mutation="createStockPlace", key=key, body=(str(merchant_id), name)
    )
    if claim.answer is not None:
        return StockPlaceId.parse(claim.answer["place_id"])
    if not await lots.is_of(conn, caller, merchant_id):
        raise NotFound
    _, status, _ = await stored.trades(conn, merchant_id) or (None, MerchantStatus.CLOSED, None)
    if status is MerchantStatus.CLOSED:
        raise MerchantInState(status)
    await stored.lock_merchant(conn, merchant_id)
    if await stored.count_own(conn, merchant_id, shelves=False) >= MAX_PLACES:
        raise PlacesAreTooMany(MAX_PLACES)
    made = StockPlaceId.new()
    await stored.insert(conn, made, merchant_id, name, None)
    await stored.add_history(conn, made, StockPlaceAction.CREATE, by)
    await claim.store(conn, {"place_id": str(made)})
    return made


async def change(
    conn: Transaction, caller: Caller, place_id: StockPlaceId, name: str | None, position: int | None, *, by: str
) -> None:
    """Raises NotFound, PlaceInState."""
    place = await stored.find(conn, caller, place_id, alone=True)
    if place is None or not place.mine:
        raise NotFound
    stock_places.check_open(place)
    if name is not None and place.hub_id is not None:
        raise NotFound  # a hub's shelf is called by the hub's name
    await stored.save(conn, place_id, name, position)
    await stored.add_history(conn, place_id, StockPlaceAction.CHANGE, by)


async def close(conn: Transaction, caller: Caller, place_id: StockPlaceId, *, by: str) -> None:
    """One of its own, when nothing lies there. Raises NotFound, PlaceIsNotEmpty. Saying it again changes nothing."""
    place = await stored.find(conn, caller, place_id, alone=True)
    if place is None or not place.mine or place.hub_id is not None:
        raise NotFound
    if place.status is StockPlaceStatus.CLOSED:
        return
    if any(lot.at for lot in (await lots.lock_all_at(conn, place.merchant_id, place_id)).values()):
        raise PlaceIsNotEmpty
    await stored.save_status(conn, place_id, StockPlaceStatus.CLOSED)
    await stored.add_history(conn, place_id, StockPlaceAction.CLOSE, by)


async def offer(
    conn: Transaction, caller: Caller, hub_id: MerchantId, merchant_id: MerchantId, *, by: str
) -> StockPlaceId:
    """To the merchant, by the hub's people; the one that is there already if there is. Raises NotFound, NoHub, MerchantInState,
    PlacesAreTooMany."""
    if not await lots.is_of(conn, caller, hub_id):
        raise NotFound
    kind, status, name = await stored.trades(conn, hub_id) or (None, MerchantStatus.CLOSED, "")
    if kind is not MerchantKind.HUB or status is not MerchantStatus.ACTIVE or hub_id == merchant_id:
        raise NoHub
    to = await stored.trades(conn, merchant_id)
    if to is None or to[1] is not MerchantStatus.ACTIVE:
        raise NotFound
    for each in sorted((hub_id, merchant_id)):
        await stored.lock_merchant(conn, each)
    if (known := await stored.shelf_of(conn, hub_id, merchant_id)) is not None:
        return known
    live, offered = await stored.count_of_hub(conn, hub_id)
    if offered >= MAX_OFFERS:
        raise PlacesAreTooMany(MAX_OFFERS)
    if live >= MAX_HUB_SHELVES:
        raise PlacesAreTooMany(MAX_HUB_SHELVES)
    if await stored.count_own(conn, merchant_id, shelves=True) >= MAX_SHELVES:
        raise PlacesAreTooMany(MAX_SHELVES)
    made = StockPlaceId.new()
    await stored.insert(conn, made, merchant_id, name, hub_id)
    await stored.add_history(conn, made, StockPlaceAction.OFFER, by, by_hub=True)
    return made


async def accept(conn: Transaction, caller: Caller, place_id: StockPlaceId, *, by: str) -> None:
    """By the merchant to whom it was offered. Raises NotFound, PlaceInState. Saying it again changes nothing."""
    place = await stored.find(conn, caller, place_id, alone=True)
    if place is None or not place.mine or place.hub_id is None:
        raise NotFound
    if place.status is StockPlaceStatus.OPEN:
        return
    if place.status is StockPlaceStatus.CLOSED:
        raise PlaceInState(place.status)
    await stored.save_status(conn, place_id, StockPlaceStatus.OPEN)
    await stored.add_history(conn, place_id, StockPlaceAction.ACCEPT, by)


async def end(conn: Transaction, caller: Caller, place_id: StockPlaceId, *, by: str) -> None:
    """By either, also of an offer; what lies there is with its merchant again, who fetches it. Raises NotFound. Saying it again changes
    nothing."""
    place = await stored.find(conn, caller, place_id, alone=True)
    if place is None or place.hub_id is None:
        raise NotFound
    if place.status is StockPlaceStatus.CLOSED:
        return
    there = await lots.lock_all_at(conn, place.merchant_id, place_id)
    if back := {variant_id: lot.at for variant_id, lot in there.items() if lot.at}:
        await stocking.carry(conn, there, back, place_id, None, Cause(str(StockMovementCause.MOVED), subject=by))
    await stored.save_status(conn, place_id, StockPlaceStatus.CLOSED)
    await stored.add_history(conn, place_id, StockPlaceAction.END, by, by_hub=not place.mine)
