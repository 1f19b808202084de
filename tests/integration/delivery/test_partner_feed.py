"""What partners are told, read over HTTP: the events of the topics, none skipped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.delivery import SOURCE, DeliveryId
from services.contracts.partner import Topics
from services.delivery.partner_feed import PAGE, Feed
from services.kit.database.db import Database, Transaction, transaction
from services.kit.http.over import SessionsOver
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.outbox_store import PostgresOutbox
from tests.integration.conftest import archived
from tests.worlds import servers
from tests.worlds.delivery import KONCAR, SANDBOXED, SEMERU, World
from tests.worlds.delivery_counter import Counter, changed, numbers, sent


async def test_the_feed_has_the_events_of_the_topic_sent_or_not_and_nothing_of_rivals(
    counter: Counter, world: World
) -> None:
    await world.trip(SEMERU, "pickup", "picked_up")
    await sent(world)
    await world.trip(KONCAR, "picked_up")
    await world.trip(SEMERU)
    port = PostgresOutbox(world.db, SOURCE)
    for partner in (SEMERU, KONCAR, SANDBOXED):
        told = [each.envelope for each in [*await archived(port), *await port.pending(1_000)]]
        told = [each for each in told if each.topic == f"partner.{partner}.jobs.v1"]
        events, cursor = await counter.read(partner)
        assert events == [as_shown(each) for each in told]
        assert cursor == (told[-1].id if told else "")


def as_shown(event: Envelope) -> dict[str, Any]:
    """What a record on the topic says, as one JSON document."""
    shown: dict[str, Any] = {name.removeprefix("ce_"): text.decode() for name, text in event.headers()}
    shown["datacontenttype"] = shown.pop("content-type")
    return {**shown, "aggregateseq": event.seq, "epoch": event.epoch, "data": json.loads(event.data)}


async def test_reading_goes_on_from_the_cursor_page_by_page_while_events_are_sent(
    counter: Counter, world: World
) -> None:
    job = await world.job()
    async with transaction(world.db) as conn:
        for _ in range(2 * PAGE):
            await changed(conn, KONCAR, job)
    first, cursor = await counter.read(KONCAR)
    await sent(world)
    second, further = await counter.read(KONCAR, cursor)
    third, end = await counter.read(KONCAR, further)
    assert (len(first), len(second)) == (PAGE, PAGE)
    seqs = [event["aggregateseq"] for event in [*first, *second, *third]]
    assert seqs == [*range(1, len(seqs) + 1)]
    assert await counter.read(KONCAR, end) == ([], end)


async def test_an_event_that_commits_after_a_later_number_is_not_skipped(counter: Counter, world: World) -> None:
    slow, quick = await world.job(), await world.job()
    _, start = await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        open_transaction = conn.transaction()
        await open_transaction.start()
        await changed(Transaction(conn), SEMERU, slow)
        async with transaction(world.db) as other:
            await changed(other, SEMERU, quick)
        assert await counter.read(SEMERU, start) == ([], start)
        await open_transaction.commit()
    events, _ = await counter.read(SEMERU, start)
    assert [job for job, _ in numbers(events)] == [str(slow), str(quick)]


@asynccontextmanager
async def a_writing_transaction(db: Database) -> AsyncIterator[Transaction]:
    """One that has written something, and so has an id that the whole server knows of; rolled back in the end."""
    async with db.acquire() as conn:
        open_transaction = conn.transaction()
        await open_transaction.start()
        await conn.execute("CREATE TABLE written (n integer)")
        yield Transaction(conn)
        await open_transaction.rollback()


async def test_a_transaction_in_another_database_delays_no_feed(
    counter: Counter, world: World, database: Callable[[str], servers.TestDatabase]
) -> None:
    """40 s in catalog's made it 38 s late: the server's oldest transaction is of all its databases."""
    neighbour = Database((await asyncio.to_thread(database, "catalog")).owner_url)
    await neighbour.open()
    try:
        async with a_writing_transaction(neighbour):
            job = await world.job()
            _, partner = await world.open_offer(job)
            events, _ = await counter.read(partner)
            assert [job for job, _ in numbers(events)] == [str(job)]
    finally:
        await neighbour.close()


async def test_a_slow_writer_to_another_partner_and_one_to_nobody_delay_no_feed(counter: Counter, world: World) -> None:
    slow, quick = DeliveryId.new(), DeliveryId.new()
    async with world.db.acquire() as conn, world.db.acquire() as other:
        of_a_rival, of_nobody = conn.transaction(), other.transaction()
        await of_a_rival.start()
        await changed(Transaction(conn), KONCAR, slow)
        await of_nobody.start()
        await other.execute("SELECT pg_current_xact_id()")
        async with transaction(world.db) as quicker:
            await changed(quicker, SEMERU, quick)
        events, cursor = await counter.read(SEMERU)
        assert numbers(events) == [(str(quick), 1)]
        await of_a_rival.commit()
        await of_nobody.rollback()
    assert await counter.read(SEMERU, cursor) == ([], cursor)
    assert numbers((await counter.read(KONCAR))[0]) == [(str(slow), 1)]


async def _following(feed: Feed, topic: str, place: int, give_up_at: float) -> tuple[int, list[tuple[int, Envelope]]]:
    return await feed._see(topic, await feed._look(SEMERU, topic, None, place), give_up_at)


async def test_a_stream_of_short_writers_does_not_keep_a_reader_waiting_for_the_last(
    counter: Counter, world: World
) -> None:
    """Those are waited for that were there when the highest number was read, not whoever comes after."""
    job, feed = DeliveryId.new(), Feed(world.db, counter.live)
    topic = Topics.of(SEMERU).jobs
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            async with transaction(world.db) as conn:
                await changed(conn, SEMERU, job)
                await conn.execute("SELECT pg_sleep(0.05)")

    writing = [asyncio.create_task(write()) for _ in range(3)]
    try:
        place, seen = 0, 0
        while seen < 20:
            place, events = await _following(feed, topic, place, float("inf"))
            seen += len(events)
    finally:
        done.set()
        await asyncio.gather(*writing)


async def test_an_event_of_the_youngest_transaction_is_not_skipped_by_a_reader_that_waits(
    counter: Counter, world: World
) -> None:
    job, feed = await world.job(), Feed(world.db, counter.live)
    topic = Topics.of(SEMERU).jobs
    await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        told = await conn.fetchval("SELECT coalesce(max(seq), 0) FROM outbox")
        async with conn.transaction():
            # It is the last that has begun, and has drawn the highest number of all.
            await changed(Transaction(conn), SEMERU, job)
            assert await _following(feed, topic, told, 0.0) == (told, [])
    place, events = await _following(feed, topic, told, 0.0)
    assert [event.type for _, event in events] == ["partner.job_changed.v1"]
    assert place > told


async def test_a_number_that_was_rolled_back_holds_nothing_up(counter: Counter, world: World) -> None:
    gone, quick = await world.job(), await world.job()
    _, start = await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        open_transaction = conn.transaction()
        await open_transaction.start()
        await changed(Transaction(conn), SEMERU, gone)
        async with transaction(world.db) as other:
            await changed(other, SEMERU, quick)
        await open_transaction.rollback()
    events, _ = await counter.read(SEMERU, start)
    assert [job for job, _ in numbers(events)] == [str(quick)]


async def test_counts_rise_one_by_one_for_a_reader_among_many_writers(counter: Counter, world: World) -> None:
    jobs = [DeliveryId.new() for _ in range(4)]

    async def write(turn: int) -> None:
        for number in range(25):
            async with transaction(world.db) as conn:
                for job in (jobs[(turn + number) % 4], jobs[turn]) if turn % 2 else (jobs[turn],):
                    await changed(conn, SEMERU, job)
                    await conn.execute("SELECT pg_sleep(0.001)")

    writing = asyncio.gather(*(write(turn) for turn in (0, 2)), write(1))
    seen: dict[str, list[int]] = {}
    cursor, done = "", False
    while not done:
        done = writing.done()
        events, cursor = await counter.read(SEMERU, cursor)
        for job, number in numbers(events):
            seen.setdefault(job, []).append(number)
    await writing
    assert all(found == [*range(1, len(found) + 1)] for found in seen.values())
    assert sum(map(len, seen.values())) == 100


async def test_a_reader_that_waits_is_woken_by_what_it_is_told(counter: Counter, world: World) -> None:
    listening = asyncio.create_task(counter.live.run())
    try:
        _, start = await counter.read(SEMERU)
        waiting = asyncio.create_task(counter.read(SEMERU, start, wait=9))
        await counter.readers(SEMERU, 1)
        async with transaction(world.db) as conn:
            await changed(conn, SEMERU, job := DeliveryId.new())
        events, _ = await waiting
        assert numbers(events) == [(str(job), 1)]
        assert counter.live._watchers == {}
    finally:
        listening.cancel()


async def test_a_reader_that_nothing_is_told_is_answered_when_its_time_is_over(counter: Counter) -> None:
    assert await counter.read(SEMERU, wait=1) == ([], "")


@pytest.mark.parametrize("after", ["", "x", str(EventId.seeded("unknown")), "42", "%00"])
async def test_a_cursor_that_is_not_known_reads_from_the_beginning(counter: Counter, world: World, after: str) -> None:
    await world.trip(SEMERU)
    assert await counter.read(SEMERU, after) == await counter.read(SEMERU)


async def test_a_rivals_cursor_means_nothing(counter: Counter, world: World) -> None:
    await world.trip(SEMERU)
    await world.trip(KONCAR)
    _, end = await counter.read(SEMERU)
    assert await counter.read(KONCAR, end) == await counter.read(KONCAR)


async def test_what_was_slept_through_is_readable_for_seven_days_and_not_for_eight(
    counter: Counter, world: World
) -> None:
    job = await world.trip(SEMERU, "picked_up")
    await sent(world)
    everything = await counter.read(SEMERU)
    await world.move_clock(timedelta(days=6, hours=23))
    assert await counter.read(SEMERU) == everything
    async with transaction(world.db) as conn:
        await changed(conn, SEMERU, job)
    await world.move_clock(timedelta(days=1))
    assert len((await counter.read(SEMERU))[0]) == 1
    assert len((await counter.read(SEMERU, everything[1]))[0]) == 1


async def test_a_company_that_waits_hears_nothing_more_once_its_credentials_are_revoked(world: World) -> None:
    """By being told: its token says nothing of it, and another of the same company waits on."""
    told = SessionsOver(_unheard)
    counter = Counter(world, over=told)
    waiting = [
        asyncio.create_task(
            counter.ask("GET", "events", query="wait=30", token=counter.token(str(SEMERU), sid=f"cli_{name}"))
        )
        for name in ("gone", "kept")
    ]
    await counter.readers(SEMERU, 2)
    told.hear(b'{"sid": "cli_gone", "for_s": 900}')
    refused = await waiting[0]
    assert (refused.status, refused.json()["code"]) == (401, "TOKEN_EXPIRED")
    assert not waiting[1].done()
    await counter.readers(SEMERU, 1)
    counter.live.drain()
    assert (await waiting[1]).status == 200


def _unheard() -> Any:
    raise AssertionError("nobody asks")
