"""Positions that are forgotten: of facts of which nothing was heard for long, of who joins where it finds them; and no others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from services.kit import kafka
from services.kit.database.db import Database
from services.kit.database.kept import QUIET_DAYS
from services.kit.database.live import Live
from services.kit.ids import EventId
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.inbox_forgetting import forget_quiet
from services.kit.messaging.processor import EventProcessor
from services.kit.observe.readiness import Readiness
from services.kit.process.housekeeping import keep_house
from services.kit.process.service import Hears, Worker
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid
from tests.integration.kit.test_inbox import Ear, record, said
from tests.worlds.waiting import until

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=QUIET_DAYS + 1)
PLACE = (SOURCE, ThingSaid.topic)


def thing_of(at: datetime, number: int) -> ThingId:
    return ThingId(UUID(int=ThingId.at(at).uuid.int + number))


def told(thing: ThingId, number: int, at: datetime) -> Envelope:
    return replace(said(thing, number), id=str(EventId(UUID(int=EventId.at(at).uuid.int + number))))


async def known(db: Database, consumer: str = "ear") -> set[str]:
    async with db.acquire() as conn:
        return {
            row["aggregate"] for row in await conn.fetch("SELECT aggregate FROM inbox WHERE consumer = $1", consumer)
        }


async def forget(db: Database, *, limit: int = 1_000) -> bool:
    async with db.acquire() as conn:
        return await forget_quiet(conn, "ear", PLACE, keep_days=QUIET_DAYS, limit=limit)


def joining(ear: Ear) -> EventProcessor:
    return EventProcessor("ear", ear.db, ear.handlers, sources=frozenset({SOURCE}), joining=True)


async def test_what_is_quiet_is_forgotten_and_joined_again_by_what_comes_after_all(db: Database) -> None:
    ear = Ear(db)
    hears = joining(ear)
    quiet, lively, young = thing_of(LONG_AGO, 1), thing_of(LONG_AGO, 2), ThingId.new()
    for event in (told(quiet, 1, LONG_AGO), told(quiet, 2, LONG_AGO), told(lively, 1, LONG_AGO), said(young, 1)):
        assert await hears.take(record(event)) is Outcome.APPLIED
    assert await hears.take(record(told(lively, 2, NOW))) is Outcome.APPLIED
    assert await forget(db) is False
    assert await known(db) == {str(lively), str(young)}
    late = told(quiet, 3, NOW)
    assert await hears.take(record(late)) is Outcome.APPLIED
    assert await hears.take(record(late)) is Outcome.DUPLICATE
    assert await hears.take(record(told(quiet, 5, NOW))) is Outcome.WAITING


async def test_what_waits_is_waited_for(db: Database) -> None:
    ear, thing = Ear(db), thing_of(LONG_AGO, 1)
    hears = joining(ear)
    for number in (1, 3):
        await hears.take(record(told(thing, number, LONG_AGO)))
    await forget(db)
    assert await known(db) == {str(thing)}


async def test_they_go_in_short_statements(db: Database) -> None:
    hears = joining(Ear(db))
    for number in range(5):
        await hears.take(record(told(thing_of(LONG_AGO, number), 1, LONG_AGO)))
    assert [await forget(db, limit=2) for _ in range(3)] == [True, True, False]
    assert await known(db) == set()


def test_a_topic_of_states_is_no_place_of_facts() -> None:
    handlers = Handlers()

    @handlers.on(ThingSaid)
    async def one(*_: object) -> None: ...

    @handlers.on(ThingIs)
    async def other(*_: object) -> None: ...

    assert handlers.fact_places() == [PLACE]


async def test_a_worker_forgets_of_who_joins_alone(db: Database) -> None:
    thing = thing_of(LONG_AGO, 1)
    ears = {"joins": Ear(db), "begins": Ear(db)}
    for name, ear in ears.items():
        processor = EventProcessor(name, db, ear.handlers, sources=frozenset({SOURCE}))
        await processor.take(record(told(thing, 1, LONG_AGO)))
    worker = Worker(None, db, Readiness(), kafka.LogWatch(Cluster("nowhere:1")), asyncio.Event(), Live(db))
    hears = [Hears(name, ear.handlers, joining=name == "joins") for name, ear in ears.items()]
    keeping = asyncio.create_task(keep_house(worker, hears))

    async def forgotten() -> bool:
        return await known(db, "joins") == set()

    await until(forgotten)
    worker.stopping.set()
    await keeping
    assert await known(db, "begins") == {str(thing)}
