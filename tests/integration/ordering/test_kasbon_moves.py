"""What is bought on kasbon and weighs less, is collected, is claimed of, or comes to nothing; what the database refuses by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.contracts.claims import ClaimId
from services.contracts.ordering import BorneBy, HandoverWay, OrderId, PaymentMethod
from services.contracts.reasons import REASONS, ReasonCode, Use
from services.kit.database.db import transaction
from services.ordering.commands import claims, process
from services.ordering.domain.process import Input
from services.ordering.domain.steps import Facts
from services.ordering.store import books
from tests.worlds.claims import claimed, line_of, the_claim
from tests.worlds.handing_over import an_order_for, code_of, hand_over, shown, stall
from tests.worlds.kasbons import PEOPLE, an_order_on_kasbon, bought, brought, faults, opened, paid, sums
from tests.worlds.ordering import PARTNER, SITI, Market, a_merchant, hold
from tests.worlds.ordering_site import Site
from tests.worlds.packing import MERCHANT, READY, WEIGH, line, more_goods, part


@pytest.fixture
async def world(world: Market) -> AsyncIterator[Market]:
    await world.hear(a_merchant(members=PEOPLE))
    yield world
    assert await faults(world) == []
    async with world.db.acquire() as conn:
        assert await books.drift(conn) == []


async def _grant(world: Market, order_id: OrderId, amount: int) -> dict[str, Any]:
    claim_id = await claimed(world, await line_of(world, order_id), quantity=2, amount=amount)
    async with transaction(world.db) as conn:
        await claims.answer_claim(conn, claim_id, "usr_wlijo", amount_rupiah=amount, words="maaf")
    return await the_claim(world, claim_id)


async def test_what_weighs_less_is_owed_less(world: Market, site: Site) -> None:
    await more_goods(world)
    kasbon_id = await opened(world)
    order_id = await world.place(SITI, await an_order_on_kasbon(world, lines={"ayam": 1, "bayam": 2}, total=51_000))
    assert await sums(world, kasbon_id) == (0, 41_000)
    await hold(world, order_id)
    who, role = MERCHANT
    await site.done(WEIGH, who, role, id=await line(world, "ayam"), gram=900)
    assert await sums(world, kasbon_id) == (0, 37_400)
    await site.done(
        WEIGH, who, role, id=await line(world, "ayam"), gram=1_080
    )  # never more than was ordered: nobody agreed to owe it
    assert await sums(world, kasbon_id) == (0, 41_000)
    await site.done(WEIGH, who, role, id=await line(world, "ayam"), gram=900)
    await site.done(READY, who, role, id=await part(world))
    assert await world.value("SELECT cash_due_rupiah FROM payment") == 10_000
    await brought(world, order_id)
    assert await sums(world, kasbon_id) == (37_400, 0)


async def test_what_is_collected_is_all_on_kasbon(world: Market) -> None:
    await stall(world)
    slot = (await shown(world, HandoverWay.PICKUP))[-1]
    wanted = replace(await an_order_for(world, slot), payment_method=PaymentMethod.KASBON)
    kasbon_id = await opened(
        world, test=False
    )  # what no quote says to be a trial is one by the installation, which this is not
    order_id = await world.place(SITI, wanted)
    await hold(world, order_id)
    assert await world.value("SELECT cash_due_rupiah FROM payment") == 0
    assert await hand_over(world, order_id, await code_of(world, order_id)) is None
    assert await sums(world, kasbon_id) == (5_000, 0)
    assert "ordering.cash_collected.v1" not in await world.told()


async def test_a_claim_is_first_of_all_owed_less(world: Market) -> None:
    kasbon_id = await opened(world)
    order_id = await bought(world)
    claim = await _grant(world, order_id, 1_500)
    assert (claim["state"], claim["kasbon_rupiah"]) == ("SETTLED", 1_500)
    assert await sums(world, kasbon_id) == (3_500, 0)


async def test_what_is_paid_already_is_given_back_as_of_every_order(world: Market) -> None:
    kasbon_id = await opened(world)
    order_id = await bought(world)
    await paid(world, kasbon_id, 4_000)
    claim = await _grant(world, order_id, 2_500)
    assert (claim["state"], claim["kasbon_rupiah"]) == ("GRANTED", 1_000)
    assert await sums(world, kasbon_id) == (0, 0)
    async with transaction(world.db) as conn:
        await claims.claim_is_paid(conn, ClaimId(claim["id"]), "usr_wlijo", proof="tunai")
    async with transaction(world.db) as conn:
        await claims.confirm_claim(conn, ClaimId(claim["id"]), SITI, received=True)
    account = f"test:claim:{ClaimId(claim['id'])}:refundable"
    assert await world.value("SELECT balance_rupiah FROM account_balance WHERE account = $1", account) == 0


async def test_whom_an_officer_lays_it_on_pays_the_merchant(world: Market) -> None:
    kasbon_id = await opened(world)
    order_id = await bought(world)
    claim_id = await claimed(world, await line_of(world, order_id), quantity=2, amount=5_000)
    async with transaction(world.db) as conn:
        await claims.answer_claim(conn, claim_id, "usr_wlijo", amount_rupiah=0, words="tidak")
    async with transaction(world.db) as conn:
        await claims.escalate_claim(conn, claim_id, SITI, words="layu")
    code = next(each for each in ReasonCode if _laid_on_partner(each))
    async with transaction(world.db) as conn:
        await claims.decide_claim(
            conn, ClaimId(claim_id.uuid), "usr_officer", amount_rupiah=5_000, reason=code, words="x"
        )
    assert await sums(world, kasbon_id) == (0, 0)
    owed = await world.value(
        "SELECT sum(balance_rupiah) FROM account_balance WHERE account LIKE '%merchant:%' AND account NOT LIKE '%kasbon'"
    )
    assert owed == -5_000  # the merchant asks its buyer for nothing, and the company for all of it


def _laid_on_partner(code: ReasonCode) -> bool:
    return Use.CLAIM in REASONS[code].uses and REASONS[code].borne_by is BorneBy.PARTNER


async def test_goods_that_come_after_the_end_of_their_order_are_owed_all_the_same(world: Market) -> None:
    kasbon_id = await opened(world)
    order_id = await world.place(SITI, await an_order_on_kasbon(world))
    await hold(world, order_id)
    async with transaction(world.db) as conn:
        await process.advance(conn, order_id, Input.UNASSIGNABLE)
    assert await sums(world, kasbon_id) == (0, 0)
    async with transaction(world.db) as conn:
        facts = Facts(partner_id=PARTNER, collected_rupiah=10_000)
        await process.advance(conn, order_id, Input.DELIVERED, facts)
    assert await sums(world, kasbon_id) == (5_000, 0)


TRIED = {
    "an order on another's kasbon": ("UPDATE orders SET kasbon_id = NULL", "kasbon_stays"),
    "an order that becomes dearer": (
        """UPDATE orders SET goods_rupiah = goods_rupiah + 1, discount_rupiah = 1, placed_goods_rupiah = goods_rupiah
           WHERE ended_at IS NULL""",
        "kasbon_never_more",
    ),
    "a hand-over that nobody owes": (
        "UPDATE orders SET status = 'COMPLETED', ended_at = now() WHERE ended_at IS NULL", "kasbon_booked"
    ),
    "a book that says what the ledger does not": (
        """INSERT INTO kasbon_entry (id, kasbon_id, kind, at, change_rupiah, balance_rupiah, side, by)
           SELECT gen_random_uuid(), id, 'PAID', now(), -1, owed_rupiah - 1, 'MERCHANT', 'x' FROM kasbon""",
        "kasbon_entry_booked",
    ),
    "a payment that its entry does not tell": (
        """WITH e AS (INSERT INTO kasbon_entry (id, kasbon_id, kind, at, change_rupiah, balance_rupiah, side, by)
                      SELECT gen_random_uuid(), id, 'PAID', now(), -1, owed_rupiah, 'MERCHANT', 'x' FROM kasbon RETURNING id, at, kasbon_id)
           INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT e.id, 'KASBON_PAID', 'm', k.account, 1, e.at FROM e JOIN kasbon k ON k.id = e.kasbon_id""",
        "kasbon_adds_up",
    ),
    "a payment without an entry": (
        """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT gen_random_uuid(), 'KASBON_PAID', 'm', account, 1, now() FROM kasbon""",
        None,
    ),
    "more paid than is owed": (
        """WITH e AS (INSERT INTO kasbon_entry (id, kasbon_id, kind, at, change_rupiah, balance_rupiah, side, by)
                      SELECT gen_random_uuid(), id, 'PAID', now(), -9000, 0, 'MERCHANT', 'x' FROM kasbon RETURNING id, at, kasbon_id)
           INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT e.id, 'KASBON_PAID', 'm', k.account, 9000, e.at FROM e JOIN kasbon k ON k.id = e.kasbon_id""",
        "kasbon_owed",
    ),
    "money of a kasbon that is none": (
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT order_id, 'KASBON', 'kasbon:x:owed', 'm', 1, at FROM order_history LIMIT 1""",
        "kasbon_is_known",
    ),
    "open by one side": ("UPDATE kasbon SET buyer_agreed_at = NULL", "kasbon_of_two"),
    "forgotten while it is owed": ("UPDATE kasbon SET forgotten_at = now(), called = ''", "kasbon_forgotten"),
    "what is owed": ("UPDATE kasbon SET owed_rupiah = 0", None),
    "what is held": ("UPDATE kasbon SET held_rupiah = 0", None),
    "a debt that is deleted": ("DELETE FROM kasbon", None),
    "an entry that is deleted": ("DELETE FROM kasbon_entry", None),
    "an entry that is changed": ("UPDATE kasbon_entry SET change_rupiah = 0", None),
    "a second kasbon of the pair": (
        """INSERT INTO kasbon (id, buyer_id, merchant_id, test, account, state, called, limit_rupiah, changed_at)
           SELECT gen_random_uuid(), buyer_id, merchant_id, test, 'other', 'ASKED', '', 0, now() FROM kasbon""",
        "kasbon_of_a_pair",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TRIED)
async def test_the_database_refuses(world: Market, what: str) -> None:
    await opened(world)
    await bought(world)
    await world.place(SITI, await an_order_on_kasbon(world))
    statement, constraint = TRIED[what]
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)) as no:
        async with transaction(world.db) as conn:
            await conn.execute(statement)
    if constraint is not None:
        assert getattr(no.value, "constraint_name", None) == constraint


async def test_a_book_that_does_not_add_up_is_found(world: Market) -> None:
    """Negative control of `faults`: each of its sums is bent by the owner, whom nothing keeps from it."""
    await opened(world)
    await bought(world)
    await world.place(SITI, await an_order_on_kasbon(world))
    owner = await asyncpg.connect(world.owner_url)
    try:
        for statement, back, fault in (
            (
                "UPDATE kasbon SET owed_rupiah = owed_rupiah + 1",
                "UPDATE kasbon SET owed_rupiah = owed_rupiah - 1",
                "the ledger",
            ),
            (
                "UPDATE kasbon_entry SET balance_rupiah = balance_rupiah + 1",
                "UPDATE kasbon_entry SET balance_rupiah = balance_rupiah - 1",
                "the book",
            ),
            (
                "UPDATE kasbon SET held_rupiah = held_rupiah + 1",
                "UPDATE kasbon SET held_rupiah = held_rupiah - 1",
                "what is held",
            ),
            (
                "UPDATE account_balance SET balance_rupiah = balance_rupiah + 1 WHERE account LIKE '%:kasbon'",
                "UPDATE account_balance SET balance_rupiah = balance_rupiah - 1 WHERE account LIKE '%:kasbon'",
                "a merchant",
            ),
        ):
            await owner.execute(statement)
            assert fault in await faults(world), statement
            await owner.execute(back)
    finally:
        await owner.close()
