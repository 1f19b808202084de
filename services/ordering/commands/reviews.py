"""What buyers, merchants, readers and officers do with reviews."""

from __future__ import annotations

from services.contracts.claims import ReviewChanged, ReviewId
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.ordering.commands.buyers import buyer
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.review import (
    MAX_REPORTS,
    AnsweredAlready,
    ReportsAreTooMany,
    ReviewInput,
    ReviewKind,
    check,
    initial,
)
from services.ordering.store import reviews as store
from services.ordering.store.reviews import Shown, Subject


async def review_goods(
    conn: Transaction, subject: str, line_id: OrderLineId, *, stars: int, words: str | None, by_name: bool
) -> ReviewId:
    """By who has had them; said again it is an edit. `by_name` shows the first letter of the name that the order was brought to. Raises
    Unknown, and what `review.check` does."""
    await buyer(conn, subject)
    of = await store.line(conn, line_id, subject)
    if of is None or of.product_id is None:
        raise Unknown("orderLineId")
    return await _put(conn, subject, of, line_id, stars, words, by_name)


async def review_delivery(
    conn: Transaction, subject: str, order_id: OrderId, *, stars: int, words: str | None
) -> ReviewId:
    """By whom it was brought to; said again it is an edit. Raises Unknown, and what `review.check` does."""
    await buyer(conn, subject)
    of = await store.delivery(conn, order_id, subject)
    if of is None:
        raise Unknown("orderId")
    return await _put(conn, subject, of, None, stars, words, False)


async def _put(
    conn: Transaction,
    subject: str,
    of: Subject,
    line_id: OrderLineId | None,
    stars: int,
    words: str | None,
    by_name: bool,
) -> ReviewId:
    check(of.status, of.ended_at, of.posted_at, of.at, stars)
    review_id = of.review_id or ReviewId.new()
    before = await store.lock(conn, review_id)
    letter = initial(of.recipient) if by_name and of.recipient else None
    if before and (before.stars, before.words, before.initial) == (stars, words, letter):
        return review_id
    await store.put(conn, review_id, of, line_id, stars=stars, words=words, initial=letter)
    given = ReviewInput.EDIT if before else ReviewInput.POST
    await store.note(conn, review_id, given, By(ActorKind.BUYER, subject, words))
    await _tell(conn, review_id)
    return review_id


async def answer_review(conn: Transaction, review_id: ReviewId, subject: str, *, words: str) -> None:
    """By one of the merchant's people, once. Raises Unknown or AnsweredAlready."""
    found = await store.lock(conn, review_id)
    if found is None or not found.shown or not await store.is_merchants(conn, found.merchant_id, subject):
        raise Unknown("id")
    if found.answer == words:
        return
    if found.answer is not None:
        raise AnsweredAlready
    await store.set_answer(conn, review_id, words)
    await store.note(conn, review_id, ReviewInput.ANSWER, By(ActorKind.MERCHANT, subject, words))


async def report_review(conn: Transaction, review_id: ReviewId, subject: str, *, why: str, of_merchant: bool) -> None:
    """By whoever reads it, once; an officer looks. Raises Unknown or ReportsAreTooMany."""
    found = await store.lock(conn, review_id)
    if found is None or not found.shown or found.kind is not ReviewKind.GOODS:
        raise Unknown("id")
    if await store.has_reported(conn, review_id, subject):
        return
    if await store.reported_lately(conn, subject) >= MAX_REPORTS:
        raise ReportsAreTooMany
    await store.set_reported(conn, review_id)
    kind = ActorKind.MERCHANT if of_merchant else ActorKind.BUYER
    await store.note(conn, review_id, ReviewInput.REPORT, By(kind, subject, why))


async def moderate_review(conn: Transaction, review_id: ReviewId, subject: str, *, shown: bool, why: str) -> None:
    """By an officer, or ops. What is hidden counts for nothing, and is there for who wrote it. Raises Unknown."""
    found = await store.lock(conn, review_id)
    if found is None:
        raise Unknown("id")
    if found.shown is shown and found.reported_at is None:
        return
    await store.set_shown(conn, review_id, shown=shown)
    given = ReviewInput.SHOW if shown else ReviewInput.HIDE
    await store.note(conn, review_id, given, By(ActorKind.OFFICER, subject, why))
    if found.shown is not shown:
        await _tell(conn, review_id)


async def _tell(conn: Transaction, review_id: ReviewId) -> None:
    now = await store.lock(conn, review_id)
    assert now is not None
    await outbox.append(conn, _told(now))


def _told(review: Shown) -> ReviewChanged:
    return ReviewChanged(
        review_id=review.id,
        stars=review.stars,
        shown=review.shown,
        posted_at=review.posted_at,
        product_id=review.product_id,
        merchant_id=review.merchant_id,
        partner_id=review.partner_id,
    )
