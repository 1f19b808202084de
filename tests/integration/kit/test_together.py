"""Events that are applied with those after them in one transaction: what goes together, and that a fault of one is still its own."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pytest
from msgspec.structs import replace

from services.kit.database.db import Connection, Database, transaction
from services.kit.messaging import inbox_store
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import ThingId, ThingIs, ThingSaid
from tests.integration.kit.test_inbox import Ear, record, said
from tests.worlds import servers


class Writer(Ear):
    """Writes what it hears down in the transaction in which it hears it."""

    async def _said(self, conn: Connection, event: ThingSaid) -> None:
        await conn.execute("INSERT INTO heard (thing, number) VALUES ($1, $2)", str(event.thing_id), event.number)
        await super()._said(conn, event)

    async def written(self) -> list[tuple[int, int]]:
        """Each number, and which transaction it was written by, counted from 1."""
        async with self.db.acquire() as conn:
            rows = await conn.fetch(
                "SELECT number, dense_rank() OVER (ORDER BY xmin::text::bigint) AS n FROM heard ORDER BY n, ctid"
            )
        return [(row["number"], row["n"]) for row in rows]


@pytest.fixture
async def ear(db: Database, thing_database: servers.TestDatabase) -> Writer:
    owner = await asyncpg.connect(thing_database.owner_url)
    await owner.execute("CREATE TABLE heard (thing text, number bigint)")
    await owner.close()
    return Writer(db)


def strange(thing: ThingId, number: int) -> Envelope:
    """Of a type that nobody handles."""
    return replace(said(thing, number), type="testing.unheard_of.v1")


async def taken(ear: Ear, *events: Envelope) -> list[int]:
    """How many at a time, until all are."""
    left: Sequence[Record] = [record(each, offset) for offset, each in enumerate(events)]
    counts = []
    while left:
        counts.append(await ear.processor.take_some(left))
        left = left[counts[-1] :]
    return counts


async def position(db: Database, thing: ThingId, consumer: str = "ear") -> int | None:
    async with db.acquire() as conn:
        found: int | None = await conn.fetchval(
            "SELECT last FROM inbox WHERE consumer = $1 AND aggregate = $2", consumer, str(thing)
        )
    return found


async def test_facts_that_follow_one_another_are_one_transaction(ear: Writer) -> None:
    thing = ThingId.new()
    assert await taken(ear, *(said(thing, n) for n in (1, 2, 3))) == [3]
    assert await taken(ear, said(thing, 4), strange(thing, 5), said(thing, 6)) == [3]
    assert await ear.written() == [(1, 1), (2, 1), (3, 1), (4, 2), (6, 2)]
    assert await position(ear.db, thing) == 6


async def test_of_several_aggregates_only_what_nobody_handles_goes_together(ear: Writer) -> None:
    one, two = ThingId.new(), ThingId.new()
    assert await taken(ear, said(one, 1), said(two, 1)) == [1, 1]
    assert await taken(ear, strange(one, 2), strange(two, 2), strange(one, 3)) == [3]
    assert await taken(ear, strange(one, 4), said(two, 3)) == [1, 1]
    assert (await position(ear.db, one), await position(ear.db, two)) == (4, 3)


async def test_one_that_fails_parks_its_own_key_and_what_came_before_it_stays(ear: Writer) -> None:
    thing = ThingId.new()
    ear.failing = {3: RuntimeError("a bug")}
    assert await taken(ear, *(said(thing, n) for n in (1, 2, 3, 4))) == [4]
    assert await ear.written() == [(1, 1), (2, 2)]
    assert await ear.trouble() == {"waiting": 1, "parked": 1, "dead": 0}
    ear.failing.clear()
    async with transaction(ear.db) as conn:
        await conn.execute("UPDATE inbox_waiting SET retry_at = NULL")
    await ear.processor.due()
    assert [number for number, _ in await ear.written()] == [1, 2, 3, 4]
    assert await position(ear.db, thing) == 4


async def test_repeats_gaps_and_what_waits_are_as_one_by_one(ear: Writer) -> None:
    thing = ThingId.new()
    assert await taken(ear, said(thing, 3), said(thing, 4)) == [2]  # 1 and 2 have not come
    assert await ear.trouble() == {"waiting": 2, "parked": 0, "dead": 0}
    assert await taken(ear, said(thing, 1), said(thing, 2)) == [2]
    assert [number for number, _ in await ear.written()] == [1, 2, 3, 4]
    assert await taken(ear, *(said(thing, n) for n in (1, 2, 3, 4, 5))) == [5]
    assert [number for number, _ in await ear.written()] == [1, 2, 3, 4, 5]
    other = replace(said(thing, 5), id="evt_other")
    assert await taken(ear, other, said(thing, 6)) == [2]
    assert await ear.trouble() == {"waiting": 0, "parked": 0, "dead": 1}
    assert await position(ear.db, thing) == 6


async def test_a_restored_publisher_and_states_are_taken_one_by_one(ear: Writer) -> None:
    thing, state = ThingId.new(), ThingId.new()
    await taken(ear, said(thing, 1), said(thing, 2))
    assert await taken(ear, said(thing, 2, epoch=2), said(thing, 3, epoch=2)) == [2]
    assert await position(ear.db, thing) == 3
    assert await taken(ear, said(state, 4, kind=ThingIs), said(state, 5, kind=ThingIs)) == [1, 1]
    assert await position(ear.db, state) == 5


async def test_what_nobody_handles_waits_for_its_turn_too(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    assert await ear.processor.take(record(strange(thing, 2))) is Outcome.WAITING
    assert await ear.processor.take(record(strange(thing, 1))) is Outcome.APPLIED
    assert await position(db, thing) == 2
    assert await ear.processor.take(record(strange(thing, 1))) is Outcome.DUPLICATE


async def test_who_joins_late_begins_with_the_first_that_it_finds(db: Database) -> None:
    thing, ear = ThingId.new(), Ear(db)
    joining = EventProcessor("ear", db, ear.handlers, sources=frozenset({said(thing, 1).source}), joining=True)
    assert await joining.take_some([record(said(thing, 7)), record(said(thing, 8))]) == 2
    assert ear.heard == [7, 8]


async def test_a_stretch_is_moved_once_whoever_else_moves_it(db: Database) -> None:
    thing = ThingId.new()
    stretch = [said(thing, 1), said(thing, 2)]
    async with transaction(db) as conn:
        assert await inbox_store.advance_stretches(conn, "ear", [stretch]) == {0}
    async with transaction(db) as conn:
        assert await inbox_store.advance_stretches(conn, "ear", [stretch]) == set()
        assert await inbox_store.advance_stretches(conn, "ear", [[said(thing, 4)]]) == set()
        assert await inbox_store.advance_stretches(conn, "ear", [[said(thing, 3)], [said(ThingId.new(), 1)]]) == {0, 1}
