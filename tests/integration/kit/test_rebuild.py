"""A projection built anew under a new consumer's name while the old one goes on, and swapped for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from services.kit.database.db import Connection, Database
from services.kit.messaging import inbox_trouble
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from tests.integration.conftest import SOURCE, ThingId, ThingSaid
from tests.integration.kit.test_backbone import TOPICS, Listener, relaying, running, tell
from tests.integration.kit.test_inbox import Ear, record, said
from tests.worlds import servers
from tests.worlds.waiting import until


class Rebuilding(Listener):
    """The same, with what its handler has learnt since, into a table of its own until it is swapped in."""

    async def _said(self, conn: Connection, event: ThingSaid) -> None:
        await conn.execute(
            f"INSERT INTO {await conn.fetchval(_THE_NEW)} (thing, number, doubled) VALUES ($1, $2, $3)",
            str(event.thing_id),
            event.number,
            event.number * 2,
        )


_THE_NEW = "SELECT coalesce(to_regclass('heard_next'), to_regclass('heard'))::text"
_SWAP = """
BEGIN;
DROP TABLE heard;
ALTER TABLE heard_next RENAME TO heard;
COMMIT"""


async def test_a_projection_is_rebuilt_beside_the_old_one_and_swapped_while_events_go_on(
    db: Database, database: Callable[[str], servers.TestDatabase], broker: servers.Broker
) -> None:
    await asyncio.to_thread(broker.create_topics, TOPICS)
    opened, owner = await _opened_with_owner(database)
    old, going_on = Listener(opened, broker.cluster), Listener(opened, broker.cluster)
    new = Rebuilding(opened, broker.cluster, "listener-2")
    things = [ThingId.new() for _ in range(4)]
    async with relaying(db, broker.cluster):
        async with running(old):
            for thing in things:
                await tell(db, thing, *range(1, 11))
            assert await until(partial(_count, opened, "heard", 40))
        async with owner.acquire() as conn:
            await conn.execute("CREATE TABLE heard_next (LIKE heard INCLUDING IDENTITY, doubled bigint)")
        async with running(new):
            async with running(going_on):
                await asyncio.gather(*(tell(db, thing, *range(11, 21)) for thing in things))
                assert await until(partial(_count, opened, "heard_next", 80))
                assert await until(partial(_count, opened, "heard", 80))
                async with opened.acquire() as conn:
                    assert await inbox_trouble.behind(conn, "listener-2", than="listener") == 0
            # The old one is stopped; the new one goes on while its table takes the other's place.
            telling = asyncio.create_task(tell(db, things[0], *range(21, 31)))
            async with owner.acquire() as conn:
                await conn.execute(_SWAP)
            await telling
            assert await until(partial(_count, opened, "heard", 90))
            assert [await new.heard(thing) for thing in things] == [
                list(range(1, 31)),
                *(list(range(1, 21)) for _ in things[1:]),
            ]
    await opened.close()
    await owner.close()


async def _opened_with_owner(database: Callable[[str], servers.TestDatabase]) -> tuple[Database, Database]:
    made = await asyncio.to_thread(database, "testing")
    owner, opened = Database(made.owner_url), Database(made.url)
    await owner.open()
    await opened.open()
    async with owner.acquire() as conn:
        await conn.execute("CREATE TABLE heard (at bigint GENERATED ALWAYS AS IDENTITY, thing text, number bigint)")
    return opened, owner


async def _count(db: Database, table: str, rows: int) -> bool:
    async with db.acquire() as conn:
        found: int = await conn.fetchval(f"SELECT count(*) FROM {table}")
    assert found <= rows
    return found == rows


async def test_how_far_a_new_consumer_is_behind_is_counted_by_aggregate(db: Database) -> None:
    one, two = ThingId.new(), ThingId.new()
    old = Ear(db)
    handlers = Handlers()
    handlers.on(ThingSaid)(old._said)
    new = EventProcessor("ear-2", db, handlers, sources=frozenset({SOURCE}))
    for thing in (one, two):
        for number in (1, 2):
            await old.processor.take(record(said(thing, number)))
    await new.take(record(said(one, 1)))
    async with db.acquire() as conn:
        assert await inbox_trouble.behind(conn, "ear-2", than="ear") == 2
        assert await inbox_trouble.behind(conn, "ear-3", than="ear") == 2
        await new.take(record(said(one, 2)))
        assert await inbox_trouble.behind(conn, "ear-2", than="ear") == 1


async def test_one_that_joins_begins_where_the_log_begins_and_is_strict_from_there(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    handlers = Handlers()
    handlers.on(ThingSaid)(ear._said)
    joining = EventProcessor("joiner", db, handlers, sources=frozenset({SOURCE}), joining=True)
    outcomes = [await joining.take(record(said(thing, number))) for number in (5, 7, 6, 4, 7)]
    assert outcomes == [Outcome.APPLIED, Outcome.WAITING, Outcome.APPLIED, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert ear.heard == [5, 6, 7]
