"""A buyer's credit with one seller: opened by both, bought on, paid in parts, and what is told of it is what the ledger says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.ordering import SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import kasbons as commands
from services.ordering.commands.erasing import erase
from services.ordering.domain.books import AmountIsWrong, MoreThanThereIs, OwnWord
from services.ordering.domain.kasbon import (
    MAX_ASKED,
    KasbonHasNoRoom,
    KasbonIsNotOpen,
    KasbonIsOfOneSeller,
    KasbonRequestsAtLimit,
)
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.store import erasing
from tests.worlds.kasbons import (
    HELPER,
    OWNER,
    PEOPLE,
    WLIJO,
    an_order_on_kasbon,
    asked,
    bought,
    brought,
    faults,
    last_entry,
    opened,
    paid,
    sums,
)
from tests.worlds.ordering import BUDI, SITI, Market, a_key, a_merchant, a_product, an_order, hold
from tests.worlds.ordering_steps import cancel


@pytest.fixture
async def world(world: Market) -> AsyncIterator[Market]:
    await world.hear(a_merchant(members=PEOPLE))
    yield world
    assert await faults(world) == []


async def test_both_have_to_say_yes(world: Market) -> None:
    kasbon_id = await asked(world)
    with pytest.raises(KasbonIsNotOpen):
        await world.place(SITI, await an_order_on_kasbon(world))
    async with transaction(world.db) as conn:
        with pytest.raises(WrongState):
            await commands.accept(conn, SITI, kasbon_id, None)  # by who asked
    for stranger in (BUDI, HELPER):
        async with transaction(world.db) as conn:
            with pytest.raises(Unknown):
                await commands.accept(conn, stranger, kasbon_id, 50_000)
    async with transaction(world.db) as conn:
        await commands.accept(conn, OWNER, kasbon_id, 50_000)
    assert await world.told() == ["ordering.kasbon_asked.v1", "ordering.kasbon_opened.v1"]
    assert await world.value("SELECT state FROM kasbon") == "OPEN"


async def test_goods_are_held_then_owed_and_the_trip_is_paid_in_cash(world: Market) -> None:
    kasbon_id = await opened(world)
    order_id = await world.place(SITI, await an_order_on_kasbon(world))
    assert await sums(world, kasbon_id) == (0, 5_000)
    assert await world.value("SELECT cash_due_rupiah FROM payment") == 10_000
    await hold(world, order_id)
    await brought(world, order_id)
    assert await sums(world, kasbon_id) == (5_000, 0)
    booked = {(row["kind"], row["amount_rupiah"]) for row in await world.rows("SELECT kind, amount_rupiah FROM ledger")}
    assert {("GOODS", 5_000), ("KASBON", 5_000), ("RIDER_SHARE", 7_000), ("PLATFORM_SHARE", 1_000)} <= booked
    # With the platform the merchant stands as after a sale at its own counter: nothing is owed either way.
    owed = await world.value(
        "SELECT sum(balance_rupiah) FROM account_balance WHERE account IN ($1, $2)",
        f"test:merchant:{WLIJO}:payable",
        f"test:merchant:{WLIJO}:cash",
    )
    assert owed == 0
    assert await world.value("SELECT sum(balance_rupiah) FROM account_balance") == 0


async def test_what_is_cancelled_is_free_again(world: Market) -> None:
    kasbon_id = await opened(world, 5_000)
    order_id = await world.place(SITI, await an_order_on_kasbon(world))
    with pytest.raises(KasbonHasNoRoom) as no:
        await world.place(SITI, await an_order_on_kasbon(world))
    assert no.value.room_rupiah == 0
    await cancel(world, order_id)
    assert await sums(world, kasbon_id) == (0, 0)
    await world.place(SITI, await an_order_on_kasbon(world))


async def test_fifty_at_once_never_pass_the_limit(world: Market) -> None:
    """One buyer's carts are placed one after the other; here fifty orders are written at once, which only the database keeps apart."""
    kasbon_id = await opened(world, 22_000)  # room for four of Rp5,000
    order_id = await world.place(SITI, await an_order_on_kasbon(world))

    refused: list[str | None] = []

    async def another(number: int) -> bool:
        new = {"id": str(uuid4()), "code": f"LMJ-1-{number}", "quote_jti": str(number)}
        part = {"id": str(uuid4()), "order_id": new["id"]}
        try:
            async with transaction(world.db) as conn:
                for table, changed, of in (
                    ("orders", new, "id"),
                    ("seller_order", part, "order_id"),
                    ("order_line", {"id": str(uuid4()), "seller_order_id": part["id"]}, ""),
                ):
                    whose = (
                        f"t.{of} = $1"
                        if of
                        else "t.seller_order_id IN (SELECT id FROM seller_order WHERE order_id = $1)"
                    )
                    await conn.execute(
                        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, $2)).* FROM {table} t WHERE {whose}",
                        order_id,
                        json.dumps(changed),
                    )
            return True
        except asyncpg.CheckViolationError as error:
            refused.append(error.constraint_name)
            return False

    written = await asyncio.gather(*(another(number) for number in range(50)))
    assert (written.count(True), refused) == (3, ["kasbon_limit"] * 47)
    assert await sums(world, kasbon_id) == (0, 20_000)


async def test_it_is_of_one_seller(world: Market) -> None:
    await opened(world)
    await world.hear(a_merchant("toko"), a_product("beras", "toko"))
    wanted = await an_order_on_kasbon(world, lines={"bayam": 2, "beras": 1}, merchants=("wlijo", "toko"), total=17_500)
    with pytest.raises(KasbonIsOfOneSeller):
        await world.place(SITI, wanted)


async def test_it_is_paid_in_parts_and_never_more_than_is_owed(world: Market) -> None:
    kasbon_id = await opened(world)
    await bought(world)
    key = a_key()
    await paid(world, kasbon_id, 2_000, HELPER, key)
    await paid(world, kasbon_id, 2_000, HELPER, key)  # its answer was lost
    assert await sums(world, kasbon_id) == (3_000, 0)
    with pytest.raises(MoreThanThereIs) as no:
        await paid(world, kasbon_id, 3_001)
    assert no.value.limit_rupiah == 3_000
    with pytest.raises(AmountIsWrong):
        await paid(world, kasbon_id, 0)
    with pytest.raises(Unknown):
        await paid(world, kasbon_id, 1_000, SITI)  # who owes it does not say that it came
    results = await asyncio.gather(*(paid(world, kasbon_id, 2_000) for _ in range(6)), return_exceptions=True)
    assert sum(each is None for each in results) == 1
    assert all(each is None or isinstance(each, MoreThanThereIs) for each in results)
    async with transaction(world.db) as conn:
        await commands.forgive(
            conn, OWNER, kasbon_id, 1_000, "Sudah lunas, lebihnya saya ikhlaskan", idempotency_key=a_key()
        )
    assert await sums(world, kasbon_id) == (0, 0)


async def test_a_payment_is_taken_back_once_by_an_entry_against_it(world: Market) -> None:
    kasbon_id = await opened(world)
    await bought(world)
    await paid(world, kasbon_id, 2_000)
    payment = await last_entry(world, "PAID")
    for subject in (SITI, OWNER):  # the second says nothing new
        async with transaction(world.db) as conn:
            await commands.take_back(conn, subject, payment, "Belum saya bayar")
    assert await sums(world, kasbon_id) == (5_000, 0)
    async with transaction(world.db) as conn:
        with pytest.raises(WrongState):
            await commands.take_back(conn, OWNER, await last_entry(world, "BOUGHT"), "Salah")
    for _ in range(3):
        async with transaction(world.db) as conn:
            await commands.dispute(conn, SITI, payment, "Sudah saya bayar Rabu")
    async with transaction(world.db) as conn:
        with pytest.raises(KasbonRequestsAtLimit):
            await commands.dispute(conn, SITI, payment, "Sudah!")
    assert await sums(world, kasbon_id) == (5_000, 0)


async def test_a_lower_limit_and_an_end_stop_what_is_new_alone(world: Market) -> None:
    kasbon_id = await opened(world)
    await bought(world)
    waiting = await world.place(SITI, await an_order_on_kasbon(world))
    async with transaction(world.db) as conn:
        await commands.set_limit(conn, OWNER, kasbon_id, 1_000)
    with pytest.raises(KasbonHasNoRoom):
        await world.place(SITI, await an_order_on_kasbon(world))
    async with transaction(world.db) as conn:
        await commands.close(conn, SITI, kasbon_id, None)
    with pytest.raises(KasbonIsNotOpen):
        await world.place(SITI, await an_order_on_kasbon(world))
    await hold(world, waiting)
    await brought(world, waiting)  # what was placed goes on
    assert await sums(world, kasbon_id) == (10_000, 0)
    await paid(world, kasbon_id, 10_000)
    assert await asked(world) == kasbon_id  # and it may be asked for again


async def test_nobody_asks_without_end(world: Market) -> None:
    async with transaction(world.db) as conn:
        for number in range(MAX_ASKED + 1):
            await world.hear(a_merchant(f"toko-{number}"))
        for number in range(MAX_ASKED):
            merchant = a_merchant(f"toko-{number}").merchant_id
            await commands.ask(conn, SITI, merchant, called="Siti", test=True)
        with pytest.raises(KasbonRequestsAtLimit):
            await commands.ask(conn, SITI, a_merchant(f"toko-{MAX_ASKED}").merchant_id, called="Siti", test=True)


async def test_an_offer_is_to_who_has_bought_there_and_its_yes_opens_it(world: Market) -> None:
    await world.place(SITI, await an_order(world))
    sold = await world.value("SELECT id FROM seller_order")
    async with transaction(world.db) as conn:
        with pytest.raises(Unknown):
            await commands.offer(conn, HELPER, SellerOrderId(sold), 20_000, called=None, test=True)
        kasbon_id = await commands.offer(conn, OWNER, SellerOrderId(sold), 20_000, called="Bu Siti RT 3", test=True)
    async with transaction(world.db) as conn:
        await commands.accept(conn, SITI, kasbon_id, None)
    row = (await world.rows("SELECT state, limit_rupiah, called FROM kasbon"))[0]
    assert (row["state"], row["limit_rupiah"], row["called"]) == ("OPEN", 20_000, "Bu Siti RT 3")


async def test_nobody_has_a_kasbon_with_themselves(world: Market) -> None:
    kasbon_id = await asked(world, OWNER)
    async with transaction(world.db) as conn:
        with pytest.raises((OwnWord, WrongState)):
            await commands.accept(conn, OWNER, kasbon_id, 10_000)


async def test_a_debt_is_not_forgotten_with_a_name(world: Market) -> None:
    kasbon_id = await opened(world)
    await bought(world)
    await paid(world, kasbon_id, 1_000)
    async with transaction(world.db) as conn:
        await erase(conn, SITI)
    row = (await world.rows("SELECT state, called, forgotten_at FROM kasbon"))[0]
    assert (row["state"], row["called"], row["forgotten_at"]) == ("CLOSED", "Bu Siti", None)
    async with world.db.acquire() as conn:
        assert await erasing.to_empty(conn) == []  # nothing to do before it is paid
    await paid(world, kasbon_id, 4_000)
    async with world.db.acquire() as conn:
        assert await erasing.to_empty(conn) == [SITI]
    async with transaction(world.db) as conn:
        await erase(conn, SITI)
    assert await world.value("SELECT called FROM kasbon") == ""
    assert await world.value("SELECT count(*) FROM kasbon_entry WHERE words IS NOT NULL") == 0
    assert await world.value("SELECT emptied_at IS NOT NULL FROM buyer WHERE subject = $1", SITI)


async def test_a_trial_is_not_bought_on_what_is_real(world: Market) -> None:
    await opened(world, test=False)
    with pytest.raises(KasbonIsNotOpen):
        await world.place(SITI, await an_order_on_kasbon(world))
    await world.place(SITI, await an_order_on_kasbon(world, test=False))


async def test_what_is_told_elsewhere_is_cash_and_no_more_than_the_fee(world: Market) -> None:
    await opened(world)
    await world.place(SITI, await an_order_on_kasbon(world))
    told = await world.value(
        "SELECT convert_from(payload, 'UTF8')::jsonb FROM outbox WHERE type = 'ordering.order_placed.v1'"
    )
    assert '"payment_method": "COD"' in told
    assert '"on_kasbon_rupiah": 5000' in told
    assert await world.value("SELECT count(*) FROM outbox WHERE type = 'ordering.cash_due.v1'") == 1
