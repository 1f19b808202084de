"""Goods kept for orders: held when one is placed, taken out when it is confirmed, let go when it or its time ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.domain.reservation import Input, ReservationState, Step, Tell, step
from services.catalog.domain.stock import Effect, short, summed
from services.catalog.store import stock
from services.catalog.store.stock import Item, Reservation
from services.contracts.catalog import (
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
from services.kit.messaging import outbox, timers

EXPIRY = "reservation_expiry"
"""The timer of a hold; its subject is the reservation."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    variant_id: VariantId
    merchant_id: MerchantId
    quantity: int


async def reserve(conn: Transaction, order_id: str, lines: Sequence[WantedLine], *, hold_until: datetime) -> None:
    """Hold all lines or none. An order that is known keeps its reservation as it is."""
    if await stock.lock_reservation(conn, order_id):
        return
    wanted = summed((line.variant_id, line.quantity) for line in lines)
    sold_by = {line.variant_id: line.merchant_id for line in lines}
    items = await stock.lock_items(conn, sorted(wanted))

    available = {
        variant_id: item.stock.available
        for variant_id, item in items.items()
        if item.for_sale and item.merchant_id == sold_by[variant_id]
    }
    missing = short(wanted, available)
    taken = step(ReservationState.NONE, Input.PLACED_SHORT if missing else Input.PLACED)

    made = Reservation(ReservationId.new(), order_id, taken.to)
    if missing:
        await stock.insert_reservation(conn, made, expires_at=None, lines={})
        await outbox.append(conn, _refused(made, wanted, missing))
        return
    await stock.insert_reservation(conn, made, expires_at=hold_until, lines=wanted)
    await _save_items(conn, taken.effect, wanted, items)
    await timers.start(conn, EXPIRY, made.id, hold_until)
    await outbox.append(conn, StockHeld(reservation_id=made.id, order_id=order_id, expires_at=hold_until))


async def settle(conn: Transaction, order_id: str, heard: Input) -> None:
    """The order was confirmed or has ended: take the goods out of the stock, or put them up for sale again."""
    found = await stock.lock_reservation(conn, order_id)
    if found:
        await _advance(conn, found, heard)
        return
    taken = step(ReservationState.NONE, heard)
    made = Reservation(ReservationId.new(), order_id, taken.to)
    await stock.insert_reservation(conn, made, expires_at=None, lines={})
    await _tell(conn, made, taken, heard)


async def expire(conn: Transaction, reservation_id: UUID) -> None:
    """The time of a hold is up."""
    found = await stock.lock_reservation_by_id(conn, reservation_id)
    if found:
        await _advance(conn, found, Input.TIME_IS_UP)


async def _advance(conn: Transaction, found: Reservation, heard: Input) -> None:
    taken = step(found.state, heard)
    if taken.effect is not Effect.NOTHING:
        lines = await stock.lines(conn, found.id)
        items = await stock.lock_items(conn, sorted(lines))
        if taken.effect is Effect.SELL:
            # The hold had ended before its order's confirmation was heard: take the goods if all are still there.
            available = {variant_id: item.stock.available for variant_id, item in items.items() if item.for_sale}
            if missing := short(lines, available):
                await stock.save_state(conn, found.id, step(found.state, Input.CONFIRMED_SHORT).to)
                await outbox.append(conn, _refused(found, lines, missing))
                return
        await _save_items(conn, taken.effect, lines, items)
    if taken.to is not found.state:
        await stock.save_state(conn, found.id, taken.to)
        await timers.stop(conn, found.id, EXPIRY)
    await _tell(conn, found, taken, heard)


async def _save_items(
    conn: Transaction, effect: Effect, lines: Mapping[VariantId, int], items: Mapping[VariantId, Item]
) -> None:
    await stock.save_items(
        conn, {variant_id: items[variant_id].stock.after(effect, quantity) for variant_id, quantity in lines.items()}
    )


def _refused(of: Reservation, wanted: Mapping[VariantId, int], missing: Mapping[VariantId, int]) -> StockRefused:
    shortages = [
        Shortage(variant_id=variant_id, quantity=wanted[variant_id], available=left)
        for variant_id, left in sorted(missing.items())
    ]
    return StockRefused(reservation_id=of.id, order_id=of.order_id, short=shortages)


async def _tell(conn: Transaction, of: Reservation, taken: Step, heard: Input) -> None:
    told: ReservationEvent
    match taken.tell:
        case Tell.COMMITTED:
            told = StockCommitted(reservation_id=of.id, order_id=of.order_id)
        case Tell.RELEASED:
            restocked = heard is not Input.CANCELLED_UNDERWAY
            told = StockReleased(reservation_id=of.id, order_id=of.order_id, restocked=restocked)
        case Tell.EXPIRED:
            told = StockExpired(reservation_id=of.id, order_id=of.order_id)
        case _:  # HELD and REFUSED carry facts of their own: who decides them tells them
            return
    await outbox.append(conn, told)
