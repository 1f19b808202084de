"""What a consumer gathers: facts of many aggregates in one transaction, and a fault of one is still its own."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pytest

from services.kit.database.db import Database
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import ThingId
from tests.integration.kit.test_inbox import record, said
from tests.integration.kit.test_together import Writer, position, strange
from tests.worlds import servers


@pytest.fixture
async def ear(db: Database, thing_database: servers.TestDatabase) -> Writer:
    owner = await asyncpg.connect(thing_database.owner_url)
    await owner.execute("CREATE TABLE heard (thing text, number bigint)")
    await owner.close()
    return Writer(db)


async def across(ear: Writer, *events: Envelope) -> list[int]:
    """The offsets of those that went together; what is left is taken as ever."""
    records: Sequence[Record] = [record(each, offset) for offset, each in enumerate(events)]
    done = {offset for _, _, offset in await ear.processor.take_across(records)}
    left = [each for each in records if each.offset not in done]
    while left:
        del left[: await ear.processor.take_some(left)]
    return sorted(done)


async def test_facts_of_many_aggregates_are_one_transaction(ear: Writer) -> None:
    one, two, three = ThingId.new(), ThingId.new(), ThingId.new()
    assert await across(ear, said(one, 1), said(two, 1), said(one, 2), strange(three, 1)) == [0, 1, 2, 3]
    assert await ear.written() == [(1, 1), (1, 1), (2, 1)]
    assert [await position(ear.db, each) for each in (one, two, three)] == [2, 1, 1]


async def test_one_that_fails_parks_its_own_key_and_the_others_are_applied(ear: Writer) -> None:
    one, two = ThingId.new(), ThingId.new()
    ear.failing = {7: RuntimeError("a bug")}
    await across(ear, *(said(two, n) for n in range(1, 7)))
    assert await across(ear, said(one, 1), said(two, 7), said(one, 2), said(two, 8)) == []
    assert (await position(ear.db, one), await position(ear.db, two)) == (2, 6)
    assert await ear.trouble() == {"waiting": 1, "parked": 1, "dead": 0}
    # While something of a key waits, it is not gathered: others are.
    assert await across(ear, said(one, 3), said(two, 9), said(one, 4)) == [0, 2]
    assert await ear.trouble() == {"waiting": 2, "parked": 1, "dead": 0}


async def test_repeats_and_gaps_are_left_for_one_at_a_time(ear: Writer) -> None:
    one, two = ThingId.new(), ThingId.new()
    assert await across(ear, said(one, 1), said(two, 1)) == [0, 1]
    assert await across(ear, said(one, 1), said(two, 2), said(two, 4), said(one, 2)) == [1]
    assert (await position(ear.db, one), await position(ear.db, two)) == (2, 2)
    assert await ear.trouble() == {"waiting": 1, "parked": 0, "dead": 0}
    assert [number for number, _ in await ear.written()] == [1, 1, 2, 2]


async def test_two_that_read_the_same_apply_it_once(ear: Writer) -> None:
    one, two = ThingId.new(), ThingId.new()
    other: EventProcessor = Writer(ear.db).processor
    records = [record(said(one, 1), 0), record(said(two, 1), 1)]
    await ear.processor.take_across(records)
    assert await other.take_across(records) == frozenset()
    assert [number for number, _ in await ear.written()] == [1, 1]
