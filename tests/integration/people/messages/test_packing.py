"""While an order is packed its buyer is told what is asked, and what is not as it was ordered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderLineId
from services.contracts.packing import (
    ChangedLine,
    LineChange,
    LinesChanged,
    QuestionAnswered,
    QuestionAsked,
    QuestionId,
    QuestionKind,
)
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post

LINE, QUESTION = OrderLineId.new(), QuestionId.new()


@pytest.fixture
async def market(post: Post) -> Market:
    return await a_market(post)


async def asked(market: Market) -> QuestionAsked:
    now = await market.now()
    return QuestionAsked(
        order_id=market.order_id,
        question_id=QUESTION,
        seller_order_id=market.part_id,
        merchant_id=market.merchant_id,
        line_id=LINE,
        kind=QuestionKind.OVERWEIGHT,
        name="Ayam kampung",
        total_rupiah=46_800,
        otherwise_rupiah=39_600,
        asked_at=now,
        answer_by=now + timedelta(minutes=5),
    )


async def changed(market: Market, change: LineChange) -> LinesChanged:
    line = ChangedLine(
        line_id=LINE,
        variant_id=VariantId.new(),
        name="Ayam kampung",
        change=change,
        quantity_before=1,
        quantity=0,
        rupiah_before=36_000,
        rupiah=0,
    )
    return LinesChanged(
        order_id=market.order_id,
        seller_order_id=market.part_id,
        merchant_id=market.merchant_id,
        lines=[line],
        changed_at=await market.now(),
    )


async def test_a_question_is_told_while_it_may_be_answered(market: Market) -> None:
    event = await asked(market)
    await market.hear(market.merchant(), market.placed(), event)
    (told,) = await market.notices(market.buyer)
    assert told["text"].startswith(
        f"Pesanan {CODE}, Ayam kampung: beratnya lebih dari perkiraan. Jawab di Wlijo sebelum "
    )
    assert told["about"].partition("/")[0] == str(market.order_id)
    async with market.post.db.acquire() as conn:
        assert await conn.fetchval("SELECT expires_at FROM messages") == event.answer_by


async def test_an_answered_question_is_sent_to_nobody_any_more(market: Market) -> None:
    answered = QuestionAnswered(
        order_id=market.order_id,
        question_id=QUESTION,
        seller_order_id=market.part_id,
        merchant_id=market.merchant_id,
        line_id=LINE,
        accepted=True,
        answered_at=await market.now(),
    )
    await market.hear(market.merchant(), market.placed(), await asked(market), answered)
    assert await market.kinds(market.buyer) == [("ORDER_QUESTION", "LATE")]


async def test_what_is_dropped_or_replaced_is_told_and_what_was_weighed_is_not(market: Market) -> None:
    await market.hear(market.merchant(), market.placed(), await changed(market, LineChange.WEIGHED))
    assert await market.kinds(market.buyer) == []
    await market.hear(await changed(market, LineChange.DROPPED))
    (told,) = await market.notices(market.buyer)
    assert told["text"] == f"Pesanan {CODE}, Ayam kampung: tidak ada, atau kurang. Total barunya ada di Wlijo."
