"""A rider is sought for when the goods are ready, and not before."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId, SellerOrderReady
from tests.worlds.delivery import KIOS, MALL, World

TWENTY_MINUTES = timedelta(minutes=20)


async def confirmed(world: World, ready_in: timedelta, *merchants: MerchantId) -> DeliveryId:
    order_id = await world.place(merchants=merchants or (MALL,))
    await world.confirm(order_id, ready_at=await world.now() + ready_in)
    return await world.delivery_of(order_id)


async def packed(world: World, job: DeliveryId) -> None:
    order_id = await world.order_of(job)
    await world.hear(SellerOrderReady(order_id=order_id, seller_order_id=SellerOrderId.new(), merchant_id=MALL))


async def test_a_rider_is_sought_so_that_they_are_there_as_the_goods_are_packed(world: World) -> None:
    job = await confirmed(world, TWENTY_MINUTES)
    assert (await world.status(job), await world.offers(job)) == ("REQUESTED", [])
    await world.pass_by(290)
    assert await world.offers(job) == []
    await world.pass_by(20)
    assert await world.status(job) == "OFFERED"


async def test_the_search_has_its_whole_time_from_then_on(world: World) -> None:
    job = await confirmed(world, TWENTY_MINUTES)
    await world.pass_by(300 + 590, step_s=10)
    assert await world.status(job) in ("REQUESTED", "OFFERED")
    await world.pass_by(30, step_s=10)
    assert await world.status(job) == "UNASSIGNABLE"


async def test_goods_that_are_packed_sooner_are_fetched_sooner_when_nothing_else_is_waited_for(world: World) -> None:
    alone, one_of_two = await confirmed(world, TWENTY_MINUTES), await confirmed(world, TWENTY_MINUTES, MALL, KIOS)
    for job in (alone, one_of_two):
        await packed(world, job)
    assert [await world.status(job) for job in (alone, one_of_two)] == ["OFFERED", "REQUESTED"]


async def test_what_is_ready_soon_or_was_promised_by_nobody_is_offered_at_once(world: World) -> None:
    assert await world.status(await confirmed(world, timedelta(minutes=10))) == "OFFERED"
    assert await world.status(await world.job()) == "OFFERED"


async def test_an_order_that_is_cancelled_while_nobody_is_sought_yet_ends(world: World) -> None:
    job = await confirmed(world, TWENTY_MINUTES)
    await world.cancel(await world.order_of(job))
    await world.pass_by(400, step_s=20)
    assert (await world.status(job), await world.offers(job)) == ("CANCELLED", [])
