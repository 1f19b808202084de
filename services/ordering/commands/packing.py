"""Packing: what a merchant does to the lines of its part, what its buyer answers, and what is done when no answer comes.

What was said before is not said again, whatever the part has come to since: whoever lost the answer asks once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from services.contracts.packing import QuestionId
from services.kit.database.db import Transaction
from services.ordering.commands import process, questions
from services.ordering.domain.cart import ProductIsUnavailable
from services.ordering.domain.order import Order
from services.ordering.domain.order_line import Line
from services.ordering.domain.packing import Packing, check_packs, packs
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.seller_order import SellerOrder
from services.ordering.store import orders
from services.ordering.store import packing as store
from services.ordering.store.packing import Part


@dataclass(frozen=True, slots=True)
class _Locked:
    order: Order
    seller: SellerOrder
    packing: Packing


async def weigh_line(
    conn: Transaction, line_id: OrderLineId, subject: str, *, gram: int, sees_all: bool
) -> SellerOrderId:
    """Raises Unknown, and as `Packing.weigh` does."""
    found, line = await _line(conn, line_id, subject, sees_all)
    if not found.packing.is_weighed(line, gram):
        check_packs(found.order, found.seller)
        found.packing.weigh(line, gram)
        await _save(conn, found, "LINE_WEIGHED")
    return found.seller.id


async def pack_line(
    conn: Transaction, line_id: OrderLineId, subject: str, *, quantity: int, sees_all: bool
) -> SellerOrderId:
    """Raises Unknown, and as `Packing.pack` does."""
    found, line = await _line(conn, line_id, subject, sees_all)
    if not found.packing.is_packed(line, quantity):
        check_packs(found.order, found.seller)
        found.packing.pack(line, quantity)
        await _save(conn, found, "LINE_PACKED" if quantity else "LINE_DROPPED")
    return found.seller.id


async def replace_line(
    conn: Transaction, line_id: OrderLineId, subject: str, *, variant_id: VariantId, quantity: int, sees_all: bool
) -> SellerOrderId:
    """Raises Unknown, ProductIsUnavailable of what the same merchant does not sell, and as `Packing.replace` does."""
    found, line = await _line(conn, line_id, subject, sees_all)
    if not found.packing.is_replaced(line, variant_id, quantity):
        check_packs(found.order, found.seller)
        by = await store.replacement(conn, variant_id, found.seller.merchant_id)
        if by is None or variant_id == line.variant_id:
            raise ProductIsUnavailable(variant_id)
        found.packing.replace(line, by, quantity)
        await _save(conn, found, "LINE_REPLACED")
    return found.seller.id


async def answer_question(conn: Transaction, question_id: QuestionId, subject: str, *, accept: bool) -> OrderId:
    """By the order's buyer. Raises Unknown or WrongState."""
    found = await _lock(conn, await store.part_of_buyers_question(conn, question_id, subject))
    if found is None:
        raise Unknown
    question = found.packing.question(question_id) or await store.one(conn, question_id)
    found.packing.answer(question, accept=accept)
    if found.packing.changed:  # else it was said before
        await _save(conn, found, "QUESTION_ACCEPTED" if accept else "QUESTION_DECLINED")
    return found.order.id


async def question_deadline(conn: Transaction, subject: UUID) -> None:
    """Nobody has answered in time. An image before does not know that goods which leave end it: then nothing is done."""
    question_id = QuestionId(subject)
    found = await _lock(conn, await store.part_of_question(conn, question_id))
    question = found.packing.question(question_id) if found else None
    if found is None or question is None:
        return  # it was due while somebody answered
    if packs(found.order, found.seller):
        found.packing.lapse(question)
    else:
        found.packing.withdraw_all()
    await _save(conn, found, "QUESTION_LAPSED")


async def _line(conn: Transaction, line_id: OrderLineId, subject: str, sees_all: bool) -> tuple[_Locked, Line]:
    """Raises Unknown."""
    found = await _lock(conn, await store.part_of_line(conn, line_id, subject, sees_all=sees_all))
    if found is None:
        raise Unknown
    return found, found.packing.line(line_id)


async def _lock(conn: Transaction, part: Part | None) -> _Locked | None:
    order = await orders.lock(conn, part.order_id) if part else None
    if part is None or order is None:
        return None
    seller = next(each for each in order.sellers if each.id == part.seller_order_id)
    return _Locked(order, seller, await store.load(conn, order, seller))


async def _save(conn: Transaction, found: _Locked, given: str) -> None:
    await questions.keep(conn, found.order, found.seller, found.packing)
    await process.save(conn, found.order, given)
