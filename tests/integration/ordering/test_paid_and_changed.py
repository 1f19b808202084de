"""An order that is paid by code and comes to less, or would come to more: what goes back, and what is not asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from services.contracts.catalog import VariantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import IfRefused, OrderId, PaymentMethod
from services.kit.database.db import transaction
from services.ordering.commands import placing
from services.ordering.domain.payment import Taker
from tests.integration.ordering.test_parts import cancels, continues, part_of, says, state, sums
from tests.integration.ordering.test_paying import pay
from tests.worlds.ordering import (
    BUDI,
    KEYS,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    an_order,
    assigned,
    fetched,
    handed_over,
    hold,
)
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import cancelled_with, process_of
from tests.worlds.packing import MERCHANT, PACK, READY, REPLACE, WEIGH, line, more_goods, part, shown, sums_follow
from tests.worlds.paying import NAME, Till, balances, till


@pytest.fixture
async def shop(world: Market) -> AsyncIterator[Till]:
    async with till(world) as found:
        yield found


async def paid_chicken(shop: Till) -> OrderId:
    """One chicken for about Rp36,000, Rp39,600 at most, two ikat of bayam for Rp5,000, and Rp10,000 for the trip."""
    await more_goods(shop.world)
    order_id = await shop.shown(lines={"ayam": 1, "bayam": 2}, total=51_000)
    await pay(shop, order_id)
    assert await state(shop.world, order_id) == "CONFIRMED"
    return order_id


async def of_two(shop: Till, wish: IfRefused, **quoted: Any) -> OrderId:
    """Bayam of wlijo for Rp2,500, kelapa of kateki for Rp7,500, and Rp10,000 for the trip; nobody has answered."""
    world = shop.world
    await world.hear(
        a_merchant(auto_accept=False, accept_within_s=300),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_product("kelapa", "kateki"),
    )
    wanted = await an_order(
        world, lines={"bayam": 1, "kelapa": 3}, merchants=("wlijo", "kateki"), total=20_000, **quoted
    )
    wanted = replace(wanted, if_refused=wish, payment_method=PaymentMethod.QRIS)
    async with transaction(world.db) as conn:
        order_id = await placing.place_order(
            conn, SITI, wanted, idempotency_key=a_key(), quote_keys=KEYS, policy=world.policy, taker=Taker(NAME)
        )
    await hold(world, order_id)
    return order_id


async def delivered(shop: Till, order_id: OrderId) -> None:
    trip = DeliveryId.new()
    world = shop.world
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash=0)
    )
    assert await state(world, order_id) == "COMPLETED"
    await shop.work()


async def nothing_is_held(world: Market) -> None:
    assert "test:buyers:held" not in await balances(world)


async def test_what_weighs_more_than_was_paid_costs_what_was_paid_and_nobody_is_asked(shop: Till, site: Site) -> None:
    order_id = await paid_chicken(shop)
    for gram in (1_080, 1_300):  # below its cap, and above
        found = await site.done(WEIGH, *MERCHANT, id=await line(shop.world, "ayam"), gram=gram)
        assert (found["goodsTotal"], found["questions"]) == (41_000, [])
    order = await shown(site, order_id)
    assert (order["total"], order["payment"]) == (51_000, {"amount": 51_000, "cashToCollect": 0})
    await delivered(shop, order_id)
    assert await shop.refunds() == []
    await nothing_is_held(shop.world)
    await sums_follow(shop.world)


async def test_what_weighs_less_goes_back_once_it_is_packed_and_not_while_it_may_be_weighed_anew(
    shop: Till, site: Site
) -> None:
    order_id = await paid_chicken(shop)
    chicken = await line(shop.world, "ayam")
    for gram, total in ((100, 18_600), (900, 47_400)):
        await site.done(WEIGH, *MERCHANT, id=chicken, gram=gram)
        assert (await shown(site, order_id))["total"] == total
        assert await shop.refunds() == []
    await site.done(READY, *MERCHANT, id=await part(shop.world))
    assert await shop.refunds() == [("GOODS_CHANGED", 3_600, "REQUESTED")]
    await shop.work()
    assert await shop.refunds() == [("GOODS_CHANGED", 3_600, "DONE")]
    assert await shop.world.rows("SELECT amount_rupiah, collected_rupiah, refunded_rupiah FROM payment") == [
        {"amount_rupiah": 47_400, "collected_rupiah": 51_000, "refunded_rupiah": 3_600}
    ]
    await delivered(shop, order_id)
    assert len(await shop.refunds()) == 1
    await nothing_is_held(shop.world)


async def test_what_was_not_there_goes_back_when_the_goods_leave(shop: Till, site: Site) -> None:
    order_id = await paid_chicken(shop)
    await shop.world.rows("UPDATE order_line SET when_short = 'DROP'")
    await site.done(PACK, *MERCHANT, id=await line(shop.world, "bayam"), quantity=0)
    assert await shop.refunds() == []
    await delivered(shop, order_id)
    assert await shop.refunds() == [("GOODS_CHANGED", 5_000, "DONE")]
    await nothing_is_held(shop.world)


async def test_what_comes_in_its_place_costs_no_more_than_was_paid(shop: Till, site: Site) -> None:
    order_id = await paid_chicken(shop)
    await shop.world.rows("UPDATE order_line SET when_short = 'SIMILAR'")
    found = await site.done(
        REPLACE, *MERCHANT, id=await line(shop.world, "bayam"), variant=str(VariantId.seeded("brokoli")), quantity=2
    )
    assert (found["goodsTotal"], found["questions"]) == (41_000, [])
    await delivered(shop, order_id)
    assert await shop.refunds() == []
    await nothing_is_held(shop.world)


async def test_a_part_that_leaves_after_it_was_paid_goes_back_at_once(shop: Till) -> None:
    world = shop.world
    order_id = await of_two(shop, IfRefused.GO_ON)
    await says(world, order_id, wlijo="yes", kateki="yes")
    await shop.work()
    await pay(shop, order_id)
    await cancels(world, order_id, "kateki", BUDI, sees_all=True)
    assert (await sums(world, order_id))[:3] == (2_500, 10_000, 12_500)
    await shop.work()
    assert await shop.refunds() == [("GOODS_CHANGED", 7_500, "DONE")]
    assert await world.rows("SELECT borne_by, seller_order_id FROM refund") == [
        {"borne_by": "NOBODY", "seller_order_id": (await part_of(world, order_id, "kateki")).uuid}
    ]
    await delivered(shop, order_id)
    await nothing_is_held(world)


async def test_a_code_of_another_sum_is_followed_by_one_of_the_right_sum(shop: Till) -> None:
    world = shop.world
    order_id = await of_two(shop, IfRefused.GO_ON)
    await says(world, order_id, wlijo="yes", kateki="yes")
    await shop.work()
    old = await shop.code(order_id)
    await cancels(world, order_id, "kateki", BUDI, sees_all=True)
    assert await state(world, order_id) == "AWAIT_PAYMENT"
    assert await shop.states() == ["EXPIRED", "REQUESTED"]
    await shop.work()
    new = await shop.code(order_id)
    assert (old.amount_rupiah, new.amount_rupiah) == (20_000, 12_500)
    # Who had it on the phone already, and pays by it, has paid; what is over goes back.
    shop.bank.pay(old.reference)
    await shop.later(35)
    assert await state(world, order_id) == "CONFIRMED"
    assert await shop.refunds() == [("PAID_OVER", 7_500, "DONE")]
    await delivered(shop, order_id)
    await nothing_is_held(world)


async def test_who_is_asked_whether_it_goes_on_is_asked_for_the_money_next(shop: Till) -> None:
    world = shop.world
    order_id = await of_two(shop, IfRefused.ASK)
    await says(world, order_id, wlijo="yes", kateki="no")
    assert await state(world, order_id) == "AWAIT_BUYER"
    assert await shop.states() == []
    await continues(world, order_id)
    assert await state(world, order_id) == await process_of(world, order_id) == "AWAIT_PAYMENT"
    await continues(world, order_id)
    await shop.work()
    assert (await shop.code(order_id)).amount_rupiah == 12_500
    await pay(shop, order_id)
    assert await state(world, order_id) == "CONFIRMED"
    assert await shop.refunds() == []


async def test_a_merchant_who_cancels_while_it_waits_for_its_money_ends_it(shop: Till) -> None:
    world = shop.world
    order_id = await shop.shown()
    code = await shop.code(order_id)
    await cancels(world, order_id, "wlijo", BUDI, sees_all=True)
    await cancelled_with(world, order_id, "MERCHANT_REJECTED", "MERCHANT")
    shop.bank.pay(code.reference)
    await shop.later(35)
    assert await shop.refunds() == [("PAID_LATE", 15_000, "DONE")]
    assert await balances(world) == {}
