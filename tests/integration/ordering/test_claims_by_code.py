"""Claims of orders that were paid by code, with a provider that speaks SNAP: their money goes back once, and by one way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from infra.local.qris.bank import Fault
from services.contracts.claims import ClaimId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import BorneBy, OrderId, RefundId
from services.kit.database.db import transaction
from services.ordering.commands import claims, refunds
from services.ordering.domain.refund import RefundReason
from services.ordering.domain.refusal import WrongState
from services.ordering.payments.profile import Refunds
from services.ordering.store import claims as store
from tests.worlds.claims import claimed, line_of, the_claim
from tests.worlds.ordering import Market, a_merchant, assigned, fetched, handed_over
from tests.worlds.paying import NAME, Till, balances, till

WLIJO = f"merchant:{a_merchant().merchant_id}:payable"


@pytest.fixture
async def shop(world: Market) -> AsyncIterator[Till]:
    async with till(world) as found:
        yield found


async def delivered(shop: Till) -> OrderId:
    order_id = await shop.shown(test=False)
    code = await shop.code(order_id)
    shop.bank.pay(code.reference)
    await shop.provider.notify(code)
    await shop.work()
    trip = DeliveryId.new()
    await shop.world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(shop.world, order_id, trip, cash=0)
    )
    return order_id


async def granted(shop: Till, order_id: OrderId, amount: int) -> ClaimId:
    claim_id = await claimed(shop.world, await line_of(shop.world, order_id), amount=amount)
    await answered(shop, claim_id, amount)
    return claim_id


async def answered(shop: Till, claim_id: ClaimId, amount: int) -> None:
    async with transaction(shop.world.db) as conn:
        await claims.answer_claim(conn, claim_id, "usr_wlijo", amount_rupiah=amount, words="maaf")


async def state(shop: Till, claim_id: ClaimId) -> tuple[str, str | None]:
    row = await the_claim(shop.world, claim_id)
    return row["state"], row["settled_by"]


async def settle_by_hand(shop: Till) -> None:
    refund = RefundId(await shop.world.value("SELECT id FROM refund"))
    async with transaction(shop.world.db) as conn:
        await refunds.settle(conn, refund, proof="BI-FAST 7", by="usr_ops")


def back(shop: Till) -> int:
    return sum(each.back_rupiah for each in shop.bank.codes.values())


async def test_what_is_granted_goes_back_by_the_provider_and_settles_the_claim(shop: Till) -> None:
    order_id = await delivered(shop)
    before = await balances(shop.world)
    claim_id = await granted(shop, order_id, 1_000)
    assert await shop.refunds() == [("CLAIM", 1_000, "REQUESTED")]
    assert await state(shop, claim_id) == ("GRANTED", None)
    # On its way: the buyer's money is held, and whoever bears it has it no more.
    assert (await balances(shop.world))["buyers:held"] == 1_000
    await shop.work()
    assert await shop.refunds() == [("CLAIM", 1_000, "DONE")]
    assert await state(shop, claim_id) == ("SETTLED", "PLATFORM")
    assert back(shop) == 1_000
    after = await balances(shop.world)
    clearing = f"provider:{NAME}:clearing"
    assert after == {**before, clearing: before[clearing] + 1_000, WLIJO: before[WLIJO] - 1_000}
    told = await shop.world.told()
    assert told[-3:] == [
        "ordering.refund_requested.v1",
        "ordering.refund_completed.v1",
        "ordering.claim_settled.v1",
    ]
    assert await shop.world.value("SELECT count(*) FROM timer WHERE kind = 'claim.due'") == 0
    assert await shop.world.value("SELECT refunded_rupiah FROM payment") == 1_000


async def test_nobody_gives_it_beside_the_provider(shop: Till) -> None:
    claim_id = await granted(shop, await delivered(shop), 1_000)
    with pytest.raises(WrongState):
        async with transaction(shop.world.db) as conn:
            await claims.claim_is_paid(conn, claim_id, "usr_wlijo", proof="tunai")
    with pytest.raises(WrongState):
        async with transaction(shop.world.db) as conn:
            await claims.settle_claim(conn, claim_id, "usr_ops", proof="TRF")
    async with shop.world.db.acquire() as reading:
        assert await store.waiting(reading, None, 10) == []
    await answered(shop, claim_id, 1_000)  # said again
    await asyncio.gather(shop.work(), shop.work(), shop.work())
    await shop.work()
    async with transaction(shop.world.db) as conn:
        await claims.settle_claim(conn, claim_id, "usr_ops", proof="TRF")  # it is: no news
    assert back(shop) == 1_000
    assert await shop.refunds() == [("CLAIM", 1_000, "DONE")]


@pytest.mark.parametrize("fault", [Fault.DONE_UNSAID, Fault.UNDONE_UNSAID, Fault.RESET, Fault.AWAY])
async def test_an_answer_that_is_lost_gives_it_once(shop: Till, fault: Fault) -> None:
    claim_id = await granted(shop, await delivered(shop), 1_000)
    shop.bank.misbehave("refund", fault)
    await shop.work()
    assert await state(shop, claim_id) == ("GRANTED", None)
    await shop.later(400)
    assert await state(shop, claim_id) == ("SETTLED", "PLATFORM")
    assert back(shop) == 1_000


@pytest.mark.parametrize(
    "profile", [{"refunds": Refunds.WHOLE}, {"refunds": Refunds.NONE}, {"refunds_same_day_only": True}]
)
async def test_what_the_provider_does_not_give_back_a_person_does(world: Market, profile: dict[str, Any]) -> None:
    async with till(world, **profile) as shop:
        order_id = await delivered(shop)
        if "refunds_same_day_only" in profile:
            await shop.world.rows("UPDATE payment SET paid_at = paid_at - interval '25 hours'")
        claim_id = await granted(shop, order_id, 1_000)
        await shop.work()
        assert await shop.refunds() == [("CLAIM", 1_000, "BY_HAND")]
        assert await state(shop, claim_id) == ("GRANTED", None)
        await settle_by_hand(shop)
        await settle_by_hand(shop)
        assert await state(shop, claim_id) == ("SETTLED", "PLATFORM")
        assert back(shop) == 0
        assert (await balances(shop.world))["platform:by_hand"] == 1_000
        (entry,) = await shop.world.rows("SELECT actor, words FROM claim_history WHERE state = 'SETTLED'")
        assert entry == {"actor": "usr_ops", "words": "BI-FAST 7"}


async def test_more_than_is_left_of_what_was_paid_is_left_to_people(shop: Till) -> None:
    order_id = await delivered(shop)
    claim_id = await claimed(shop.world, await line_of(shop.world, order_id), amount=1_000)
    left = await shop.world.value("SELECT sum(received_rupiah) FROM payment_attempt") - 999
    async with transaction(shop.world.db) as conn:
        await refunds.request(conn, order_id, int(left), "given", RefundReason.CLAIM, BorneBy.PLATFORM)
    await answered(shop, claim_id, 1_000)
    assert (await the_claim(shop.world, claim_id))["refund_id"] is None
    async with transaction(shop.world.db) as conn:
        await claims.settle_claim(conn, claim_id, "usr_ops", proof="TRF")
    assert await state(shop, claim_id) == ("SETTLED", "PLATFORM")


async def test_the_database_settles_no_claim_before_its_refund_is_done(shop: Till) -> None:
    """As the image of the release before would, who knows of no refund."""
    await granted(shop, await delivered(shop), 1_000)
    with pytest.raises(asyncpg.CheckViolationError):
        await shop.world.rows("UPDATE claim SET state = 'SETTLED', settled_by = 'PLATFORM', due_at = NULL")
