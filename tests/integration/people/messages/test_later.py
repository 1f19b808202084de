"""Who is told what of an order of a later time, and of one that is collected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    HandoverWay,
    OrderAgreed,
    OrderHandedOver,
    OrderPlaced,
    SellerOrderReady,
)
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post, Scripted

FROM = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
"""The first of December, half past six in WIB."""


@pytest.fixture
async def market(post: Post) -> Market:
    return await a_market(post)


def placed(market: Market, way: HandoverWay, within_s: int | None = 7_200) -> OrderPlaced:
    order = market.placed()
    part = msgspec.structs.replace(order.seller_orders[0], accept_within_s=within_s)
    return msgspec.structs.replace(
        order, way=way, slot_from=FROM, slot_to=FROM + timedelta(hours=1), seller_orders=[part]
    )


async def agreed(market: Market, way: HandoverWay) -> OrderAgreed:
    return OrderAgreed(
        order_id=market.order_id,
        way=way,
        slot_from=FROM,
        slot_to=FROM + timedelta(hours=1),
        cash_to_collect_rupiah=55_000,
        agreed_at=await market.now(),
    )


def ready(market: Market) -> SellerOrderReady:
    return SellerOrderReady(order_id=market.order_id, seller_order_id=market.part_id, merchant_id=market.merchant_id)


async def test_what_is_collected_is_told_when_it_is_agreed_ready_and_handed_over(
    market: Market, whatsapp: Scripted
) -> None:
    way = HandoverWay.PICKUP
    given = OrderHandedOver(
        order_id=market.order_id,
        seller_order_id=market.part_id,
        merchant_id=market.merchant_id,
        handed_over_at=await market.now(),
    )
    for event in (
        market.merchant(),
        placed(market, way),
        market.held(),
        await agreed(market, way),
        ready(market),
        given,
    ):
        await market.hear(event)
        await market.post.step(whatsapp)
    texts = [each.text for each in whatsapp.sent]
    assert texts[0].startswith(
        f"Order {CODE} for Warung Bu Sri, goods Rp55,000, to be collected 01-12 06.30 (Jakarta). Answer before "
    )
    assert texts[1:3] == [
        f"Pesanan {CODE} diterima penjual. Ambil mulai 01-12 06.30 WIB; tempat dan kodenya ada di Wlijo. Siapkan tunai Rp55.000.",
        f"Pesanan {CODE} siap diambil. Tunjukkan kodenya di Wlijo. Siapkan tunai Rp55.000.",
    ]
    assert [kind for kind, _ in await market.kinds(market.buyer)] == [
        "ORDER_TO_COLLECT", "ORDER_READY", "ORDER_DELIVERED",
    ]  # fmt: skip
    async with market.post.db.acquire() as conn:
        assert await conn.fetchval("SELECT is_over FROM heard_order")


async def test_what_is_brought_later_is_told_twice_and_its_packing_to_nobody(market: Market) -> None:
    way = HandoverWay.DELIVERY
    await market.hear(market.merchant(), placed(market, way), market.held(), await agreed(market, way), ready(market))
    await market.hear(await market.confirmed())
    assert [kind for kind, _ in await market.kinds(market.buyer)] == ["ORDER_LATER", "ORDER_ACCEPTED"]
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_LATER"]


async def test_a_merchant_is_reminded_by_the_time_that_it_has_for_this_order(market: Market) -> None:
    await market.hear(market.merchant(), placed(market, HandoverWay.ROUTE_STOP), market.held())
    await market.post.move_clock(600)  # what it has for others
    await market.fire()
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_LATER"]
    await market.post.move_clock(4_000)
    await market.fire()
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_LATER", "SELLER_ORDER_DEADLINE"]


async def test_what_nobody_fetched_says_so(market: Market, whatsapp: Scripted) -> None:
    await market.hear(market.merchant(), placed(market, HandoverWay.PICKUP), market.held())
    told = await market.cancelled(CancelReason.DELIVERY_FAILED, BorneBy.BUYER)
    await market.hear(msgspec.structs.replace(told, not_fetched=True))
    await market.post.step(whatsapp)
    assert f"Pesanan {CODE} dibatalkan: tidak diambil. Biaya ditanggung pembeli." in [
        each.text for each in whatsapp.sent
    ]
