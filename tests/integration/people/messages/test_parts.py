"""Who is told what when an order goes on without one merchant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.contracts.ordering import BuyerAsked, LeftBecause, SellerOrderLeft
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post


@pytest.fixture
async def market(post: Post) -> Market:
    return await a_market(post)


async def left(market: Market, because: LeftBecause) -> SellerOrderLeft:
    return SellerOrderLeft(
        order_id=market.order_id,
        seller_order_id=market.part_id,
        merchant_id=market.merchant_id,
        because=because,
        left_at=await market.now(),
    )


async def test_the_buyer_is_told_whose_part_will_not_come(market: Market) -> None:
    await market.hear(market.placed(), await left(market, LeftBecause.REFUSED))
    assert [kind for kind, _ in await market.kinds(market.buyer)] == ["ORDER_PART_LEFT"]
    assert await market.kinds(market.owner) == []


async def test_a_merchant_is_told_that_its_part_is_not_wanted_any_more(market: Market) -> None:
    await market.hear(
        market.merchant(market.owner), market.placed(), market.held(), await left(market, LeftBecause.BUYER_CANCELLED)
    )
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW", "SELLER_ORDER_CANCELLED"]
    assert await market.kinds(market.buyer) == []


async def test_a_merchant_who_left_hears_no_more_of_the_order(market: Market) -> None:
    gone = await left(market, LeftBecause.MERCHANT_CANCELLED)
    await market.hear(market.merchant(market.owner), market.placed(), gone, market.held())
    assert await market.kinds(market.owner) == []


async def test_the_buyer_is_asked_with_the_time_to_answer(market: Market) -> None:
    now = await market.now()
    asked = BuyerAsked(order_id=market.order_id, answer_by=now + timedelta(minutes=5), asked_at=now)
    await market.hear(market.placed(), asked)
    [notice] = await market.notices(market.buyer)
    assert notice["kind"] == "ORDER_ASKS"
    assert CODE in str(notice["facts"])
