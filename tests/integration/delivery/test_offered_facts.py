"""An offer says what a rider has to know, and whoever has the job is told of each merchant's goods once they are packed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderConfirmed, OrderId, PartReady, SellerOrderId, SellerOrderReady
from tests.worlds.delivery import CASH, KIOS, MALL, World


async def packs(world: World, job: DeliveryId, merchant: MerchantId) -> None:
    order_id = await world.order_of(job)
    await world.hear(SellerOrderReady(order_id=order_id, seller_order_id=SellerOrderId.new(), merchant_id=merchant))


async def changes(world: World, job: DeliveryId, change: str) -> list[tuple[Any, ...]]:
    return [
        (each.data["change"], each.data["stop"], each.data["merchant_name"])
        for each in await world.told(topic="partner")
        if each.key == str(job) and each.data.get("change") == change
    ]


async def test_an_offer_says_weight_bags_stops_and_when_each_merchants_goods_are_ready(world: World) -> None:
    order_id: OrderId = await world.place()
    now = await world.now()
    mall_at, kios_at = now + timedelta(minutes=2), now + timedelta(minutes=8)
    await world.hear(
        OrderConfirmed(
            order_id=order_id,
            confirmed_at=now,
            cash_to_collect_rupiah=CASH,
            ready_at=kios_at,
            parts_ready=[PartReady(merchant_id=MALL, ready_at=mall_at), PartReady(merchant_id=KIOS, ready_at=kios_at)],
        )
    )
    [offered] = [each for each in await world.told(topic="partner") if each.type == "partner.job_offered.v1"]
    data = offered.data
    assert (data["weight_limit_gram"], data["parcels"], data["stops"], data["wait_limit_s"]) == (5_000, 2, 3, 900)
    assert [(each["stop"], each["merchant_name"]) for each in data["pickups"]] == [(1, "Mall UMKM"), (2, "Kios Cak Di")]
    assert [each["ready_at"] for each in data["pickups"]] == [f"{at:%FT%T.%f}Z" for at in (mall_at, kios_at)]
    assert "stop" not in data["dropoff"]


async def test_a_company_that_takes_the_job_later_hears_on_assignment_what_is_packed(world: World) -> None:
    job = await world.job()
    await packs(world, job, KIOS)
    assert await changes(world, job, "GOODS_READY") == []
    await world.accept(job, *await world.open_offer(job))
    assert await changes(world, job, "GOODS_READY") == [("GOODS_READY", 2, "Kios Cak Di")]
    await packs(world, job, MALL)
    await packs(world, job, MALL)
    assert await changes(world, job, "GOODS_READY") == [
        ("GOODS_READY", 2, "Kios Cak Di"),
        ("GOODS_READY", 1, "Mall UMKM"),
    ]


async def test_a_job_that_is_offered_anew_says_what_is_packed(world: World) -> None:
    job = await world.job()
    await packs(world, job, MALL)
    offer_id, partner = await world.open_offer(job)
    await world.decline(job, offer_id, partner)
    offers = [each for each in await world.told(topic="partner") if each.type == "partner.job_offered.v1"]
    assert ["packed_at" in offered.data["pickups"][0] for offered in offers] == [False, True]
