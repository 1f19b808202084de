"""Discounts follow an order that goes on with less: its sums, what is left of each use and budget, and what the books say of it."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import IfRefused, OrderId, OrderRepriced
from services.kit.database.db import transaction
from services.ordering.commands import process
from services.ordering.commands.promotions import Maker
from services.ordering.domain.cash import in_cash
from services.ordering.domain.claimable import ClaimIsTooHigh
from services.ordering.domain.ids import OrderLineId, PromotionId
from services.ordering.domain.promotion import PromotionKind, VoucherDoesNotApply
from services.ordering.store import discounts, orders, reading
from services.ordering.store.reading import Viewer
from tests.integration.ordering.test_parts import cancels, delivered, says, state
from tests.worlds.claims import claimed
from tests.worlds.ordering import BUDI, PARTNER, RIDER, SITI, Market, a_merchant, a_product, hold
from tests.worlds.ordering_steps import cancel
from tests.worlds.promoting import OWN, REGENCY, a_promotion, an_order, sums, use_code

PERCENT, AMOUNT, FREE = PromotionKind.PERCENT, PromotionKind.AMOUNT, PromotionKind.FREE_DELIVERY
KATEKI = MerchantId.seeded("kateki")


@pytest.fixture(autouse=True)
async def two_merchants(world: Market) -> None:
    await world.hear(
        a_merchant(auto_accept=False, accept_within_s=300),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_product("kelapa", "kateki"),
    )


async def of_kateki(world: Market, **changed: object) -> PromotionId:
    return await a_promotion(
        world, by=Maker("usr_kateki", programmes=False), **{**OWN, "merchant_id": KATEKI, **changed}
    )


async def of_two(world: Market, total: int, *, without: list[int] | None = None, code: str | None = None) -> OrderId:
    """Bayam of wlijo for Rp20,000, kelapa of kateki for Rp10,000, and Rp10,000 for the trip, of which less without one of them."""
    both = ("wlijo", "kateki")
    wanted = await an_order(world, total=total, code=code, lines={"bayam": 8, "kelapa": 4}, merchants=both)
    if without:
        wanted = replace(wanted, quote=await world.quote(SITI, both, without=without))
    order_id = await world.place(SITI, replace(wanted, if_refused=IfRefused.GO_ON))
    await hold(world, order_id)
    return order_id


async def row_of(world: Market, order_id: OrderId) -> dict[str, int]:
    (row,) = await world.rows(
        """SELECT goods_rupiah AS goods, discount_rupiah AS off, delivery_rupiah AS fee, delivery_discount_rupiah AS off_fee,
                  total_rupiah AS total, cash_due_rupiah AS cash, placed_discount_rupiah AS placed_off
           FROM orders o JOIN payment p ON p.order_id = o.id WHERE o.id = $1""",
        order_id,
    )
    return row


async def placed_total(world: Market, order_id: OrderId) -> int:
    async with world.db.acquire() as conn:
        return (await reading.orders(conn, [order_id], Viewer(SITI)))[order_id].placed_total_rupiah


async def test_one_who_refuses_takes_its_own_along_and_every_bearer_pays_for_what_is_left(world: Market) -> None:
    """She gives 2,000 of her own and he a fifth of his, the regency a tenth of both, the platform 9,000 of the trip."""
    hers = await a_promotion(world, kind=AMOUNT, value=2_000, **OWN)
    his = await of_kateki(world, value=20, uses=1)
    regency = await a_promotion(world, **REGENCY)
    trip = await a_promotion(world, kind=FREE, value=0, cap_rupiah=9_000)
    order_id = await of_two(world, 24_000, without=[8_000, 8_000])
    assert [await sums(world, each) for each in (hers, his, regency, trip)] == [
        (1, 2_000),
        (1, 2_000),
        (1, 3_000),
        (1, 9_000),
    ]

    await says(world, order_id, kateki="no")
    assert await row_of(world, order_id) == {
        "goods": 20_000, "off": 4_000, "fee": 8_000, "off_fee": 8_000, "total": 16_000, "cash": 16_000, "placed_off": 16_000,
    }  # fmt: skip
    assert [await sums(world, each) for each in (hers, his, regency, trip)] == [
        (1, 2_000),
        (0, 0),
        (1, 2_000),
        (1, 8_000),
    ]
    assert await world.rows("SELECT amount_rupiah FROM promotion_part") == [{"amount_rupiah": 2_000}] * 2
    assert await world.value("SELECT count(*) FROM promotion_use WHERE given_back_at IS NOT NULL") == 1
    assert await placed_total(world, order_id) == 24_000
    async with world.db.acquire() as conn:
        shown = (await discounts.of_orders(conn, [order_id]))[order_id]
    assert sorted(each.amount_rupiah for each in shown) == [2_000, 2_000, 8_000]

    await says(world, order_id, wlijo="yes")
    await delivered(world, order_id, 16_000)
    assert await state(world, order_id) == "COMPLETED"
    books = {
        row["account"]: row["rupiah"]
        for row in await world.rows(
            """SELECT account, sum(rupiah)::bigint AS rupiah FROM (
                   SELECT credit_account AS account, amount_rupiah AS rupiah FROM ledger
                   UNION ALL SELECT debit_account, -amount_rupiah FROM ledger) b GROUP BY 1"""
        )
    }
    assert books == {
        f"test:merchant:{MerchantId.seeded('wlijo')}:payable": 18_000,
        f"test:rider:{RIDER}:payable": 5_600,
        f"test:partner:{PARTNER}:payable": 1_600,
        "test:platform:fees": 800,
        "test:regency:pasar-murah:budget": -2_000,
        "test:platform:promotions": -8_000,
        f"test:partner:{PARTNER}:cash": -16_000,
    }


async def test_what_one_who_refuses_leaves_of_a_budget_another_has(world: Market) -> None:
    promotion = await of_kateki(world, kind=AMOUNT, value=3_000, code="KELAPA3", uses=1, budget_rupiah=3_000)
    order_id = await of_two(world, 37_000, code="KELAPA3")
    await world.fill_cart(BUDI, {VariantId.seeded("kelapa"): 4})
    with pytest.raises(VoucherDoesNotApply):
        await use_code(world, "KELAPA3", BUDI)
    await says(world, order_id, kateki="no")
    assert await sums(world, promotion) == (0, 0)
    lines, whose = {"kelapa": 4}, ("kateki",)
    await world.place(BUDI, await an_order(world, BUDI, total=17_000, code="KELAPA3", lines=lines, merchants=whose))
    assert await sums(world, promotion) == (1, 3_000)
    await cancel(world, order_id)
    assert await sums(world, promotion) == (1, 3_000), "what was given back is not given back again"


async def test_what_is_left_comes_back_when_what_is_left_is_cancelled(world: Market) -> None:
    promotions = [await a_promotion(world, **REGENCY), await a_promotion(world, kind=FREE, value=0)]
    order_id = await of_two(world, 27_000)
    await cancels(world, order_id, "wlijo", SITI)
    assert [await sums(world, each) for each in promotions] == [(1, 1_000), (1, 10_000)]
    await cancel(world, order_id)
    await cancel(world, order_id)
    assert [await sums(world, each) for each in promotions] == [(0, 0), (0, 0)]
    assert (await row_of(world, order_id))["total"] == 9_000


async def test_a_part_that_cost_nothing_leaves_the_total_and_is_told_all_the_same(world: Market) -> None:
    promotion = await of_kateki(world, value=100)
    order_id = await of_two(world, 30_000)
    await says(world, order_id, kateki="no")
    row = await row_of(world, order_id)
    assert (row["goods"], row["off"], row["total"]) == (20_000, 0, 30_000)
    assert await sums(world, promotion) == (0, 0)
    assert "ordering.order_repriced.v1" in await world.told()


async def test_of_goods_that_were_weighed_lighter_discounts_are_less(world: Market) -> None:
    hers = await a_promotion(world, kind=AMOUNT, value=2_000, minimum_rupiah=16_000, **OWN)
    regency = await a_promotion(world, **REGENCY)
    order_id = await of_two(world, 35_000)
    for goods, off_hers, off_both in ((18_000, 2_000, 2_800), (8_000, 1_000, 1_800)):
        async with transaction(world.db) as conn:
            order = await orders.lock(conn, order_id)
            assert order is not None
            seller = next(each for each in order.sellers if each.merchant_id != KATEKI)
            seller.goods_rupiah, seller.changed = goods, True
            order.reprice()
            (told,) = [each for each in order.events if isinstance(each, OrderRepriced)]
            await process.save(conn, order, "PACKED")
        total = goods + 10_000 + 10_000 - off_hers - off_both
        assert (told.goods_rupiah, told.total_rupiah, told.cash_to_collect_rupiah) == (
            goods + 10_000,
            total,
            in_cash(total),
        )
        assert (await row_of(world, order_id))["total"] == total
        assert [await sums(world, each) for each in (hers, regency)] == [(1, off_hers), (1, off_both)]
    assert await placed_total(world, order_id) == 35_000


async def test_who_asks_back_gets_back_what_was_paid_and_not_the_discount(world: Market) -> None:
    """Kelapa of 10,000 less his half and the regency's tenth: 4,000 were paid for it."""
    await of_kateki(world, value=50)
    await a_promotion(world, **REGENCY)
    order_id = await of_two(world, 32_000)
    await says(world, order_id, kateki="yes", wlijo="yes")
    await delivered(world, order_id, 32_000)
    line = OrderLineId(
        await world.value(
            "SELECT l.id FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id WHERE merchant_id = $1",
            KATEKI,
        )
    )
    with pytest.raises(ClaimIsTooHigh) as refused:
        await claimed(world, line, quantity=4, amount=4_001)
    assert refused.value.most_rupiah == 4_000
    await claimed(world, line, quantity=4)
    assert await world.value("SELECT holds_rupiah FROM claim") == 4_000


TRIED = {
    "a use of less than was taken off": "UPDATE promotion_use SET amount_rupiah = amount_rupiah - 1 WHERE order_id = $1",
    "a part with less off it": "UPDATE seller_order SET discount_rupiah = discount_rupiah - 1 WHERE order_id = $1 AND discount_rupiah > 0",
    "an order with another part of it off the fee": """UPDATE orders SET discount_rupiah = discount_rupiah - 1,
        delivery_discount_rupiah = delivery_discount_rupiah + 1 WHERE id = $1""",
    "a use of nothing": "UPDATE promotion_use SET amount_rupiah = 0 WHERE order_id = $1",
}  # fmt: skip


@pytest.mark.parametrize("statement", TRIED.values(), ids=TRIED)
async def test_the_database_refuses_discounts_that_are_not_those_of_the_uses(world: Market, statement: str) -> None:
    await a_promotion(world, **REGENCY)
    order_id = await of_two(world, 37_000)
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await conn.execute(statement, order_id)
    assert refused.value.constraint_name in ("orders_discounts_add_up", "promotion_use_of_nothing")
