"""What can be done: reservations for orders, and what merchants and operators change. Each runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog import domain
from services.catalog.domain import Action, Caller, Effect, Input, NotFound, ReservationState, Step, Tell
from services.catalog.store import goods, stock
from services.catalog.store.stock import Reservation
from services.contracts.catalog import (
    MerchantId,
    ProductId,
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
    wanted = domain.summed((line.variant_id, line.quantity) for line in lines)
    items = await stock.lock_items(conn, sorted(wanted))
    sold_by = {line.variant_id: line.merchant_id for line in lines}
    available = {
        variant_id: item.stock.available
        for variant_id, item in items.items()
        if item.for_sale and item.merchant_id == sold_by[variant_id]
    }
    short = domain.short(wanted, available)
    heard = Input.PLACED_SHORT if short else Input.PLACED
    step = domain.step(ReservationState.NONE, heard)
    reservation = Reservation(ReservationId.new(), order_id, step.to)
    await stock.insert_reservation(
        conn, reservation, expires_at=None if short else hold_until, lines={} if short else wanted
    )
    if short:
        await outbox.append(conn, _refused(reservation, wanted, short))
        return
    await stock.save_items(
        conn,
        {variant_id: items[variant_id].stock.after(step.effect, quantity) for variant_id, quantity in wanted.items()},
    )
    await timers.start(conn, EXPIRY, reservation.id, hold_until)
    await outbox.append(conn, StockHeld(reservation_id=reservation.id, order_id=order_id, expires_at=hold_until))


def _refused(reservation: Reservation, wanted: Mapping[VariantId, int], short: Mapping[VariantId, int]) -> StockRefused:
    shortages = [
        Shortage(variant_id=variant_id, quantity=wanted[variant_id], available=left)
        for variant_id, left in sorted(short.items())
    ]
    return StockRefused(reservation_id=reservation.id, order_id=reservation.order_id, short=shortages)


async def settle(conn: Transaction, order_id: str, heard: Input) -> None:
    """The order was confirmed or has ended: take the goods out of the stock, or put them up for sale again."""
    found = await stock.lock_reservation(conn, order_id)
    if found and heard is Input.CONFIRMED and found.state is ReservationState.EXPIRED:
        await _confirm_late(conn, found)
        return
    if found:
        await _advance(conn, found, heard)
        return
    step = domain.step(ReservationState.NONE, heard)
    reservation = Reservation(ReservationId.new(), order_id, step.to)
    await stock.insert_reservation(conn, reservation, expires_at=None, lines={})
    await _tell(conn, reservation, step, heard)


async def _confirm_late(conn: Transaction, reservation: Reservation) -> None:
    """The hold had ended before its order's confirmation was heard: take the goods if all are still there."""
    wanted = await stock.lines(conn, reservation.id)
    items = await stock.lock_items(conn, sorted(wanted))
    available = {variant_id: item.stock.available for variant_id, item in items.items() if item.for_sale}
    short = domain.short(wanted, available)
    if not short:
        await _advance(conn, reservation, Input.CONFIRMED)
        return
    step = domain.step(reservation.state, Input.CONFIRMED_SHORT)
    await stock.save_state(conn, reservation.id, step.to)
    await outbox.append(conn, _refused(reservation, wanted, short))


async def expire(conn: Transaction, reservation_id: UUID) -> None:
    """The time of a hold is up."""
    found = await stock.lock_reservation_by_id(conn, reservation_id)
    if found:
        await _advance(conn, found, Input.TIME_IS_UP)


async def _advance(conn: Transaction, reservation: Reservation, heard: Input) -> None:
    step = domain.step(reservation.state, heard)
    if step.effect is not Effect.NOTHING:
        lines = await stock.lines(conn, reservation.id)
        items = await stock.lock_items(conn, sorted(lines))
        await stock.save_items(
            conn, {variant_id: items[variant_id].stock.after(step.effect, lines[variant_id]) for variant_id in lines}
        )
    if step.to is not reservation.state:
        await stock.save_state(conn, reservation.id, step.to)
        await timers.stop(conn, reservation.id, EXPIRY)
    await _tell(conn, reservation, step, heard)


async def _tell(conn: Transaction, reservation: Reservation, step: Step, heard: Input) -> None:
    told: ReservationEvent
    match step.tell:
        case Tell.COMMITTED:
            told = StockCommitted(reservation_id=reservation.id, order_id=reservation.order_id)
        case Tell.RELEASED:
            told = StockReleased(
                reservation_id=reservation.id,
                order_id=reservation.order_id,
                restocked=heard is not Input.CANCELLED_UNDERWAY,
            )
        case Tell.EXPIRED:
            told = StockExpired(reservation_id=reservation.id, order_id=reservation.order_id)
        case _:  # HELD and REFUSED carry facts of their own: `reserve` tells them
            return
    await outbox.append(conn, told)


async def set_stock(conn: Transaction, caller: Caller, variant_id: VariantId, on_hand: int) -> None:
    """Raises NotFound or StockOutOfRange. Nobody is told: how much is left is asked, not heard."""
    present = await stock.lock_item(conn, caller, variant_id)
    if present is None:
        raise NotFound
    counted = domain.counted(present, on_hand)
    if counted != present:
        await stock.save_items(conn, {variant_id: counted})


async def change_price(conn: Transaction, caller: Caller, variant_id: VariantId, price_rupiah: int) -> None:
    """Raises NotFound or PriceOutOfRange."""
    present = await goods.lock_product_of(conn, caller, variant_id)
    if present is None:
        raise NotFound
    if domain.price(price_rupiah) == present.price_rupiah:
        return
    await goods.save_price(conn, variant_id, price_rupiah)
    await outbox.append(conn, *await goods.product_states(conn, [present.product_id]))


async def move_product(conn: Transaction, caller: Caller, product_id: ProductId, action: Action) -> None:
    """Publish or hide. Raises NotFound or ProductInState."""
    present = await goods.lock_product(conn, caller, product_id)
    if present is None:
        raise NotFound
    to = domain.product_after(present, action)
    if to is not present:
        await goods.save_product_status(conn, product_id, to)
        await outbox.append(conn, *await goods.product_states(conn, [product_id]))


async def move_merchant(conn: Transaction, merchant_id: MerchantId, action: Action, reason: str) -> None:
    """Suspend or reactivate, with the operators' reason. Raises NotFound, MerchantInState or ReasonOutOfRange."""
    stated = domain.reason(reason)
    present = await goods.lock_merchant(conn, merchant_id)
    if present is None:
        raise NotFound
    to = domain.merchant_after(present, action)
    if to is not present:
        await goods.save_merchant_status(conn, merchant_id, to, stated)
        await outbox.append(conn, *await goods.merchant_states(conn, [merchant_id]))
