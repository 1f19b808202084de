"""A step: one look and one statement; what was overtaken, or takes more, is done again whole in a transaction, and nothing twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import pytest

from services.kit.database.db import Database, Transaction, transaction
from services.kit.database.step import NotInOne, Step, in_step, step
from services.kit.database.writes import Write
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.stepping import STEPS
from tests.integration.conftest import SOURCE, ThingId, ThingSaid
from tests.integration.kit.test_inbox import record, said
from tests.worlds import servers
from tests.worlds.waiting import until

_LOCK = "UPDATE purse SET owner = owner WHERE id = 1 RETURNING xmin::text AS version, rupiah"
_LOOK = "SELECT xmin::text AS version, rupiah FROM purse WHERE id = 1"


@pytest.fixture
async def purse(thing_database: servers.TestDatabase) -> AsyncIterator[Database]:
    owner = await asyncpg.connect(thing_database.owner_url)
    await owner.execute(
        """CREATE TABLE purse (id integer PRIMARY KEY, owner text, rupiah bigint NOT NULL);
           CREATE TABLE booked (n bigint GENERATED ALWAYS AS IDENTITY, thing text, number bigint UNIQUE);
           GRANT ALL ON purse, booked TO testing; INSERT INTO purse VALUES (1, 'siti', 0)"""
    )
    await owner.close()
    db = Database(thing_database.url, size=8)
    await db.open()
    yield db
    await db.close()


async def held(conn: Transaction) -> int:
    """What is in it, which nobody changes until the end, or not unseen."""
    if isinstance(conn, Step):
        (row,) = await conn.look(_LOOK)
        conn.holds("purse", "id", 1, [row["version"]])
    else:
        (row,) = await conn.fetch(_LOCK)
    found: int = row["rupiah"]
    return found


async def put(conn: Transaction, rupiah: int) -> None:
    await conn.later(Write("put AS (UPDATE purse SET rupiah = $1 WHERE id = 1)", [rupiah], frozenset({"purse"})))


async def book(conn: Transaction, number: int, thing: str = "") -> None:
    await conn.later(
        Write("book AS (INSERT INTO booked (thing, number) VALUES ($1, $2))", [thing, number], frozenset({"booked"}))
    )


async def rupiah(db: Database) -> int:
    async with db.acquire() as conn:
        found: int = await conn.fetchval("SELECT rupiah FROM purse")
    return found


async def booked(db: Database) -> list[int]:
    async with db.acquire() as conn:
        return [row["number"] for row in await conn.fetch("SELECT number FROM booked ORDER BY n")]


async def test_a_look_and_a_statement(purse: Database) -> None:
    texts: list[str] = []
    async with step(purse) as conn:
        conn._conn._con.add_query_logger(lambda query: texts.append(query.query))  # type: ignore[union-attr]  # behind the pool's proxy
        await put(conn, await held(conn) + 7)
        await book(conn, 7)
        await conn.finish()
    assert len(texts) == 2, texts
    assert (await rupiah(purse), await booked(purse)) == (7, [7])


@pytest.mark.parametrize("by", ["a step", "a transaction", "one that is not over yet"])
async def test_what_was_overtaken_writes_nothing(purse: Database, by: str) -> None:
    async with step(purse) as conn:
        before = await held(conn)
        if by == "one that is not over yet":
            async with transaction(purse) as other:
                await held(other)
                ending = asyncio.create_task(_finished(conn, before))
                await _waits_for_a_lock(purse)
                await put(other, 100)
        else:
            async with step(purse) if by == "a step" else transaction(purse) as other:
                await put(other, await held(other) + 100)
                if isinstance(other, Step):
                    await other.finish()
            ending = asyncio.create_task(_finished(conn, before))
        with pytest.raises(asyncpg.PostgresError) as overtaken:
            await ending
        assert overtaken.value.sqlstate == "WL001"
    assert (await rupiah(purse), await booked(purse)) == (100, [])


async def _finished(conn: Step, before: int) -> None:
    await put(conn, before + 1)
    await book(conn, 1)
    await conn.finish()


async def _waits_for_a_lock(db: Database) -> None:
    async def waits() -> bool:
        async with db.acquire() as conn:
            return bool(await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await until(waits)


async def test_who_only_had_the_row_while_children_were_written_is_seen(purse: Database) -> None:
    async with step(purse) as conn:
        before = await held(conn)
        async with transaction(purse) as other:
            await held(other)
            await book(other, 5)
        with pytest.raises(asyncpg.PostgresError):
            await _finished(conn, before)
    assert await booked(purse) == [5]


async def test_what_takes_more_is_done_again_in_a_transaction(purse: Database) -> None:
    tried: list[type[Transaction]] = []

    async def work(conn: Transaction) -> int:
        tried.append(type(conn))
        found = await held(conn)
        await put(conn, found + 1)
        await book(conn, len(tried))
        await conn.fetchval("SELECT 1")
        return found

    assert await in_step(purse, work) == 0
    assert (tried, await rupiah(purse), await booked(purse)) == ([Step, Transaction], 1, [2])


@pytest.mark.parametrize("ask", ["execute", "fetch", "fetchrow", "fetchval", "fetch_beside", "attempt", "takes_more"])
async def test_whatever_else_is_asked_of_it_is_not_for_a_step(purse: Database, ask: str) -> None:
    with pytest.raises(NotInOne):
        async with step(purse) as conn:
            call: Callable[..., Awaitable[object]] = getattr(conn, ask)
            await call(*([] if ask in ("attempt", "takes_more") else ["SELECT 1"]))


async def test_two_writes_of_one_table_are_not_one_statement(purse: Database) -> None:
    async def work(conn: Transaction) -> None:
        found = await held(conn)
        await put(conn, found + 1)
        await put(conn, found + 2)

    await in_step(purse, work)
    assert await rupiah(purse) == 2


async def test_what_somebody_else_has_put_there_meanwhile_is_met_in_a_transaction(purse: Database) -> None:
    async with transaction(purse) as conn:
        await book(conn, 3)

    async def work(conn: Transaction) -> None:
        await book(conn, 3)

    with pytest.raises(asyncpg.UniqueViolationError):
        await in_step(purse, work)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whoever_comes_side_by_side_nothing_is_lost(purse: Database, seed: int) -> None:
    assert await _added(purse, seed) == 60


async def test_without_its_guard_it_would_be_found_out(purse: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "holds", lambda *_: None)
    assert await _added(purse, 1) < 60


async def _added(db: Database, seed: int) -> int:
    """Sixty add one each, some in steps, six at a time."""
    some, turns = random.Random(seed), asyncio.Semaphore(6)

    async def add(conn: Transaction) -> None:
        found = await held(conn)
        await asyncio.sleep(some.random() / 200)
        await put(conn, found + 1)

    async def one(stepping: bool) -> None:
        async with turns:
            if stepping:
                await in_step(db, add)
            else:
                async with transaction(db) as conn:
                    await add(conn)

    await asyncio.gather(*(one(some.random() < 0.7) for _ in range(60)))
    return await rupiah(db)


@dataclass
class Ear:
    """Hears in steps; what 7 says takes more, and 9 fails."""

    db: Database
    heard: list[tuple[int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        handlers = Handlers()
        handlers.on(ThingSaid, in_step=True)(self._said)
        self.processor = EventProcessor("ear", self.db, handlers, sources=frozenset({SOURCE}))

    async def _said(self, conn: Transaction, event: ThingSaid) -> None:
        self.heard.append((event.number, isinstance(conn, Step)))
        if event.number == 9:
            raise ValueError("a fault of ours")
        await put(conn, await held(conn) + event.number)
        if event.number == 7:
            conn.takes_more()
        await book(conn, event.number, str(event.thing_id))
        await outbox.append(conn, ThingSaid(thing_id=event.thing_id, number=100 + event.number))
        await outbox.append(conn, ThingSaid(thing_id=event.thing_id, number=200 + event.number))

    async def told(self) -> list[tuple[int, int]]:
        async with self.db.acquire() as conn:
            rows = await conn.fetch(
                """SELECT aggregateseq, convert_from(payload, 'utf8')::json ->> 'number' AS number
                   FROM outbox ORDER BY seq"""
            )
        return [(row["aggregateseq"], int(row["number"])) for row in rows]


async def test_an_event_counts_once_in_its_turn_and_tells_in_order(purse: Database) -> None:
    ear, thing = Ear(purse), ThingId.new()
    stepped = STEPS.labels("ear", "stepped")._value.get()
    assert await ear.processor.take(record(said(thing, 2))) is Outcome.WAITING
    assert await booked(purse) == []
    assert await ear.processor.take(record(said(thing, 1))) is Outcome.APPLIED
    assert await ear.processor.take(record(said(thing, 1))) is Outcome.DUPLICATE
    assert (await booked(purse), await rupiah(purse)) == ([1, 2], 3)
    assert await ear.told() == [(1, 101), (2, 201), (3, 102), (4, 202)]
    assert STEPS.labels("ear", "stepped")._value.get() == stepped + 2


async def test_one_that_takes_more_is_taken_in_a_transaction_and_one_that_fails_is_parked_alone(
    purse: Database,
) -> None:
    ear, thing, other = Ear(purse), ThingId.new(), ThingId.new()
    for number in range(1, 11):
        await ear.processor.take(record(said(thing, number)))
    await ear.processor.take(record(said(other, 1, data=ThingSaid(thing_id=other, number=50).payload())))
    assert await booked(purse) == [1, 2, 3, 4, 5, 6, 7, 8, 50]
    assert [each for each in ear.heard if each[0] == 7] == [(7, True), (7, False)]
    async with purse.acquire() as conn:
        parked = await conn.fetch("SELECT seq, error IS NOT NULL AS parked FROM inbox_waiting ORDER BY seq")
    assert [tuple(each) for each in parked] == [(9, True), (10, False)]


async def test_two_workers_with_the_same_event_apply_it_once(purse: Database) -> None:
    thing = ThingId.new()
    for number in range(1, 20):
        ears = [Ear(purse), Ear(purse)]
        if number in (7, 9):
            continue
        outcomes = await asyncio.gather(*(each.processor.take(record(_numbered(thing, number))) for each in ears))
        assert sorted(str(each) for each in outcomes) == ["applied", "duplicate"]
    assert await booked(purse) == [number for number in range(1, 20) if number not in (7, 9)]


def _numbered(thing: ThingId, number: int) -> Envelope:
    return said(
        thing, number - sum(number > each for each in (7, 9)), data=ThingSaid(thing_id=thing, number=number).payload()
    )
