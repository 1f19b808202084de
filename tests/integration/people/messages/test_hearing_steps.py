"""What is heard together is heard in a step: whoever hears of the same order meanwhile is not written over, and nobody is left waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.contracts import delivery
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction, transaction
from services.kit.database.step import NotInOne, Step, step
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.stepping import STEPS
from services.people import hears, housekeeping
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import heard
from tests.worlds.notices import Market, a_market
from tests.worlds.outgoing import Post


@pytest.fixture
async def market(post: Post) -> Market:
    found = await a_market(post)
    await found.hear(found.merchant())
    return found


def meanwhile(monkeypatch: pytest.MonkeyPatch, then: Callable[[], Awaitable[object]]) -> None:
    """Between what the next step looks at and what it writes, this happens, once."""
    made = Step.made
    happened: list[bool] = []

    async def after(self: Step, statement: str, *arguments: object) -> Any:
        if not happened:
            happened.append(True)
            await then()
        return await made(self, statement, *arguments)

    monkeypatch.setattr(Step, "made", after)


async def known(market: Market) -> tuple[int, bool, int]:
    """The order's cash, whether its part was answered, and reminders that are set."""
    async with market.post.db.acquire() as conn:
        row = await conn.fetchrow(
            """SELECT cash_rupiah, is_answered, (SELECT count(*) FROM timer) AS timers
               FROM heard_order JOIN heard_part USING (order_id)"""
        )
    assert row
    return row["cash_rupiah"], row["is_answered"], row["timers"]


async def overtaken(market: Market, monkeypatch: pytest.MonkeyPatch, *, together: bool) -> None:
    """The merchants are about to be asked when it is heard that they have answered."""
    await market.hear(market.placed())
    answers = [market.accepted(), *([await market.confirmed()] if together else [])]
    meanwhile(monkeypatch, lambda: market.hear(*answers, together=together))
    await market.hear(market.held(), market.arrived(delivery.Place.PICKUP), together=True)


@pytest.mark.parametrize("together", [False, True])
async def test_an_answer_that_was_heard_meanwhile_is_not_forgotten(
    market: Market, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    await overtaken(market, monkeypatch, together=together)
    assert await known(market) == (63_000 if together else 0, True, 0)
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


@pytest.mark.parametrize("together", [False, True])
async def test_without_its_guard_it_would_be_found_out(
    market: Market, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    monkeypatch.setattr(Step, "holds_all", lambda *_: None)
    await overtaken(market, monkeypatch, together=together)
    assert await known(market) == (0, True, 1), "a reminder of what was answered, and the cash of before"


async def test_what_comes_early_while_its_order_is_heard_of_is_heard_with_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: market.hear(market.held()))
    await market.hear(market.placed(), market.arrived(delivery.Place.PICKUP), together=True)
    async with market.post.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM early_event") == 0
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


async def early(market: Market) -> int:
    async with market.post.db.acquire() as conn:
        found: int = await conn.fetchval("SELECT count(*) FROM early_event")
    return found


async def test_what_comes_before_its_order_is_kept_in_a_step_and_heard_with_it(market: Market) -> None:
    stepped = STEPS.labels("people", "stepped")._value.get()
    await market.hear(market.held(), market.picked_up(), together=True)
    assert STEPS.labels("people", "stepped")._value.get() == stepped + 2
    assert await early(market) == 2
    await market.hear(market.placed())
    assert await early(market) == 0
    assert await market.kinds(market.buyer) == [("ORDER_ON_THE_WAY", "WAITING")]
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


async def test_nothing_is_kept_for_an_order_that_was_heard_of_meanwhile(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: market.hear(market.placed()))
    await market.hear(market.held(), market.picked_up(), together=True)
    assert await early(market) == 0
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


async def test_a_second_notice_that_keeps_its_distance_from_the_first_is_for_a_transaction(market: Market) -> None:
    with pytest.raises(NotInOne):
        async with step(market.post.db) as conn:
            for about in ("one", "two"):
                facts: Facts = {"company": "Ojek Senduro"}
                await tell(conn, [str(market.buyer)], NoticeKind.WEBHOOK_FAILS, about, facts, await market.now(), None)
    assert await market.notices(market.buyer) == []


async def test_what_missed_its_order_is_heard_after_it(market: Market) -> None:
    """Each is heard in a transaction that does not see the other's."""
    async with transaction(market.post.db) as conn:
        await hears.HANDLERS.handle(conn, market.placed())
        await market.hear(market.held())
    assert await early(market) == 1
    assert await market.kinds(market.owner) == []
    await housekeeping.hear_missed(market.post.db)
    assert await early(market) == 0
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


async def test_what_is_early_still_waits(market: Market) -> None:
    await market.hear(market.picked_up())
    await housekeeping.hear_missed(market.post.db)
    assert await early(market) == 1, "its order was not heard of"


async def test_what_cannot_be_heard_keeps_no_other_waiting(
    market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However many they are: here a look finds one at a time."""
    other = Market(market.post, await market.post.person("+6281234567833"), market.owner, market.merchant_id)
    for each in (market, other):
        async with transaction(market.post.db) as conn:
            await hears.HANDLERS.handle(conn, each.placed())
            await each.hear(each.picked_up())
    first, last = sorted((market, other), key=lambda each: each.order_id.uuid)
    take_early = heard.take_early

    async def take(conn: Transaction, order_id: OrderId) -> list[Envelope]:
        if order_id == first.order_id:
            raise RuntimeError("a fault of ours")
        return await take_early(conn, order_id)

    monkeypatch.setattr(heard, "take_early", take)
    monkeypatch.setattr(housekeeping, "_AT_ONCE", 1)
    await housekeeping.hear_missed(market.post.db)
    assert await market.kinds(last.buyer) == [("ORDER_ON_THE_WAY", "WAITING")]
    assert await early(market) == 1
    assert f"{first.order_id} cannot be heard" in caplog.text
