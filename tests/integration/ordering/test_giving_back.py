"""An order that came to nothing, and not by its buyer's will, gives the cart back: once, and nothing twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.catalog import ReservationId, StockExpired, StockRefused, StockReleased, VariantId
from services.contracts.delivery import DeliveryId, DeliveryReturned, DeliveryUnassignable, FailureCode
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import carts, selling
from services.ordering.domain.cart import MAX_CART_LINES
from services.ordering.domain.process import DELIVER_WITHIN, STOCK_WITHIN
from tests.worlds.ordering import PARTNER, SITI, Market, a_merchant, a_product, a_variant, an_order, market, placed
from tests.worlds.ordering_steps import cancel, confirmed, fire, picked_up, trip_ends_for
from tests.worlds.servers import TestDatabase

TRIP = DeliveryId.seeded("trip")


def short(order_id: OrderId) -> StockRefused:
    return StockRefused(reservation_id=ReservationId.seeded("r"), order_id=str(order_id), short=[])


async def in_cart(world: Market, subject: str = SITI) -> dict[VariantId, int]:
    rows = await world.rows(
        """SELECT l.variant_id, l.quantity FROM cart_line l JOIN cart c ON c.id = l.cart_id
           JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = $1 ORDER BY l.id""",
        subject,
    )
    return {VariantId(row["variant_id"]): row["quantity"] for row in rows}


async def goods_are_short(world: Market) -> None:
    await world.hear(short(await placed(world)))


async def nobody_answers_for_the_stock(world: Market) -> None:
    await placed(world)
    await world.move_clock(STOCK_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1


async def the_hold_is_lost(world: Market) -> None:
    order_id = await _asked(world)
    await world.hear(StockExpired(reservation_id=ReservationId.seeded("r"), order_id=str(order_id)))


async def the_merchant_refuses(world: Market) -> None:
    await _asked(world)
    seller_order_id = SellerOrderId(await world.value("SELECT id FROM seller_order"))
    async with transaction(world.db) as conn:
        await selling.reject_seller_order(conn, seller_order_id, "usr_wlijo", reason="habis", sees_all=False)


async def the_merchant_is_silent(world: Market) -> None:
    await _asked(world)
    await world.move_clock(301)
    assert await fire(world) == 1


async def no_rider_takes_it(world: Market) -> None:
    order_id = await confirmed(world)
    await world.hear(DeliveryUnassignable(delivery_id=TRIP, order_id=order_id))


async def nobody_fetches_it_in_time(world: Market) -> None:
    order_id = await confirmed(world)
    await world.move_clock(DELIVER_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1
    await trip_ends_for(world, order_id, TRIP)


async def the_rider_loses_it(world: Market) -> None:
    await _comes_back(world, FailureCode.LOST_IN_TRANSIT)


async def its_buyer_cancels(world: Market) -> None:
    await cancel(world, await placed(world))


async def its_buyer_cancels_once_it_is_confirmed(world: Market) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    await trip_ends_for(world, order_id, TRIP)


async def its_buyer_cancels_and_then_no_rider_takes_it(world: Market) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    await world.hear(DeliveryUnassignable(delivery_id=TRIP, order_id=order_id))


async def its_buyer_does_not_take_it(world: Market) -> None:
    await _comes_back(world, FailureCode.BUYER_REFUSED)


async def _asked(world: Market) -> OrderId:
    await world.hear(a_merchant(auto_accept=False))
    return await confirmed(world)


async def _comes_back(world: Market, code: FailureCode) -> None:
    order_id = await picked_up(world, TRIP)
    returned = DeliveryReturned(delivery_id=TRIP, order_id=order_id, partner_id=PARTNER, code=code, disposed=False)
    await world.hear(returned)


@pytest.mark.parametrize(
    "comes_to_nothing",
    [
        goods_are_short,
        nobody_answers_for_the_stock,
        the_hold_is_lost,
        the_merchant_refuses,
        the_merchant_is_silent,
        no_rider_takes_it,
        nobody_fetches_it_in_time,
        the_rider_loses_it,
    ],
)
async def test_what_the_buyer_still_wants_is_in_the_cart_again(world: Market, comes_to_nothing: Any) -> None:
    await comes_to_nothing(world)
    assert await world.value("SELECT status FROM orders") == "CANCELLED"
    assert await in_cart(world) == {VariantId.seeded("bayam"): 2}
    assert await world.value("SELECT version FROM cart") == 4  # put in, placed, given back


@pytest.mark.parametrize(
    "ends",
    [
        its_buyer_cancels,
        its_buyer_cancels_once_it_is_confirmed,
        its_buyer_cancels_and_then_no_rider_takes_it,
        its_buyer_does_not_take_it,
    ],
)
async def test_what_the_buyer_called_off_or_did_not_take_stays_out(world: Market, ends: Any) -> None:
    await ends(world)
    assert await world.value("SELECT status FROM orders") == "CANCELLED"
    assert await in_cart(world) == {}


async def test_of_what_the_cart_has_by_now_the_larger_quantity_stays(world: Market) -> None:
    await world.hear(a_product("sop"), a_product("tomat"))
    order_id = await placed(world, lines={"bayam": 2, "sop": 5}, total=27_500)
    await world.fill_cart(
        SITI, {VariantId.seeded("bayam"): 3, VariantId.seeded("sop"): 1, VariantId.seeded("tomat"): 1}
    )
    await world.hear(short(order_id))
    assert await in_cart(world) == {
        VariantId.seeded("bayam"): 3,
        VariantId.seeded("sop"): 5,
        VariantId.seeded("tomat"): 1,
    }


async def test_late_and_repeated_answers_give_nothing_back_again(world: Market) -> None:
    order_id = await placed(world)
    await world.hear(short(order_id))
    async with transaction(world.db) as conn:
        await carts.remove_cart_line(conn, SITI, VariantId.seeded("bayam"))
    before = await world.value("SELECT version FROM cart")
    reservation = ReservationId.seeded("r")
    await world.hear(short(order_id), StockReleased(reservation_id=reservation, order_id=str(order_id)))
    await world.hear(StockExpired(reservation_id=reservation, order_id=str(order_id)))
    await world.move_clock(DELIVER_WITHIN.total_seconds() + 1)
    await fire(world)
    assert await in_cart(world) == {}
    assert await world.value("SELECT version FROM cart") == before


async def test_a_cart_that_is_full_takes_back_what_it_has_room_for(world: Market) -> None:
    names = [f"sayur-{n}" for n in range(MAX_CART_LINES)]
    light = [a_product(name, variants=[a_variant(name, gram_per_base=1.0)]) for name in ["kelor", *names]]
    await world.hear(*light)
    order_id = await placed(world, lines={"bayam": 2, "kelor": 1}, total=17_500)
    await world.fill_cart(SITI, {VariantId.seeded(name): 1 for name in names[1:]})
    await world.hear(short(order_id))
    found = await in_cart(world)
    assert len(found) == MAX_CART_LINES
    assert found[VariantId.seeded("bayam")] == 2


async def test_placing_and_giving_back_at_once_wait_for_each_other(world: Market) -> None:
    order_id = await placed(world)
    for _ in range(5):
        await world.fill_cart(SITI, {VariantId.seeded("bayam"): 3})
        wanted = await an_order(world, lines={"bayam": 3}, total=17_500)
        answers = await asyncio.gather(world.place(SITI, wanted), world.hear(short(order_id)), return_exceptions=True)
        assert answers[1] is None
        assert isinstance(answers[0], OrderId) or type(answers[0]).__name__ == "CartHasChanged"
        order_id = OrderId(await world.value("SELECT id FROM orders ORDER BY placed_at DESC LIMIT 1"))


QUANTITIES = st.dictionaries(st.sampled_from(["bayam", "sop", "tomat"]), st.integers(1, 4), min_size=1)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders=st.lists(QUANTITIES, min_size=1, max_size=3), since=QUANTITIES | st.just({}), data=st.data())
def test_in_whatever_sequence_and_however_often_the_cart_is_the_same(
    made: TestDatabase, orders: list[dict[str, int]], since: dict[str, int], data: st.DataObject
) -> None:
    async def run() -> None:
        async with market(made, connections=2) as world:
            await world.hear(a_merchant(), a_product(), a_product("sop"), a_product("tomat"))
            ids = [await placed(world, lines=lines, total=10_000 + 2_500 * sum(lines.values())) for lines in orders]
            if since:
                await world.fill_cart(SITI, {VariantId.seeded(name): n for name, n in since.items()})
            told = data.draw(st.permutations([*ids, *ids]))
            for order_id in told:
                await world.hear(short(order_id))
            wanted = {
                VariantId.seeded(name): max(each.get(name, 0) for each in [*orders, since])
                for name in {name for each in [*orders, since] for name in each}
            }
            assert await in_cart(world) == wanted

    asyncio.run(run())
