"""Why the relay polls pending rows: on a real PostgreSQL, a cursor over ids loses, and one over (xid, seq) reorders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from services.kit.database.db import Connection, Database, Transaction, transaction
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress
from tests.integration.conftest import ThingId, ThingSaid
from tests.worlds import servers
from tests.worlds.waiting import until


@pytest.fixture
async def two(thing_database: servers.TestDatabase) -> AsyncIterator[list[asyncpg.Connection]]:
    """Two connections of one's own, to be interleaved by hand."""
    opened = [await asyncpg.connect(thing_database.url) for _ in range(2)]
    yield opened
    for conn in opened:
        await conn.close()


@pytest.fixture
async def with_xids(thing_database: servers.TestDatabase) -> None:
    """Lets each row of the outbox say which transaction wrote it."""
    owner = await asyncpg.connect(thing_database.owner_url)
    await owner.execute("ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()")
    await owner.close()


@dataclass
class Cursor:
    """A relay that remembers how far it has read, and asks for what lies behind."""

    order: str
    safe: str = "true"
    at: tuple[object, ...] | None = None

    async def read(self, conn: Connection) -> list[tuple[str, int]]:
        where = f"({self.order}) > ({', '.join(f'${n + 1}' for n in range(len(self.at)))})" if self.at else "true"
        rows = await conn.fetch(
            f"SELECT {self.order}, aggregate, aggregateseq FROM outbox WHERE {where} AND {self.safe} ORDER BY {self.order}",
            *(self.at or ()),
        )
        if rows:
            self.at = tuple(rows[-1][name] for name in self.order.split(", "))
        return [(row["aggregate"], row["aggregateseq"]) for row in rows]


def lost(told: Sequence[tuple[str, int]], published: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    return set(told) - set(published)


def disordered(published: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Events that came before the one that precedes them."""
    last: dict[str, int] = {}
    early = []
    for aggregate, number in published:
        if number > last.get(aggregate, 0) + 1:
            early.append((aggregate, number))
        last[aggregate] = max(number, last.get(aggregate, 0))
    return early


async def _told(conn: Connection) -> list[tuple[str, int]]:
    return [tuple(row) for row in await conn.fetch("SELECT aggregate, aggregateseq FROM outbox")]


async def _pending(db: Database) -> list[tuple[str, int]]:
    """What the relay itself reads."""
    return [
        (row.envelope.aggregate, row.envelope.seq) for row in await PostgresOutbox(db, "wlijo/testing").pending(100)
    ]


async def test_an_id_cursor_loses_what_commits_late_and_pending_rows_do_not(
    db: Database, two: list[asyncpg.Connection]
) -> None:
    slow, fast = two
    cursor = Cursor("seq")
    first, second = ThingId.new(), ThingId.new()
    writing = slow.transaction()
    await writing.start()
    await outbox.append(Transaction(slow), ThingSaid(thing_id=first, number=1))  # takes the lower id
    async with fast.transaction():
        await outbox.append(Transaction(fast), ThingSaid(thing_id=second, number=1))
    published = await cursor.read(fast)
    await writing.commit()
    published += await cursor.read(fast)
    assert lost(await _told(fast), published) == {(str(first), 1)}
    assert set(await _pending(db)) == {(str(first), 1), (str(second), 1)}


async def test_an_xid_cursor_reorders_an_aggregate_and_pending_rows_do_not(
    db: Database, two: list[asyncpg.Connection], with_xids: None
) -> None:
    early, late = two
    cursor = Cursor("xid, seq", safe="xid < pg_snapshot_xmin(pg_current_snapshot())")
    thing = ThingId.new()
    writing = early.transaction()
    await writing.start()
    await early.execute(
        "SELECT pg_current_xact_id()"
    )  # its first write, an idempotency key say: it has the lower xid now
    async with late.transaction():
        await outbox.append(Transaction(late), ThingSaid(thing_id=thing, number=1))
    await outbox.append(Transaction(early), ThingSaid(thing_id=thing, number=2))
    await writing.commit()
    published = await cursor.read(late)
    assert published == [(str(thing), 2), (str(thing), 1)]
    assert disordered(published) == [(str(thing), 2)]
    assert await _pending(db) == [(str(thing), 1), (str(thing), 2)]


async def test_a_pool_of_skip_locked_relays_overtakes_itself(two: list[asyncpg.Connection]) -> None:
    one, other = two
    thing = ThingId.new()
    for number in (1, 2):
        async with one.transaction():
            await outbox.append(Transaction(one), ThingSaid(thing_id=thing, number=number))
    take = "SELECT aggregate, aggregateseq FROM outbox ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED"
    async with one.transaction():
        held = await one.fetch(take)  # and its broker is slow
        async with other.transaction():
            published = [tuple(row) for row in await other.fetch(take)]
    published += [tuple(row) for row in held]
    assert disordered(published) == [(str(thing), 2)]


async def test_a_writer_waits_for_the_counter_so_that_a_later_event_cannot_be_seen_first(
    db: Database, two: list[asyncpg.Connection]
) -> None:
    first, second = two
    thing = ThingId.new()
    writing = first.transaction()
    await writing.start()
    await outbox.append(Transaction(first), ThingSaid(thing_id=thing, number=1))

    async def follow() -> None:
        async with second.transaction():
            await outbox.append(Transaction(second), ThingSaid(thing_id=thing, number=2))

    following = asyncio.create_task(follow())
    async with db.acquire() as conn:
        assert await until(
            lambda: conn.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
            )
        )
    assert await _pending(db) == []
    await writing.commit()
    await following
    assert await _pending(db) == [(str(thing), 1), (str(thing), 2)]


async def test_many_writers_beside_a_reader_lose_and_disorder_nothing(db: Database) -> None:
    things = [ThingId.new() for _ in range(4)]
    rows = PostgresOutbox(db, "wlijo/testing")
    published: list[tuple[str, int]] = []
    log = UUID(int=1)
    assert await rows.set_progress(LogProgress(log, filled=True, filled_from=0), was=None)

    async def write(n: int) -> None:
        async with transaction(db) as conn:
            await conn.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(0)
            await outbox.append(conn, *(ThingSaid(thing_id=things[(n + k) % 4], number=n) for k in range(2)))

    async def relay() -> None:
        while len(published) < 200:
            pending = await rows.pending(7)
            published.extend((row.envelope.aggregate, row.envelope.seq) for row in pending)
            await rows.archive([row.seq for row in pending], log=log)

    await asyncio.gather(relay(), *(write(n) for n in range(100)))
    assert (len(published), disordered(published)) == (200, [])
    assert sorted(published) == sorted((str(thing), n) for thing in things for n in range(1, 51))
