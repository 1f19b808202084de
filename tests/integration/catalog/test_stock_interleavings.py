"""Orders, counters, moves and midnights at once on one row: never more is sold than there is, and afterwards all books add up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest

from services.catalog.commands import stocking
from services.catalog.commands.stocking import Amount, Said
from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.stocking import TooFewLieThere
from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderEvent
from services.kit.database.db import Database, transaction
from services.kit.invalid import FieldInvalid
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    SRI,
    Graph,
    an_order,
    cancelled,
    confirmed,
    hear,
    picked_up,
    states,
    stock_of,
    trip_cancelled,
)
from tests.worlds.payloads import done
from tests.worlds.stalls import LOAD, MODE, PLACE, Keys, at, books_that_do_not_add_up, close_day, items, lies

OPS = Caller(ops=True)
HOLDS = 200

key = Keys()


async def _place(db: Database, called: str) -> StockPlaceId:
    answer = await Graph.over(db).data(PLACE, role="merchant", name="bu-sri", id=str(SRI), called=called, key=key())
    return StockPlaceId.parse(done(answer["answer"])["id"])


async def _do(db: Database, command: Any, variant: VariantId, n: int, place: StockPlaceId | None, *more: Any) -> int:
    """How many it was done with: none when it was refused."""
    try:
        async with transaction(db) as conn:
            await command(conn, OPS, [Amount(variant, n)], Said("usr_siti", key(), place), *more)
    except FieldInvalid:
        return 0
    return n


async def _set(db: Database, variant: VariantId, on_hand: int) -> None:
    async with db.acquire() as conn:
        await conn.execute("UPDATE stock_item SET on_hand = $2 WHERE variant_id = $1", variant, on_hand)


@pytest.mark.parametrize("split", [False, True])
async def test_two_hundred_holds_at_once_hold_what_there_is(db: Database, split: bool) -> None:
    """Every third names the row in two lines."""
    await _set(db, BAYAM_IKAT, 120)
    if split:
        home = await _place(db, "di rumah")
        assert await _do(db, stocking.move, BAYAM_IKAT, 70, None, home) == 70
    orders = [
        an_order((BAYAM_IKAT, 1), (BAYAM_IKAT, 1)) if n % 3 == 0 else an_order((BAYAM_IKAT, 1)) for n in range(HOLDS)
    ]
    await asyncio.gather(*(hear(db, order) for order in orders))
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT r.state, l.quantity FROM reservation r LEFT JOIN reservation_line l ON l.reservation_id = r.id"""
        )
    held = sum(row["quantity"] for row in rows if row["state"] == "HELD")
    assert len(rows) == HOLDS
    assert await stock_of(db, BAYAM_IKAT) == (120, held)
    assert held in (119, 120)  # one that wanted two may have met the last one
    if held == 119:
        await hear(db, an_order((BAYAM_IKAT, 1)))
        assert (await states(db))[-1] == "HELD"
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize("seed", range(6))
async def test_everything_at_once_ends_with_what_came_less_what_went(db: Database, seed: int) -> None:
    rng = random.Random(seed)
    home, stall = await _place(db, "di rumah"), await _place(db, "lapak")
    places: list[StockPlaceId | None] = [None, home, stall]
    came = {BAYAM_IKAT: 10, KELAPA_PASANG: 20}
    went = dict.fromkeys(came, 0)
    fetched: list[tuple[str, VariantId, int]] = []

    async def sale(variant: VariantId, n: int, place: StockPlaceId | None) -> None:
        done_with = await _do(db, rng.choice([stocking.sell, stocking.spoil]), variant, n, place)
        went[variant] += done_with

    async def receipt(variant: VariantId, n: int, place: StockPlaceId | None) -> None:
        done_with = await _do(db, stocking.receive, variant, n, place)
        came[variant] += done_with

    async def life(lines: list[tuple[VariantId, int]], ends: str) -> None:
        order = an_order(*lines)
        await hear(db, order)
        async with db.acquire() as conn:
            state = await conn.fetchval("SELECT state FROM reservation WHERE order_id = $1", str(order.order_id))
        if state != "HELD":
            return
        if ends != "never confirmed":
            await hear(db, confirmed(order))
        if ends == "fetched":
            await hear(db, picked_up(order))
            fetched.extend((str(order.order_id), variant, n) for variant, n in lines)
        else:
            await hear(db, cancelled(order))
            if ends == "cancelled":
                await hear(db, trip_cancelled(order))

    doing: list[Awaitable[Any]] = []
    for _ in range(20):
        variant, n, place = rng.choice(list(came)), rng.randint(1, 4), rng.choice(places)
        doing.append(sale(variant, n, place))
        doing.append(receipt(variant, n, rng.choice(places)))
        source, to = rng.sample(places, 2)
        doing.append(_do(db, stocking.move, variant, n, source, to))
        lines = [(rng.choice(list(came)), rng.randint(1, 3)) for _ in range(2)]  # of one row now and then
        doing.append(life(lines, rng.choice(["fetched", "cancelled", "never confirmed"])))
    rng.shuffle(doing)
    await asyncio.gather(*doing)

    for _, variant, n in fetched:
        went[variant] += n
    for variant in came:
        assert await stock_of(db, variant) == (came[variant] - went[variant], 0)
        assert sum((await lies(db, variant)).values()) == came[variant] - went[variant]
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize("seed", range(3))
async def test_midnight_among_orders_sells_nothing_of_yesterday(db: Database, seed: int) -> None:
    rng = random.Random(seed)
    graph = Graph.over(db)
    await at(db, "23:00")
    answer = await graph.data(
        LOAD, role="merchant", name="bu-sri", id=str(SRI), items=items((BAYAM_IKAT, 40)), key=key()
    )
    done(answer["answer"])
    orders = [an_order((BAYAM_IKAT, rng.randint(1, 3))) for _ in range(30)]

    async def midnight() -> None:
        await asyncio.sleep(rng.random() / 20)
        await at(db, "00:00")
        await close_day(db, SRI)

    async def life(order: Any) -> None:
        await asyncio.sleep(rng.random() / 10)
        then: list[OrderEvent] = rng.choice([[], [confirmed(order)], [cancelled(order)]])
        await hear(db, order, *then)

    await asyncio.gather(midnight(), *(life(each) for each in orders))
    on_hand, reserved = await stock_of(db, BAYAM_IKAT)
    assert on_hand == reserved <= 40  # nothing is for sale, and what is kept is still kept
    await hear(db, an_order((BAYAM_IKAT, 1)))
    assert (await states(db))[-1] == "REFUSED"
    assert await books_that_do_not_add_up(db) == []


async def test_ways_of_keeping_stock_changed_among_orders_oversell_nothing(db: Database) -> None:
    graph = Graph.over(db)

    async def mode(which: str) -> None:
        answer = await graph.data(MODE, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), mode=which)
        done(answer["answer"])

    lives = [hear(db, order, confirmed(order)) for order in (an_order((BAYAM_IKAT, 1)) for _ in range(20))]
    await asyncio.gather(*lives, *(mode(which) for which in ("DAILY", "TRACKED", "DAILY", "TRACKED")))
    assert (await states(db)).count("COMMITTED") == 10
    assert await stock_of(db, BAYAM_IKAT) == (0, 0)
    assert await books_that_do_not_add_up(db) == []


async def test_a_sale_of_more_than_is_left_is_refused_with_what_is_left(db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 9)))
    with pytest.raises(TooFewLieThere) as refused:
        async with transaction(db) as conn:
            await stocking.sell(conn, OPS, [Amount(BAYAM_IKAT, 2)], Said("usr_siti", key()))
    assert refused.value.left == 1
