"""What ops does by hand: nothing without --apply, everything once, whatever is repeated."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest

from services.kit import kafka
from services.kit.database.db import Connection, Database, transaction
from services.kit.database.live import Live
from services.kit.graphql import idempotency
from services.kit.kafka.cluster import Cluster
from services.kit.messaging import inbox_trouble, operations, outbox, outbox_store
from services.kit.messaging.envelope import Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.inbox_forgetting import forget_settled
from services.kit.messaging.inbox_store import PostgresInbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.relay import LogProgress
from services.kit.observe.readiness import Readiness
from services.kit.process.housekeeping import keep_house
from services.kit.process.service import Hears, Worker
from services.kit.process.worker import reader_of
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid, archived
from tests.integration.kit.test_inbox import Ear, record, said
from tests.unit.kit.messaging.test_consumer import Once
from tests.worlds import servers
from tests.worlds.waiting import until

LOG = UUID(int=1)


async def inbox(
    db: Database, *words: str, hearings: Mapping[str, EventProcessor] | None = None
) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was said."""
    lines: list[dict[str, Any]] = []
    arguments = operations.commands(
        "testing", [*words, *(() if words[0] in ("list", "behind", "again") else ("--per-second", "10000"))]
    )
    code = await operations.run(arguments, db, lambda: hearings or {}, lambda line: lines.append(dict(line)))
    return code, lines


async def _parked(db: Database) -> tuple[Ear, ThingId]:
    """The second of three events fails."""
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {2: RuntimeError("no")}
    for number in (1, 2, 3):
        await ear.processor.take(record(said(thing, number)))
    return ear, thing


async def test_list_says_what_waits_what_is_parked_and_what_is_dead(db: Database) -> None:
    ear, thing = await _parked(db)
    await ear.processor.take(record(said(thing, 4), ce_source=b"wlijo/rival"))
    _, lines = await inbox(db, "list")
    assert [(line["kind"], line.get("seq"), line.get("reason")) for line in lines] == [
        ("parked", 2, "RuntimeError: no"),
        ("waiting", 3, None),
        ("dead", None, "source wlijo/rival does not publish here"),
    ]
    assert (await inbox(db, "list", "--key", str(ThingId.new())))[1] == []


async def test_unpark_lets_the_worker_try_now_and_changes_nothing_unasked(db: Database) -> None:
    ear, thing = await _parked(db)
    ear.failing = {}
    assert [line["done"] for line in (await inbox(db, "unpark"))[1]] == ["would be done"]
    await ear.processor.due()
    assert ear.heard == [1]
    assert (await inbox(db, "unpark", "--key", str(ThingId.new()), "--apply"))[1] == []
    assert [line["done"] for line in (await inbox(db, "unpark", "--key", str(thing), "--apply"))[1]] == ["unparked"]
    await ear.processor.due()
    assert ear.heard == [1, 2, 3]
    assert (await inbox(db, "unpark", "--apply"))[1] == []


async def test_a_head_given_up_is_a_dead_letter_and_its_key_goes_on(db: Database) -> None:
    ear, thing = await _parked(db)
    assert [line["done"] for line in (await inbox(db, "dead"))[1]] == ["would be done"]
    assert await ear.trouble() == {"waiting": 1, "parked": 1, "dead": 0}
    assert [line["done"] for line in (await inbox(db, "dead", "--key", str(thing), "--apply"))[1]] == ["given up"]
    assert (await inbox(db, "dead", "--apply"))[1] == []
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1, 3], {"waiting": 0, "parked": 0, "dead": 1})
    # Mended, it can still be applied, once.
    ear.failing = {}
    hearings = {"ear": ear.processor}
    assert [line["done"] for line in (await inbox(db, "replay", hearings=hearings))[1]] == ["would be done"]
    assert ear.heard == [1, 3]
    assert [line["done"] for line in (await inbox(db, "replay", "--apply", hearings=hearings))[1]] == [
        "applied out of its turn"
    ]
    assert (await inbox(db, "replay", "--apply", hearings=hearings))[1] == []
    assert ear.heard == [1, 3, 2]


async def test_a_gap_that_nothing_will_fill_is_gone_past_by_hand_and_written_down(db: Database) -> None:
    ear, thing, other = Ear(db), ThingId.new(), ThingId.new()
    for each, number in ((thing, 1), (thing, 4), (thing, 5), (other, 3)):
        await ear.processor.take(record(said(each, number)))
    assert [line["done"] for line in (await inbox(db, "skip", "--key", str(thing)))[1]] == ["would be done"] * 2
    assert await ear.trouble() == {"waiting": 3, "parked": 0, "dead": 0}
    _, lines = await inbox(db, "skip", "--key", str(thing), "--apply")
    assert [line["done"] for line in lines] == ["goes on past 2 to 3", "waits for no gap"]
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1, 4, 5], {"waiting": 1, "parked": 0, "dead": 1})
    assert (await inbox(db, "list", "--key", str(thing)))[1] == []
    assert [line["reason"] for line in (await inbox(db, "list"))[1] if line["kind"] == "dead"] == [
        f"skipped: 2 to 3 of {thing} never came"
    ]


async def test_a_record_from_a_source_that_is_believed_later_takes_its_place_in_the_inbox(db: Database) -> None:
    class Newcomers(ThingSaid, frozen=True, kw_only=True):
        type: ClassVar[str] = "testing.newcomer_said.v1"
        source: ClassVar[str] = "wlijo/newcomer"

    ear, thing = Ear(db), ThingId.new()
    theirs = {"ce_source": b"wlijo/newcomer", "ce_type": b"testing.newcomer_said.v1"}
    await ear.processor.take(record(said(thing, 1), 0, **theirs))
    code, (line,) = await inbox(db, "replay", "--apply", hearings={"ear": ear.processor})
    assert (code, line["done"]) == (1, "still not readable: source wlijo/newcomer does not publish here")
    handlers = Handlers()
    handlers.on(Newcomers)(ear._said)
    believing = EventProcessor("ear", db, handlers)
    code, (line,) = await inbox(db, "replay", "--apply", hearings={"ear": believing})
    assert (code, line["done"], ear.heard) == (0, "applied", [1])
    assert await believing.take(record(said(thing, 1), 0, **theirs)) is Outcome.DUPLICATE


async def test_poison_is_applied_when_the_code_has_learnt_to_read_it(db: Database) -> None:
    class Tolerant(ThingSaid, frozen=True, kw_only=True):
        type: ClassVar[str] = ThingSaid.type
        number: int | str  # type: ignore[assignment] # what the mended class reads

    ear, thing, heard = Ear(db), ThingId.new(), []

    async def hear(_: Connection, event: Event) -> None:
        heard.append(event)

    data = json.dumps({"thing_id": str(thing), "number": "two"}).encode()
    for event in (said(thing, 1), said(thing, 2, data=data), said(thing, 3)):
        await ear.processor.take(record(event))
    handlers = Handlers()
    handlers.on(Tolerant)(hear)
    mended = EventProcessor("ear", db, handlers, sources=frozenset({SOURCE}))
    code, (line,) = await inbox(db, "replay", "--apply", hearings={"ear": mended})
    assert (code, line["done"], ear.heard) == (0, "applied out of its turn", [1, 3])
    assert heard == [Tolerant(thing_id=thing, number="two")]


async def test_a_dead_letter_ends_when_it_is_replayed_or_left_with_a_reason(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1)))
    await ear.processor.take(record(said(thing, 1), ce_id=b"evt_other"))
    await ear.processor.take(record(said(thing, 9), ce_specversion=b"0.3"))
    assert (await ear.trouble())["dead"] == 2
    _, lines = await inbox(db, "leave", "--because", "a rival's test")
    assert [line["done"] for line in lines] == ["would be done"] * 2
    _, (line,) = await inbox(db, "leave", "--id", str(lines[0]["id"]), "--because", "a rival's test", "--apply")
    assert (line["done"], (await ear.trouble())["dead"]) == ("left", 1)
    _, (line,) = await inbox(db, "leave", "--because", "all\0the rest", "--apply")
    assert (line["id"], (await ear.trouble())["dead"]) == (lines[1]["id"], 0)
    _, listed = await inbox(db, "list")
    assert [each["reason"].rpartition("; left: ")[2] for each in listed] == ["a rival's test", "all\\0the rest"]


async def test_a_settled_dead_letter_is_kept_as_long_as_an_archive_and_an_unsettled_one_until_somebody_has(
    db: Database,
) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1), ce_specversion=b"0.3"))
    await ear.processor.take(record(said(thing, 2), ce_specversion=b"0.3"))
    _, lines = await inbox(db, "list")
    await inbox(db, "leave", "--id", str(lines[0]["id"]), "--because", "old", "--apply")
    async with db.acquire() as conn:
        await forget_settled(conn, keep_days=14)
        assert await conn.fetchval("SELECT count(*) FROM dead_letter") == 2
        await conn.execute(
            "UPDATE dead_letter SET at = at - interval '15 days', replayed_at = replayed_at - interval '15 days'"
        )
        await forget_settled(conn, keep_days=14)
    _, left = await inbox(db, "list")
    assert [line["id"] for line in left] == [lines[1]["id"]]


async def test_whatever_has_gathered_is_forgotten_in_short_statements(db: Database) -> None:
    """A flood of dead letters is settled in one go, and due to be forgotten in one."""
    async with db.acquire() as conn:
        await conn.execute(
            """INSERT INTO dead_letter (consumer, topic, reason, headers, record, digest, at, replayed_at)
               SELECT 'ear', 't', 'no', '[]', '', sha256(n::text::bytea), now() - interval '15 days', now() - interval '15 days'
               FROM generate_series(1, 2500) AS n"""
        )
        await conn.execute(
            """INSERT INTO idempotency (caller, mutation, key, body_hash, created_at)
               SELECT 'a', 'b', n::text, '', now() - interval '8 days' FROM generate_series(1, 2500) AS n"""
        )

    async def left() -> int:
        async with db.acquire() as conn:
            found: int = await conn.fetchval(
                "SELECT (SELECT count(*) FROM dead_letter) + (SELECT count(*) FROM idempotency)"
            )
        return found

    async def nothing_left() -> bool:
        return await left() == 0

    worker = Worker(None, db, Readiness(), kafka.LogWatch(Cluster("nowhere:1")), asyncio.Event(), Live(db))
    keeping = asyncio.create_task(keep_house(worker, [Hears("ear", Handlers())]))
    await until(nothing_left)
    worker.stopping.set()
    await keeping


async def test_a_worker_that_is_to_stop_does_not_forget_to_the_end_first(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with db.acquire() as conn:
        await conn.execute(
            """INSERT INTO idempotency (caller, mutation, key, body_hash, created_at)
               SELECT 'a', 'b', n::text, '', now() - interval '8 days' FROM generate_series(1, 2500) AS n"""
        )
    worker = Worker(None, db, Readiness(), kafka.LogWatch(Cluster("nowhere:1")), asyncio.Event(), Live(db))
    purge = idempotency.purge

    async def told_to_stop_meanwhile(conn: Connection) -> bool:
        worker.stopping.set()
        return await purge(conn)

    monkeypatch.setattr(idempotency, "purge", told_to_stop_meanwhile)
    await keep_house(worker, [])
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM idempotency") == 1_500


async def test_how_far_a_consumer_is_behind_is_counted_however_long_it_takes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[str] = []

    async def behind(conn: Connection, consumer: str, *, than: str) -> int:
        allowed.append(await conn.fetchval("SHOW statement_timeout"))
        return 0

    monkeypatch.setattr(inbox_trouble, "behind", behind)
    assert await inbox(db, "behind", "--consumer", "new", "--than", "ear") == (
        0,
        [{"consumer": "new", "than": "ear", "aggregates_behind": 0}],
    )
    async with db.acquire() as conn:
        assert (allowed, await conn.fetchval("SHOW statement_timeout")) == (["0"], "25s")


async def test_the_same_number_under_another_id_cannot_be_replayed(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1)))
    await ear.processor.take(record(said(thing, 1), ce_id=b"evt_other"))
    code, (line,) = await inbox(db, "replay", "--apply", hearings={"ear": ear.processor})
    assert (code, line["done"]) == (1, "another event has this number; it cannot be applied")
    assert ear.heard == [1]


async def test_republished_events_are_sent_again_and_stay_in_the_archive_once(db: Database) -> None:
    rows, thing = PostgresOutbox(db, "wlijo/testing"), ThingId.new()
    await rows.set_progress(LogProgress(LOG, filled=True, filled_from=0), was=None)
    for number in (1, 2, 3):
        async with transaction(db) as conn:
            await outbox.append(conn, ThingSaid(thing_id=thing, number=number))
    told = await rows.pending(10)
    await rows.archive([row.seq for row in told], log=LOG)
    asked = ("republish", "--key", str(thing), "--from", "2")
    assert [line["done"] for line in (await inbox(db, *asked))[1]] == ["would be done"] * 2
    assert await rows.pending(10) == []
    for done in ("will be sent", "is pending already"):
        assert [line["done"] for line in (await inbox(db, *asked, "--apply"))[1]] == [done] * 2
    assert await rows.pending(10) == told[1:]
    assert await rows.archive([row.seq for row in told], log=LOG) == 2
    assert (await rows.pending(10), await archived(rows)) == ([], told)


async def test_of_a_topic_the_newest_state_of_each_is_sent_again_and_no_fact(db: Database) -> None:
    rows, one, two = PostgresOutbox(db, "wlijo/testing"), ThingId.new(), ThingId.new()
    await rows.set_progress(LogProgress(LOG, filled=True, filled_from=0), was=None)
    for thing, number, kind in ((one, 1, ThingIs), (two, 1, ThingIs), (one, 2, ThingIs), (ThingId.new(), 1, ThingSaid)):
        async with transaction(db) as conn:
            await outbox.append(conn, kind(thing_id=thing, number=number))
    told = await rows.pending(10)
    await rows.archive([row.seq for row in told], log=LOG)
    async with transaction(db) as conn:
        await conn.execute("UPDATE outbox_archive SET created_at = created_at - interval '9 days'")
    assert len((await inbox(db, "republish", "--topic", ThingIs.topic, "--apply"))[1]) == 2
    async with db.acquire() as conn:
        assert await outbox_store.backlog(conn) == (2, 0)  # nothing that is new waits
    assert [row.seq for row in await rows.pending(10)] == [row.seq for row in told[1:3]]
    assert (await inbox(db, "republish", "--topic", ThingSaid.topic))[1] == []
    with pytest.raises(SystemExit):
        await inbox(db, "republish", "--topic", ThingIs.topic, "--key", str(one))


async def test_republishing_keeps_to_the_pace_that_it_is_given(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, thing = PostgresOutbox(db, "wlijo/testing"), ThingId.new()
    await rows.set_progress(LogProgress(LOG, filled=True, filled_from=0), was=None)
    async with transaction(db) as conn:
        await outbox.append(conn, *(ThingSaid(thing_id=thing, number=number) for number in (1, 2, 3)))
    await rows.archive([row.seq for row in await rows.pending(10)], log=LOG)
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    arguments = operations.commands("testing", ["republish", "--key", str(thing), "--per-second", "4", "--apply"])
    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", pause)
        assert await operations.run(arguments, db, dict, lambda _: None) == 0
    assert paused.count(0.25) == 3


async def test_after_a_restore_the_epoch_is_higher_each_time_and_events_bear_it(db: Database) -> None:
    thing = ThingId.new()
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=thing, number=1))
    first, second = await operations.restored(db), await operations.restored(db)
    assert 1 < first < second
    async with transaction(db) as conn:
        await outbox.append(conn, ThingSaid(thing_id=thing, number=2))
    rows = await PostgresOutbox(db, "wlijo/testing").pending(10)
    assert [(row.envelope.seq, row.envelope.epoch) for row in rows] == [(1, 1), (2, second)]


async def test_after_a_restore_every_consumer_is_a_member_of_another_group(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[str] = []

    async def open_reader(_bootstrap: str, _watch: object, group: str, _topics: Sequence[str]) -> Once:
        groups.append(group)
        return Once([])

    monkeypatch.setattr(kafka, "open_reader", open_reader)
    settings = SimpleNamespace(kafka=Cluster("nowhere:1"))
    worker = Worker(settings, db, Readiness(), kafka.LogWatch(Cluster("nowhere:1")), asyncio.Event(), Live(db))
    await reader_of(worker, "delivery-replies", ["partner.x.replies.v1"])
    epoch = await operations.restored(db)
    await reader_of(worker, "delivery-replies", ["partner.x.replies.v1"])
    assert groups == ["delivery-replies", f"delivery-replies.e{epoch}"]


async def _command(made: servers.TestDatabase, *words: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.catalog",
        *words,
        env={**os.environ, "DATABASE_URL": made.url, "WLIJO_MODE": "test"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_commands_of_a_service_say_a_json_object_a_line(
    database: Callable[[str], servers.TestDatabase],
) -> None:
    made = await asyncio.to_thread(database, "catalog")
    db = Database(made.url)
    await db.open()
    async with transaction(db) as conn:
        await PostgresInbox(conn, "catalog").dead_letter("no", topic="t", key=None, headers=[], record=b"x")
    await db.close()
    code, out, _ = await _command(made, "inbox", "list")
    assert (code, json.loads(out)["reason"]) == (0, "no")
    code, _, err = await _command(made, "inbox", "mend")
    assert code == 2
    assert "invalid choice: 'mend'" in err
    code, _, err = await _command(made, "restored")
    assert code == 0
    assert "the epoch is" in err


async def test_a_state_is_heard_again_once_and_the_one_before_it_is_not(db: Database) -> None:
    """What a release has learnt since of states that were told long before it."""
    ear, thing, other = Ear(db), ThingId.new(), ThingId.new()
    told = [record(said(thing, number, kind=ThingIs)) for number in (1, 2, 3)]
    for each in (*told, record(said(other, 1, kind=ThingIs))):
        await ear.processor.take(each)
    hearings = {"ear": ear.processor}
    again = ("again", "--topic", ThingIs.topic)
    assert (await inbox(db, *again, hearings=hearings))[1][0]["aggregates"] == 2
    assert [await ear.processor.take(each) for each in told] == [Outcome.DUPLICATE] * 3  # it was only asked
    for wanted in (2, 0):  # repeated it changes nothing
        code, (line,) = await inbox(db, *again, "--apply", hearings=hearings)
        assert (code, line["aggregates"]) == (0, wanted)
    assert [await ear.processor.take(each) for each in told] == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.APPLIED]
    assert ear.heard == [1, 2, 3, 1, 3]
    assert [await ear.processor.take(each) for each in told] == [Outcome.DUPLICATE] * 3


async def test_what_is_newer_than_what_is_to_be_heard_again_goes_before_it(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    first, second = (record(said(thing, number, kind=ThingIs)) for number in (1, 2))
    await ear.processor.take(first)
    await inbox(db, "again", "--topic", ThingIs.topic, "--apply", hearings={"ear": ear.processor})
    assert [await ear.processor.take(each) for each in (second, first)] == [Outcome.APPLIED, Outcome.DUPLICATE]


async def test_facts_are_not_heard_again_and_neither_is_what_nobody_hears(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1)))
    hearings = {"ear": ear.processor}
    for topic, why in (
        (ThingSaid.topic, "facts are applied once, and are not heard again"),
        ("x.y", "nobody here hears it"),
    ):
        code, (line,) = await inbox(db, "again", "--topic", topic, "--apply", hearings=hearings)
        assert (code, line["done"]) == (1, why)
    assert await ear.processor.take(record(said(thing, 1))) is Outcome.DUPLICATE
