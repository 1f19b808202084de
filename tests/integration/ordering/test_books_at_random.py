"""Any order of orders, hand-overs, disputes, payouts and reversals: what holds of the books holds after each, and statements add up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.contracts.cash import CashHandoverId, PayoutId, PayoutMethod
from services.contracts.delivery import RiderId
from services.kit.database.db import transaction
from services.ordering.commands import cash
from services.ordering.domain.books import Parties
from services.ordering.domain.refusal import Refused
from services.ordering.domain.statement import period
from services.ordering.store import reconciling
from services.ordering.store.reading import Viewer
from tests.integration.ordering.test_books import (
    OF_COMPANY,
    OF_RIDER,
    TO_MERCHANT,
    confirm,
    dispute,
    pay,
    settle,
    state,
    take_back,
)
from tests.integration.ordering.test_statements import statement, today
from tests.worlds.books import AYU, LINA, PETUGAS, SRI, TONO, WLIJO, crewed, in_order, paid_in_cash
from tests.worlds.ordering import PARTNER, RIDER, Market

PEOPLE = (TONO, AYU, LINA, SRI, PETUGAS)


class Chance:
    """Does what comes to mind; what is refused has left nothing."""

    def __init__(self, world: Market, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.handovers: list[CashHandoverId] = []
        self.payouts: list[PayoutId] = []
        self.done = 0

    async def act(self) -> None:
        doing: Callable[[], Awaitable[None]] = self.random.choice(
            [self.order, self.order, self.hand_over, self.hand_over, self.hand_over, self.answer, self.answer, self.answer,
             self.pay, self.pay, self.reverse]
        )  # fmt: skip
        try:
            await doing()
            self.done += 1
        except Refused:
            pass

    async def order(self) -> None:
        await paid_in_cash(self.world, self.random.choice([15_000, 15_000, 14_500, 15_300, 0]))

    async def hand_over(self) -> None:
        parties: Parties = self.random.choice([OF_RIDER, OF_RIDER, OF_COMPANY, TO_MERCHANT])
        amount = self.random.choice([500, 3_000, 5_000, 15_000, 40_000])
        self.handovers.append(await state(self.world, self.random.choice(PEOPLE), parties, amount))

    async def answer(self) -> None:
        if not self.handovers:
            return
        of, who = self.random.choice(self.handovers), self.random.choice(PEOPLE)
        match self.random.randrange(6):
            case 0:
                await dispute(self.world, who, of, self.random.randrange(10_000))
            case 1:
                await settle(self.world, of, self.random.choice([400, 3_000, 20_000]))
            case 2:
                async with transaction(self.world.db) as conn:
                    await cash.withdraw_handover(conn, Viewer(who), of)
            case _:
                await confirm(self.world, who, of)

    async def pay(self) -> None:
        payee: object = self.random.choice([WLIJO, PARTNER, RIDER, RiderId.seeded("nobody")])
        method = self.random.choice(list(PayoutMethod))
        self.payouts.append(await pay(self.world, self.random.choice([100, 2_000, 5_000, 7_000]), payee, method))

    async def reverse(self) -> None:
        if self.payouts:
            await take_back(self.world, self.random.choice(self.payouts))


async def holds(world: Market) -> None:
    await in_order(world)
    now = await today(world)
    await statement(
        world, now - timedelta(days=1), now + timedelta(days=1)
    )  # which asserts that its lines lead to its closing
    async with world.db.acquire() as conn:
        for day in (now - timedelta(days=1), now):
            assert (await reconciling.day(conn, PARTNER, period(day, day), test=False)).matches
    # Nobody was paid more than they were owed.
    assert (
        await world.rows("SELECT account FROM account_balance WHERE account LIKE '%:payable' AND balance_rupiah > 0")
        == []
    )
    # Cash is where somebody answers for it: what came in is what is held, was given on, or was kept.
    came = await world.value("SELECT coalesce(sum(collected_rupiah), 0) FROM payment WHERE status = 'COLLECTED'")
    there = await world.value(
        """SELECT coalesce(sum(amount_rupiah * CASE WHEN debit_account LIKE 'partner:%:cash' THEN -1
                                                    WHEN credit_account LIKE 'partner:%:cash' THEN 1 ELSE 0 END), 0)
           FROM ledger WHERE posting_id IS NOT NULL"""
    ) + await world.value(
        "SELECT coalesce(sum(balance_rupiah), 0) FROM account_balance WHERE account LIKE 'partner:%:cash'"
    )
    assert came == there


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_comes_one_after_another(world: Market, seed: int) -> None:
    await crewed(world)
    chance = Chance(world, seed)
    for step in range(60):
        await chance.act()
        if step % 12 == 11:
            await holds(world)
    assert chance.done > 15
    await holds(world)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_comes_at_once(world: Market, seed: int) -> None:
    await crewed(world)
    chance = Chance(world, 100 + seed)
    for _ in range(4):
        await chance.order()
    for _ in range(12):
        await asyncio.gather(*(chance.act() for _ in range(5)))
        await in_order(world)
    await holds(world)
