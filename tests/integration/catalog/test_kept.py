"""A reservation and its goods are locked by one statement: where it had to wait, it sees what those who were there before have left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import asyncpg
import pytest

from services.catalog import hears
from services.catalog.domain.stock import Stock
from services.catalog.store import stock
from services.contracts.delivery import DeliveryEvent
from services.contracts.ordering import OrderEvent, OrderLineId, OrderPlaced
from services.kit.database.db import Database, transaction
from tests.integration.catalog.test_packed import packed
from tests.integration.catalog.test_parts import left, of_two
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KLENGKENG_KG,
    SOLD_BY,
    an_order,
    confirmed,
    hear,
    on_counter,
    picked_up,
    stock_of,
)
from tests.worlds.stalls import books_that_do_not_add_up
from tests.worlds.waiting import until


async def waits(db: Database) -> bool:
    async with db.acquire() as conn:
        return bool(await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def meanwhile(db: Database, first: OrderEvent | DeliveryEvent, then: Awaitable[object]) -> None:
    """What comes then waits for what was heard first, until that is written."""
    (handlers,) = [each for each in (hears.HANDLERS, hears.TRIPS) if each.event_class(first.type)]
    async with transaction(db) as conn:
        await handlers.handle(conn, first)
        await conn.written()
        waiting = asyncio.ensure_future(then)
        await until(lambda: waits(db))
    await waiting


async def left_while_fetched(db: Database) -> OrderPlaced:
    order = of_two()
    await hear(db, order, confirmed(order))
    await meanwhile(db, left(order), hear(db, picked_up(order)))
    return order


async def test_goods_of_a_part_that_leaves_while_the_rest_is_fetched_stay(db: Database) -> None:
    before = await stock_of(db, KLENGKENG_KG)
    await left_while_fetched(db)
    assert (await stock_of(db, KLENGKENG_KG), await on_counter(db, KLENGKENG_KG)) == (before, 0)
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((7, 0), 0)
    assert await books_that_do_not_add_up(db) == []


async def test_if_it_saw_the_lines_of_before_it_would_be_found_out(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "LINES_CHANGED", "lines_changed AS (SELECT $1::uuid)")
    with pytest.raises(asyncpg.CheckViolationError):  # there is nothing on the counter that could be fetched
        await left_while_fetched(db)


async def test_what_is_packed_less_while_it_is_fetched_is_fetched_less(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 5))
    await hear(db, order, confirmed(order))
    fewer = packed(order, 5, 2, line=OrderLineId.new())
    await meanwhile(db, fewer, hear(db, picked_up(order)))
    assert (await stock_of(db, BAYAM_IKAT), await on_counter(db, BAYAM_IKAT)) == ((8, 0), 0)
    assert await books_that_do_not_add_up(db) == []


async def test_an_order_whose_goods_somebody_buys_meanwhile_meets_what_is_left(db: Database) -> None:
    first, then = an_order((BAYAM_IKAT, 8)), an_order((BAYAM_IKAT, 3))
    await meanwhile(db, first, hear(db, then))
    assert await stock_of(db, BAYAM_IKAT) == (10, 8)


def test_a_level_is_as_the_database_counts_it() -> None:
    item = stock.Item(Stock(10, 2, 3), SOLD_BY[BAYAM_IKAT], True, None, sells=True, enough=4, told=4)
    assert (item.level(Stock(10, 2, 3)), item.level(Stock(10, 5, 3))) == (4, 2)
    stale = stock.Item(Stock(10, 2, 3), SOLD_BY[BAYAM_IKAT], True, None, sells=False, enough=4, told=0)
    assert stale.level(Stock(10, 2, 3)) == 0
