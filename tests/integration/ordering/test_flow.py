"""An order's way on a real database: what catalog, the trip, the buyer and the clock make of it."""

from __future__ import annotations

import asyncpg
import pytest

from services.contracts.catalog import (
    MerchantId,
    ReservationId,
    Shortage,
    StockCommitted,
    StockExpired,
    StockHeld,
    StockRefused,
    StockReleased,
    VariantId,
)
from services.contracts.delivery import (
    AttemptFailed,
    DeliveryCancelled,
    DeliveryId,
    DeliveryOffered,
    DeliveryRequested,
    DeliveryReturned,
    DeliveryUnassignable,
    DeliveryUnassigned,
    FailureCode,
    OfferId,
    Place,
    RiderArrived,
)
from services.contracts.ordering import OrderId
from services.ordering.domain.process import DELIVER_WITHIN, REMIND_AFTER, STOCK_WITHIN
from services.ordering.domain.refusal import Unknown, WrongState
from tests.worlds.ordering import (
    BUDI,
    PARTNER,
    RIDER,
    Market,
    a_product,
    a_variant,
    assigned,
    fetched,
    handed_over,
    hold,
    placed,
    state_of,
)
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


@pytest.fixture
def trip() -> DeliveryId:
    return DeliveryId.new()


async def test_an_order_goes_from_placed_to_completed_and_its_cash_is_booked(world: Market, trip: DeliveryId) -> None:
    order_id = await placed(world)
    assert await state_of(world, order_id) == ("AWAIT_STOCK", "PLACED")
    await hold(world, order_id)
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")
    await world.hear(
        StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)),
        DeliveryRequested(
            delivery_id=trip, order_id=order_id, fee_rupiah=10_000, cash_to_collect_rupiah=15_000, test=True
        ),
        DeliveryOffered(
            delivery_id=trip,
            order_id=order_id,
            offer_id=OfferId.new(),
            partner_id=PARTNER,
            expires_at=await world.value("SELECT wlijo_now()"),
        ),
        assigned(order_id, trip),
        RiderArrived(delivery_id=trip, order_id=order_id, place=Place.PICKUP),
    )
    assert await state_of(world, order_id) == ("ASSIGNED", "IN_PROGRESS")
    await world.hear(fetched(order_id, trip), RiderArrived(delivery_id=trip, order_id=order_id, place=Place.DROPOFF))
    assert await seller_orders(world) == ["HANDED_OVER"]
    await world.hear(await handed_over(world, order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await seller_orders(world) == ["COMPLETED"]
    assert await world.rows("SELECT status, collected_rupiah FROM payment") == [
        {"status": "COLLECTED", "collected_rupiah": 15_000}
    ]
    assert await world.rows("SELECT * FROM timer") == []
    assert await world.told() == [
        "ordering.order_placed.v1",
        "ordering.cash_due.v1",
        "ordering.seller_order_accepted.v1",
        "ordering.order_confirmed.v1",
        "ordering.order_started.v1",
        "ordering.cash_collected.v1",
        "ordering.order_completed.v1",
    ]
    history = await world.rows("SELECT version, input, state FROM order_history ORDER BY version")
    assert [row["version"] for row in history] == list(range(1, len(history) + 1))
    assert await world.value("SELECT version FROM orders") == len(history)
    assert [row["input"] for row in history] == [
        "PLACED",
        "STOCK_HELD",
        "STOCK_COMMITTED",
        "DELIVERY_REQUESTED",
        "DELIVERY_OFFERED",
        "DELIVERY_ASSIGNED",
        "RIDER_ARRIVED_AT_PICKUP",
        "PICKED_UP",
        "RIDER_ARRIVED_AT_DROPOFF",
        "DELIVERED",
    ]


async def test_the_ledger_of_a_test_order_moves_test_accounts_and_sums_to_the_total(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await picked_up(world, trip)
    await world.hear(await handed_over(world, order_id, trip))
    rows = await world.rows("SELECT kind, debit_account, credit_account, amount_rupiah FROM ledger ORDER BY id")
    merchant = await world.value("SELECT merchant_id FROM seller_order")
    cash = f"test:partner:{PARTNER}:cash"
    assert [tuple(row.values()) for row in rows] == [
        ("GOODS", cash, f"test:merchant:{MerchantId(merchant)}:payable", 5_000),
        ("RIDER_SHARE", cash, f"test:rider:{RIDER}:payable", 7_000),
        ("PARTNER_SHARE", cash, f"test:partner:{PARTNER}:payable", 2_000),
        ("PLATFORM_SHARE", cash, "test:platform:fees", 1_000),
    ]


async def test_cash_that_is_short_is_owed_by_the_partner(world: Market, trip: DeliveryId) -> None:
    order_id = await picked_up(world, trip)
    await world.hear(await handed_over(world, order_id, trip, cash=14_000))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await world.value("SELECT collected_rupiah FROM payment") == 14_000
    assert await balance(world, f"test:partner:{PARTNER}:cash") == 14_000
    assert await balance(world, f"test:partner:{PARTNER}:shortfall") == 1_000
    assert await world.value("SELECT attention FROM orders") == "CASH_SHORT"  # a person asks the company


async def test_an_order_of_an_odd_sum_is_asked_for_and_booked_in_what_coins_can_pay(
    world: Market, trip: DeliveryId
) -> None:
    await world.hear(a_product(variants=[a_variant(price_rupiah=2_534)]))
    order_id = await placed(world, total=15_068)
    await hold(world, order_id)
    asked = "SELECT convert_from(payload, 'utf8')::json->>'cash_to_collect_rupiah' FROM outbox WHERE type = 'ordering.order_confirmed.v1'"
    assert await world.value(asked) == "15100"
    [paid] = await world.rows("SELECT amount_rupiah, cash_due_rupiah FROM payment")
    assert paid == {"amount_rupiah": 15_068, "cash_due_rupiah": 15_100}
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    await world.hear(await handed_over(world, order_id, trip, cash=15_100))
    assert await balance(world, f"test:partner:{PARTNER}:cash") == 15_100
    assert await balance(world, "test:platform:rounding") == -32
    assert await world.value("SELECT attention FROM orders") is None


async def balance(world: Market, account: str) -> int:
    return int(
        await world.value(
            """SELECT coalesce(sum(amount_rupiah) FILTER (WHERE debit_account = $1), 0)
                    - coalesce(sum(amount_rupiah) FILTER (WHERE credit_account = $1), 0) FROM ledger""",
            account,
        )
    )


@pytest.mark.parametrize("statement", ["UPDATE ledger SET amount_rupiah = 1", "DELETE FROM ledger", "TRUNCATE ledger"])
async def test_the_ledger_only_grows(world: Market, trip: DeliveryId, statement: str) -> None:
    order_id = await picked_up(world, trip)
    await world.hear(await handed_over(world, order_id, trip))
    before = await world.fingerprint()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await world.value(statement)
    assert await world.fingerprint() == before


async def test_stock_that_is_short_cancels_at_nobodys_cost(world: Market) -> None:
    order_id = await placed(world)
    await world.hear(
        StockRefused(
            reservation_id=ReservationId.new(),
            order_id=str(order_id),
            short=[Shortage(variant_id=VariantId.seeded("bayam"), quantity=2, available=1)],
        )
    )
    await cancelled_with(world, order_id, "STOCK_SHORT", "NOBODY")
    assert await seller_orders(world) == ["CANCELLED"]
    assert await world.value("SELECT status FROM payment") == "VOIDED"
    assert (await world.told())[2:] == ["ordering.order_cancelled.v1", "ordering.payment_voided.v1"]
    assert await world.rows("SELECT * FROM timer") == []


async def test_stock_that_nobody_answers_for_cancels_at_the_deadline(world: Market) -> None:
    order_id = await placed(world)
    assert await fire(world) == 0
    await world.move_clock(STOCK_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1
    await cancelled_with(world, order_id, "STOCK_TIMEOUT", "PLATFORM")


async def test_a_hold_that_comes_after_the_cancellation_changes_nothing_but_the_version(world: Market) -> None:
    order_id = await placed(world)
    await cancel(world, order_id)
    told = await world.told()
    await hold(world, order_id)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "NOBODY")
    assert await world.told() == told
    assert await world.value("SELECT attention FROM orders") is None


async def test_a_buyer_who_cancels_late_bears_the_cost(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await cancel(world, order_id)
    await trip_ends_for(world, order_id, trip)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "BUYER")
    before = await world.fingerprint()
    told = await world.told()
    await cancel(world, order_id)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "BUYER")
    assert await world.told() == told
    assert (await world.fingerprint())["seller_order"] == before["seller_order"]


async def test_from_the_pickup_on_nobody_cancels(world: Market, trip: DeliveryId) -> None:
    order_id = await picked_up(world, trip)
    before = await world.fingerprint()
    with pytest.raises(WrongState):
        await cancel(world, order_id)
    assert await world.fingerprint() == before


async def test_somebody_elses_order_cannot_be_cancelled(world: Market) -> None:
    order_id = await placed(world)
    before = await world.fingerprint()
    for subject in (BUDI, "usr_wlijo", ""):
        with pytest.raises(Unknown):
            await cancel(world, order_id, subject)
    with pytest.raises(Unknown):
        await cancel(world, OrderId.new())
    assert await world.fingerprint() == before


async def test_another_rider_may_take_over(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await world.hear(
        assigned(order_id, trip),
        DeliveryUnassigned(delivery_id=trip, order_id=order_id, partner_id=PARTNER, code=FailureCode.RIDER_GAVE_UP),
    )
    assert await state_of(world, order_id) == ("UNASSIGNED", "IN_PROGRESS")
    await world.hear(assigned(order_id, trip))
    assert await state_of(world, order_id) == ("ASSIGNED", "IN_PROGRESS")
    assert (await world.told()).count("ordering.order_started.v1") == 1


async def test_no_rider_cancels_at_the_platforms_cost(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await world.hear(DeliveryUnassignable(delivery_id=trip, order_id=order_id))
    await cancelled_with(world, order_id, "NO_RIDER", "PLATFORM")


@pytest.mark.parametrize(
    ("code", "borne_by", "payer"),
    [
        (FailureCode.BUYER_REFUSED, "BUYER", "platform:losses"),
        (FailureCode.ACCIDENT, "PARTNER", None),
        (FailureCode.GOODS_NOT_READY, "MERCHANT", f"merchant:{MerchantId.seeded('wlijo')}:payable"),
    ],
)
async def test_goods_that_come_back_cancel_at_the_cost_of_whose_fault_it_was(
    world: Market, trip: DeliveryId, code: FailureCode, borne_by: str, payer: str | None
) -> None:
    order_id = await picked_up(world, trip)
    await world.hear(
        AttemptFailed(delivery_id=trip, order_id=order_id, code=code),
        DeliveryReturned(delivery_id=trip, order_id=order_id, disposed=False, code=code),
    )
    await cancelled_with(world, order_id, "DELIVERY_FAILED", borne_by)
    assert await seller_orders(world) == ["RETURNED"]
    booked = await world.rows("SELECT kind, debit_account, credit_account, amount_rupiah FROM ledger ORDER BY id")
    earned = ((f"test:rider:{RIDER}:payable", 7_000), (f"test:partner:{PARTNER}:payable", 2_000))
    assert [tuple(each.values()) for each in booked] == [
        ("FAILED_TRIP", f"test:{payer}", account, amount) for account, amount in earned if payer
    ]
    assert await world.value("SELECT status FROM payment") == "VOIDED"


async def test_a_trip_that_was_ended_cancels(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await world.hear(assigned(order_id, trip), DeliveryCancelled(delivery_id=trip, order_id=order_id, reason="ops"))
    await cancelled_with(world, order_id, "DELIVERY_FAILED", "PLATFORM")


async def test_a_trip_that_never_begins_cancels_at_the_deadline(world: Market, trip: DeliveryId) -> None:
    order_id = await confirmed(world)
    await world.move_clock(DELIVER_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1
    assert await process_of(world, order_id) == "CALLED_OFF"
    await trip_ends_for(world, order_id, trip)
    await cancelled_with(world, order_id, "DELIVERY_TIMEOUT", "PLATFORM")


async def test_a_trip_that_is_overdue_is_flagged_again_and_again(world: Market, trip: DeliveryId) -> None:
    order_id = await picked_up(world, trip)
    await world.move_clock(DELIVER_WITHIN.total_seconds() + 1)
    assert await fire(world) == 1
    assert await state_of(world, order_id) == ("PICKED_UP", "IN_PROGRESS")
    assert await world.value("SELECT attention FROM orders") == "DELIVERY_DEADLINE in PICKED_UP"
    await world.move_clock(REMIND_AFTER.total_seconds() + 1)
    assert await fire(world) == 1
    await world.hear(await handed_over(world, order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await world.value("SELECT attention FROM orders") is None


async def test_goods_delivered_although_cancelled_are_booked_and_flagged(world: Market, trip: DeliveryId) -> None:
    """What delivery never tells, and what the release before could bring about."""
    order_id = await confirmed(world)
    await world.hear(assigned(order_id, trip))
    await cancel(world, order_id)
    await trip_ends_for(world, order_id, trip)
    delivered = await handed_over(world, order_id, trip)
    await world.hear(delivered)
    await cancelled_with(world, order_id, "BUYER_CANCELLED", "BUYER")
    assert await world.value("SELECT status FROM payment") == "COLLECTED"
    assert await world.value("SELECT sum(amount_rupiah) FROM ledger") == 15_000
    assert await world.value("SELECT attention FROM orders") == "DELIVERED in CANCELLED"
    await world.hear(delivered)
    assert await world.value("SELECT sum(amount_rupiah) FROM ledger") == 15_000


async def test_a_hold_that_ran_out_before_the_confirmation_was_heard_waits_for_catalogs_answer_to_that(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await confirmed(world)
    await world.hear(assigned(order_id, trip))
    await world.hear(StockExpired(reservation_id=ReservationId.new(), order_id=str(order_id)))
    assert await world.value("SELECT status FROM orders") == "IN_PROGRESS"
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    await world.hear(await handed_over(world, order_id, trip))
    assert await world.value("SELECT status FROM orders") == "COMPLETED"
    assert await world.value("SELECT attention FROM orders") is None


async def test_a_hold_that_ran_out_and_whose_goods_are_gone_cancels_and_is_flagged(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await confirmed(world)
    await world.hear(StockExpired(reservation_id=ReservationId.new(), order_id=str(order_id)))
    await world.hear(StockRefused(reservation_id=ReservationId.new(), order_id=str(order_id), short=[]))
    await trip_ends_for(world, order_id, trip)
    await cancelled_with(world, order_id, "STOCK_SHORT", "PLATFORM")
    assert await world.value("SELECT attention FROM orders") == "STOCK_REFUSED in CONFIRMED"


async def test_news_of_an_unknown_order_is_taken_and_comes_to_nothing(world: Market, trip: DeliveryId) -> None:
    before = await world.fingerprint()
    await world.hear(
        StockHeld(reservation_id=ReservationId.new(), order_id=str(OrderId.new()), expires_at=await world.value("SELECT wlijo_now()")),
        StockReleased(reservation_id=ReservationId.new(), order_id="order 7"),
        RiderArrived(delivery_id=trip, order_id=OrderId.new(), place=Place.PICKUP),
    )  # fmt: skip
    assert await world.fingerprint() == before


async def test_a_delivery_whose_beginning_nobody_told_completes_the_order_all_the_same(
    world: Market, trip: DeliveryId
) -> None:
    order_id = await confirmed(world)
    await world.hear(await handed_over(world, order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await world.value("SELECT sum(amount_rupiah) FROM ledger") == 15_000
    await world.hear(assigned(order_id, trip), fetched(order_id, trip))
    assert await state_of(world, order_id) == ("COMPLETED", "COMPLETED")
    assert await world.value("SELECT attention FROM orders") is None
