"""An order goes on without one merchant, or for less: where nobody goes, what it costs then, and what its company is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.ordering import HandoverWay, LeftBecause, OrderId, OrderRepriced, SellerOrderId, SellerOrderLeft
from services.contracts.places import GeoPoint
from services.delivery.domain import roads
from services.kit.messaging.handlers import Inapplicable
from tests.worlds.delivery import CASH, KIOS, MALL, MALL_AT, SEMERU, World

AT = datetime(2026, 1, 1, tzinfo=UTC)


def left(order_id: OrderId, merchant: MerchantId) -> SellerOrderLeft:
    return SellerOrderLeft(
        order_id=order_id,
        seller_order_id=SellerOrderId.new(),
        merchant_id=merchant,
        because=LeftBecause.REFUSED,
        left_at=AT,
    )


def repriced(order_id: OrderId, fee: int = 8_000, cash: int = 50_000, **changes: Any) -> OrderRepriced:
    given: dict[str, Any] = {
        "goods_rupiah": cash - fee,
        "delivery_rupiah": fee,
        "rider_share_rupiah": fee - 1_500,
        "partner_share_rupiah": 1_000,
        "platform_share_rupiah": 500,
        "total_rupiah": cash,
        "cash_to_collect_rupiah": cash,
        "way": HandoverWay.DELIVERY,
        "repriced_at": AT,
    }
    return OrderRepriced(order_id=order_id, **{**given, **changes})


async def test_a_trip_that_nobody_was_asked_for_yet_is_offered_without_the_stop_and_for_the_lower_fee(
    world: World,
) -> None:
    order_id = await world.place()
    for _ in range(2):
        await world.hear(left(order_id, KIOS))
        await world.hear(repriced(order_id))
    await world.confirm(order_id, cash=50_000)
    job = await world.delivery_of(order_id)
    _, partner = await world.open_offer(job)
    [told] = await world.told_to(partner)
    assert [place["merchant_name"] for place in told.data["pickups"]] == ["Mall UMKM"]
    assert (told.data["fee_rupiah"], told.data["rider_share_rupiah"]) == (8_000, 6_500)
    assert told.data["cash_to_collect_rupiah"] == 50_000
    assert told.data["distance_m"] == roads.route([MALL_AT], GeoPoint(lat=-8.112, lng=113.237)).distance_m


async def test_a_company_under_way_is_told_what_to_leave_out_and_what_to_collect(world: World) -> None:
    job = await world.trip(SEMERU)
    order_id = await world.order_of(job)
    before = len(await world.told_to(SEMERU))
    await world.hear(left(order_id, KIOS))
    await world.hear(repriced(order_id))
    changed = [told.data for told in (await world.told_to(SEMERU))[before:]]
    assert [(each["change"], each.get("merchant_name"), each.get("cash_to_collect_rupiah")) for each in changed] == [
        ("STOP_LEFT_OUT", "Kios Cak Di", None),
        ("CASH_CHANGED", None, 50_000),
    ]
    async with world.db.acquire() as conn:
        fee = await conn.fetchval("SELECT fee_rupiah FROM delivery WHERE id = $1", job)
    assert fee == 10_000, "the rider was promised it"


async def test_what_is_fetched_already_is_fetched(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    before = await world.state()
    await world.hear(left(await world.order_of(job), MALL))
    assert await world.state() == before


async def test_the_same_sums_again_change_nothing(world: World) -> None:
    job = await world.trip(SEMERU)
    before = await world.state()
    await world.hear(repriced(await world.order_of(job), cash=CASH))
    assert await world.state() == before


async def test_what_is_collected_has_no_trip_to_reprice_and_what_was_never_placed_is_said_so(world: World) -> None:
    before = await world.state()
    await world.hear(repriced(OrderId.new(), fee=0, way=HandoverWay.PICKUP, rider_share_rupiah=0))
    assert await world.state() == before
    with pytest.raises(Inapplicable):
        await world.hear(repriced(OrderId.new()))
    with pytest.raises(Inapplicable):
        await world.hear(left(OrderId.new(), KIOS))
