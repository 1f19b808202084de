"""The outbox on a real PostgreSQL: counted without gaps, in commit order, in the order of its own sequence."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.kit.database.db import Database, transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import PayloadTooLarge
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress, Sent
from tests.integration.conftest import ThingId, ThingSaid, archived
from tests.worlds import servers
from tests.worlds.waiting import until


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
        async with transaction(db) as opened:
            await outbox.append(opened, Shout(thing_id=ThingId.new(), number=1, text="a" * 1_000_000))
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox") == 0


async def _recorded(outbox_rows: PostgresOutbox, log: UUID, *, filled: bool) -> LogProgress:
    progress = LogProgress(log, filled, 0)
    assert await outbox_rows.set_progress(progress, was=await outbox_rows.progress())
    return progress


async def test_rows_leave_the_outbox_only_while_their_log_is_the_recorded_one(db: Database) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    old, new = UUID(int=1), UUID(int=2)
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=ThingId.new(), number=1))
    (pending,) = await rows.pending(10)
    assert await rows.archive([pending.seq], log=old) == 0  # no log is recorded yet
    await _recorded(rows, new, filled=False)
    assert await rows.archive([pending.seq], log=old) == 0
    assert (await rows.pending(10), await archived(rows)) == ([pending], [])
    assert await rows.archive([pending.seq], log=new) == 1
    assert (await rows.pending(10), await archived(rows)) == ([], [pending])
    assert await rows.archive([pending.seq], log=new) == 0


async def test_what_was_sent_is_archived_with_the_next_look_which_does_not_find_it(db: Database) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    old, new = UUID(int=1), UUID(int=2)
    async with transaction(db) as conn:
        await outbox.append(conn, *(ThingSaid(thing_id=ThingId.new(), number=number) for number in range(3)))
    first, *others = await rows.pending(10)
    recorded = await _recorded(rows, new, filled=True)
    # Of a log that is not the recorded one it stays, and is found.
    progress, pending = await rows.begin(10, sent=Sent([first.seq], old))
    assert (progress, [*pending.rows], pending.are_all) == (recorded, [first, *others], True)
    progress, pending = await rows.begin(10, sent=Sent([first.seq], new))
    assert (progress, [*pending.rows], await archived(rows)) == (recorded, others, [first])
    _, pending = await rows.begin(1, sent=Sent([first.seq], new))  # its answer was lost: once more, and nothing happens
    assert ([*pending.rows], pending.are_all) == (others[:1], False)
    _, pending = await rows.begin(10, sent=Sent([each.seq for each in others], new))
    assert ([*pending.rows], len(await archived(rows))) == ([], 3)


async def test_a_look_passes_over_what_is_under_way_and_leaves_it_where_it_is(db: Database) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    async with transaction(db) as conn:
        await outbox.append(conn, *(ThingSaid(thing_id=ThingId.new(), number=number) for number in range(4)))
    await _recorded(rows, UUID(int=1), filled=True)
    sent, first, second, last = await rows.pending(10)
    _, pending = await rows.begin(10, sent=Sent([sent.seq], UUID(int=1)), under_way=[first.seq])
    assert ([*pending.rows], pending.are_all) == ([second, last], True)
    _, pending = await rows.begin(1, under_way=[first.seq])
    assert ([*pending.rows], pending.are_all) == ([second], False)
    assert (await rows.pending(10), await archived(rows)) == ([first, second, last], [sent])


async def test_only_what_can_be_done_again_does_not_wait_for_the_log(thing_database: servers.TestDatabase) -> None:
    db = Database(thing_database.url, size=1)
    await db.open()
    rows = PostgresOutbox(db, "wlijo/testing")
    await _recorded(rows, UUID(int=1), filled=True)
    async with db.acquire() as conn:
        await conn.execute("SET synchronous_commit = on")
    await rows.begin(10, sent=Sent([1], UUID(int=1)))
    async with db.acquire() as conn:
        assert await conn.fetchval("SHOW synchronous_commit") == "on"
    await db.close()


async def test_a_fill_cannot_begin_while_rows_are_on_their_way_to_the_archive(db: Database) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    was = await _recorded(rows, UUID(int=1), filled=True)
    async with db.acquire() as conn, conn.transaction():
        await conn.execute("SELECT FROM relay_log WHERE log = $1 FOR SHARE", was.log)
        begins = asyncio.create_task(rows.set_progress(LogProgress(UUID(int=2), False), was=was))
        async with db.acquire() as other:
            assert await until(
                lambda: other.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
                )
            )
        assert not begins.done()
    assert await begins


async def test_what_was_recorded_by_another_relay_meanwhile_is_not_overwritten(db: Database) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    read = await _recorded(rows, UUID(int=1), filled=False)
    newer = await _recorded(rows, UUID(int=2), filled=True)
    assert not await rows.set_progress(LogProgress(UUID(int=1), True, 7), was=read)
    assert not await rows.set_progress(LogProgress(UUID(int=1), True, 7), was=None)
    assert await rows.progress() == newer


async def test_a_round_is_bounded_by_bytes_and_holds_at_least_one_row(db: Database) -> None:
    class Shout(ThingSaid, frozen=True, kw_only=True):
        text: str

    thing, rows = ThingId.new(), PostgresOutbox(db, "wlijo/testing")
    for number in range(1, 26):
        async with transaction(db) as opened:
            await outbox.append(opened, Shout(thing_id=thing, number=number, text="a" * 800_000))
    first = await rows.pending(1_000)
    assert [row.envelope.seq for row in first] == list(range(1, 21))
    assert await rows.pending(1) == first[:1]


async def test_a_lease_left_in_the_far_future_by_a_clock_that_was_set_back_is_taken_over(db: Database) -> None:
    me, other = UUID(int=1), UUID(int=2)
    assert await PostgresOutbox(db, "wlijo/testing").lease(other, 6)
    assert not await PostgresOutbox(db, "wlijo/testing").lease(me, 6)
    async with db.acquire() as conn:
        await conn.execute("UPDATE relay_lease SET until = until + interval '1 hour'")
    assert await PostgresOutbox(db, "wlijo/testing").lease(me, 6)
