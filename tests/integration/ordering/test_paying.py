"""An order that is paid by code, on PostgreSQL, with a provider that speaks SNAP: asked for, shown, paid, delivered, in the books."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.contracts.delivery import DeliveryCancelled, DeliveryId
from services.contracts.ordering import OrderId
from tests.worlds.ordering import PARTNER, RIDER, Market, a_merchant, assigned, fetched, handed_over, state_of
from tests.worlds.ordering_steps import cancel, fire, process_of
from tests.worlds.paying import NAME, TOTAL, Till, balances, till


@pytest.fixture
async def shop(world: Market) -> AsyncIterator[Till]:
    async with till(world) as found:
        yield found


async def test_money_is_asked_for_once_all_have_accepted_and_paid_before_a_rider_is_sought(shop: Till) -> None:
    world = shop.world
    order_id = await shop.asked_for()
    assert await process_of(world, order_id) == "AWAIT_PAYMENT"
    # The image of the release before reads a state that it knows, and cash that is due.
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert await world.rows("SELECT method, status, provider FROM payment") == [
        {"method": "COD", "status": "DUE", "provider": NAME}
    ]
    assert shop.bank.codes == {}
    assert await shop.work() == 1
    code = await shop.code(order_id)
    assert code.amount_rupiah == TOTAL
    assert "ordering.order_confirmed.v1" not in await world.told()
    shop.bank.pay(code.reference)
    assert await shop.provider.notify(code) == [200]
    await shop.work()
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")
    assert await shop.states() == ["PAID"]
    told = await world.told()
    assert "ordering.cash_due.v1" not in told
    assert {"ordering.payment_requested.v1", "ordering.payment_received.v1", "ordering.order_confirmed.v1"} <= {*told}
    trip = DeliveryId.new()
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash=0)
    )
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    merchant = a_merchant().merchant_id
    assert await balances(world) == {
        f"test:provider:{NAME}:clearing": -TOTAL + 105,
        "test:platform:mdr": -105,
        f"test:merchant:{merchant}:payable": 5_000,
        f"test:rider:{RIDER}:payable": 7_000,
        f"test:partner:{PARTNER}:payable": 2_000,
        "test:platform:fees": 1_000,
    }
    assert await shop.refunds() == []


async def test_a_buyer_who_cancels_before_paying_pays_nothing_and_what_is_paid_all_the_same_goes_back(
    shop: Till,
) -> None:
    order_id = await shop.shown()
    code = await shop.code(order_id)
    await cancel(shop.world, order_id)
    assert await state_of(shop.world, order_id) == ("CANCELLED", "CANCELLED")
    assert await shop.refunds() == []
    shop.bank.pay(code.reference)
    await shop.later(35)
    assert await shop.refunds() == [("PAID_LATE", TOTAL, "DONE")]
    assert code.back_rupiah == TOTAL
    assert await balances(shop.world) == {}


async def test_what_is_not_paid_in_time_is_cancelled_for_nothing(shop: Till) -> None:
    await shop.shown()
    await shop.later(15 * 60 + 10)
    assert await fire(shop.world) == 0
    await shop.later(5 * 60)
    assert await fire(shop.world) == 1
    (row,) = await shop.world.rows("SELECT status, cancel_reason, borne_by FROM orders")
    assert row == {"status": "CANCELLED", "cancel_reason": "BUYER_CANCELLED", "borne_by": "NOBODY"}
    assert await shop.world.value("SELECT status FROM payment") == "EXPIRED"
    assert "ordering.payment_expired.v1" in await shop.world.told()
    await shop.later(15 * 60)
    assert await shop.states() == ["EXPIRED"]
    assert await shop.world.value("SELECT count(*) FROM payment_attempt WHERE due_at IS NOT NULL") == 0


async def test_what_was_paid_goes_back_whole_when_the_order_is_cancelled(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    trip = DeliveryId.new()
    await shop.world.hear(assigned(order_id, trip))
    await cancel(shop.world, order_id)
    await shop.world.hear(DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="BUYER_CANCELLED"))
    await shop.work()
    assert await shop.refunds() == [("CANCELLED", TOTAL, "DONE")]
    assert await balances(shop.world) == {f"test:provider:{NAME}:clearing": 105, "test:platform:mdr": -105}


async def pay(shop: Till, order_id: OrderId, amount: int | None = None) -> None:
    code = await shop.code(order_id)
    shop.bank.pay(code.reference, amount)
    await shop.provider.notify(code)
    await shop.work()
