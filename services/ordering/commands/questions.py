"""What becomes of the open questions of a part as its order goes on, and of the sums when one ends."""

from __future__ import annotations

from services.kit.database.db import Transaction
from services.kit.messaging import timers
from services.ordering.domain.order import Order
from services.ordering.domain.packing import QUESTION_DEADLINE, Packing, packs
from services.ordering.domain.packing_told import told
from services.ordering.domain.seller_order import SellerOrder
from services.ordering.store import packing as store


async def check_answered(conn: Transaction, order: Order, seller: SellerOrder) -> None:
    """Before its merchant hands it to the buyer, who knows what it costs. Raises QuestionIsOpen."""
    if seller.asks:
        (await store.load(conn, order, seller)).check_answered()


async def check_ready(conn: Transaction, order: Order, seller: SellerOrder) -> None:
    """Before its merchant says that it is ready: a question whose time is up ends by that. Raises QuestionIsOpen."""
    if seller.asks:
        packing = await store.load(conn, order, seller)
        packing.lapse_overdue()
        packing.check_answered()
        await keep(conn, order, seller, packing)


async def goods_leave(conn: Transaction, order: Order) -> None:
    """They are fetched, and nobody's answer is waited for any more."""
    for seller in order.sellers:
        await part_leaves(conn, order, seller)


async def part_leaves(conn: Transaction, order: Order, seller: SellerOrder) -> None:
    if seller.asks:
        packing = await store.load(conn, order, seller)
        packing.lapse_all()
        await keep(conn, order, seller, packing)


async def nothing_to_pack(conn: Transaction, order: Order) -> None:
    """Of parts that have ended there is nothing to answer."""
    for seller in order.sellers:
        if seller.asks and not packs(order, seller):
            packing = await store.load(conn, order, seller)
            packing.withdraw_all()
            await keep(conn, order, seller, packing)


async def keep(conn: Transaction, order: Order, seller: SellerOrder, packing: Packing) -> None:
    """Write what was packed, asked and answered; the order, which is saved next, follows. It is told before what the order says of itself:
    nothing comes after an order's end."""
    if not packing.changed:
        return
    await store.save(conn, packing)
    for each in packing.questions:
        if each.changed and each.is_open:
            await timers.start(conn, QUESTION_DEADLINE, each.id, each.answer_by)
        elif each.changed:
            await timers.stop(conn, each.id, QUESTION_DEADLINE)
    seller.asks = sum(each.is_open for each in packing.questions)
    seller.changed = True
    order.events[:0] = told(packing)
    if packing.changes:
        seller.is_worth(packing.goods_rupiah)
        order.reprice()
