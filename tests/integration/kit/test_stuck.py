"""Events that are stuck are listed with why and nothing of whom, and settled by rows that the worker looks for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from services.kit.database.db import Busy, Database, transaction
from services.kit.database.live import Live
from services.kit.messaging import running_store, stuck
from services.kit.messaging.handlers import Inapplicable
from services.kit.messaging.stuck import (
    DeedDoesNotFit,
    NoLongerStuck,
    Stuck,
    StuckDeed,
    StuckKey,
    StuckKind,
    StuckReason,
)
from services.kit.observe.readiness import Readiness
from services.kit.process.replaying import replay_some
from services.kit.process.seen import Seen
from services.kit.process.service import Worker
from tests.integration.conftest import ThingId
from tests.integration.kit.test_inbox import Ear, record, said

OPS = "usr_ops"


async def listed(db: Database, after: tuple[datetime, str] | None = None, limit: int = 100) -> list[Stuck]:
    async with db.acquire() as conn:
        return await stuck.listed(conn, after, limit)


async def settle(db: Database, key: StuckKey, deed: StuckDeed, because: str | None = None) -> None:
    async with transaction(db) as conn:
        await stuck.settle(conn, StuckKey.parse(str(key)), deed, because, OPS)


def worker(db: Database) -> Worker:
    return Worker(None, db, Readiness(), None, asyncio.Event(), Live(db))  # type: ignore[arg-type]  # nothing else is looked at


async def _parked(db: Database, error: Exception) -> tuple[Ear, ThingId]:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {2: error}
    for number in (1, 2, 3, 4):
        await ear.processor.take(record(said(thing, number)))
    return ear, thing


async def _dead(db: Database) -> tuple[Ear, Stuck]:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {1: Inapplicable("nobody has placed it")}
    await ear.processor.take(record(said(thing, 1)))
    (one,) = await listed(db)
    return ear, one


async def test_a_parked_key_a_gap_and_dead_letters_are_listed_by_their_heads_page_by_page(db: Database) -> None:
    ear, thing = await _parked(db, ValueError("no such phone '+6281234567890' of budi@example.id"))
    other = ThingId.new()
    await ear.processor.take(record(said(other, 5)))
    await ear.processor.take(record(said(ThingId.new(), 1), ce_source=b"wlijo/rival"))
    found = await listed(db)
    assert [(each.kind, each.reason) for each in found] == [
        (StuckKind.PARKED, StuckReason.HANDLER_FAILED),
        (StuckKind.DEAD, StuckReason.NOT_ITS_PUBLISHER),
    ]
    parked = found[0]
    assert (parked.aggregate, parked.seq, parked.behind, parked.attempts) == (str(thing), 2, 2, 1)
    assert parked.error == "ValueError: no such phone … of …"
    async with db.acquire() as conn:
        await conn.execute(
            "UPDATE inbox_waiting SET since = since - interval '5 minutes' WHERE aggregate = $1", str(other)
        )
    gap = (await listed(db))[0]
    assert (gap.kind, gap.reason, gap.error) == (StuckKind.GAP, StuckReason.PREDECESSOR_MISSING, None)
    pages, after = [], None
    while page := await listed(db, after, 1):
        pages += page
        after = (page[0].since, page[0].order)
    assert [each.key for each in pages] == [gap.key, *(each.key for each in found)]
    with pytest.raises(DeedDoesNotFit):
        await settle(db, gap.key, StuckDeed.TRY_AGAIN)


async def test_a_parked_head_is_tried_again_and_who_asked_is_kept(db: Database) -> None:
    ear, thing = await _parked(db, RuntimeError("no"))
    ear.failing = {}
    (one,) = await listed(db)
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    await ear.processor.due()
    assert (ear.heard, await listed(db)) == ([1, 2, 3, 4], [])
    with pytest.raises(NoLongerStuck):
        await settle(db, one.key, StuckDeed.TRY_AGAIN)
    async with db.acquire() as conn:
        deeds = [
            tuple(row.values()) for row in await conn.fetch("SELECT actor, deed, about, seq, reason FROM event_deed")
        ]
    assert deeds == [(OPS, "TRY_AGAIN", str(thing), 2, "RuntimeError: no")]


@pytest.mark.parametrize(("deed", "left"), [(StuckDeed.SET_ASIDE, [StuckReason.SET_ASIDE]), (StuckDeed.DROP, [])])
async def test_a_head_that_is_set_aside_or_dropped_lets_its_key_go_on(
    db: Database, deed: StuckDeed, left: list[StuckReason]
) -> None:
    ear, _ = await _parked(db, RuntimeError("no"))
    (one,) = await listed(db)
    await settle(db, one.key, deed, "tidak berguna lagi")
    await ear.processor.due()
    assert ear.heard == [1, 3, 4]
    assert [each.reason for each in await listed(db)] == left


async def test_the_worker_applies_a_letter_that_is_asked_for_once(db: Database) -> None:
    ear, one = await _dead(db)
    assert (one.reason, await replay_some(worker(db), {"ear": ear.processor})) == (StuckReason.INAPPLICABLE, 0)
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    # Still not: it says why, and is not tried again until it is asked again.
    assert await replay_some(worker(db), {"ear": ear.processor}) == 1
    (still,) = await listed(db)
    assert (still.answered, still.attempts, still.asked_at) == ("still not applicable: nobody has placed it", 1, None)
    assert await replay_some(worker(db), {"ear": ear.processor}) == 0
    ear.failing = {1: RuntimeError("no")}
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    await replay_some(worker(db), {"ear": ear.processor})
    assert (await listed(db))[0].answered == "RuntimeError: no"
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    await replay_some(worker(db), {})
    assert (await listed(db))[0].answered == "this service has no such consumer any more"
    ear.failing = {}
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    assert await replay_some(worker(db), {"ear": ear.processor}) == 1
    assert (ear.heard, await listed(db)) == ([1], [])


async def test_a_letter_whose_handler_waits_in_vain_is_answered_and_holds_up_no_other(db: Database) -> None:
    ear, one = await _dead(db)
    await settle(db, one.key, StuckDeed.TRY_AGAIN)
    ear.failing = {1: Busy("a lock was not to be had")}
    assert await replay_some(worker(db), {"ear": ear.processor}) == 1
    (still,) = await listed(db)
    assert (still.answered, still.asked_at) == ("Busy: a lock was not to be had", None)


async def test_a_letter_is_dropped_with_a_reason_and_never_twice(db: Database) -> None:
    _, one = await _dead(db)
    with pytest.raises(DeedDoesNotFit):
        await settle(db, one.key, StuckDeed.SET_ASIDE)
    await settle(db, one.key, StuckDeed.DROP, "pesanan uji")
    assert await listed(db) == []
    with pytest.raises(NoLongerStuck):
        await settle(db, one.key, StuckDeed.DROP, "pesanan uji")
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT reason FROM dead_letter") == "nobody has placed it; left: pesanan uji"


async def test_what_a_process_misses_is_said_with_since_when_until_it_is_there(db: Database) -> None:
    readiness = Readiness()
    readiness.report("ear", False, "no partitions assigned")
    seen = Seen(db, readiness, "worker", lambda: {("ear", "things"): 7})
    await seen.say()
    async with db.acquire() as conn:
        first = await running_store.running(conn)
    await seen.say()
    async with db.acquire() as conn:
        second = await running_store.running(conn)
    (process,) = second.processes
    assert [(each.name, each.why) for each in process.missing] == [("ear", "no partitions assigned")]
    assert process.missing == first.processes[0].missing
    assert [(each.name, each.unread, each.parked) for each in second.consumers] == [("ear", 7, 0)]
    readiness.report("ear", True)
    await seen.say()
    async with db.acquire() as conn:
        assert (await running_store.running(conn)).processes[0].missing == []
        # Of those who are gone the last of each part is shown, as not alive.
        await conn.execute("UPDATE process_seen SET at = at - interval '5 minutes'")
        assert [each.alive for each in (await running_store.running(conn)).processes] == [False]
        await running_store.say(conn, ThingId.new().uuid, "worker", "2", datetime.now(UTC), [], {})
        assert [each.version for each in (await running_store.running(conn)).processes] == ["2"]


async def test_what_is_behind_is_counted(db: Database) -> None:
    await _parked(db, RuntimeError("no"))
    async with db.acquire() as conn:
        await conn.execute(
            "INSERT INTO timer (kind, subject, due_at) VALUES ('thing.late', $1, wlijo_now() - interval '1 hour')",
            ThingId.new().uuid,
        )
        found = await running_store.running(conn)
    assert [(each.name, each.waiting, each.parked, each.dead) for each in found.consumers] == [("ear", 2, 1, 0)]
    assert (found.overdue, found.overdue_kind) == (1, "thing.late")
