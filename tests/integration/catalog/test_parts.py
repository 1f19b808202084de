"""Goods of an order that goes on without one merchant are for sale again, and the others' stay kept."""

from __future__ import annotations

from services.catalog.commands import reservations
from services.contracts.ordering import LeftBecause, OrderPlaced, SellerOrderLeft
from services.kit.database.db import Database
from services.kit.messaging.timers import Timers
from tests.worlds.catalog import BAYAM_IKAT, KLENGKENG_KG, MIN, an_order, confirmed, hear, on_counter, stock_of, told


def left(order: OrderPlaced) -> SellerOrderLeft:
    return SellerOrderLeft(
        order_id=order.order_id,
        seller_order_id=order.seller_orders[1].seller_order_id,
        merchant_id=MIN,
        because=LeftBecause.REFUSED,
        left_at=order.placed_at,
    )


def of_two() -> OrderPlaced:
    return an_order((BAYAM_IKAT, 3), (KLENGKENG_KG, 1_000))


async def test_one_merchants_goods_are_for_sale_again_and_a_repeat_frees_no_more(db: Database) -> None:
    before = await stock_of(db, KLENGKENG_KG)
    order = of_two()
    await hear(db, order)
    assert await stock_of(db, KLENGKENG_KG) == (before[0], before[1] + 1_000)
    await hear(db, left(order), left(order))
    assert await stock_of(db, KLENGKENG_KG) == before
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)
    await hear(db, confirmed(order))
    assert (await on_counter(db, BAYAM_IKAT), await on_counter(db, KLENGKENG_KG)) == (3, 0)
    said = [kind for kind, _ in await told(db, "catalog.stock_%")]
    assert said == ["catalog.stock_held.v1", "catalog.stock_committed.v1"], "the order's hold stands"


async def test_goods_on_the_counter_are_for_sale_again_too(db: Database) -> None:
    before = await stock_of(db, KLENGKENG_KG)
    order = of_two()
    await hear(db, order, confirmed(order), left(order))
    assert (await stock_of(db, KLENGKENG_KG), await on_counter(db, KLENGKENG_KG)) == (before, 0)


async def test_of_a_hold_that_has_ended_nothing_is_freed_twice(db: Database) -> None:
    before = await stock_of(db, KLENGKENG_KG)
    order = of_two()
    await hear(db, order)
    async with db.acquire() as conn:
        await conn.execute("UPDATE timer SET due_at = wlijo_now()")
    assert await Timers(db, {reservations.EXPIRY: reservations.expire}).fire_one()
    await hear(db, left(order), confirmed(order))
    assert (await stock_of(db, KLENGKENG_KG), await on_counter(db, KLENGKENG_KG)) == (before, 0)
    assert await on_counter(db, BAYAM_IKAT) == 3


async def test_of_an_order_that_was_never_heard_of_nothing_is_freed(db: Database) -> None:
    before = await stock_of(db, KLENGKENG_KG)
    await hear(db, left(of_two()))
    assert await stock_of(db, KLENGKENG_KG) == before
