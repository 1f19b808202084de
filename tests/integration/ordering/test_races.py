"""Two at once: what one order hears at the same moment is taken one after the other, without deadlock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import transaction
from services.kit.messaging.timers import Timers
from services.ordering.app import SERVICE
from services.ordering.commands import process as process_commands
from services.ordering.commands import selling as selling_commands
from services.ordering.domain.process import STOCK_WITHIN, Input
from services.ordering.domain.refusal import WrongState
from services.ordering.store import orders as store
from tests.worlds.ordering import SITI, Market, a_merchant, a_product, an_order, hold, market, placed, state_of
from tests.worlds.ordering_steps import process_of
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until


@pytest.fixture
async def world(made: TestDatabase) -> AsyncIterator[Market]:
    async with market(made) as found:
        await found.hear(a_merchant(auto_accept=False), a_product())
        yield found


def the_timers(world: Market) -> Timers:
    assert isinstance(SERVICE.timers, Mapping)
    return Timers(world.db, SERVICE.timers)


async def test_a_deadline_that_fires_while_the_order_moves_on_comes_to_nothing(world: Market) -> None:
    order_id = await placed(world)
    await world.move_clock(STOCK_WITHIN.total_seconds() + 1)
    async with transaction(world.db) as conn:
        await store.lock(conn, order_id)
        firing = asyncio.create_task(the_timers(world).fire_one())
        await until(
            lambda: world.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        )
        await process_commands.advance(conn, order_id, Input.STOCK_HELD)
    assert await firing
    assert await state_of(world, order_id) == ("AWAIT_MERCHANTS", "PLACED")
    assert [row["kind"] for row in await world.rows("SELECT kind FROM timer")] == ["order.accept_deadline"]


async def test_two_merchants_who_accept_at_once_confirm_the_order_once(world: Market) -> None:
    await world.hear(a_merchant("kateki", auto_accept=False), a_product("kelapa", "kateki"))
    wanted = await an_order(world, lines={"bayam": 1, "kelapa": 1}, merchants=("wlijo", "kateki"))
    order_id = await world.place(SITI, wanted)
    await hold(world, order_id)
    ids = [SellerOrderId(row["id"]) for row in await world.rows("SELECT id FROM seller_order")]

    async def accept(seller_order_id: SellerOrderId) -> None:
        async with transaction(world.db) as conn:
            await selling_commands.accept_seller_order(conn, seller_order_id, "usr_ops", sees_all=True)

    await asyncio.gather(*(accept(each) for each in ids * 3))
    assert await state_of(world, order_id) == ("CONFIRMED", "CONFIRMED")
    told = await world.told()
    assert told.count("ordering.seller_order_accepted.v1") == 2
    assert told.count("ordering.order_confirmed.v1") == 1


async def test_of_an_acceptance_and_a_cancellation_at_once_both_are_answered_and_one_stands(world: Market) -> None:
    order_id = await placed(world)
    await hold(world, order_id)
    seller_order_id = SellerOrderId(await world.value("SELECT id FROM seller_order"))

    async def accept() -> None:
        async with transaction(world.db) as conn:
            await selling_commands.accept_seller_order(conn, seller_order_id, "usr_wlijo", sees_all=False)

    async def cancel() -> OrderId:
        async with transaction(world.db) as conn:
            return await process_commands.cancel_order(conn, order_id, SITI)

    accepted, cancelled = await asyncio.gather(accept(), cancel(), return_exceptions=True)
    assert cancelled == order_id
    assert accepted is None or isinstance(accepted, WrongState)
    told = await world.told()
    if accepted is None:  # confirmed first: delivery is asked
        assert await process_of(world, order_id) == "CALLED_OFF"
        assert (told.count("ordering.cancellation_requested.v1"), told.count("ordering.order_cancelled.v1")) == (1, 0)
    else:
        assert await state_of(world, order_id) == ("CANCELLED", "CANCELLED")
        assert (told.count("ordering.cancellation_requested.v1"), told.count("ordering.order_cancelled.v1")) == (0, 1)
