"""What the market's events mean to people: who is told what of an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    HandoverWay,
    LeftBecause,
    OrderPlaced,
    SellerOrderId,
    SellerOrderLeft,
)
from services.kit.database.db import Transaction
from services.kit.messaging import timers
from services.kit.messaging.timers import Change
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import heard
from services.people.store.heard import Order

_REMIND_AT: Final = 0.6
"""Of the time that a merchant has to answer."""


class Timer(StrEnum):
    REMIND = "people.remind_merchant"


async def know_order(conn: Transaction, event: OrderPlaced) -> None:
    await heard.put_order(conn, event)


async def ask_merchants(conn: Transaction, order: Order, at: datetime, event_id: str | None) -> None:
    """The goods are held: the merchants are asked now, and reminded when their time runs out."""
    if order.is_over:
        return
    for part in await heard.parts(conn, order.id):
        facts: Facts = {
            "code": order.code,
            "merchant": part.merchant,
            "goods_rupiah": part.goods_rupiah,
            "minutes": max(1, part.accept_within_s // 60),
        }
        kind = NoticeKind.SELLER_ORDER_NEW
        if order.slot_from is not None:
            kind = NoticeKind.SELLER_ORDER_LATER
            by = at + timedelta(seconds=part.accept_within_s)
            facts = {**facts, "way": order.way, "when": order.slot_from.isoformat(), "answer_by": by.isoformat()}
        await tell(conn, part.members, kind, str(part.id), facts, at, event_id)
        if not part.is_answered and part.accept_within_s:
            due_at = at + timedelta(seconds=part.accept_within_s * _REMIND_AT)
            await heard.remind_at(conn, order.id, Timer.REMIND, part.id, due_at)


async def remind(conn: Transaction, subject: UUID) -> None:
    """A merchant whose time runs out, unless the answer or the end came first."""
    part_id = SellerOrderId(subject)
    order_id = await heard.order_of_part(conn, part_id)
    order = await heard.order(conn, order_id) if order_id else None
    if order is None or order.is_over:
        return
    now = await heard.now(conn)
    for part in await heard.parts(conn, order.id):
        if part.id == part_id and not part.is_answered:
            facts: Facts = {"code": order.code, "merchant": part.merchant}
            await tell(conn, part.members, NoticeKind.SELLER_ORDER_DEADLINE, str(part.id), facts, now, None)


async def merchant_answered(conn: Transaction, order: Order, part_id: SellerOrderId) -> None:
    await heard.was_answered(conn, order.id, part_id, Change([part_id], [Timer.REMIND]))


async def part_left(conn: Transaction, order: Order, event: SellerOrderLeft, event_id: str) -> None:
    """The buyer is told whose part will not come, a merchant that its own is not wanted any more."""
    await timers.stop(conn, event.seller_order_id, Timer.REMIND)
    part = await heard.part_left(conn, event.seller_order_id)
    if part is None or order.is_over:
        return
    facts: Facts = {"code": order.code, "merchant": part.merchant}
    if event.because is LeftBecause.BUYER_CANCELLED:
        said = {**facts, "reason": CancelReason.BUYER_CANCELLED, "borne_by": BorneBy.NOBODY}
        kind = NoticeKind.SELLER_ORDER_CANCELLED
        await tell(conn, part.members, kind, str(part.id), said, event.left_at, event_id)
        return
    await tell(conn, [order.buyer], NoticeKind.ORDER_PART_LEFT, str(part.id), facts, event.left_at, event_id)
    if event.because is LeftBecause.NOT_FETCHED:  # a rider was there, and its people may not know
        said = {**facts, "reason": CancelReason.DELIVERY_FAILED, "borne_by": BorneBy.NOBODY}
        await tell(conn, part.members, NoticeKind.SELLER_ORDER_CANCELLED, str(part.id), said, event.left_at, event_id)


async def ask_buyer(conn: Transaction, order: Order, answer_by: datetime, at: datetime, event_id: str) -> None:
    """Whether what is left is wanted."""
    if not order.is_over:
        facts: Facts = {"code": order.code, "answer_by": answer_by.isoformat()}
        await tell(conn, [order.buyer], NoticeKind.ORDER_ASKS, str(order.id), facts, at, event_id)


async def tell_buyer(conn: Transaction, order: Order, kind: NoticeKind, at: datetime, event_id: str) -> None:
    if order.is_over:
        return
    facts: Facts = {"code": order.code, "cash_rupiah": order.cash_rupiah}
    await tell(conn, [order.buyer], kind, str(order.id), facts, at, event_id)


async def confirm(conn: Transaction, order: Order, cash_rupiah: int, at: datetime, event_id: str) -> None:
    await heard.cash_is(conn, order.id, cash_rupiah)
    await tell_buyer(conn, order, NoticeKind.ORDER_ACCEPTED, at, event_id)


async def agree(conn: Transaction, order: Order, cash_rupiah: int, at: datetime, event_id: str) -> None:
    """All have accepted, and it waits for its time."""
    if order.is_over or order.slot_from is None:
        return
    await heard.cash_is(conn, order.id, cash_rupiah)
    collected = order.way is not HandoverWay.DELIVERY
    kind = NoticeKind.ORDER_TO_COLLECT if collected else NoticeKind.ORDER_LATER
    facts: Facts = {"code": order.code, "when": order.slot_from.isoformat(), "cash_rupiah": cash_rupiah}
    await tell(conn, [order.buyer], kind, str(order.id), facts, at, event_id)


async def ready(conn: Transaction, order: Order, at: datetime, event_id: str) -> None:
    """Packed: whoever collects it is told, and nobody else, for a rider is on the way."""
    if order.way is not HandoverWay.DELIVERY:
        await tell_buyer(conn, order, NoticeKind.ORDER_READY, at, event_id)


async def delivered(
    conn: Transaction, order: Order, at: datetime, event_id: str, trip: DeliveryId | None = None
) -> None:
    """By this trip, if there was one."""
    await tell_buyer(conn, order, NoticeKind.ORDER_DELIVERED, at, event_id)
    await heard.is_over(conn, order.id, trip)


async def cancelled(
    conn: Transaction, order: Order, reason: CancelReason, borne_by: BorneBy, at: datetime, event_id: str
) -> None:
    """The buyer, and those merchants who have been asked."""
    facts: Facts = {"code": order.code, "reason": reason, "borne_by": borne_by}
    await tell(conn, [order.buyer], NoticeKind.ORDER_CANCELLED, str(order.id), facts, at, event_id)
    for part in await heard.parts(conn, order.id):
        await timers.stop(conn, part.id, Timer.REMIND)
        # Who refused it himself, or never was asked, has nothing to learn.
        if reason not in (CancelReason.STOCK_SHORT, CancelReason.STOCK_TIMEOUT):
            said = {**facts, "merchant": part.merchant}
            await tell(conn, part.members, NoticeKind.SELLER_ORDER_CANCELLED, str(part.id), said, at, event_id)
    await heard.is_over(conn, order.id)
