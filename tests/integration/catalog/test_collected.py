"""Goods of orders that a buyer collects: held until they are handed over, and for sale again when nobody came."""

from __future__ import annotations

from services.catalog.commands import reservations
from services.contracts.catalog import StockReleased
from services.contracts.ordering import BorneBy, CancelReason, OrderCancelled, OrderHandedOver, OrderPlaced
from services.kit.database.db import Database
from services.kit.messaging.envelope import decode
from services.kit.messaging.timers import Timers
from tests.worlds.catalog import BAYAM_IKAT, SRI, an_order, hear, on_counter, stock_of, told


def handed_over(order: OrderPlaced) -> OrderHandedOver:
    return OrderHandedOver(
        order_id=order.order_id,
        seller_order_id=order.seller_orders[0].seller_order_id,
        merchant_id=SRI,
        handed_over_at=order.placed_at,
    )


def not_fetched(order: OrderPlaced) -> OrderCancelled:
    return OrderCancelled(
        order_id=order.order_id,
        reason=CancelReason.DELIVERY_FAILED,
        borne_by=BorneBy.BUYER,
        cancelled_at=order.placed_at,
        not_fetched=True,
    )


async def types(db: Database) -> list[str]:
    said = await told(db, "catalog.stock_%")
    return [kind.removeprefix("catalog.stock_").removesuffix(".v1") for kind, _ in said]


async def test_what_is_handed_over_is_sold_and_a_repeat_sells_no_more(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order)
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)
    await hear(db, handed_over(order), handed_over(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 0)
    assert await types(db) == ["held", "committed"]


async def test_what_nobody_fetched_is_for_sale_again(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, not_fetched(order))
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert decode(StockReleased, (await told(db, "catalog.stock_%"))[-1][1]).restocked


async def test_what_was_handed_over_is_gone_also_when_its_hold_had_just_run_out(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order)
    async with db.acquire() as conn:
        await conn.execute("UPDATE timer SET due_at = wlijo_now()")
    assert await Timers(db, {reservations.EXPIRY: reservations.expire}).fire_one()
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    await hear(db, handed_over(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 0)
