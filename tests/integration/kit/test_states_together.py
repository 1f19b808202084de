"""States of many aggregates that are applied by one statement: the same as one by one, and a fault of one is still its own."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from services.kit.database.db import Connection, Database
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid
from tests.integration.kit.test_inbox import record, said
from tests.integration.kit.test_together import position


class Keeper:
    """What it heard of each aggregate last, and how many it heard of at a time. It fails on the numbers in `failing`."""

    def __init__(self, db: Database, consumer: str = "keeper") -> None:
        self.kept: dict[str, int] = {}
        self.at_once: list[int] = []
        self.failing: set[int] = set()
        handlers = Handlers()
        handlers.of_many(ThingIs)(self._are)
        self.consumer = consumer
        self.processor = EventProcessor(consumer, db, handlers, sources=frozenset({SOURCE}))

    async def _are(self, _: Connection, events: Sequence[ThingIs]) -> None:
        if bad := self.failing & {each.number for each in events}:
            raise RuntimeError(f"a bug on {bad}")
        self.at_once.append(len(events))
        self.kept |= {str(each.thing_id): each.number for each in events}

    async def take(self, *events: Envelope) -> list[int]:
        left, counts = [record(each, offset) for offset, each in enumerate(events)], []
        while left:
            counts.append(await self.processor.take_some(left))
            left = left[counts[-1] :]
        return counts


def state(thing: ThingId, number: int, *, epoch: int = 1) -> Envelope:
    return said(thing, number, epoch=epoch, kind=ThingIs)


async def test_the_newest_of_each_is_put_with_the_others(db: Database) -> None:
    keeper, one, two, three = Keeper(db), ThingId.new(), ThingId.new(), ThingId.new()
    assert await keeper.take(state(one, 1), state(two, 4), state(one, 2), state(three, 9), state(two, 3)) == [5]
    assert keeper.at_once == [3]
    assert keeper.kept == {str(one): 2, str(two): 4, str(three): 9}
    assert [await position(db, each, "keeper") for each in (one, two, three)] == [2, 4, 9]
    assert await keeper.take(state(one, 2), state(two, 5)) == [2]
    assert keeper.kept[str(two)] == 5
    assert keeper.at_once == [3, 1]


async def test_one_that_fails_parks_its_own_key_alone(db: Database) -> None:
    keeper, one, two, three = Keeper(db), ThingId.new(), ThingId.new(), ThingId.new()
    keeper.failing = {4}
    assert await keeper.take(state(one, 1), state(two, 4), state(three, 9)) == [3]
    assert keeper.kept == {str(one): 1, str(three): 9}
    assert await position(db, two, "keeper") is None
    keeper.failing.clear()
    assert await keeper.take(state(one, 2), state(two, 5), state(three, 10)) == [3]  # a newer one mends it
    assert keeper.kept == {str(one): 2, str(two): 5, str(three): 10}
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM inbox_waiting") == 0


async def test_another_event_with_its_number_is_an_alarm_as_ever(db: Database) -> None:
    keeper, one, two = Keeper(db), ThingId.new(), ThingId.new()
    other = replace(state(one, 2), id="evt_other")
    assert await keeper.take(state(one, 2), other, state(two, 1)) == [3]
    assert keeper.kept == {str(one): 2, str(two): 1}
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM dead_letter") == 1


async def test_what_comes_is_the_same_as_one_by_one(db: Database) -> None:
    """Whatever is repeated, old, of another epoch, and however it is cut."""
    drawn = random.Random(20)
    things = [ThingId.new() for _ in range(5)]
    for trial in range(20):
        told = [
            state(drawn.choice(things), drawn.randrange(1, 6) + 6 * trial, epoch=drawn.choice((1, 1, 1, 2)))
            for _ in range(drawn.randrange(2, 30))
        ]
        together, singly = Keeper(db, f"together{trial}"), Keeper(db, f"singly{trial}")
        cut = drawn.randrange(len(told))
        await together.take(*told[:cut])
        await together.take(*told[cut:])
        for each in told:
            await singly.processor.take(record(each))
        assert together.kept == singly.kept
        for thing in things:
            assert await position(db, thing, together.consumer) == await position(db, thing, singly.consumer)


async def test_facts_are_never_left_out() -> None:
    with pytest.raises(ValueError, match="fact"):
        Handlers().of_many(ThingSaid)(lambda _, __: None)  # type: ignore[arg-type,return-value]
