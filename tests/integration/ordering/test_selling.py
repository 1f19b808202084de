"""What merchants do with their part of an order, on a real database."""

from __future__ import annotations

import pytest

from services.contracts.ordering import SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import selling as selling_commands
from services.ordering.domain.refusal import Unknown, WrongState
from tests.worlds.ordering import (
    SITI,
    Market,
    a_merchant,
    a_product,
    hold,
    placed,
    state_of,
)
from tests.worlds.ordering_steps import cancelled_with, fire, seller_orders


async def slow_merchant(world: Market) -> None:
    await world.hear(a_merchant(auto_accept=False))


async def answer(world: Market, do: str, subject: str = "usr_wlijo") -> None:
    seller_order_id = SellerOrderId(await world.value("SELECT id FROM seller_order ORDER BY id LIMIT 1"))
    async with transaction(world.db) as conn:
        match do:
            case "accept":
                await selling_commands.accept_seller_order(conn, seller_order_id, subject, sees_all=False)
            case "reject":
                await selling_commands.reject_seller_order(
                    conn, seller_order_id, subject, reason="habis", sees_all=False
                )
            case "ready":
                await selling_commands.mark_seller_order_ready(conn, seller_order_id, subject, sees_all=False)


async def test_a_merchant_who_accepts_confirms_the_order(world: Market) -> None:
    await slow_merchant(world)
    order_id = await placed(world)
    await hold(world, order_id)
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert await world.value("SELECT count(*) FROM timer WHERE kind = 'order.accept_deadline'") == 1
    assert await world.value("SELECT accept_by IS NOT NULL FROM seller_order")
    await answer(world, "accept")
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")
    assert [row["kind"] for row in await world.rows("SELECT kind FROM timer")] == ["order.delivery_deadline"]
    before = await world.fingerprint()
    await answer(world, "accept")
    assert await world.fingerprint() == before
    await answer(world, "ready")
    assert await seller_orders(world) == ["READY"]
    assert (await world.told())[-1] == "ordering.seller_order_ready.v1"


async def test_a_merchant_may_accept_before_the_stock_is_held(world: Market) -> None:
    await slow_merchant(world)
    order_id = await placed(world)
    await answer(world, "accept")
    assert await state_of(world, order_id) == ("ACCEPTED_EARLY", "PLACED")
    await hold(world, order_id)
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")


async def test_a_merchant_who_rejects_cancels_the_order_at_the_merchants_cost(world: Market) -> None:
    await slow_merchant(world)
    order_id = await placed(world)
    await hold(world, order_id)
    await answer(world, "reject")
    await cancelled_with(world, order_id, "MERCHANT_REJECTED", "MERCHANT")
    assert await world.rows("SELECT status, reject_reason FROM seller_order") == [
        {"status": "REJECTED", "reject_reason": "habis"}
    ]
    before = await world.fingerprint()
    with pytest.raises(WrongState):
        await answer(world, "accept")
    assert await world.fingerprint() == before


async def test_a_merchant_who_is_silent_cancels_the_order_at_the_deadline(world: Market) -> None:
    await slow_merchant(world)
    order_id = await placed(world)
    await hold(world, order_id)
    await world.move_clock(301)
    assert await fire(world) == 1
    await cancelled_with(world, order_id, "MERCHANT_TIMEOUT", "MERCHANT")
    assert await seller_orders(world) == ["EXPIRED"]
    assert (await world.told())[2:] == [
        "ordering.seller_order_expired.v1",
        "ordering.order_cancelled.v1",
        "ordering.payment_voided.v1",
    ]


async def test_the_deadline_of_a_merchant_who_has_accepted_passes_by(world: Market) -> None:
    await world.hear(
        a_merchant(auto_accept=False, accept_within_s=100),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_product("kelapa", "kateki"),
    )
    order_id = await placed(world, lines={"bayam": 1, "kelapa": 3}, merchants=("wlijo", "kateki"), total=20_000)
    await hold(world, order_id)
    await answer(world, "accept")
    await world.move_clock(101)
    version = await world.value("SELECT version FROM orders")
    assert await fire(world) == 1
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert await world.value("SELECT version FROM orders") == version
    await world.move_clock(200)
    assert await fire(world) == 1
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "PLACED"), "the buyer is asked"
    assert sorted(await seller_orders(world)) == ["ACCEPTED", "EXPIRED"]


async def test_a_stranger_cannot_answer_for_the_merchant(world: Market) -> None:
    await slow_merchant(world)
    await placed(world)
    before = await world.fingerprint()
    for do in ("accept", "reject", "ready"):
        with pytest.raises(Unknown):
            await answer(world, do, SITI)
    assert await world.fingerprint() == before


async def test_goods_are_not_ready_before_they_are_accepted(world: Market) -> None:
    await slow_merchant(world)
    await placed(world)
    before = await world.fingerprint()
    with pytest.raises(WrongState):
        await answer(world, "ready")
    assert await world.fingerprint() == before
