"""Goods kept for orders: held when one is placed, on the counter when it is confirmed, gone with its rider, or for sale again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.domain.reservation import (
    WORD_WITHIN,
    Input,
    ReservationState,
    Standing,
    Tell,
    step,
)
from services.catalog.domain.stock import Place, short, summed
from services.catalog.domain.stocking import StockMovementCause
from services.catalog.store import packed, stock
from services.catalog.store.stock import Cause, Found, Item, Kept, Reservation
from services.contracts.catalog import (
    LevelChanged,
    MerchantId,
    ReservationEvent,
    ReservationId,
    Shortage,
    StockCommitted,
    StockExpired,
    StockHeld,
    StockRefused,
    StockReleased,
    VariantId,
)
from services.kit.database.db import Transaction
from services.kit.database.step import NotInOne, Step
from services.kit.messaging import outbox
from services.kit.messaging.timers import Change

EXPIRY = "reservation_expiry"
"""The timer of a hold, and of goods of a cancelled order on the counter; its subject is the reservation."""

_UNHEARD = Standing(ReservationState.NONE)


@dataclass(frozen=True, slots=True)
class WantedLine:
    variant_id: VariantId
    merchant_id: MerchantId
    quantity: int


async def reserve(conn: Transaction, order_id: str, lines: Sequence[WantedLine], *, hold_until: datetime) -> None:
    """Hold all lines or none. An order that is known keeps its reservation as it is."""
    wanted = summed((line.variant_id, line.quantity) for line in lines)
    sold_by = {line.variant_id: line.merchant_id for line in lines}
    items = await stock.lock_wanted(conn, order_id, sorted(wanted))
    if items is None:
        return

    available = {
        variant_id: item.stock.available
        for variant_id, item in items.items()
        if item.for_sale and item.merchant_id == sold_by[variant_id]
    }
    missing = short(wanted, available)
    heard = Input.PLACED_SHORT if missing else Input.PLACED
    standing, _ = step(_UNHEARD, heard)

    made = Reservation(ReservationId.new(), order_id, standing)
    if missing:
        await stock.insert_reservation(conn, made, expires_at=None, lines={}, timers=Change())
        await outbox.append(conn, _refused(made, wanted, missing))
        return
    expiry = Change(started=[(EXPIRY, made.id, hold_until)])
    await stock.insert_reservation(conn, made, expires_at=hold_until, lines=wanted, timers=expiry)
    levels = await _move(conn, wanted, items, _UNHEARD.goods, standing.goods, Cause(heard, order_id=order_id))
    await outbox.append(conn, StockHeld(reservation_id=made.id, order_id=order_id, expires_at=hold_until), *levels)


async def settle(conn: Transaction, order_id: str, heard: Input) -> None:
    """The order was confirmed or has ended: its goods are on the counter, or for sale again when nobody can have fetched them."""
    found = await stock.lock_kept(conn, order_id)
    if found:
        await _advance(conn, found, heard)
        return
    standing, tell = step(_UNHEARD, heard)
    made = Reservation(ReservationId.new(), order_id, standing)
    await stock.insert_reservation(conn, made, expires_at=None, lines={}, timers=Change())
    await _tell(conn, made, tell)


async def let_part_go(conn: Transaction, order_id: str, merchant_id: MerchantId) -> None:
    """The order goes on without this merchant: what is kept of its goods is for sale again, unless a rider has them."""
    found = await stock.lock_kept(conn, order_id)
    if found is None or found.standing.goods is Place.GONE:
        return
    lines, items = found.lines, found.items
    theirs = {
        variant_id: quantity for variant_id, quantity in lines.items() if items[variant_id].merchant_id == merchant_id
    }
    if not theirs:
        return
    await stock.drop_lines(conn, found.id, list(theirs))
    await packed.forget(conn, found.id, merchant_id)
    before = found.standing.goods
    if before is Place.FOR_SALE:
        return  # the hold had ended
    levels = await _move(conn, theirs, items, before, Place.FOR_SALE, Cause(Input.CANCELLED, order_id=order_id))
    await outbox.append(conn, *await of_another_day(conn, found, theirs, items, levels))


async def follow(conn: Transaction, order_id: str, heard: Input) -> None:
    """Delivery has said what became of the order's goods. Of an order never heard of nothing is kept that could be fetched."""
    found = await (stock.lock_reservation if isinstance(conn, Step) else stock.lock_kept)(conn, order_id)
    if found:
        await _advance(conn, found, heard)


async def expire(conn: Transaction, reservation_id: UUID) -> None:
    """The time of a hold is up, or of waiting for delivery's word."""
    found = await stock.lock_kept_by_id(conn, reservation_id)
    if found:
        await _advance(conn, found, Input.TIME_IS_UP)


async def _advance(conn: Transaction, found: Found, heard: Input) -> None:
    before = found.standing
    after, tell = step(before, heard)
    levels: list[LevelChanged] = []
    if after.goods is not before.goods:
        if not isinstance(found, Kept):
            raise NotInOne
        lines, items = found.lines, found.items
        if (before.goods, after.goods) == (Place.FOR_SALE, Place.ON_COUNTER):
            # The hold had ended before its order's confirmation was heard: take the goods if all are still there.
            available = {variant_id: item.stock.available for variant_id, item in items.items() if item.for_sale}
            if missing := short(lines, available):
                refused, _ = step(before, Input.CONFIRMED_SHORT)
                await stock.save_standing(conn, found.id, refused, Change())
                await outbox.append(conn, _refused(found, lines, missing))
                return
        levels = await _move(conn, lines, items, before.goods, after.goods, Cause(heard, order_id=found.order_id))
        if after.goods is Place.FOR_SALE:
            levels = await of_another_day(conn, found, lines, items, levels)
    if after != before:
        called_off = after.state is ReservationState.CALLED_OFF is not before.state
        started = [(EXPIRY, found.id, found.now + WORD_WITHIN)] if called_off else []
        await stock.save_standing(conn, found.id, after, Change([found.id], [EXPIRY], started))
    await _tell(conn, Reservation(found.id, found.order_id, after), tell, levels)


async def _move(
    conn: Transaction,
    lines: Mapping[VariantId, int],
    items: Mapping[VariantId, Item],
    before: Place,
    after: Place,
    cause: Cause,
) -> list[LevelChanged]:
    moved = {
        variant_id: items[variant_id].stock.moved(quantity, before, after) for variant_id, quantity in lines.items()
    }
    return await stock.put_items(conn, moved, items, cause)


async def of_another_day(
    conn: Transaction,
    found: Found,
    lines: Mapping[VariantId, int],
    items: Mapping[VariantId, Item],
    levels: Sequence[LevelChanged],
) -> list[LevelChanged]:
    """What came back is of the load of the order's day: on another day nobody sells it."""
    daily = [variant_id for variant_id in lines if items[variant_id].load_day is not None]
    if not daily:
        return list(levels)
    told = {each.variant_id: each for each in levels}
    old = {
        variant_id: items[variant_id].stock.moved(lines[variant_id], found.standing.goods, Place.GONE)
        for variant_id in daily
        if items[variant_id].load_day != found.day
    }
    if old:
        await conn.written()  # the same rows once more
        again = await stock.save_items(conn, old, Cause(str(StockMovementCause.RESET)))
        told |= {each.variant_id: each for each in again}
    await stock.begin_anew(conn, daily)
    return [told[variant_id] for variant_id in sorted(told)]


def _refused(of: Reservation, wanted: Mapping[VariantId, int], missing: Mapping[VariantId, int]) -> StockRefused:
    shortages = [
        Shortage(variant_id=variant_id, quantity=wanted[variant_id], available=left)
        for variant_id, left in sorted(missing.items())
    ]
    return StockRefused(reservation_id=of.id, order_id=of.order_id, short=shortages)


async def _tell(conn: Transaction, of: Reservation, tell: Tell, levels: Sequence[LevelChanged] = ()) -> None:
    told: list[ReservationEvent] = []
    match tell:
        case Tell.COMMITTED:
            told = [StockCommitted(reservation_id=of.id, order_id=of.order_id)]
        case Tell.RELEASED:
            restocked = of.standing.goods is Place.FOR_SALE
            told = [StockReleased(reservation_id=of.id, order_id=of.order_id, restocked=restocked)]
        case Tell.EXPIRED:
            told = [StockExpired(reservation_id=of.id, order_id=of.order_id)]
        case _:  # HELD and REFUSED carry facts of their own: who decides them tells them
            pass
    await outbox.append(conn, *told, *levels)
