"""An order of several merchants goes on without the one who refuses: what it costs then, who is asked, and what the books say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import IfRefused, OrderId, SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import process, selling
from services.ordering.domain.process import BUYER_WITHIN
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.domain.seller_order import SellerOrderStatus
from services.ordering.store import orders
from tests.worlds.ordering import (
    BUDI,
    SITI,
    Market,
    a_merchant,
    a_product,
    an_order,
    assigned,
    fetched,
    handed_over,
    hold,
)
from tests.worlds.ordering_steps import cancel, cancelled_with, fire

ASK, GO_ON, CANCEL = IfRefused.ASK, IfRefused.GO_ON, IfRefused.CANCEL


@pytest.fixture(autouse=True)
async def two_merchants(world: Market) -> None:
    await world.hear(
        a_merchant(auto_accept=False, accept_within_s=300),
        a_merchant("kateki", auto_accept=False, accept_within_s=300),
        a_product("kelapa", "kateki"),
    )


async def of_two(world: Market, wish: IfRefused | None = ASK, **quoted: Any) -> OrderId:
    """Bayam of wlijo for Rp2,500, kelapa of kateki for Rp7,500, and Rp10,000 for the trip."""
    wanted = await an_order(
        world, lines={"bayam": 1, "kelapa": 3}, merchants=("wlijo", "kateki"), total=20_000, **quoted
    )
    order_id = await world.place(SITI, replace(wanted, if_refused=wish))
    await hold(world, order_id)
    return order_id


async def part_of(world: Market, order_id: OrderId, merchant: str) -> SellerOrderId:
    return SellerOrderId(
        await world.value(
            "SELECT id FROM seller_order WHERE order_id = $1 AND merchant_id = $2",
            order_id,
            MerchantId.seeded(merchant),
        )
    )


async def says(world: Market, order_id: OrderId, **answers: str) -> None:
    for merchant, answer in answers.items():
        part = await part_of(world, order_id, merchant)
        async with transaction(world.db) as conn:
            if answer == "yes":
                await selling.accept_seller_order(conn, part, BUDI, sees_all=True)
            else:
                await selling.reject_seller_order(conn, part, BUDI, reason="habis", sees_all=True)


async def cancels(world: Market, order_id: OrderId, merchant: str, subject: str, *, sees_all: bool = False) -> None:
    part = await part_of(world, order_id, merchant)
    async with transaction(world.db) as conn:
        await selling.cancel_seller_order(conn, part, subject, reason=None, sees_all=sees_all)


async def continues(world: Market, order_id: OrderId, subject: str = SITI) -> None:
    async with transaction(world.db) as conn:
        await process.continue_order(conn, order_id, subject)


async def sums(world: Market, order_id: OrderId) -> tuple[int, int, int, int]:
    """Goods, delivery, total, and what is asked in cash."""
    (row,) = await world.rows(
        """SELECT o.goods_rupiah, o.delivery_rupiah, o.total_rupiah, p.cash_due_rupiah FROM orders o JOIN payment p ON p.order_id = o.id
           WHERE o.id = $1""",
        order_id,
    )
    return row["goods_rupiah"], row["delivery_rupiah"], row["total_rupiah"], row["cash_due_rupiah"]


async def state(world: Market, order_id: OrderId) -> str:
    async with transaction(world.db) as conn:
        order = await orders.lock(conn, order_id)
    assert order is not None
    return str(order.state)


async def statuses(world: Market, order_id: OrderId) -> dict[str, str]:
    rows = await world.rows("SELECT merchant_id, status FROM seller_order WHERE order_id = $1", order_id)
    names = {MerchantId.seeded(name).uuid: name for name in ("wlijo", "kateki")}
    return {names[row["merchant_id"]]: row["status"] for row in rows}


async def delivered(world: Market, order_id: OrderId, cash: int) -> None:
    trip = DeliveryId.new()
    await world.hear(assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash))


async def test_who_wants_the_rest_gets_it_for_less_and_the_books_know_only_who_brought_goods(world: Market) -> None:
    order_id = await of_two(world, GO_ON, without=[8_000, 8_000])
    await says(world, order_id, kateki="no")
    assert await sums(world, order_id) == (2_500, 8_000, 10_500, 10_500)
    await says(world, order_id, wlijo="yes")
    assert await state(world, order_id) == "CONFIRMED"
    assert await statuses(world, order_id) == {"wlijo": "ACCEPTED", "kateki": "REJECTED"}
    assert (await world.told())[2:] == [
        "ordering.seller_order_rejected.v1",
        "ordering.seller_order_left.v1",
        "ordering.order_repriced.v1",
        "ordering.seller_order_accepted.v1",
        "ordering.order_confirmed.v1",
    ]
    await delivered(world, order_id, 10_500)
    assert await state(world, order_id) == "COMPLETED"
    assert await statuses(world, order_id) == {"wlijo": "COMPLETED", "kateki": "REJECTED"}
    booked = await world.rows("SELECT kind, amount_rupiah FROM ledger ORDER BY amount_rupiah")
    assert sum(row["amount_rupiah"] for row in booked) == 10_500
    assert [row["amount_rupiah"] for row in booked if row["kind"] == "GOODS"] == [2_500]
    placed = "SELECT placed_goods_rupiah AS goods, placed_delivery_rupiah AS delivery FROM orders WHERE id = $1"
    assert await world.rows(placed, order_id) == [{"goods": 10_000, "delivery": 10_000}]


async def test_a_quote_that_says_nothing_of_fewer_stops_keeps_its_fee(world: Market) -> None:
    order_id = await of_two(world, GO_ON)
    await says(world, order_id, kateki="no")
    assert await sums(world, order_id) == (2_500, 10_000, 12_500, 12_500)


async def test_who_said_nothing_is_asked_once_all_have_answered(world: Market) -> None:
    order_id = await of_two(world, None)
    await says(world, order_id, kateki="no")
    assert await state(world, order_id) == "AWAIT_MERCHANTS"
    await says(world, order_id, wlijo="yes")
    assert await state(world, order_id) == "AWAIT_BUYER"
    assert (await world.told())[-1] == "ordering.buyer_asked.v1"
    # The image of the release before knows no such state.
    assert await world.value("SELECT state FROM orders WHERE id = $1", order_id) == "AWAIT_MERCHANTS"
    await continues(world, order_id)
    assert await state(world, order_id) == "CONFIRMED"
    version = await world.value("SELECT version FROM orders WHERE id = $1", order_id)
    await continues(world, order_id)
    assert await world.value("SELECT version FROM orders WHERE id = $1", order_id) == version


async def test_who_does_not_answer_gets_the_rest(world: Market) -> None:
    order_id = await of_two(world)
    await says(world, order_id, kateki="no", wlijo="yes")
    await world.move_clock(BUYER_WITHIN.total_seconds() - 1)
    assert await fire(world) == 0
    await world.move_clock(2)
    assert await fire(world) == 1
    assert await state(world, order_id) == "CONFIRMED"
    await fire(world)


async def test_who_does_not_want_the_rest_cancels_it_and_pays_nothing(world: Market) -> None:
    order_id = await of_two(world)
    await says(world, order_id, kateki="no", wlijo="yes")
    await cancel(world, order_id)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "NOBODY")
    assert await statuses(world, order_id) == {"wlijo": "CANCELLED", "kateki": "REJECTED"}
    with pytest.raises(WrongState):
        await continues(world, order_id)


async def test_who_said_so_before_anybody_refused_is_not_asked(world: Market) -> None:
    order_id = await of_two(world)
    await continues(world, order_id)
    await says(world, order_id, kateki="no", wlijo="yes")
    assert await state(world, order_id) == "CONFIRMED"


async def test_all_or_nothing_is_nothing(world: Market) -> None:
    order_id = await of_two(world, CANCEL)
    await says(world, order_id, kateki="no")
    await cancelled_with(world, order_id, "MERCHANT_REJECTED", "MERCHANT")


async def test_when_all_refuse_there_is_nothing_left(world: Market) -> None:
    order_id = await of_two(world, GO_ON)
    await says(world, order_id, kateki="no", wlijo="no")
    await cancelled_with(world, order_id, "MERCHANT_REJECTED", "MERCHANT")
    assert await statuses(world, order_id) == {"wlijo": "REJECTED", "kateki": "REJECTED"}


async def test_the_silent_one_is_left_behind_and_the_others_still_have_their_time(world: Market) -> None:
    await world.hear(a_merchant("kateki", auto_accept=False, accept_within_s=400))
    order_id = await of_two(world, GO_ON)
    await world.move_clock(301)
    assert await fire(world) == 1
    assert await statuses(world, order_id) == {"wlijo": "EXPIRED", "kateki": "AWAITING_MERCHANT"}
    await world.move_clock(100)
    assert await fire(world) == 1
    await cancelled_with(world, order_id, "MERCHANT_TIMEOUT", "MERCHANT")


async def test_a_buyer_leaves_one_part_out_and_is_asked_nothing(world: Market) -> None:
    order_id = await of_two(world)
    await cancels(world, order_id, "kateki", SITI)
    await cancels(world, order_id, "kateki", SITI)
    assert await sums(world, order_id) == (2_500, 10_000, 12_500, 12_500)
    await says(world, order_id, wlijo="yes")
    assert await state(world, order_id) == "CONFIRMED"
    with pytest.raises(WrongState):
        await cancels(world, order_id, "wlijo", SITI)


async def test_the_last_part_that_its_buyer_leaves_out_is_the_order(world: Market) -> None:
    order_id = await of_two(world)
    await cancels(world, order_id, "kateki", SITI)
    await cancels(world, order_id, "wlijo", SITI)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "NOBODY")


async def test_a_merchant_who_had_accepted_gives_its_part_back_until_it_is_fetched(world: Market) -> None:
    order_id = await of_two(world, without=[8_000, 8_000])
    await says(world, order_id, kateki="yes", wlijo="yes")
    await cancels(world, order_id, "kateki", BUDI, sees_all=True)
    # A rider was promised the fee.
    assert await sums(world, order_id) == (2_500, 10_000, 12_500, 12_500)
    trip = DeliveryId.new()
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    with pytest.raises(WrongState):
        await cancels(world, order_id, "wlijo", BUDI, sees_all=True)


async def test_the_last_merchant_who_gives_it_back_has_delivery_asked(world: Market) -> None:
    order_id = await of_two(world)
    await says(world, order_id, kateki="yes", wlijo="yes")
    await cancels(world, order_id, "kateki", BUDI, sees_all=True)
    await cancels(world, order_id, "wlijo", BUDI, sees_all=True)
    assert await state(world, order_id) == "CALLED_OFF"
    assert (await statuses(world, order_id))["wlijo"] == SellerOrderStatus.ACCEPTED, "the goods may have left"


async def test_a_stranger_neither_continues_nor_leaves_out(world: Market) -> None:
    order_id = await of_two(world)
    before = await world.fingerprint()
    with pytest.raises(Unknown):
        await continues(world, order_id, BUDI)
    with pytest.raises(Unknown):
        await cancels(world, order_id, "kateki", "per_nobody")
    assert await world.fingerprint() == before


@pytest.mark.parametrize("table", ["orders", "seller_order"])
async def test_the_database_refuses_sums_that_are_not_those_of_the_parts(world: Market, table: str) -> None:
    order_id = await of_two(world)
    which = "id" if table == "orders" else "order_id"
    also = ", total_rupiah = total_rupiah - 1" if table == "orders" else ""
    statement = f"UPDATE {table} SET goods_rupiah = goods_rupiah - 1{also} WHERE {which} = $1"
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await conn.execute(statement, order_id)
