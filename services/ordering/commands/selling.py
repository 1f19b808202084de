"""What a merchant does with its part of an order: accepts, rejects, packs it."""

from __future__ import annotations

from collections.abc import Callable

from services.contracts.ordering import LeftBecause, SellerOrderId
from services.contracts.reasons import REASONS, ReasonCode, Use
from services.kit.database.db import Transaction
from services.ordering.commands import process, questions
from services.ordering.domain.claimable import ReasonDoesNotFit
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.order import Order
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.seller_order import SellerOrder
from services.ordering.store import orders, packing


async def accept_seller_order(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> None:
    """Raises Unknown or WrongState."""
    await _by_merchant(conn, seller_order_id, subject, sees_all, "MERCHANT_ACCEPTED", Order.accept)


async def reject_seller_order(
    conn: Transaction,
    seller_order_id: SellerOrderId,
    subject: str,
    *,
    reason: str,
    sees_all: bool,
    code: ReasonCode | None = None,
) -> None:
    """The order goes on with the others, unless there are none or its buyer wants all or nothing. Raises Unknown, WrongState, or
    ReasonDoesNotFit of a code that is not for this."""
    if code is not None and Use.REFUSAL not in REASONS[code].uses:
        raise ReasonDoesNotFit(code)

    def reject(order: Order, seller: SellerOrder) -> None:
        order.reject(seller, reason, code)
        order.by = By(_kind(sees_all), subject, reason, code, seller.id)

    await _by_merchant(conn, seller_order_id, subject, sees_all, "MERCHANT_REJECTED", reject)


async def mark_seller_order_ready(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> None:
    """What nothing was said of is packed as it was ordered. Raises Unknown, WrongState or, while its buyer may answer, QuestionIsOpen."""
    order, seller = await _of_merchant(conn, seller_order_id, subject, sees_all)
    await questions.check_ready(conn, order, seller)
    order.mark_ready(seller)
    if seller.changed:  # else it was said before
        await packing.pack_as_ordered(conn, seller.id)
        await process.save(conn, order, "SELLER_ORDER_READY")


async def cancel_seller_order(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, reason: str | None, sees_all: bool
) -> None:
    """By its merchant or the order's buyer. Raises Unknown or, when it is too late, WrongState."""
    found = await orders.part_for(conn, seller_order_id, subject, sees_all=sees_all)
    if found is None:
        raise Unknown
    order = await orders.lock(conn, found.order_id)
    if order is None:
        raise Unknown
    seller = next(each for each in order.sellers if each.id == seller_order_id)
    because = LeftBecause.BUYER_CANCELLED if found.is_buyers else LeftBecause.MERCHANT_CANCELLED
    before = len(order.events)
    order.cancel_part(seller, because)
    kind = ActorKind.BUYER if found.is_buyers else _kind(sees_all)
    order.by = By(kind, subject, reason, seller_order_id=seller.id)
    if len(order.events) == before:
        return  # it was said before
    seller.reject_reason = seller.reject_reason or reason
    await process.save(conn, order, str(because))


async def _by_merchant(
    conn: Transaction,
    seller_order_id: SellerOrderId,
    subject: str,
    sees_all: bool,
    given: str,
    do: Callable[[Order, SellerOrder], None],
) -> None:
    order, seller = await _of_merchant(conn, seller_order_id, subject, sees_all)
    do(order, seller)
    if seller.changed:  # else it was said before
        await process.save(conn, order, given)


async def _of_merchant(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, sees_all: bool
) -> tuple[Order, SellerOrder]:
    """The order is locked. Raises Unknown."""
    order_id = await orders.order_of_seller_order(conn, seller_order_id, subject, sees_all=sees_all)
    order = await orders.lock(conn, order_id) if order_id else None
    if order is None:
        raise Unknown
    seller = next(each for each in order.sellers if each.id == seller_order_id)
    order.by = By(_kind(sees_all), subject, seller_order_id=seller.id)
    return order, seller


def _kind(sees_all: bool) -> ActorKind:
    return ActorKind.OFFICER if sees_all else ActorKind.MERCHANT
