"""What its people do with stock beside orders: goods that come, are sold at the counter, spoil, are counted, moved; and how stock is kept.

Held in this order: the place, then stock by variant, then what lies in places. Orders hold stock alone, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.catalog.domain import stock_places, stocking
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.merchant import MerchantInState
from services.catalog.domain.stock import VariantIsUnknown
from services.catalog.domain.stock_places import Place
from services.catalog.domain.stocking import Change, Lot, StockMode, StockMovementCause
from services.catalog.store import stock
from services.catalog.store import stock_places as places
from services.catalog.store import stocking as stored
from services.catalog.store.stock import Cause
from services.contracts.catalog import MerchantId, MerchantStatus, VariantId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox, timers

DAY_IS_OVER: Final = "stock_day_is_over"
"""The timer of a merchant's daily loads; its subject is the merchant."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many base units of a variant; of a count all that were found."""

    variant_id: VariantId
    quantity: int


@dataclass(frozen=True, slots=True)
class Said:
    """Who does it, where (None: where the merchant trades), by which key, with which words."""

    by: str
    key: str
    place_id: StockPlaceId | None = None
    note: str | None = None


_Rule = Callable[..., Change]


async def receive(conn: Transaction, caller: Caller, items: Sequence[Amount], said: Said) -> None:
    """Raises NotFound, PlaceInState, VariantIsUnknown, ModeForbids, QuantityIsOutOfRange or a group."""
    await _change(conn, caller, "receiveStock", StockMovementCause.RECEIVED, stocking.received, items, said)


async def sell(conn: Transaction, caller: Caller, items: Sequence[Amount], said: Said) -> None:
    """At the counter; of what lies on its shelf the hub's people too. Raises as `receive` does, TooFewLieThere, MerchantInState."""
    await _change(conn, caller, "recordSale", StockMovementCause.SOLD, stocking.taken, items, said, hub=True)


async def spoil(conn: Transaction, caller: Caller, items: Sequence[Amount], said: Said) -> None:
    """Raises as `receive` does, and TooFewLieThere."""
    await _change(conn, caller, "recordSpoiled", StockMovementCause.SPOILED, stocking.taken, items, said)


async def count(conn: Transaction, caller: Caller, items: Sequence[Amount], said: Said) -> None:
    """The hub's people count what lies on its shelf, and find no more than was brought. Raises as `receive` does, MerchantInState."""
    await _change(conn, caller, "countStock", StockMovementCause.COUNTED, stocking.counted, items, said, hub=True)


async def _change(
    conn: Transaction,
    caller: Caller,
    mutation: str,
    cause: StockMovementCause,
    rule: _Rule,
    items: Sequence[Amount],
    said: Said,
    *,
    hub: bool = False,
) -> None:
    claim = await idempotency.claim(
        conn, caller=said.by, mutation=mutation, key=said.key, body=(str(said.place_id), list(items), said.note)
    )
    if claim.answer is not None:
        return
    by_hub = False
    variants = [each.variant_id for each in items]
    if said.place_id is None:
        lots = await stored.lock_own(conn, caller, variants)
    else:
        place = await _open_place(conn, caller, said.place_id, hub=hub)
        by_hub = not place.mine
        lying = by_hub or cause in (StockMovementCause.SOLD, StockMovementCause.SPOILED)
        lots = await stored.lock_at(conn, place.merchant_id, place.id, variants, lying=lying)
    if by_hub and rule is stocking.counted:
        rule = _no_more
    changes = _decided(items, lots, rule)
    kept = {key: change for key, change in changes.items() if change.by}
    if kept:
        why = Cause(str(cause), subject=said.by, note=said.note)
        await outbox.append(conn, *await stored.save(conn, said.place_id, kept, why))
    await claim.store(conn, {"done": True})


def _no_more(lot: Lot, found: int, *, at: str) -> Change:
    return stocking.counted(lot, found, at=at, most=lot.here)


def _decided(items: Sequence[Amount], lots: dict[VariantId, Lot], rule: _Rule) -> dict[VariantId, Change]:
    found: list[FieldInvalid] = []
    changes: dict[VariantId, Change] = {}
    for n, item in enumerate(items):
        lot = lots.get(item.variant_id)
        if lot is None:
            found.append(VariantIsUnknown(f"items.{n}.variantId"))
            continue
        change = gathered(found, partial(rule, lot, item.quantity, at=f"items.{n}.quantity"))
        if change is not None:
            changes[item.variant_id] = change
    if found:
        raise all_of(found)
    return changes


async def _open_place(conn: Transaction, caller: Caller, place_id: StockPlaceId, *, hub: bool = False) -> Place:
    """Of the caller's merchant, or of its hub if that may. Raises NotFound, PlaceInState, MerchantInState."""
    place = await places.find(conn, caller, place_id)
    if place is None or not (place.mine or hub):
        raise NotFound
    stock_places.check_open(place)
    if not place.mine and place.hub_id is not None:
        _, status, _ = await places.trades(conn, place.hub_id) or (None, MerchantStatus.CLOSED, None)
        if status is not MerchantStatus.ACTIVE:
            raise MerchantInState(status)
    return place


async def move(conn: Transaction, caller: Caller, items: Sequence[Amount], said: Said, to: StockPlaceId | None) -> None:
    """From the place that is said to another, which differs. Raises NotFound, PlaceInState, VariantIsUnknown, ModeForbids,
    QuantityIsOutOfRange, TooFewLieThere or a group."""
    claim = await idempotency.claim(
        conn,
        caller=said.by,
        mutation="moveStock",
        key=said.key,
        body=(str(said.place_id), str(to), list(items), said.note),
    )
    if claim.answer is not None:
        return
    ends = sorted({end for end in (said.place_id, to) if end is not None})
    held = {end: await _open_place(conn, caller, end) for end in ends}
    if len({place.merchant_id for place in held.values()}) != 1:
        raise NotFound  # places of two merchants
    merchant_id = held[ends[0]].merchant_id
    variants = [each.variant_id for each in items]
    lots = (
        await stored.lock_of(conn, merchant_id, variants)
        if said.place_id is None
        else await stored.lock_at(conn, merchant_id, said.place_id, variants, lying=True)
    )
    _decided(items, lots, _moved)
    why = Cause(str(StockMovementCause.MOVED), subject=said.by, note=said.note)
    await carry(conn, lots, {each.variant_id: each.quantity for each in items}, said.place_id, to, why)
    await claim.store(conn, {"done": True})


def _moved(lot: Lot, quantity: int, *, at: str) -> Change:
    stocking.moved(lot, quantity, at=at)
    return Change(lot.stock, -quantity)


async def carry(
    conn: Transaction,
    lots: dict[VariantId, Lot],
    quantities: dict[VariantId, int],
    source: StockPlaceId | None,
    to: StockPlaceId | None,
    why: Cause,
) -> None:
    """Of locked lots; the whole stays as it is."""
    out = {variant_id: -quantity for variant_id, quantity in quantities.items()}
    elsewhere = {
        variant_id: quantity * ((to is not None) - (source is not None)) for variant_id, quantity in quantities.items()
    }
    levels = await stock.save_items(conn, {key: lots[key].stock for key in quantities}, why, elsewhere)
    if source is not None:
        await stored.put(conn, source, out)
    if to is not None:
        await stored.put(conn, to, quantities)
    await outbox.append(conn, *levels)


async def set_mode(
    conn: Transaction, caller: Caller, variant_id: VariantId, mode: StockMode, available: int | None, *, by: str
) -> None:
    """Raises NotFound, GoodsLieElsewhere or QuantityIsOutOfRange. Saying it again changes nothing."""
    lot = (await stored.lock_own(conn, caller, [variant_id])).get(variant_id)
    if lot is None:
        raise NotFound
    to = stocking.in_mode(lot, mode, available)
    if lot.mode is mode:
        return
    await outbox.append(
        conn, *await stored.save_mode(conn, {variant_id: to}, mode, Cause(str(StockMovementCause.MODE), subject=by))
    )
    if mode is StockMode.DAILY:
        for merchant_id in await stored.merchants_of(conn, [variant_id]):
            await end_tonight(conn, merchant_id)


async def end_tonight(conn: Transaction, merchant_id: MerchantId) -> None:
    due = stocking.day_is_over(await stored.today(conn), merchant_id.uuid)
    await timers.start(conn, DAY_IS_OVER, merchant_id, due)
