"""A confirmed order is to end: delivery is asked, and whatever it answers is the one truth, of the order, the cash and the goods."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.contracts.catalog import ReservationId, StockRefused, StockReleased
from services.contracts.delivery import (
    AttemptFailed,
    DeliveryCancelled,
    DeliveryId,
    DeliveryReturned,
    DeliveryUnassignable,
    FailureCode,
)
from services.contracts.ordering import OrderId
from services.ordering import gauges
from services.ordering.domain.process import DELIVER_WITHIN, REMIND_AFTER
from services.ordering.domain.refusal import WrongState
from tests.worlds.ordering import PARTNER, Market, assigned, fetched, handed_over, state_of
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import (
    cancel,
    cancelled_with,
    confirmed,
    fire,
    picked_up,
    process_of,
    seller_orders,
    trip_ends_for,
)

Cause = Callable[[Market, OrderId], Awaitable[None]]
CANCEL = """mutation($id: ID!) { cancelOrder(id: $id) { problems { code status }
    order { status cancellation { reason borneBy } cancellationRequest { reason answer } payment { status } } } }"""
ORDER = "query($id: ID!) { order(id: $id) { status cancellation { reason } cancellationRequest { reason answer } } }"


@pytest.fixture
def trip() -> DeliveryId:
    return DeliveryId.new()


async def events(world: Market, kind: str) -> list[dict[str, Any]]:
    rows = await world.rows("SELECT payload FROM outbox WHERE type = $1 ORDER BY seq", f"ordering.{kind}.v1")
    return [json.loads(row["payload"]) for row in rows]


async def its_buyer_does(world: Market, order_id: OrderId) -> None:
    await cancel(world, order_id)


async def the_time_is_up(world: Market, order_id: OrderId) -> None:
    await world.move_clock(DELIVER_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1


async def its_goods_are_short(world: Market, order_id: OrderId) -> None:
    await world.hear(StockRefused(reservation_id=ReservationId.new(), order_id=str(order_id), short=[]))


async def its_hold_is_lost(world: Market, order_id: OrderId) -> None:
    await world.hear(StockReleased(reservation_id=ReservationId.new(), order_id=str(order_id)))


CAUSES: dict[Cause, tuple[str, str]] = {
    its_buyer_does: ("BUYER_CANCELLED", "BUYER"),
    the_time_is_up: ("DELIVERY_TIMEOUT", "PLATFORM"),
    its_goods_are_short: ("STOCK_SHORT", "PLATFORM"),
    its_hold_is_lost: ("STOCK_TIMEOUT", "PLATFORM"),
}
causes = pytest.mark.parametrize("cause", CAUSES)
known_rider = pytest.mark.parametrize("rider", [False, True])


@causes
@known_rider
async def test_a_trip_that_is_stopped_in_time_cancels_for_what_it_was_asked_for(
    world: Market, trip: DeliveryId, cause: Cause, rider: bool
) -> None:
    order_id = await confirmed(world)
    if rider:
        await world.hear(assigned(order_id, trip))
    before = await state_of(world, order_id)
    await cause(world, order_id)
    assert await state_of(world, order_id) == before  # as the image of the release before reads it
    assert await process_of(world, order_id) == ("CALLED_OFF_UNDERWAY" if rider else "CALLED_OFF")
    reason, borne_by = CAUSES[cause]
    assert [each["reason"] for each in await events(world, "cancellation_requested")] == [reason]
    assert await events(world, "order_cancelled") == []
    assert await seller_orders(world) == ["ACCEPTED"]
    await trip_ends_for(world, order_id, trip)
    await cancelled_with(world, order_id, reason, borne_by)
    (told,) = await events(world, "order_cancelled")
    assert told["goods"] == "AT_COUNTER"
    assert await world.value("SELECT status FROM payment") == "VOIDED"
    assert await world.rows("SELECT * FROM ledger") == []
    assert await world.rows("SELECT * FROM timer") == []


@causes
@known_rider
async def test_goods_that_had_left_are_delivered_and_paid_and_the_buyer_is_told_one_thing(
    world: Market, trip: DeliveryId, cause: Cause, rider: bool
) -> None:
    order_id = await confirmed(world)
    if rider:
        await world.hear(assigned(order_id, trip))
    await cause(world, order_id)
    await world.hear(*(() if rider else (assigned(order_id, trip),)), fetched(order_id, trip))
    assert await state_of(world, order_id) == ("PICKED_UP", "IN_PROGRESS")
    assert [each["reason"] for each in await events(world, "cancellation_refused")] == [CAUSES[cause][0]]
    assert await world.value("SELECT count(*) FROM timer") == 1
    with pytest.raises(WrongState):
        await cancel(world, order_id)
    await world.hear(await handed_over(world, order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await events(world, "order_cancelled") == []
    assert await world.rows("SELECT status, collected_rupiah FROM payment") == [
        {"status": "COLLECTED", "collected_rupiah": 15_000}
    ]
    assert await world.value("SELECT sum(amount_rupiah) FROM ledger") == 15_000
    assert await world.rows("SELECT * FROM timer") == []


async def test_a_delivery_told_at_once_with_its_pickup_is_one_truth_too(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    await world.hear(await handed_over(world, order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert len(await events(world, "cancellation_refused")) == 1
    assert await world.value("SELECT attention FROM orders") is None


async def test_nobody_who_took_it_ends_it_for_that(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    await world.hear(DeliveryUnassignable(delivery_id=trip, order_id=order_id))
    await cancelled_with(world, order_id, "NO_RIDER", "PLATFORM")


async def test_what_is_not_answered_is_asked_again_and_seen_by_a_person(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    for times in (2, 3):
        await world.move_clock(REMIND_AFTER.total_seconds() + 1)
        assert await fire(world) == 1
        assert len(await events(world, "cancellation_requested")) == times
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert gauges.OPEN.labels("CALLED_OFF")._value.get() == 1
    assert gauges.OPEN.labels("CONFIRMED")._value.get() == 0
    assert gauges.ATTENTION._value.get() == 1
    assert gauges.UNTIMED._value.get() == 0
    await trip_ends_for(world, order_id, trip)
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert gauges.ATTENTION._value.get() == 0


async def test_the_buyer_reads_how_the_cancellation_stands(site: Site, trip: DeliveryId) -> None:
    world = site.world
    order_id = await confirmed(world)
    asked = {
        "status": "CONFIRMED",
        "cancellation": None,
        "cancellationRequest": {"reason": "BUYER_CANCELLED", "answer": "PENDING"},
        "payment": {"status": "DUE"},
    }
    assert await site.data(ORDER, id=str(order_id)) == {
        "status": "CONFIRMED", "cancellation": None, "cancellationRequest": None,
    }  # fmt: skip
    assert await site.done(CANCEL, id=str(order_id)) == asked
    assert await site.done(CANCEL, id=str(order_id)) == asked
    assert len(await events(world, "cancellation_requested")) == 1
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    assert await site.data(ORDER, id=str(order_id)) == {
        "status": "IN_PROGRESS",
        "cancellation": None,
        "cancellationRequest": {"reason": "BUYER_CANCELLED", "answer": "REFUSED"},
    }
    assert (await site.refused(CANCEL, id=str(order_id)))["code"] == "NOT_CANCELLABLE"
    other = await confirmed(world)
    await site.data(CANCEL, id=str(other))
    await trip_ends_for(world, other, DeliveryId.new())
    assert await site.data(ORDER, id=str(other)) == {
        "status": "CANCELLED",
        "cancellation": {"reason": "BUYER_CANCELLED"},
        "cancellationRequest": {"reason": "BUYER_CANCELLED", "answer": "CANCELLED"},
    }


@pytest.mark.parametrize("named", [False, True])
async def test_lost_goods_are_owed_by_their_company_to_the_merchant_and_cost_the_buyer_nothing(
    world: Market, trip: DeliveryId, named: bool
) -> None:
    order_id = await picked_up(world, trip)
    await world.hear(
        AttemptFailed(delivery_id=trip, order_id=order_id, code=FailureCode.BUYER_UNREACHABLE),
        DeliveryReturned(
            delivery_id=trip, order_id=order_id, disposed=True, code=FailureCode.LOST_IN_TRANSIT, partner_id=PARTNER if named else None,
        ),
    )  # fmt: skip
    await cancelled_with(world, order_id, "DELIVERY_FAILED", "PARTNER")
    (told,) = await events(world, "order_cancelled")
    assert told["goods"] == "GONE"
    assert await seller_orders(world) == ["CANCELLED"]
    assert await world.value("SELECT status FROM payment") == "VOIDED"
    booked = await world.rows("SELECT kind, debit_account, amount_rupiah FROM ledger")
    assert [tuple(each.values()) for each in booked] == [("LOST_GOODS", f"test:partner:{PARTNER}:losses", 5_000)]


async def test_a_trip_that_operations_ended_before_its_pickup_cancels(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await world.hear(
        assigned(order_id, trip), DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="OPERATIONS")
    )
    await cancelled_with(world, order_id, "DELIVERY_FAILED", "PLATFORM")
    (told,) = await events(world, "order_cancelled")
    assert told["goods"] == "AT_COUNTER"
