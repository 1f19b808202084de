"""How and when an order is handed over, on PostgreSQL: a full slot is full, wrong codes are counted, what nobody fetches ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.contracts.catalog import MerchantKind, ReservationId, StockReleased
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import HandoverWay, OrderId
from services.contracts.places import WIB
from services.kit.database.db import transaction
from services.ordering.commands import selling
from services.ordering.domain.counter import MAX_TRIES
from services.ordering.domain.handover import (
    ANSWER_WITHIN,
    KEPT_FOR,
    NOW,
    REQUEST_BEFORE,
)
from services.ordering.domain.process import HOLD_MARGIN
from services.ordering.domain.quote import QuoteIsInvalid
from services.ordering.domain.refusal import Unknown, WrongState
from tests.worlds.handing_over import (
    a_stop,
    an_order_for,
    code_of,
    hand_over,
    now,
    part_of,
    placed_for,
    shown,
    stall,
    taken,
)
from tests.worlds.ordering import (
    BUDI,
    SITI,
    Market,
    a_merchant,
    an_order,
    assigned,
    hold,
    hours,
    state_of,
)
from tests.worlds.ordering_steps import cancel, cancelled_with, fire, process_of

DELIVERY, PICKUP, ROUTE_STOP = HandoverWay.DELIVERY, HandoverWay.PICKUP, HandoverWay.ROUTE_STOP


@pytest.fixture(autouse=True)
async def market_of_the_morning(world: Market) -> datetime:
    return await stall(world)


async def told(world: Market, order_id: OrderId) -> list[str]:
    rows = await world.rows("SELECT type FROM outbox WHERE aggregate = $1 ORDER BY seq", str(order_id))
    return [row["type"].split(".")[1] for row in rows]


async def the_placed(world: Market) -> Any:
    payload = await world.value("SELECT payload FROM outbox WHERE type = 'ordering.order_placed.v1'")
    return msgspec.json.decode(bytes(payload))


async def test_an_order_is_collected_against_its_code_and_the_merchant_has_the_cash(world: Market) -> None:
    slot = (await shown(world, PICKUP))[-1]
    order_id = await placed_for(world, slot)
    assert await process_of(world, order_id) == "AT_COUNTER"
    # The image of the release before reads a state that it knows.
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "CONFIRMED")
    part = await part_of(world, order_id)
    async with transaction(world.db) as conn:
        await selling.mark_seller_order_ready(conn, part, "usr_wlijo", sees_all=False)
    assert await hand_over(world, order_id, await code_of(world, order_id)) is None
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    (paid,) = await world.rows("SELECT status, collected_rupiah FROM payment")
    assert paid == {"status": "COLLECTED", "collected_rupiah": 5_000}
    account = f"merchant:{a_merchant().merchant_id}"
    assert await world.rows("SELECT kind, debit_account, credit_account, amount_rupiah FROM ledger") == [
        {
            "kind": "GOODS",
            "debit_account": f"{account}:cash",
            "credit_account": f"{account}:payable",
            "amount_rupiah": 5_000,
        }
    ]
    assert await told(world, order_id) == [
        "order_placed", "seller_order_accepted", "order_agreed", "seller_order_ready", "order_handed_over", "order_completed",
    ]  # fmt: skip
    assert await world.rows("SELECT kind FROM timer") == []


async def test_handing_over_twice_changes_nothing_the_second_time(world: Market) -> None:
    order_id = await placed_for(world, (await shown(world, PICKUP))[-1])
    code = await code_of(world, order_id)
    assert await hand_over(world, order_id, code) is None
    before = await world.fingerprint()
    assert await hand_over(world, order_id, code) is None
    assert await world.fingerprint() == before


async def test_a_wrong_code_is_counted_and_after_five_only_ops_can_say_it(world: Market) -> None:
    order_id = await placed_for(world, (await shown(world, PICKUP))[-1])
    code = await code_of(world, order_id)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(MAX_TRIES):
        assert await hand_over(world, order_id, wrong) is not None
    assert await world.value("SELECT counter_tries FROM orders") == MAX_TRIES
    refused = await hand_over(world, order_id, code)
    assert "locked" in str(refused)
    assert await process_of(world, order_id) == "AT_COUNTER"
    assert await world.value("SELECT counter_tries FROM orders") == MAX_TRIES
    assert await hand_over(world, order_id, "", "usr_ops", sees_all=True) is None
    assert await world.value("SELECT input FROM order_history ORDER BY version DESC LIMIT 1") == "HANDED_OVER_BY_OPS"


async def test_what_is_brought_and_what_is_anothers_is_not_handed_over(world: Market) -> None:
    brought = await world.place(SITI, await an_order(world))
    await hold(world, brought)
    with pytest.raises(WrongState):
        await hand_over(world, brought, "000000")
    collected = await placed_for(world, (await shown(world, PICKUP))[-1], BUDI)
    code = await code_of(world, collected)
    await world.hear(a_merchant("other"))
    with pytest.raises(Unknown):
        await hand_over(world, collected, code, "usr_other")
    await cancel(world, collected, BUDI)
    with pytest.raises(WrongState):
        await hand_over(world, collected, code)


@pytest.mark.parametrize("packed", [False, True])
async def test_what_nobody_fetches_ends_an_hour_after_its_time(world: Market, packed: bool) -> None:
    slot = (await shown(world, PICKUP))[-1]
    order_id = await placed_for(world, slot)
    if packed:
        part = await part_of(world, order_id)
        async with transaction(world.db) as conn:
            await selling.mark_seller_order_ready(conn, part, "usr_wlijo", sees_all=False)
    (timer,) = await world.rows("SELECT kind, due_at FROM timer")
    assert timer == {"kind": "order.fetch_deadline", "due_at": slot.first.ends + KEPT_FOR}
    assert await world.value("SELECT hold_until FROM orders") >= timer["due_at"] + HOLD_MARGIN
    await world.move_clock((timer["due_at"] - await now(world)).total_seconds() + 1)
    assert await fire(world) == 1
    await cancelled_with(world, order_id, "DELIVERY_FAILED", "BUYER" if packed else "MERCHANT")
    assert (await world.rows("SELECT status FROM payment")) == [{"status": "VOIDED"}]
    assert await taken(world) == [0]


async def test_what_is_for_later_seeks_its_rider_when_it_is_time_and_keeps_its_fee(world: Market) -> None:
    slot = (await shown(world, DELIVERY))[-1]
    order_id = await placed_for(world, slot)
    assert await process_of(world, order_id) == "AGREED"
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "CONFIRMED")
    assert "order_confirmed" not in await told(world, order_id)
    assert await world.value("SELECT ready_at FROM seller_order") == slot.first.starts - REQUEST_BEFORE
    # Past the quote's own time, which was for placing.
    await world.move_clock((slot.first.starts - REQUEST_BEFORE - await now(world)).total_seconds() + 1)
    assert await fire(world) == 1
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")
    assert (await told(world, order_id))[-1] == "order_confirmed"
    assert await world.value("SELECT hold_until > wlijo_now() FROM orders")
    assert (await world.rows("SELECT delivery_rupiah, total_rupiah FROM orders"))[0] == {
        "delivery_rupiah": 10_000,
        "total_rupiah": 15_000,
    }
    assert [row["kind"] for row in await world.rows("SELECT kind FROM timer")] == ["order.delivery_deadline"]


async def test_one_who_was_to_be_brought_something_later_calls_it_off_for_nothing(world: Market) -> None:
    order_id = await placed_for(world, (await shown(world, DELIVERY))[-1])
    await cancel(world, order_id)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "NOBODY")
    assert await taken(world) == [0]
    assert (await told(world, order_id))[-1] == "order_cancelled"


async def test_a_trip_that_begins_before_its_order_is_confirmed_is_flagged(world: Market) -> None:
    order_id = await placed_for(world, (await shown(world, DELIVERY))[-1])
    await world.hear(assigned(order_id, DeliveryId.new()))
    assert await world.value("SELECT attention FROM orders") == "DELIVERY_ASSIGNED in AGREED"


async def test_stock_that_is_lost_while_it_waits_ends_it_and_gives_the_slot_back(world: Market) -> None:
    order_id = await placed_for(world, (await shown(world, PICKUP))[-1])
    await world.hear(StockReleased(reservation_id=ReservationId.new(), order_id=str(order_id)))
    await cancelled_with(world, order_id, "STOCK_TIMEOUT", "PLATFORM")
    assert await taken(world) == [0]


async def test_for_tomorrow_the_merchant_has_half_a_day_to_answer(world: Market) -> None:
    at = await now(world)
    await world.hear(
        a_merchant(
            kind=MerchantKind.FIXED_STALL,
            auto_accept=False,
            stops=[a_stop(at)],
            hours=hours("07:00", "12:00"),
            always_open=False,
        )
    )
    (slot,) = await shown(world, ROUTE_STOP)
    order_id = await placed_for(world, slot)
    accept_by = await world.value("SELECT accept_by FROM seller_order")
    assert timedelta() <= accept_by - (at + ANSWER_WITHIN) < timedelta(minutes=1)
    event = await the_placed(world)
    assert int(ANSWER_WITHIN.total_seconds()) == event["seller_orders"][0]["accept_within_s"]
    await world.move_clock(ANSWER_WITHIN.total_seconds() + 60)
    assert await fire(world) == 1
    await cancelled_with(world, order_id, "MERCHANT_TIMEOUT", "MERCHANT")
    assert await taken(world) == [0]


async def test_what_is_told_of_a_collected_order_is_its_place_and_not_the_buyers(world: Market) -> None:
    (slot,) = await shown(world, ROUTE_STOP)
    code = await code_of(world, await placed_for(world, slot))
    event = await the_placed(world)
    assert (event["way"], event["quote"], event["dropoff"]) == ("ROUTE_STOP", "", {"lat": -8.14, "lng": 113.23})
    assert event["stop_id"] == str(slot.first.stop_id)
    assert datetime.fromisoformat(event["slot_from"]).astimezone(WIB) == slot.first.starts
    payloads = [bytes(row["payload"]) for row in await world.rows("SELECT payload FROM outbox")]
    assert not any(b"counter" in payload or b'"code":"' + code.encode() in payload for payload in payloads)


async def test_what_is_brought_later_needs_a_quote_that_is_good_now(world: Market) -> None:
    slot = (await shown(world, DELIVERY))[-1]
    wanted = replace(await an_order_for(world, slot), quote=None)
    with pytest.raises(QuoteIsInvalid):
        await world.place(SITI, wanted)
    assert await taken(world) == []
    assert replace(wanted, handover=NOW).handover.is_now
