"""A trip that fetches one merchant's goods after another's, as ordering hears of it: whose are gone, and whose never came."""

from __future__ import annotations

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.delivery import (
    AttemptFailed,
    DeliveryCancelled,
    DeliveryId,
    DeliveryReturned,
    FailureCode,
    GoodsFetched,
    RiderWaited,
    StopFailed,
    TripPay,
)
from services.contracts.ordering import IfRefused, OrderId
from services.kit.database.db import transaction
from services.ordering.commands import selling
from services.ordering.domain.refusal import WrongState
from tests.integration.ordering.test_parts import of_two, part_of, state, statuses, sums, two_merchants
from tests.worlds.ordering import BUDI, PARTNER, RIDER, SITI, Market, assigned, fetched, handed_over
from tests.worlds.ordering_steps import cancel, process_of

__all__ = ["two_merchants"]


@pytest.fixture
def trip() -> DeliveryId:
    return DeliveryId.new()


async def underway(world: Market, trip: DeliveryId, wish: IfRefused = IfRefused.ASK) -> OrderId:
    order_id = await of_two(world, wish)
    for merchant in ("kateki", "wlijo"):
        part = await part_of(world, order_id, merchant)
        async with transaction(world.db) as conn:
            await selling.accept_seller_order(conn, part, BUDI, sees_all=True)
    await world.hear(assigned(order_id, trip))
    return order_id


def goods(order_id: OrderId, trip: DeliveryId, merchant: str) -> GoodsFetched:
    return GoodsFetched(delivery_id=trip, order_id=order_id, merchant_id=MerchantId.seeded(merchant))


def none_there(order_id: OrderId, trip: DeliveryId, merchant: str) -> StopFailed:
    code = FailureCode.MERCHANT_CLOSED
    return StopFailed(delivery_id=trip, order_id=order_id, merchant_id=MerchantId.seeded(merchant), code=code)


async def test_whose_goods_were_fetched_is_known_one_by_one(world: Market, trip: DeliveryId) -> None:
    order_id = await underway(world, trip)
    await world.hear(goods(order_id, trip, "kateki"))
    assert await statuses(world, order_id) == {"kateki": "HANDED_OVER", "wlijo": "ACCEPTED"}
    assert await state(world, order_id) == "ASSIGNED", "the other may still be packed, and given back"
    part = await part_of(world, order_id, "kateki")
    with pytest.raises(WrongState):
        async with transaction(world.db) as conn:
            await selling.cancel_seller_order(conn, part, BUDI, reason=None, sees_all=True)
    await world.hear(goods(order_id, trip, "wlijo"), fetched(order_id, trip))
    assert await state(world, order_id) == "PICKED_UP"
    await world.hear(await handed_over(world, order_id, trip, 20_000))
    assert await state(world, order_id) == "COMPLETED"
    assert await world.value("SELECT attention FROM orders") is None
    row = await world.rows("SELECT actor_kind FROM order_history WHERE input = 'GOODS_FETCHED'")
    assert [each["actor_kind"] for each in row] == ["COMPANY", "COMPANY"]


@pytest.mark.parametrize("wish", [IfRefused.ASK, IfRefused.CANCEL])
async def test_without_a_closed_seller_the_order_costs_and_brings_what_is_left(
    world: Market, trip: DeliveryId, wish: IfRefused
) -> None:
    order_id = await underway(world, trip, wish)
    await world.hear(goods(order_id, trip, "wlijo"), none_there(order_id, trip, "kateki"), fetched(order_id, trip))
    assert await statuses(world, order_id) == {"kateki": "CANCELLED", "wlijo": "HANDED_OVER"}
    assert await sums(world, order_id) == (2_500, 10_000, 12_500, 12_500)
    before = await world.fingerprint()
    await world.hear(none_there(order_id, trip, "kateki"))
    assert (await world.fingerprint())["seller_order"] == before["seller_order"]
    await world.hear(await handed_over(world, order_id, trip))
    assert await state(world, order_id) == "COMPLETED"
    [history] = await world.rows("SELECT reason_code FROM order_history WHERE input = 'STOP_FAILED' LIMIT 1")
    assert history["reason_code"] == "MERCHANT_CLOSED"


async def test_where_no_seller_had_anything_the_order_is_called_off_at_the_last_ones_cost(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await underway(world, trip)
    await world.hear(none_there(order_id, trip, "kateki"), none_there(order_id, trip, "wlijo"))
    assert await process_of(world, order_id) == "CALLED_OFF_UNDERWAY"
    [asked] = await world.rows("SELECT call_off_reason, call_off_borne_by FROM orders")
    assert tuple(asked.values()) == ("MERCHANT_REJECTED", "MERCHANT")


async def test_called_off_while_some_goods_were_with_the_rider_it_carries_on(world: Market, trip: DeliveryId) -> None:
    order_id = await underway(world, trip)
    await cancel(world, order_id, SITI)
    await world.hear(goods(order_id, trip, "kateki"), none_there(order_id, trip, "wlijo"), fetched(order_id, trip))
    assert await state(world, order_id) == "PICKED_UP"
    assert "ordering.cancellation_refused.v1" in await world.told()


async def test_goods_of_a_part_that_was_given_back_meanwhile_are_for_a_person(world: Market, trip: DeliveryId) -> None:
    order_id = await underway(world, trip)
    part = await part_of(world, order_id, "kateki")
    async with transaction(world.db) as conn:
        await selling.cancel_seller_order(conn, part, BUDI, reason=None, sees_all=True)
    await world.hear(goods(order_id, trip, "kateki"))
    assert await world.value("SELECT attention FROM orders") == "GOODS_FETCHED in ASSIGNED"


async def test_what_was_fetched_comes_back_and_what_was_not_never_left(world: Market, trip: DeliveryId) -> None:
    order_id = await underway(world, trip)
    code = FailureCode.BREAKDOWN
    await world.hear(
        goods(order_id, trip, "wlijo"),
        none_there(order_id, trip, "kateki"),
        fetched(order_id, trip),
        AttemptFailed(delivery_id=trip, order_id=order_id, code=code),
        DeliveryReturned(delivery_id=trip, order_id=order_id, disposed=False, code=code),
    )
    assert await statuses(world, order_id) == {"kateki": "CANCELLED", "wlijo": "RETURNED"}
    assert await world.value("SELECT borne_by FROM orders") == "PARTNER"


PAY = TripPay(rule="V-1", partner_id=PARTNER, rider_id=RIDER, rider_rupiah=2_100, partner_rupiah=600)
TO = {f"test:rider:{RIDER}:payable": 2_100, f"test:partner:{PARTNER}:payable": 600}


async def booked(world: Market) -> list[tuple[str, str, int, str, str]]:
    rows = await world.rows(
        """SELECT debit_account, credit_account, amount_rupiah, rule, cause FROM ledger WHERE kind = 'TRIP_PAY' ORDER BY id"""
    )
    return [tuple(each.values()) for each in rows]


def lines(payer: str, cause: str) -> list[tuple[str, str, int, str, str]]:
    return [(f"test:{payer}", account, amount, "V-1", cause) for account, amount in TO.items()]


async def test_a_buyer_who_calls_it_off_on_the_way_pays_nothing_and_the_platform_stands_in(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await underway(world, trip)
    await cancel(world, order_id, SITI)
    told = DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="BUYER_CANCELLED", pay=PAY)
    await world.hear(told, told)
    assert await booked(world) == lines("platform:losses", "CALLED_OFF")


async def test_a_seller_who_had_nothing_pays_who_came_for_it(world: Market, trip: DeliveryId) -> None:
    order_id = await underway(world, trip)
    await world.hear(
        none_there(order_id, trip, "kateki"),
        none_there(order_id, trip, "wlijo"),
        DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="MERCHANT_REJECTED", pay=PAY),
    )
    assert await booked(world) == lines(f"merchant:{MerchantId.seeded('wlijo')}:payable", "CALLED_OFF")


@pytest.mark.parametrize(
    ("code", "payer"), [(FailureCode.BUYER_REFUSED, "platform:losses"), (FailureCode.BREAKDOWN, None)]
)
async def test_the_way_back_is_paid_but_not_to_whose_fault_it_was(
    world: Market, trip: DeliveryId, code: FailureCode, payer: str | None
) -> None:
    order_id = await underway(world, trip)
    back = DeliveryReturned(delivery_id=trip, order_id=order_id, disposed=False, code=code, partner_id=PARTNER, pay=PAY)
    await world.hear(fetched(order_id, trip), AttemptFailed(delivery_id=trip, order_id=order_id, code=code), back)
    assert await booked(world) == (lines(payer, "WAY_BACK") if payer else [])


async def test_waiting_is_paid_once_by_whom_was_waited_for_though_the_order_came(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await underway(world, trip)
    wlijo = MerchantId.seeded("wlijo")
    told = RiderWaited(delivery_id=trip, order_id=order_id, merchant_id=wlijo, minutes=4, pay=PAY)
    await world.hear(told, told, fetched(order_id, trip))
    await world.hear(await handed_over(world, order_id, trip, 20_000))
    assert await booked(world) == lines(f"merchant:{wlijo}:payable", f"WAITED:{wlijo}")
    assert await state(world, order_id) == "COMPLETED"
