"""What is changed, or looked at, by the statement that moves the position: once, in its turn, and parked alone when it fails."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import asyncpg
import pytest
from msgspec.structs import replace

from services.kit.database.db import Database, Transaction
from services.kit.database.writes import Write
from services.kit.messaging.effects import Effect
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import SOURCE, ThingId, ThingSaid
from tests.integration.kit.test_inbox import record, said
from tests.integration.kit.test_together import position, strange
from tests.worlds import servers
from tests.worlds.asked import asked_of


def _written(first: int) -> str:
    # What 7 is divided by is nothing: a fault that is the event's own.
    return f"""done AS (INSERT INTO heard (thing, number) SELECT ${first}::text, ${first + 1}::bigint + 0 / (${first + 1}::bigint - 7)
                        FROM moved RETURNING 1)"""


async def _write(conn: Transaction, event: ThingSaid) -> None:
    wrote = "wrote AS (INSERT INTO heard (thing, number) SELECT $1::text, $2::bigint + 0 / ($2::bigint - 7))"
    await conn.later(Write(wrote, [str(event.thing_id), event.number], frozenset({"heard"})))


async def _look_and_write(conn: Transaction, event: ThingSaid) -> None:
    await conn.look("SELECT number FROM heard WHERE thing = $1", str(event.thing_id))
    await _write(conn, event)


async def _look_beside_and_write(conn: Transaction, event: ThingSaid) -> None:
    rows = await conn.fetch_beside(
        "SELECT number FROM heard WHERE thing = $1 ORDER BY number FOR UPDATE", str(event.thing_id)
    )
    assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)
    await _write(conn, event)


STATEMENTS = {"effect": 1, "step": 2, "look": 3 + 1, "apart": 3 + 1}
"""Of one event. What begins with a look takes a transaction; and so does what moves its position apart, which looks at nothing here."""


class Ear:
    def __init__(self, db: Database, kind: str) -> None:
        self.db = db
        self.statements = STATEMENTS[kind]
        handlers = Handlers()
        if kind == "effect":
            handlers.in_one(ThingSaid)(lambda event: Effect(_written, (str(event.thing_id), event.number)))
        elif kind == "step":
            handlers.on(ThingSaid, in_step=True)(_look_and_write)
        elif kind == "look":
            handlers.on(ThingSaid, looks_first=True)(_look_beside_and_write)
        else:
            handlers.on(ThingSaid)(_write)
        self.processor = EventProcessor("ear", db, handlers, sources=frozenset({SOURCE}))

    async def take(self, event: Envelope) -> Outcome | None:
        return await self.processor.take(record(event))

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        async with self.db.acquire() as conn:
            return [tuple(row) for row in await conn.fetch(statement)]

    async def written(self) -> list[object]:
        return [number for (number,) in await self.rows("SELECT number FROM heard ORDER BY ctid")]


@pytest.fixture(params=[*STATEMENTS])
async def ear(thing_database: servers.TestDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Ear]:
    owner = await asyncpg.connect(thing_database.owner_url)
    await owner.execute("CREATE TABLE heard (thing text, number bigint)")
    await owner.close()
    db = Database(thing_database.url, size=1)
    await db.open()
    yield Ear(db, request.param)
    await db.close()


async def test_it_asks_no_more_statements_than_it_must(ear: Ear) -> None:
    thing = ThingId.new()
    await ear.take(said(thing, 1))
    async with asked_of(ear.db) as texts:
        assert await ear.take(said(thing, 2)) is Outcome.APPLIED
    assert len(texts) == ear.statements, texts
    assert await ear.written() == [1, 2]


async def test_repeats_change_nothing_and_what_came_too_early_follows(ear: Ear) -> None:
    thing = ThingId.new()
    assert await ear.take(said(thing, 2)) is Outcome.WAITING
    assert await ear.written() == []
    assert await ear.take(said(thing, 1)) is Outcome.APPLIED
    assert await ear.take(said(thing, 1)) is Outcome.DUPLICATE
    assert await ear.written() == [1, 2]
    assert await position(ear.db, thing) == 2


async def test_one_that_fails_is_parked_alone(ear: Ear) -> None:
    thing, other = ThingId.new(), ThingId.new()
    for number in (1, 2, 3, 4, 5, 6, 7, 8):
        await ear.take(said(thing, number))
    await ear.take(said(other, 1))
    assert await ear.written() == [1, 2, 3, 4, 5, 6, 1]
    parked = await ear.rows("SELECT seq, error IS NOT NULL FROM inbox_waiting ORDER BY seq")
    assert parked == [(7, True), (8, False)]


async def _taken(ear: Ear, *events: Envelope) -> list[int]:
    left, counts = [record(each, at) for at, each in enumerate(events)], list[int]()
    while left:
        counts.append(await ear.processor.take_some(left))
        del left[: counts[-1]]
    return counts


async def test_with_many_of_its_aggregate_it_is_made_in_their_transaction(ear: Ear) -> None:
    thing = ThingId.new()
    events = [said(thing, 1), strange(thing, 2), *(said(thing, number) for number in (3, 4, 5))]
    assert await _taken(ear, *events) == [5]
    assert await ear.written() == [1, 3, 4, 5]
    assert await ear.rows("SELECT count(DISTINCT xmin::text) FROM heard") == [(1,)]


async def test_with_it_goes_what_nobody_handles_before_it(ear: Ear) -> None:
    thing = ThingId.new()
    assert await _taken(ear, strange(thing, 1), said(thing, 2)) == [2]
    async with asked_of(ear.db) as texts:
        assert await _taken(ear, strange(thing, 3), strange(thing, 4), said(thing, 5)) == [3]
        assert await _taken(ear, said(thing, 6)) == [1]
    assert len(texts) == 2 * ear.statements, texts
    assert await ear.written() == [2, 5, 6]
    assert await position(ear.db, thing) == 6


async def test_over_a_gap_nothing_goes_along(ear: Ear) -> None:
    thing = ThingId.new()
    assert await _taken(ear, said(thing, 1), strange(thing, 3), said(thing, 4)) == [1, 2]
    assert (await ear.written(), await position(ear.db, thing)) == ([1], 1)
    assert await _taken(ear, strange(thing, 2)) == [1]
    assert (await ear.written(), await position(ear.db, thing)) == ([1, 4], 4)


async def test_repeats_of_what_went_along_change_nothing(ear: Ear) -> None:
    thing = ThingId.new()
    for _ in range(2):
        await _taken(ear, strange(thing, 1), said(thing, 2))
    await _taken(ear, strange(thing, 1), strange(thing, 2 + 1), said(thing, 4))
    assert (await ear.written(), await position(ear.db, thing)) == ([2, 4], 4)


async def test_where_something_of_the_key_waits_nothing_goes_along_and_who_waited_follows(ear: Ear) -> None:
    thing = ThingId.new()
    assert await _taken(ear, strange(thing, 2), said(thing, 4)) == [1, 1]
    assert await _taken(ear, strange(thing, 1), strange(thing, 2), said(thing, 3)) == [3]
    assert (await ear.written(), await position(ear.db, thing)) == ([3, 4], 4)
    assert await ear.rows("SELECT count(*) FROM inbox_waiting") == [(0,)]


async def test_a_parked_head_is_not_passed_with_what_comes_after_it(ear: Ear) -> None:
    thing = ThingId.new()
    for number in range(1, 8):
        await ear.take(said(thing, number))
    assert await _taken(ear, strange(thing, 8), said(thing, 9)) == [2]
    assert (await ear.written(), await position(ear.db, thing)) == ([1, 2, 3, 4, 5, 6], 6)
    assert await ear.rows("SELECT seq FROM inbox_waiting ORDER BY seq") == [(7,), (8,), (9,)]


async def test_one_that_fails_is_parked_and_those_before_it_are_passed(ear: Ear) -> None:
    thing = ThingId.new()
    assert await _taken(ear, *(strange(thing, number) for number in range(1, 7)), said(thing, 7)) == [7]
    assert (await ear.written(), await position(ear.db, thing)) == ([], 6)
    assert await ear.rows("SELECT seq, error IS NOT NULL FROM inbox_waiting") == [(7, True)]


async def test_with_one_of_a_restored_publisher_go_those_before_it(ear: Ear) -> None:
    thing = ThingId.new()
    for number in range(1, 5):
        await ear.take(said(thing, number))
    restored = [replace(each, epoch=2) for each in (strange(thing, 3), said(thing, 4))]
    assert await _taken(ear, *restored) == [2]
    assert await ear.written() == [1, 2, 3, 4, 4]
    assert await ear.rows("SELECT last, epoch FROM inbox") == [(4, 2)]


async def test_what_goes_before_it_and_is_of_another_aggregate_is_heard_too(ear: Ear) -> None:
    thing, other = ThingId.new(), ThingId.new()
    await _taken(ear, strange(thing, 1), strange(other, 1), said(thing, 2), said(other, 2))
    assert sorted(await ear.written(), key=str) == [2, 2]
    assert [await position(ear.db, each) for each in (thing, other)] == [2, 2]
    assert await ear.rows("SELECT count(*) FROM inbox_waiting") == [(0,)]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_lies_between_each_fact_is_heard_once_and_in_its_order(ear: Ear, seed: int) -> None:
    some = random.Random(seed)
    things = [ThingId.new() for _ in range(3)]
    told = {thing: [some.choice((said, strange, strange))(thing, n) for n in range(1, 7)] for thing in things}
    left = {thing: [*events] for thing, events in told.items()}
    events = [left[some.choice([each for each in things if left[each]])].pop(0) for _ in range(18)]
    while events:
        fetched = [events.pop(0) for _ in range(min(len(events), some.randint(1, 6)))]
        await _taken(ear, *fetched, *some.sample(fetched, some.randint(0, len(fetched))))
    assert [await position(ear.db, thing) for thing in things] == [6, 6, 6]
    for thing in things:
        heard = await ear.rows(f"SELECT number FROM heard WHERE thing = '{thing}' ORDER BY ctid")
        assert [number for (number,) in heard] == [each.seq for each in told[thing] if "unheard" not in each.type]
    assert await ear.rows("SELECT count(*) FROM inbox_waiting") == [(0,)]
