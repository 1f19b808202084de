"""Facts of many aggregates in one step: all positions move and all is written, or a transaction does what can be done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import asyncpg
import pytest

from services.kit.database.db import Database, Transaction, transaction
from services.kit.database.step import Step, step
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import SOURCE, ThingId, ThingSaid
from tests.integration.kit import test_step as steps
from tests.integration.kit.test_inbox import record, said

purse = steps.purse
FAULT = 13


class Gathers:
    """Adds up what it hears, all at once; one that says FAULT fails."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.steps: list[bool] = []
        handlers = Handlers()
        handlers.on(ThingSaid)(self._one)
        handlers.of_all_in_step(self._all)
        self.processor = EventProcessor("gathers", db, handlers, sources=frozenset({SOURCE}))

    async def _one(self, conn: Transaction, event: ThingSaid) -> None:
        raise AssertionError("they were to be taken together")

    async def _all(self, conn: Transaction, facts: Sequence[tuple[Envelope, Event]]) -> None:
        self.steps.append(isinstance(conn, Step))
        numbers = [event.number for _, event in facts if isinstance(event, ThingSaid)]
        before = await steps.held(conn)
        await asyncio.sleep(random.Random(sum(numbers)).random() / 200)
        if FAULT in numbers:
            raise ValueError("a fault of ours")
        await steps.put(conn, before + sum(numbers))
        for told, event in facts:
            assert isinstance(event, ThingSaid)
            await outbox.append(conn, ThingSaid(thing_id=ThingId.parse(told.aggregate), number=100 + event.number))

    async def hear(self, *facts: Envelope) -> int:
        return len(await self.processor.take_across([record(each, at) for at, each in enumerate(facts)]))


def life(number: int, upto: int = 3) -> list[Envelope]:
    thing = ThingId.new()
    return [said(thing, n, data=ThingSaid(thing_id=thing, number=number).payload()) for n in range(1, upto + 1)]


async def told(db: Database) -> int:
    async with db.acquire() as conn:
        found: int = await conn.fetchval("SELECT count(*) FROM outbox")
    return found


async def test_all_are_heard_in_a_step(purse: Database) -> None:
    ear, first, then = Gathers(purse), life(1), life(10)
    await ear.hear(first[0], then[0])
    assert await ear.hear(*first[1:], *then[1:]) == 4
    assert (await steps.rupiah(purse), await told(purse), ear.steps) == (33, 6, [True, True])


async def test_where_one_is_not_next_a_transaction_takes_the_others(purse: Database) -> None:
    ear, known, ahead, new = Gathers(purse), life(1), life(10), life(100)
    assert await ear.hear(known[0], new[0]) == 2
    assert await ear.hear(known[0], new[1]) == 1, "a repeat, and one that is next"
    assert await ear.hear(ahead[1], new[2]) == 1, "one whose turn has not come, and one that is next"
    assert await steps.rupiah(purse) == 1 + 300
    assert ear.steps == [True, True, False, True, False]
    assert await ear.hear(known[0], new[2]) == 0
    assert await steps.rupiah(purse) == 301


async def test_of_a_fault_nothing_stays(purse: Database) -> None:
    ear, well, ill = Gathers(purse), life(1), life(FAULT)
    assert await ear.hear(well[0], ill[0]) == 0
    assert (await steps.rupiah(purse), await told(purse)) == (0, 0)
    assert await ear.hear(well[0], well[1]) == 2


async def _side_by_side(db: Database, seed: int) -> int:
    """Forty rounds of three aggregates each, six at a time, every one with two workers, and transactions between them."""
    some, turns = random.Random(seed), asyncio.Semaphore(6)

    async def round_of(number: int) -> None:
        facts = [event for _ in range(3) for event in life(1, upto=2)]
        async with turns:
            if number % 5 == 0:
                async with transaction(db) as conn:
                    await steps.put(conn, await steps.held(conn) + 6)
                return
            shuffled = [facts[at] for at in (0, 2, 4, 1, 3, 5)] if some.random() < 0.5 else facts
            for _ in range(2):  # neither may be done at first: the other has it
                await asyncio.gather(*(Gathers(db).hear(*shuffled) for _ in range(2)))

    await asyncio.gather(*(round_of(number) for number in range(40)))
    return await steps.rupiah(db)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whoever_hears_side_by_side_each_counts_once(purse: Database, seed: int) -> None:
    assert await _side_by_side(purse, seed) == 240


async def test_without_its_guard_it_would_be_found_out(purse: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "holds", lambda *_: None)
    assert await _side_by_side(purse, 1) < 240


@pytest.mark.parametrize("change", ["", "UPDATE purse SET owner = owner WHERE id = 1", "DELETE FROM purse WHERE id = 1",
                                    "INSERT INTO purse VALUES (2, 'budi', 0)"])  # fmt: skip
async def test_rows_that_were_seen_are_those_versions_and_those_that_were_not_are_not_there(
    purse: Database, change: str
) -> None:
    async with step(purse) as conn:
        (row,) = await conn.look("SELECT xmin::text AS version FROM purse WHERE id = ANY($1::int[])", [1, 2, 3])
        conn.holds_all("purse", "id", [1, 2, 3], [row["version"]])
        conn.holds_all("booked", "thing", ["x"], [])
        await steps.book(conn, 7)
        if change:
            async with purse.acquire() as other:
                await other.execute(change)
            with pytest.raises(asyncpg.PostgresError) as overtaken:
                await conn.finish()
            assert overtaken.value.sqlstate == "WL001"
        else:
            await conn.finish()
    assert await steps.booked(purse) == ([] if change else [7])
