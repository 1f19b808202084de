"""A provider's bad days, on PostgreSQL: codes and refunds of which nobody knows, money that comes twice, late, short or over, notifications
that are lost, repeated or forged. Nothing is asked for twice unseen, and each rupiah is the order's or on its way back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from infra.local.qris.bank import Fault
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import BorneBy, OrderId, RefundId
from services.kit.database.db import transaction
from services.ordering.commands import refunds
from services.ordering.domain.ledger import by_hand
from services.ordering.domain.refund import RefundIsTooMuch, RefundReason
from services.ordering.domain.refusal import WrongState
from services.ordering.payments.profile import Refunds
from services.ordering.store import payments as store
from tests.worlds.ordering import Market, assigned, fetched, handed_over, state_of
from tests.worlds.ordering_steps import cancel, confirmed, fire
from tests.worlds.paying import NAME, TOTAL, Till, till

LOST_ANSWERS = (Fault.DONE_UNSAID, Fault.UNDONE_UNSAID, Fault.RESET, Fault.GARBAGE, Fault.AWAY, Fault.CONFLICT)


@pytest.fixture
async def shop(world: Market) -> AsyncIterator[Till]:
    async with till(world) as found:
        yield found


async def pay(shop: Till, order_id: OrderId, *amounts: int) -> None:
    """Without a word to anybody."""
    code = await shop.code(order_id)
    for each in amounts or (TOTAL,):
        shop.bank.pay(code.reference, each)


async def is_paid(shop: Till, order_id: OrderId) -> None:
    assert await state_of(shop.world, order_id) == ("CONFIRMED", "CONFIRMED")


async def explained(shop: Till) -> None:
    """What came is what is kept, and what went back: in the books, in the tasks, and at the provider."""
    at_bank = sum(each.paid_rupiah for each in shop.bank.codes.values())
    back = sum(each.back_rupiah for each in shop.bank.codes.values())
    received = await shop.world.value("SELECT coalesce(sum(received_rupiah), 0)::bigint FROM payment_attempt")
    assert received == at_bank
    done = await shop.world.value(
        "SELECT coalesce(sum(amount_rupiah), 0)::bigint FROM refund WHERE state = 'DONE' AND proof IS NULL"
    )
    assert done == back
    open_ = await shop.world.value("SELECT count(*) FROM refund WHERE state <> 'DONE'")
    assert open_ == 0


@pytest.mark.parametrize("fault", LOST_ANSWERS)
async def test_a_code_of_which_nobody_knows_is_asked_about_before_another_is_made(shop: Till, fault: Fault) -> None:
    order_id = await shop.asked_for()
    shop.bank.misbehave("generate", fault)
    await shop.work()
    assert await shop.states() == ["UNKNOWN"]
    await shop.later(6, step=3)
    assert await shop.states() == ["UNSEEN", "SHOWN"]
    first, second = [each for each in shop.bank.asked if each[0] in ("generate", "query")][:2]
    assert (first[0], second[0], first[1]) == ("generate", "query", second[1])
    await pay(shop, order_id)
    await shop.later(31)
    await is_paid(shop, order_id)
    await explained(shop)


async def test_a_code_that_nobody_saw_and_somebody_paid_pays_the_order(shop: Till) -> None:
    order_id = await shop.asked_for()
    shop.bank.misbehave("generate", Fault.DONE_UNSAID)
    await shop.work()
    (unseen,) = shop.bank.codes.values()
    shop.bank.pay(unseen.reference)
    await shop.later(6, step=3)
    await is_paid(shop, order_id)
    assert await shop.states() == ["PAID"]


@pytest.mark.parametrize("fault", [Fault.REFUSED])
async def test_a_code_that_is_certainly_not_there_is_asked_for_again_by_the_same_reference(
    shop: Till, fault: Fault
) -> None:
    await shop.asked_for()
    shop.bank.misbehave("generate", fault, fault)
    await shop.work()
    assert await shop.states() == ["REQUESTED"]
    await shop.later(20, step=5)
    assert await shop.states() == ["SHOWN"]
    assert len({reference for what, reference in shop.bank.asked if what == "generate"}) == 1


async def test_a_provider_that_is_away_is_waited_for_and_then_the_order_costs_nobody_anything(shop: Till) -> None:
    shop.bank.misbehave("token", *[Fault.AWAY] * 100)
    order_id = await shop.shown()
    assert await shop.states() == ["REQUESTED"]
    await shop.later(20 * 60 + 10)
    assert await fire(shop.world) == 1
    assert await state_of(shop.world, order_id) == ("CANCELLED", "CANCELLED")
    assert await shop.states() == ["WITHDRAWN"]
    assert shop.bank.codes == {}


async def test_a_token_that_is_refused_is_followed_by_one_new_one(shop: Till) -> None:
    shop.bank.misbehave("generate", Fault.TOKEN_EXPIRED)
    await shop.shown()
    assert await shop.states() == ["SHOWN"]
    assert [what for what, _ in shop.bank.asked] == ["token", "generate", "token", "generate"]


@pytest.mark.parametrize("fault", [Fault.WRONG_AMOUNT, Fault.WRONG_SUM])
async def test_a_code_that_is_not_what_was_asked_for_is_shown_to_nobody(shop: Till, fault: Fault) -> None:
    order_id = await shop.asked_for()
    shop.bank.misbehave("generate", fault)
    await shop.work()
    assert await shop.states() == ["UNSEEN", "REQUESTED"]
    await shop.later(10, step=5)
    assert await shop.states() == ["UNSEEN", "SHOWN"]
    (wrong, _) = shop.bank.codes.values()
    shop.bank.pay(wrong.reference, 15_100)
    await shop.later(31)
    await is_paid(shop, order_id)
    assert await shop.refunds() == [("PAID_OVER", 100, "DONE")]
    await explained(shop)


async def test_a_lost_notification_costs_half_a_minute(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    await shop.later(31)
    await is_paid(shop, order_id)


async def test_while_its_buyer_looks_a_code_is_asked_about_every_five_seconds(shop: Till) -> None:
    order_id = await shop.shown()
    await shop.look(order_id)
    await pay(shop, order_id)
    await shop.later(6, step=6)
    await is_paid(shop, order_id)


async def test_repeated_and_disordered_notifications_are_one_payment(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    code = await shop.code(order_id)
    assert await shop.provider.notify(code, times=3) == [200] * 3
    await asyncio.gather(shop.work(), shop.work(), shop.work())
    await shop.move(3)
    assert await shop.provider.notify(code, times=2, status="03") == [200] * 2
    await shop.work()
    await is_paid(shop, order_id)
    assert await shop.refunds() == []
    assert await shop.world.value("SELECT count(*) FROM ledger WHERE kind = 'PAYMENT'") == 1


async def test_a_notification_is_believed_nothing_but_its_reference(shop: Till) -> None:
    order_id = await shop.shown()
    code = await shop.code(order_id)
    assert await shop.provider.notify(code, status="00") == [200]
    await shop.work()
    assert await state_of(shop.world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert await shop.states() == ["SHOWN"]


async def test_a_notification_with_a_wrong_signature_asks_nobody_anything(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    assert await shop.provider.notify(await shop.code(order_id), signed=False) == [401]
    assert await shop.work() == 0
    await shop.later(31)  # and nothing is lost by it
    await is_paid(shop, order_id)


async def test_too_little_goes_back_and_the_order_waits_on(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id, 14_000)
    await shop.later(31)
    assert await state_of(shop.world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert await shop.refunds() == [("PAID_SHORT", 14_000, "DONE")]
    assert await shop.states() == ["PAID", "SHOWN"]
    await pay(shop, order_id)
    await shop.later(31)
    await is_paid(shop, order_id)
    await explained(shop)


async def test_of_too_much_the_rest_goes_back(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id, 16_000)
    await shop.later(31)
    await is_paid(shop, order_id)
    assert await shop.refunds() == [("PAID_OVER", 1_000, "DONE")]
    assert (await shop.world.rows("SELECT status, refunded_rupiah FROM payment")) == [
        {"status": "COLLECTED", "refunded_rupiah": 0}
    ]
    await explained(shop)


async def test_what_is_paid_twice_by_one_code_or_by_two_goes_back_once(shop: Till) -> None:
    order_id = await shop.asked_for()
    shop.bank.misbehave("generate", Fault.DONE_UNSAID)
    await shop.later(8, step=4)
    unseen, _ = shop.bank.codes.values()
    await pay(shop, order_id)
    shop.bank.pay(unseen.reference)
    await shop.later(31)
    await is_paid(shop, order_id)
    assert await shop.refunds() == [("PAID_TWICE", TOTAL, "DONE")]
    kept = next(each for each in shop.bank.codes.values() if not each.backs)
    shop.bank.pay(kept.reference)
    await shop.later(10 * 60)
    assert await shop.refunds() == [("PAID_TWICE", TOTAL, "DONE")] * 2
    await explained(shop)


async def test_who_pays_at_the_last_second_is_still_in_time(shop: Till) -> None:
    order_id = await shop.shown()
    await shop.later(15 * 60 + 30)
    code = next(iter(shop.bank.codes.values()))
    shop.bank.pay(code.reference)
    await shop.later(31)
    assert await fire(shop.world) == 0
    await is_paid(shop, order_id)


async def test_who_pays_after_the_deadline_gets_it_back(shop: Till) -> None:
    late = await shop.shown()
    last = (await shop.code(late)).reference
    await shop.later(20 * 60 + 5)
    await fire(shop.world)
    assert await state_of(shop.world, late) == ("CANCELLED", "CANCELLED")
    shop.bank.pay(last)
    await shop.later(31)
    assert await state_of(shop.world, late) == ("CANCELLED", "CANCELLED")
    assert await shop.refunds() == [("PAID_LATE", TOTAL, "DONE")]
    await explained(shop)


async def test_what_was_paid_while_the_provider_was_away_for_an_hour_is_found_and_goes_back(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    shop.bank.misbehave("query", *[Fault.AWAY] * 40)
    await shop.later(60 * 60)
    await fire(shop.world)
    assert await state_of(shop.world, order_id) == ("CANCELLED", "CANCELLED")
    await shop.later(3 * 60 * 60, step=301)
    assert await shop.refunds() == [("PAID_LATE", TOTAL, "DONE")]
    await explained(shop)


async def test_a_payment_that_is_notified_of_long_after_its_watch_has_ended_goes_back(shop: Till) -> None:
    order_id = await shop.shown()
    code = await shop.code(order_id)
    await shop.later(45 * 60, step=60)
    await fire(shop.world)
    assert await shop.world.value("SELECT count(*) FROM payment_attempt WHERE due_at IS NOT NULL") == 0
    shop.bank.pay(code.reference)
    assert await shop.provider.notify(code) == [200]
    await shop.work()
    assert await shop.refunds() == [("PAID_LATE", TOTAL, "DONE")]


async def test_a_worker_that_dies_leaves_a_code_of_which_nobody_knows(shop: Till) -> None:
    await shop.asked_for()
    async with transaction(shop.world.db) as conn:
        profile = shop.snap.profile
        (taken,) = await store.claim(
            conn,
            [NAME],
            limit=9,
            lease=profile.valid_at_least,
            least=[profile.valid_at_least],
            most=[profile.valid_at_most],
        )
    assert await shop.work() == 0
    assert await shop.states() == ["UNKNOWN"]
    await shop.later(62)
    assert await shop.states() == ["UNSEEN", "SHOWN"]
    assert ("query", taken.reference) in shop.bank.asked


@pytest.mark.parametrize(
    "fault", [Fault.DONE_UNSAID, Fault.RESET, Fault.GARBAGE, Fault.UNDONE_UNSAID, Fault.AWAY, Fault.CONFLICT]
)
@pytest.mark.parametrize("lists", [True, False])
async def test_a_refund_of_which_nobody_knows_is_asked_about_and_given_once(
    world: Market, fault: Fault, lists: bool
) -> None:
    async with till(world, lists=lists) as shop:
        order_id = await shop.shown()
        code = await shop.code(order_id)
        shop.bank.misbehave("refund", fault)
        await pay(shop, order_id)
        await cancel(world, order_id)
        await shop.later(6 * 60)
        await explained(shop)
        assert await shop.refunds() == [("PAID_LATE", TOTAL, "DONE")]
        assert [each.amount_rupiah for each in code.backs] == [TOTAL]


async def test_a_refund_of_which_nobody_can_tell_waits_for_a_person_who_looks_into_the_statement(world: Market) -> None:
    async with till(world, lists=False) as shop:
        order_id = await shop.shown()
        await pay(shop, order_id)
        await shop.later(31)
        shop.bank.misbehave("refund", Fault.DONE_UNSAID)
        await ask_back(world, order_id, 1_000, "claim:1")
        await shop.work()
        await shop.later(60)
        (row,) = await world.rows("SELECT id, state, why_by_hand FROM refund")
        assert row["state"] == "BY_HAND"
        assert "statement" in row["why_by_hand"]
        asked = [each for each in shop.bank.asked if each[0] == "refund"]
        assert len(asked) == 1


async def test_what_a_provider_does_not_give_back_a_person_gives_once_and_with_proof(world: Market) -> None:
    async with till(world, refunds=Refunds.NONE) as shop:
        order_id = await shop.shown()
        await pay(shop, order_id, 16_000)
        await shop.later(31)
        await is_paid(shop, order_id)
        refund_id = RefundId(await world.value("SELECT id FROM refund"))
        assert await shop.refunds() == [("PAID_OVER", 1_000, "BY_HAND")]
        for _ in range(2):
            async with transaction(world.db) as conn:
                await refunds.settle(conn, refund_id, proof="BI-FAST 20261129 0001", by="usr_ops")
        assert await shop.refunds() == [("PAID_OVER", 1_000, "DONE")]
        assert (
            await world.value("SELECT sum(amount_rupiah) FROM ledger WHERE credit_account = $1", by_hand(True)) == 1_000
        )


async def test_nobody_gives_by_hand_what_the_provider_may_still_give(shop: Till) -> None:
    order_id = await shop.shown()
    await pay(shop, order_id)
    await shop.later(31)
    refund_id = await ask_back(shop.world, order_id, 1_000, "claim:1")
    with pytest.raises(WrongState):
        async with transaction(shop.world.db) as conn:
            await refunds.settle(conn, refund_id, proof="x", by="usr_ops")
    await shop.work()
    assert await shop.refunds() == [("CLAIM", 1_000, "DONE")]
    async with transaction(shop.world.db) as conn:
        await refunds.settle(conn, refund_id, proof="x", by="usr_ops")
    assert await shop.world.value("SELECT count(*) FROM ledger WHERE kind = 'REFUND'") == 1


async def ask_back(
    world: Market, order_id: OrderId, amount: int, cause: str, borne_by: BorneBy = BorneBy.MERCHANT
) -> RefundId:
    async with transaction(world.db) as conn:
        return await refunds.request(conn, order_id, amount, cause, RefundReason.CLAIM, borne_by)


async def test_one_cause_gives_back_once_and_never_more_than_was_paid(shop: Till) -> None:
    order_id = await shop.shown()
    with pytest.raises(RefundIsTooMuch):
        await ask_back(shop.world, order_id, 1, "claim:0")
    await pay(shop, order_id)
    await shop.later(31)
    first = await ask_back(shop.world, order_id, 4_000, "claim:1")
    assert await ask_back(shop.world, order_id, 4_000, "claim:1") == first
    with pytest.raises(RefundIsTooMuch) as refused:
        await ask_back(shop.world, order_id, 11_001, "claim:2")
    assert refused.value.left_rupiah == 11_000
    await shop.work()
    assert await shop.refunds() == [("CLAIM", 4_000, "DONE")]
    trip = DeliveryId.new()
    await shop.world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(shop.world, order_id, trip, cash=0)
    )
    merchant = await shop.world.value("SELECT sum(CASE WHEN credit_account LIKE '%payable' THEN amount_rupiah ELSE -amount_rupiah END) "
                                      "FROM ledger WHERE credit_account LIKE '%merchant%' OR debit_account LIKE '%merchant%'")  # fmt: skip
    assert merchant == 1_000
    await explained(shop)


async def test_what_was_paid_in_cash_goes_back_by_hand(world: Market) -> None:
    order_id = await confirmed(world)
    with pytest.raises(RefundIsTooMuch):
        await ask_back(world, order_id, 1_000, "claim:1")
    trip = DeliveryId.new()
    await world.hear(assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip))
    refund_id = await ask_back(world, order_id, 1_000, "claim:1")
    assert await world.rows("SELECT state, due_at, why_by_hand FROM refund") == [
        {"state": "BY_HAND", "due_at": None, "why_by_hand": "paid in cash, or in parts"}
    ]
    async with transaction(world.db) as conn:
        await refunds.settle(conn, refund_id, proof="kuitansi 17", by="usr_ops")
    assert await world.value("SELECT sum(CASE credit_account WHEN 'test:buyers:held' THEN amount_rupiah ELSE -amount_rupiah END)::bigint "
                             "FROM ledger WHERE 'test:buyers:held' IN (credit_account, debit_account)") == 0  # fmt: skip
    with pytest.raises(RefundIsTooMuch):
        await ask_back(world, order_id, 14_001, "claim:2")


async def test_the_database_refuses_a_refund_too_many_and_money_that_vanishes(shop: Till) -> None:
    world = shop.world
    order_id = await shop.shown()
    await pay(shop, order_id)
    await shop.later(31)
    await ask_back(world, order_id, 10_000, "claim:1")
    await shop.work()
    again = """INSERT INTO refund (id, order_id, payment_id, cause, amount_rupiah, reason, borne_by, attempt_id, surplus, state,
                                   requested_at)
               SELECT gen_random_uuid(), order_id, payment_id, $1, $2, reason, borne_by, attempt_id, surplus, 'BY_HAND', wlijo_now()
               FROM refund LIMIT 1"""
    for cause, amount, constraint in (("x", 5_001, "refund_was_paid"), ("claim:1", 1, "refund_once")):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await world.rows(again, cause, amount)
        assert refused.value.constraint_name == constraint
    for statement, constraint in (
        ("UPDATE payment_attempt SET received_rupiah = received_rupiah - 1", "payment_attempt_keeps_its_money"),
        ("UPDATE refund SET amount_rupiah = 1", "refund_stays"),
        ("UPDATE refund SET state = 'BY_HAND', done_at = NULL", "refund_stays"),
        ("UPDATE payment SET refunded_rupiah = 15001", "payment_refunded_was_paid"),
        ("UPDATE payment SET status = 'DUE'", "payment_paid_is_collected"),
    ):
        with pytest.raises(asyncpg.CheckViolationError) as broken:
            await world.rows(statement)
        assert broken.value.constraint_name == constraint
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await world.rows("DELETE FROM payment_event")
