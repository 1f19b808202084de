"""Reservations on a real PostgreSQL: held, taken out, let go, expired, and the last ikat sold once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from services.catalog.commands import reservations
from services.contracts.catalog import Shortage, StockCommitted, StockHeld, StockRefused, StockReleased, VariantId
from services.contracts.delivery import DeliveryEvent
from services.contracts.ordering import CancelReason, OrderEvent, OrderPlaced
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from services.kit.messaging.timers import Timers
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM_IKAT,
    HOLD_UNTIL,
    KELAPA_PASANG,
    KLENGKENG_KG,
    SRI,
    Counting,
    an_order,
    cancelled,
    confirmed,
    delivered,
    hear,
    on_counter,
    picked_up,
    states,
    stock_of,
    told,
    trip_cancelled,
    unassignable,
)

RESERVATIONS = "catalog.stock_%"
Said = OrderEvent | DeliveryEvent


async def _types(db: Database) -> list[str]:
    return [kind.removeprefix("catalog.stock_").removesuffix(".v1") for kind, _ in await told(db, RESERVATIONS)]


async def _time_is_up(db: Database) -> bool:
    return await Timers(db, {reservations.EXPIRY: reservations.expire}).fire_one()


async def _timers(db: Database) -> int:
    async with db.acquire() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM timer"))


async def test_an_order_holds_all_its_lines_until_the_time_it_names(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3), (KLENGKENG_KG, 1250))
    await hear(db, order)
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)
    assert await stock_of(db, KLENGKENG_KG) == (5000, 1250)
    ((_, payload),) = await told(db, RESERVATIONS)
    held = decode(StockHeld, payload)
    assert (held.order_id, held.expires_at) == (str(order.order_id), HOLD_UNTIL)
    assert await _timers(db) == 1


async def test_the_same_variant_in_two_lines_is_one_quantity(db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 6), (BAYAM_IKAT, 4)))
    assert await stock_of(db, BAYAM_IKAT) == (10, 10)
    await hear(db, an_order((KELAPA_PASANG, 12), (KELAPA_PASANG, 10)))
    assert await stock_of(db, KELAPA_PASANG) == (20, 0)
    assert await _types(db) == ["held", "refused"]


async def test_one_short_line_refuses_the_order_and_holds_nothing(db: Database) -> None:
    unknown = VariantId.new()
    order = an_order((BAYAM_IKAT, 11), (KELAPA_PASANG, 2), (unknown, 1))
    await hear(db, order)
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert await stock_of(db, KELAPA_PASANG) == (20, 0)
    ((_, payload),) = await told(db, RESERVATIONS)
    assert decode(StockRefused, payload).short == sorted(
        [
            Shortage(variant_id=BAYAM_IKAT, quantity=11, available=10),
            Shortage(variant_id=unknown, quantity=1, available=0),
        ],
        key=lambda shortage: shortage.variant_id,
    )
    assert await states(db) == ["REFUSED"]
    assert await _timers(db) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE product SET status = 'HIDDEN' WHERE name = 'Bayam'",
        "UPDATE product SET status = 'BLOCKED' WHERE name = 'Bayam'",
        "UPDATE merchant SET status = 'SUSPENDED' WHERE slug = 'wlijo-bu-sri'",
    ],
)
async def test_what_is_not_for_sale_is_refused_with_nothing_available(db: Database, change: str) -> None:
    async with transaction(db) as conn:
        await conn.execute(change)
    await hear(db, an_order((BAYAM_IKAT, 1)))
    ((_, payload),) = await told(db, RESERVATIONS)
    assert decode(StockRefused, payload).short == [Shortage(variant_id=BAYAM_IKAT, quantity=1, available=0)]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)


async def test_a_quantity_that_cannot_be_is_refused(db: Database) -> None:
    for quantity in (0, -1, 2**62):
        await hear(db, an_order((BAYAM_IKAT, quantity)))
        _, payload = (await told(db, RESERVATIONS))[-1]
        assert decode(StockRefused, payload).short == [Shortage(variant_id=BAYAM_IKAT, quantity=quantity, available=10)]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)


async def test_goods_of_another_merchant_than_the_order_says_are_refused(db: Database) -> None:
    order = an_order((KLENGKENG_KG, 250))
    (of_min,) = order.seller_orders
    foreign = msgspec.structs.replace(order, seller_orders=[msgspec.structs.replace(of_min, merchant_id=SRI)])
    await hear(db, foreign)
    assert await _types(db) == ["refused"]
    assert await stock_of(db, KLENGKENG_KG) == (5000, 0)


async def test_the_goods_of_a_confirmed_order_lie_on_the_counter_and_are_not_for_sale(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, confirmed(order))
    assert await stock_of(db, BAYAM_IKAT) == (7, 0)
    assert await on_counter(db, BAYAM_IKAT) == 3
    assert decode(StockCommitted, (await told(db, RESERVATIONS))[-1][1]).order_id == str(order.order_id)
    assert await _timers(db) == 0


async def test_a_cancelled_hold_is_for_sale_again(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, cancelled(order))
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert decode(StockReleased, (await told(db, RESERVATIONS))[-1][1]).restocked
    assert await _timers(db) == 0


@pytest.mark.parametrize("reason", list(CancelReason))
@pytest.mark.parametrize("ended", [trip_cancelled, unassignable])
@pytest.mark.parametrize("trip_first", [True, False])
async def test_goods_come_back_when_the_order_is_cancelled_and_its_trip_has_not_fetched_them(
    db: Database, reason: CancelReason, ended: Callable[[OrderPlaced], DeliveryEvent], trip_first: bool
) -> None:
    order = an_order((BAYAM_IKAT, 3))
    words: list[Said] = [ended(order), cancelled(order, reason)]
    words = words if trip_first else words[::-1]
    await hear(db, order, confirmed(order), words[0])
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 3)
    assert await _types(db) == ["held", "committed"]
    await hear(db, words[1], *words)
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((10, 0), 0)
    assert await _types(db) == ["held", "committed", "released"]
    assert decode(StockReleased, (await told(db, RESERVATIONS))[-1][1]).restocked
    assert await _timers(db) == 0


@pytest.mark.parametrize("reason", list(CancelReason))
@pytest.mark.parametrize("trip_first", [True, False])
async def test_goods_that_a_rider_has_are_not_sold_again_whichever_news_came_first(
    db: Database, reason: CancelReason, trip_first: bool
) -> None:
    order = an_order((BAYAM_IKAT, 3))
    words: list[Said] = [picked_up(order), cancelled(order, reason)]
    words = words if trip_first else words[::-1]
    await hear(db, order, confirmed(order), *words, *words, delivered(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 0)
    assert await _types(db) == ["held", "committed", "released"]
    assert not decode(StockReleased, (await told(db, RESERVATIONS))[-1][1]).restocked
    assert await _timers(db) == 0


async def test_goods_are_with_the_rider_before_the_confirmation_is_heard_of(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, picked_up(order), confirmed(order), delivered(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 0)
    assert await _types(db) == ["held", "committed"]


async def test_a_search_that_ended_before_the_confirmation_is_heard_of_is_remembered(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, unassignable(order), confirmed(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 3)
    await hear(db, cancelled(order, CancelReason.NO_RIDER))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((10, 0), 0)


async def test_what_was_sold_meanwhile_is_not_taken_below_nothing_by_goods_that_left_unseen(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3), hold_until=datetime(2020, 1, 1, tzinfo=UTC))
    await hear(db, order)
    assert await _time_is_up(db)
    await hear(db, an_order((BAYAM_IKAT, 8)), picked_up(order), confirmed(order))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((8, 8), 0)
    assert await _types(db) == ["held", "expired", "held", "committed"]


async def test_goods_of_a_cancelled_order_of_which_delivery_never_says_anything_come_back_after_a_day(
    db: Database,
) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, confirmed(order), cancelled(order))
    assert await on_counter(db, BAYAM_IKAT) == 3
    assert not await _time_is_up(db)
    async with transaction(db) as conn:
        assert await conn.fetchval("SELECT due_at - wlijo_now() BETWEEN '23 hours' AND '24 hours' FROM timer")
        await conn.execute("UPDATE timer SET due_at = wlijo_now() - interval '1 second'")
    assert await _time_is_up(db)
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((10, 0), 0)
    assert await _types(db) == ["held", "committed", "released"]


async def test_a_trip_of_an_order_never_heard_of_changes_nothing(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, trip_cancelled(order), picked_up(order))
    assert await states(db) == []
    await hear(db, order)
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)


async def test_a_hold_that_is_not_confirmed_in_time_expires_and_a_late_confirmation_takes_what_is_still_there(
    db: Database,
) -> None:
    order = an_order((BAYAM_IKAT, 3), hold_until=datetime(2020, 1, 1, tzinfo=UTC))
    await hear(db, order)
    assert await _time_is_up(db)
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert await states(db) == ["EXPIRED"]
    await hear(db, confirmed(order), confirmed(order))
    assert await stock_of(db, BAYAM_IKAT) == (7, 0)
    assert await states(db) == ["COMMITTED"]
    await hear(db, cancelled(order), trip_cancelled(order))
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert await _types(db) == ["held", "expired", "committed", "released"]


async def test_a_late_confirmation_of_goods_that_were_sold_meanwhile_is_refused_with_what_is_left(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3), hold_until=datetime(2020, 1, 1, tzinfo=UTC))
    await hear(db, order)
    assert await _time_is_up(db)
    await hear(db, an_order((BAYAM_IKAT, 8)), confirmed(order))
    assert await stock_of(db, BAYAM_IKAT) == (10, 8)
    assert sorted(await states(db)) == ["HELD", "REFUSED"]
    refused = decode(StockRefused, (await told(db, RESERVATIONS))[-1][1])
    assert [(each.quantity, each.available) for each in refused.short] == [(3, 2)]
    assert refused.order_id == str(order.order_id)


async def test_a_hold_whose_time_has_not_come_does_not_expire(db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 3)))
    assert not await _time_is_up(db)
    assert await states(db) == ["HELD"]


async def test_everything_heard_twice_changes_the_stock_once(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    end, over = cancelled(order), trip_cancelled(order)
    await hear(db, order, order, confirmed(order), confirmed(order), order, end, end, order, over, over, end)
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    assert await _types(db) == ["held", "committed", "released"]


async def test_a_confirmation_of_an_order_never_heard_of_is_answered_with_nothing_held(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, confirmed(order), order)
    assert await _types(db) == ["released"]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)


async def test_an_order_cancelled_before_it_was_heard_of_holds_nothing_later(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, cancelled(order), order)
    assert await _types(db) == ["released"]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)


async def test_two_orders_for_the_last_ikat_are_held_once_a_hundred_times_over(db: Database) -> None:
    for _ in range(100):
        async with transaction(db) as conn:
            await conn.execute("UPDATE stock_item SET on_hand = 1, reserved = 0 WHERE variant_id = $1", BAYAM_IKAT)
            await conn.execute("DELETE FROM outbox")
        await asyncio.gather(hear(db, an_order((BAYAM_IKAT, 1))), hear(db, an_order((BAYAM_IKAT, 1))))
        assert sorted(await _types(db)) == ["held", "refused"]
        assert await stock_of(db, BAYAM_IKAT) == (1, 1)


async def test_orders_that_name_the_same_goods_in_opposite_order_do_not_wait_for_each_other_in_a_ring(
    db: Database,
) -> None:
    there, back = [(BAYAM_IKAT, 1), (KLENGKENG_KG, 250)], [(KLENGKENG_KG, 250), (BAYAM_IKAT, 1)]
    orders = [an_order(*lines) for _ in range(4) for lines in (there, back)]
    await asyncio.gather(*(hear(db, order) for order in orders))
    assert await stock_of(db, BAYAM_IKAT) == (10, 8)
    await asyncio.gather(*(hear(db, confirmed(order)) for order in orders))
    assert await stock_of(db, BAYAM_IKAT) == (2, 0)
    assert await stock_of(db, KLENGKENG_KG) == (3000, 0)


async def test_an_expiry_and_a_confirmation_at_one_moment_end_in_the_goods_being_taken(db: Database) -> None:
    orders = [an_order((BAYAM_IKAT, 1), hold_until=datetime(2020, 1, 1, tzinfo=UTC)) for _ in range(10)]
    await hear(db, *orders)

    async def all_timers() -> None:
        while await _time_is_up(db):
            pass

    await asyncio.gather(all_timers(), hear(db, *(confirmed(order) for order in orders)))
    await all_timers()
    assert await states(db) == ["COMMITTED"] * 10
    assert await stock_of(db, BAYAM_IKAT) == (0, 0)
    assert await _timers(db) == 0


async def test_an_orders_lines_are_held_and_taken_out_by_a_fixed_number_of_statements(
    catalog: servers.TestDatabase, db: Database
) -> None:
    counting = Counting(catalog.url)
    await counting.open()
    for lines in ([(BAYAM_IKAT, 1)], [(BAYAM_IKAT, 1), (KELAPA_PASANG, 2), (KLENGKENG_KG, 250)]):
        order = an_order(*lines)
        await hear(counting, order, confirmed(order))  # a new connection first learns its types
        order = an_order(*lines)
        counting.statements.clear()
        await hear(counting, order)
        # BEGIN; the stock's lock, unless it has a reservation; that with its timer, the stock and the outbox; COMMIT
        assert len(counting.statements) == 4
        counting.statements.clear()
        await hear(counting, confirmed(order))
        # BEGIN; the locks of its reservation and of its goods' stock; that, its state with its timer and the outbox; COMMIT
        assert len(counting.statements) == 4
        counting.statements.clear()
        await hear(counting, picked_up(order))
        assert len(counting.statements) == 4
    await counting.close()
