"""What ops see of orders: how many are open, which stand still, which contradict."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.catalog import ReservationId, StockCommitted
from services.kit.database.db import transaction
from services.ordering import by_hand
from services.ordering import gauges as watch
from services.ordering.store import marks
from tests.worlds.ordering import Market, hold, placed


async def seen(world: Market) -> tuple[float, float, float, float]:
    """Awaiting stock, confirmed, without timer, in need of attention."""
    async with world.db.acquire() as conn:
        await watch.look(conn)
    gauges = (watch.OPEN.labels("AWAIT_STOCK"), watch.OPEN.labels("CONFIRMED"), watch.UNTIMED, watch.ATTENTION)
    return tuple(gauge._value.get() for gauge in gauges)


async def test_open_orders_are_counted_by_state(world: Market) -> None:
    assert await seen(world) == (0, 0, 0, 0)
    order_id = await placed(world)
    await placed(world)
    await hold(world, order_id)
    assert await seen(world) == (1, 1, 0, 0)


async def test_an_order_that_nothing_would_wake_is_seen(world: Market) -> None:
    await placed(world)
    await world.value("DELETE FROM timer")
    assert await seen(world) == (1, 0, 1, 0)


async def test_an_order_that_contradicts_is_seen(world: Market) -> None:
    order_id = await placed(world)
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    assert await seen(world) == (1, 0, 0, 1)


async def by_hands(world: Market, *words: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    assert await by_hand.attention(world.db, words, lambda line: lines.append(dict(line))) == 0
    return lines


async def test_a_mark_ends_when_a_person_says_what_came_of_it_and_who_and_why_are_kept(world: Market) -> None:
    await placed(world)
    order_id = await placed(world)
    news = StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id))
    await world.hear(news)
    code = await world.value("SELECT code FROM orders WHERE id = $1", order_id)
    (mark,) = await by_hands(world, "list")
    assert (mark["order"], mark["id"], mark["mark"]) == (code, str(order_id), "STOCK_COMMITTED in AWAIT_STOCK")

    settle = ("settle", "--order", code.lower(), "--because", "counted again  with the merchant", "--by", "Rina")
    assert [line["done"] for line in await by_hands(world, *settle)] == ["would be done"]
    assert await seen(world) == (2, 0, 0, 1)
    assert [line["done"] for line in await by_hands(world, *settle, "--apply")] == ["settled"]
    assert await seen(world) == (2, 0, 0, 0)
    assert [line["done"] for line in await by_hands(world, *settle, "--apply")] == ["has no mark"]
    async with world.db.acquire() as conn:
        kept = await conn.fetch("SELECT mark, because, settled_by FROM order_mark_settled")
    assert [tuple(row) for row in kept] == [
        ("STOCK_COMMITTED in AWAIT_STOCK", "counted again with the merchant", "Rina")
    ]
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    assert await seen(world) == (2, 0, 0, 1)  # what comes after a person has looked is to be looked at
    assert len(await by_hands(world, "list")) == 1


async def test_a_mark_that_nobody_has_seen_yet_is_not_settled_with_the_one_before(world: Market) -> None:
    order_id = await placed(world)
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    async with world.db.acquire() as conn:
        (seen_before,) = await marks.of(conn, marks.Wanted(), 10)
    await world.value("UPDATE orders SET attention = 'CASH_SHORT'")
    async with transaction(world.db) as conn:
        assert not await marks.settle(conn, seen_before.id, seen_before.mark, because="x", by="x")
    assert await world.value("SELECT attention FROM orders") == "CASH_SHORT"
    assert await world.value("SELECT count(*) FROM order_mark_settled") == 0


@pytest.mark.parametrize(
    "words",
    [["--by", "Rina"], ["--because", "x"], ["--because", "x", "--by", "a\u202eb"], ["--because", " ", "--by", "x"]],
)
def test_who_and_why_are_wanted(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        by_hand.parser().parse_args(["settle", "--order", "LMJ-261125-0001", *words])
