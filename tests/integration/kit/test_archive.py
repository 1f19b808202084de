"""The archive under a clock that moves: partitions across midnight, what retention drops, and what it keeps for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database.db import Database, transaction
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox, keep_partitions
from services.kit.messaging.relay import LogProgress, Outgoing
from tests.integration.conftest import ThingId, ThingIs, ThingSaid, archived

LOG = UUID(int=1)
KEEP_DAYS = 14


async def _clock_at(db: Database, *, days: float) -> None:
    """So many days after the next midnight (UTC)."""
    async with transaction(db) as conn:
        await conn.execute(
            """INSERT INTO clock_shift (shift)
               VALUES (date_trunc('day', clock_timestamp()) + interval '1 day' + $1 - clock_timestamp())
               ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift""",
            timedelta(days=days),
        )


async def _housekeeping(db: Database) -> None:
    async with db.acquire() as conn:
        await keep_partitions(conn, keep_days=KEEP_DAYS)


async def _sent(db: Database, thing: ThingId, number: int, kind: type[ThingSaid] = ThingSaid) -> None:
    rows = PostgresOutbox(db, "wlijo/testing")
    await rows.set_progress(LogProgress(LOG, filled=True, filled_from=0), was=None)
    async with transaction(db) as conn:
        await outbox.append(conn, kind(thing_id=thing, number=number))
    await rows.archive([row.seq for row in await rows.pending(100)], log=LOG)


async def _partitions(db: Database) -> dict[str, int]:
    """Those that have rows."""
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT tableoid::regclass::text AS part, count(*) FROM outbox_archive GROUP BY 1")
    return {row["part"]: row["count"] for row in rows}


async def _name(db: Database) -> str:
    async with db.acquire() as conn:
        today: datetime = await conn.fetchval("SELECT wlijo_now()")
    return f"outbox_archive_{today:%Y%m%d}"


async def _archived(db: Database) -> list[Outgoing]:
    return await archived(PostgresOutbox(db, "wlijo/testing"))


async def test_what_is_sent_after_midnight_goes_to_the_next_days_partition(db: Database) -> None:
    thing, names = ThingId.new(), []
    for number, days in enumerate((-0.00001, 0.00001), start=1):
        await _clock_at(db, days=days)
        await _sent(db, thing, number)
        names.append(await _name(db))
    assert len(set(names)) == 2
    assert await _partitions(db) == dict.fromkeys(names, 1)
    assert [row.envelope.seq for row in await _archived(db)] == [1, 2]


async def test_partitions_are_there_a_week_ahead_and_beyond_it_nothing_is_lost(db: Database) -> None:
    thing = ThingId.new()
    await _housekeeping(db)
    await _clock_at(db, days=5)
    await _sent(db, thing, 1)
    assert await _partitions(db) == {await _name(db): 1}
    await _clock_at(db, days=30)
    await _sent(db, thing, 2)
    assert (await _partitions(db))["outbox_archive_default"] == 1
    await _housekeeping(db)  # the first is past retention; that day's rows stay where they are
    assert await _partitions(db) == {"outbox_archive_default": 1}
    await _clock_at(db, days=31)
    await _sent(db, thing, 3)
    assert await _partitions(db) == {"outbox_archive_default": 1, await _name(db): 1}
    await _clock_at(db, days=60)
    await _housekeeping(db)
    assert await _partitions(db) == {}


async def test_retention_drops_facts_and_keeps_the_newest_state_of_each_aggregate_for_ever(db: Database) -> None:
    one, two, said = ThingId.new(), ThingId.new(), ThingId.new()
    await _clock_at(db, days=0)
    await _housekeeping(db)
    for thing, number, kind in ((one, 1, ThingIs), (one, 2, ThingIs), (two, 1, ThingIs), (said, 1, ThingSaid)):
        await _sent(db, thing, number, kind)
    await _clock_at(db, days=13)
    await _housekeeping(db)
    assert len(await _archived(db)) == 4
    await _clock_at(db, days=16)
    await _housekeeping(db)
    assert [(row.envelope.aggregate, row.envelope.seq) for row in await _archived(db)] == [(str(one), 2), (str(two), 1)]
    await _sent(db, one, 3, ThingIs)
    await _clock_at(db, days=200)
    for _ in range(2):
        await _housekeeping(db)
    kept = await _archived(db)
    assert [(row.envelope.aggregate, row.envelope.seq) for row in kept] == [(str(two), 1), (str(one), 3)]
    assert [row.seq for row in kept] == sorted(row.seq for row in kept)


async def test_the_newest_state_of_the_default_partition_is_kept_too(db: Database) -> None:
    thing = ThingId.new()
    await _clock_at(db, days=40)  # the partitions were never made
    for number in (1, 2):
        await _sent(db, thing, number, ThingIs)
    assert await _partitions(db) == {"outbox_archive_default": 2}
    await _clock_at(db, days=90)
    await _housekeeping(db)
    assert await _partitions(db) == {}
    assert [row.envelope.seq for row in await _archived(db)] == [2]


async def test_the_runtime_role_may_keep_partitions_although_it_owns_none(db: Database) -> None:
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT current_user") == "testing"
        assert not await conn.fetchval(
            "SELECT pg_has_role(tableowner, 'MEMBER') FROM pg_tables WHERE tablename = 'outbox_archive'"
        )
    await _clock_at(db, days=3)
    await _housekeeping(db)
