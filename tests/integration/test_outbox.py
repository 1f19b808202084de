"""The outbox on a real PostgreSQL: counted without gaps, in commit order, in the order of its own sequence."""

from __future__ import annotations

import asyncio

import pytest

from services.kit import outbox
from services.kit.db import Database, transaction
from services.kit.events import PayloadTooLarge
from tests.integration.conftest import ThingId, ThingSaid


async def test_events_of_one_transaction_are_numbered_in_the_order_given(db: Database) -> None:
    one, two = ThingId.new(), ThingId.new()
    async with transaction(db) as conn:
        await outbox.append(
            conn,
            ThingSaid(thing_id=one, number=1),
            ThingSaid(thing_id=two, number=1),
            ThingSaid(thing_id=one, number=2),
        )
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=one, number=3))
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT aggregate, aggregateseq FROM outbox ORDER BY seq")
    assert [tuple(row) for row in rows] == [(str(one), 1), (str(two), 1), (str(one), 2), (str(one), 3)]


async def test_a_rolled_back_transaction_leaves_no_gap(db: Database) -> None:
    thing = ThingId.new()
    with pytest.raises(RuntimeError):
        async with transaction(db) as conn:
            await outbox.append(conn, ThingSaid(thing_id=thing, number=1))
            raise RuntimeError
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=thing, number=2))
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT array_agg(aggregateseq) FROM outbox") == [1]


async def test_many_writers_on_a_few_aggregates_leave_gapless_numbers_in_sequence_order(db: Database) -> None:
    things = [ThingId.new() for _ in range(3)]

    async def write(n: int) -> None:
        async with transaction(db) as conn:
            first, second = things[n % 3], things[(n + 1) % 3]
            await conn.execute("SELECT pg_current_xact_id()")  # an early xid: an order by xid would be wrong
            await outbox.append(conn, ThingSaid(thing_id=first, number=n), ThingSaid(thing_id=second, number=n))

    await asyncio.gather(*(write(n) for n in range(60)))
    async with db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT aggregate, array_agg(aggregateseq ORDER BY seq) AS numbers FROM outbox GROUP BY 1"
        )
    assert len(rows) == 3
    for row in rows:
        assert row["numbers"] == list(range(1, 41))


async def test_an_event_too_large_for_a_record_is_refused_where_it_is_told(db: Database) -> None:
    class Shout(ThingSaid, frozen=True, kw_only=True):
        text: str

    with pytest.raises(PayloadTooLarge):
        async with transaction(db) as conn:
            await outbox.append(conn, Shout(thing_id=ThingId.new(), number=1, text="a" * 1_000_000))
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox") == 0
