"""The inbox on a real PostgreSQL: what is applied, waits, is parked, becomes a dead letter, and that nothing can stop the others."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from services.kit.database.db import TRANSIENT, Connection, Database, Misuse, only_row, transaction
from services.kit.messaging import inbox_trouble
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.handlers import Handlers, Inapplicable
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.inbox_store import PostgresInbox
from services.kit.messaging.processor import EVENTS, EventProcessor
from services.kit.observe import telemetry
from tests.integration.conftest import SOURCE, ThingId, ThingIs, ThingSaid


def said(
    thing: ThingId, number: int, *, epoch: int = 1, kind: type[ThingSaid] = ThingSaid, data: bytes = b""
) -> Envelope:
    return Envelope(
        id=f"evt_{epoch}_{number}",
        source=SOURCE,
        type=kind.type,
        topic=kind.topic,
        aggregate=str(thing),
        seq=number,
        epoch=epoch,
        key=str(thing),
        time=datetime(2026, 1, 1, tzinfo=UTC),
        stream=kind.stream,
        traceparent=None,
        data=data or kind(thing_id=thing, number=number).payload(),
    )


def record(event: Envelope, offset: int = 0, **headers: bytes | None) -> Record:
    pairs: list[tuple[str, bytes | None]] = list({**dict(event.headers()), **headers}.items())
    return Record(event.topic, 0, offset, event.key.encode(), event.data, pairs, None)


class Ear:
    """A processor whose handler writes down the numbers, and fails on those in `failing`."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.heard: list[int] = []
        self.failing: dict[int, Exception] = {}
        self.handlers = Handlers()
        self.handlers.on(ThingSaid)(self._said)
        self.handlers.on(ThingIs)(self._said)
        self.processor = EventProcessor("ear", db, self.handlers, sources=frozenset({SOURCE}))

    async def _said(self, _: Connection, event: ThingSaid) -> None:
        if event.number in self.failing:
            raise self.failing[event.number]
        self.heard.append(event.number)

    async def trouble(self) -> dict[str, int]:
        async with self.db.acquire() as conn:
            return await inbox_trouble.trouble(conn, "ear")


async def test_an_event_whose_predecessor_is_being_applied_elsewhere_waits_and_follows_it(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1)))
    async with transaction(db) as conn:
        assert await PostgresInbox(conn, "ear").advance(said(thing, 2), joining=False) is False
        assert await ear.processor.take(record(said(thing, 3))) is Outcome.WAITING
    await ear.processor.due()
    assert ear.heard == [1, 3]
    assert await ear.trouble() == {"waiting": 0, "parked": 0, "dead": 0}


async def test_one_look_at_many_names_those_that_are_surely_known_and_no_other(db: Database) -> None:
    ear, thing, other = Ear(db), ThingId.new(), ThingId.new()
    for number in (1, 2, 3, 5):
        await ear.processor.take(record(said(thing, number)))
    again = [
        record(said(thing, 1), 10),
        record(said(thing, 2), 11),
        record(said(thing, 3), 12),  # the last applied, and known by its id
        record(said(thing, 4), 13),
        record(said(thing, 5), 14),  # waits for 4
        record(said(thing, 1, epoch=2), 15),
        record(said(other, 1), 16),
        record(said(thing, 1), 17, ce_source=b"wlijo/rival"),
        record(said(thing, 1), 18, ce_aggregateseq=b"one"),
        record(
            said(thing, 3), 19, ce_id=b"evt_other"
        ),  # the last number under another id: an alarm, which `take` gives
    ]
    assert await ear.processor.duplicates(again) == {10, 11, 12}
    assert await EventProcessor("newcomer", db, Handlers(), sources=frozenset({SOURCE})).duplicates(again) == set()
    assert ear.heard == [1, 2, 3]


async def test_what_waits_although_it_was_applied_by_another_way_is_forgotten(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    for number in (1, 2):
        await ear.processor.take(record(said(thing, number)))
    async with transaction(db) as conn:
        inbox = PostgresInbox(conn, "ear")
        await inbox.park(said(thing, 1), "RuntimeError: lost a race")
        await inbox.wait(said(thing, 2))
        await conn.execute("UPDATE inbox_waiting SET retry_at = NULL")
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1, 2], {"waiting": 0, "parked": 0, "dead": 0})


async def test_a_parked_head_holds_its_key_until_it_works_and_then_all_follow_in_order(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {2: RuntimeError("not \0 yet")}
    for number in (1, 2, 3, 2, 4):
        await ear.processor.take(record(said(thing, number)))
    assert (ear.heard, await ear.trouble()) == ([1], {"waiting": 2, "parked": 1, "dead": 0})
    async with transaction(db) as conn:
        row = await only_row(
            conn, "UPDATE inbox_waiting SET retry_at = now() WHERE error IS NOT NULL RETURNING error, attempts"
        )
    assert tuple(row) == ("RuntimeError: not \\0 yet", 1)
    ear.failing = {}
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1, 2, 3, 4], {"waiting": 0, "parked": 0, "dead": 0})


async def test_what_speaks_of_what_is_not_there_is_dead_at_once_and_its_key_goes_on(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {2: Inapplicable("there is no such thing")}
    for number in (1, 2, 2, 3):
        await ear.processor.take(record(said(thing, number)))
    assert (ear.heard, await ear.trouble()) == ([1, 3], {"waiting": 0, "parked": 0, "dead": 1})
    async with db.acquire() as conn:
        row = await only_row(conn, "SELECT id, reason, aggregateseq, times FROM dead_letter")
    assert tuple(row)[1:] == ("there is no such thing", 2, 1)
    assert await ear.processor.replay(row["id"]) == (False, "still not applicable: there is no such thing")
    assert (await ear.trouble())["dead"] == 1
    ear.failing = {}
    assert await ear.processor.replay(row["id"]) == (True, "applied out of its turn")
    assert (ear.heard, await ear.trouble()) == ([1, 3, 2], {"waiting": 0, "parked": 0, "dead": 0})


async def test_what_waited_for_its_turn_or_was_parked_is_dead_in_its_turn_too(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {1: RuntimeError("no"), 2: Inapplicable("not there")}
    for number in (1, 2, 3):
        await ear.processor.take(record(said(thing, number)))
    assert (ear.heard, await ear.trouble()) == ([], {"waiting": 2, "parked": 1, "dead": 0})
    ear.failing[1] = Inapplicable("not there either")
    async with db.acquire() as conn:
        await conn.execute("UPDATE inbox_waiting SET retry_at = now() WHERE error IS NOT NULL")
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([3], {"waiting": 0, "parked": 0, "dead": 2})


async def test_nothing_is_left_of_what_the_handler_of_an_inapplicable_event_wrote(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()

    async def write_and_miss(conn: Connection, event: ThingSaid) -> None:
        await conn.execute(
            "INSERT INTO idempotency (caller, mutation, key, body_hash, created_at) VALUES ('a', 'b', 'c', '', now())"
        )
        raise Inapplicable("missing")

    handlers = Handlers()
    handlers.on(ThingSaid)(write_and_miss)
    processor = EventProcessor("ear", db, handlers, sources=frozenset({SOURCE}))
    await processor.take(record(said(thing, 1)))
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM idempotency") == 0
    assert await ear.trouble() == {"waiting": 0, "parked": 0, "dead": 1}


async def test_a_pause_that_a_clock_set_back_has_made_long_is_over(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {1: RuntimeError("no")}
    await ear.processor.take(record(said(thing, 1)))
    ear.failing = {}
    await ear.processor.due()
    assert ear.heard == []
    async with db.acquire() as conn:
        await conn.execute("UPDATE inbox_waiting SET retry_at = retry_at + interval '1 hour'")
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1], {"waiting": 0, "parked": 0, "dead": 0})


async def test_a_newer_state_takes_the_place_of_a_parked_one(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {1: RuntimeError("no")}
    await ear.processor.take(record(said(thing, 1, kind=ThingIs)))
    assert await ear.trouble() == {"waiting": 0, "parked": 1, "dead": 0}
    await ear.processor.take(record(said(thing, 5, kind=ThingIs)))
    ear.failing = {}
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([5], {"waiting": 0, "parked": 0, "dead": 0})


async def test_in_a_new_epoch_the_parked_event_of_the_old_one_makes_room(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {2: RuntimeError("no")}
    for number in (1, 2, 3):
        await ear.processor.take(record(said(thing, number)))
    ear.failing = {}
    assert await ear.processor.take(record(said(thing, 2, epoch=7))) is Outcome.APPLIED
    await ear.processor.due()
    assert (ear.heard, await ear.trouble()) == ([1, 2], {"waiting": 0, "parked": 0, "dead": 0})
    assert await ear.processor.take(record(said(thing, 3))) is Outcome.SUPERSEDED
    assert await ear.processor.take(record(said(thing, 3, epoch=7))) is Outcome.APPLIED


async def test_an_unknown_type_or_version_takes_its_place_is_counted_and_stops_nothing(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    counted = EVENTS.labels("ear", "unhandled")._value.get()
    await ear.processor.take(record(said(thing, 1)))
    for number, kind in ((2, b"testing.thing_said.v2"), (3, b"testing.unheard_of.v1")):
        assert await ear.processor.take(record(said(thing, number), ce_type=kind)) is Outcome.APPLIED
    await ear.processor.take(record(said(thing, 4)))
    assert ear.heard == [1, 4]
    assert EVENTS.labels("ear", "unhandled")._value.get() == counted + 2
    assert await ear.trouble() == {"waiting": 0, "parked": 0, "dead": 0}


async def test_a_number_far_ahead_waits_and_stops_nothing(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    for number in (1, 2**62, 2):
        await ear.processor.take(record(said(thing, number)))
    assert (ear.heard, await ear.trouble()) == ([1, 2], {"waiting": 1, "parked": 0, "dead": 0})


async def test_the_same_number_under_another_id_is_kept_for_somebody_to_read(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    await ear.processor.take(record(said(thing, 1)))
    other = replace(said(thing, 1), id="evt_other", data=b'{"other":1}')
    for _ in range(3):
        assert await ear.processor.take(record(other)) is not Outcome.APPLIED
    async with db.acquire() as conn:
        row = await only_row(conn, "SELECT reason, event_id, aggregateseq, record, times FROM dead_letter")
    assert ear.heard == [1]
    # Its payload does not decode either; that it was refused for its number is what counts.
    assert tuple(row) == ("the same number under another id", "evt_other", 1, b'{"other":1}', 3)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"ce_specversion": b"0.3"}, "not a CloudEvents 1.0 record in binary mode"),
        ({"ce_source": b"wlijo/rival"}, "source wlijo/rival does not publish here"),
        ({"ce_aggregateseq": str(2**63 - 1).encode()}, "ce_aggregateseq is not a number from 1 to 9223372036854775806"),
        ({"ce_type": None}, "the header ce_type has no value"),
        ({"x-other": None}, "the header x-other has no value"),
        (
            {"ce_type": b"testing.thing_is.v1"},
            "testing.thing_is.v1 is told into testing.states, not into testing.things",
        ),
        ({"ce_subject": b"a\0b"}, "an attribute has control characters"),
        ({"ce_time": b"\0"}, "Invalid isoformat string: '\\x00'"),
    ],
)
async def test_what_is_no_event_of_ours_is_buried_with_reason_and_bytes_and_the_next_one_goes(
    db: Database, headers: dict[str, bytes | None], reason: str
) -> None:
    ear, thing = Ear(db), ThingId.new()
    for offset in (0, 1):  # a record that comes again is one dead letter
        assert await ear.processor.take(record(said(thing, 1), offset, **headers)) is None
    await ear.processor.take(record(said(thing, 1), 2))
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT reason, key, record, times, position FROM dead_letter")
    assert [tuple(row) for row in rows] == [(reason, str(thing).encode(), said(thing, 1).data, 2, 1)]
    assert ear.heard == [1]


async def test_an_event_is_believed_of_its_own_source_alone(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.processor = EventProcessor("ear", db, ear.handlers, sources=frozenset({SOURCE, "wlijo/neighbour"}))
    assert await ear.processor.take(record(said(thing, 1), ce_source=b"wlijo/neighbour")) is None
    async with db.acquire() as conn:
        assert (
            await conn.fetchval("SELECT reason FROM dead_letter")
            == "testing.thing_said.v1 is told by wlijo/testing, not by wlijo/neighbour"
        )
    assert ear.heard == []


async def test_a_topic_is_believed_of_its_publisher_alone_also_when_nobody_handles_the_type(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.processor = EventProcessor("ear", db, ear.handlers, sources=frozenset({SOURCE, "wlijo/neighbour"}))
    foreign = record(said(thing, 1), ce_source=b"wlijo/neighbour", ce_type=b"neighbour.thing_done.v1")
    assert await ear.processor.take(foreign) is None
    async with db.acquire() as conn:
        reason = await conn.fetchval("SELECT reason FROM dead_letter")
        assert reason == "source wlijo/neighbour does not publish into testing.things"
        assert not await conn.fetchval("SELECT count(*) FROM inbox")


async def test_a_record_of_any_bytes_is_an_event_or_a_dead_letter(db: Database) -> None:
    ear, dice = Ear(db), random.Random(7)
    for offset in range(300):
        headers = [
            (
                dice.choice([*dict(said(ThingId.new(), 1).headers()), "x"]),
                dice.choice([None, b"", dice.randbytes(dice.randrange(9)), b"1"]),
            )
            for _ in range(dice.randrange(14))
        ]
        key, value = dice.choice([None, b"", dice.randbytes(4)]), dice.choice([None, b"", b"{}", dice.randbytes(9)])
        assert await ear.processor.take(Record("testing.things", 0, offset, key, value, headers, None)) is None
    assert (await ear.trouble())["parked"] == 0
    assert await ear.processor.take(record(said(ThingId.new(), 1), 300)) is Outcome.APPLIED


async def test_poison_that_can_be_identified_is_buried_in_its_turn_and_the_key_goes_on(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    for event in (said(thing, 2, data=b'{"number":"two"}'), said(thing, 1), said(thing, 3)):
        await ear.processor.take(record(event))
    async with db.acquire() as conn:
        row = await only_row(conn, "SELECT event_id, source, aggregate, aggregateseq, record FROM dead_letter")
    assert tuple(row) == ("evt_1_2", SOURCE, str(thing), 2, b'{"number":"two"}')
    assert ear.heard == [1, 3]


async def test_a_statement_called_wrongly_parks_its_key_instead_of_stopping_the_consumer(db: Database) -> None:
    handlers, thing = Handlers(), ThingId.new()

    @handlers.on(ThingSaid)
    async def wrong(conn: Connection, _: ThingSaid) -> None:
        await conn.execute("SELECT $1::int", 1, 2)

    await EventProcessor("ear", db, handlers, sources=frozenset({SOURCE})).take(record(said(thing, 1)))
    assert await Ear(db).trouble() == {"waiting": 0, "parked": 1, "dead": 0}
    with pytest.raises(Misuse):
        async with transaction(db) as conn:
            await conn.execute("SELECT $1::int", 1, 2)


async def test_a_fault_that_looks_passing_and_is_not_parks_its_key_after_some_tries(db: Database) -> None:
    ear, bad, good = Ear(db), ThingId.new(), ThingId.new()
    ear.failing = {1: TimeoutError("somebody else's clock")}
    for _ in range(9):
        with pytest.raises(TRANSIENT):
            await ear.processor.take(record(said(bad, 1)))
    assert await ear.trouble() == {"waiting": 0, "parked": 0, "dead": 0}
    assert await ear.processor.take(record(said(bad, 1))) is None
    await ear.processor.take(record(said(good, 2)))
    assert await ear.trouble() == {"waiting": 1, "parked": 1, "dead": 0}


async def test_two_consumers_that_get_the_same_records_apply_each_once(db: Database) -> None:
    one, two, thing = Ear(db), Ear(db), ThingId.new()

    async def deliver(ear: Ear) -> None:
        for number in range(1, 21):
            await ear.processor.take(record(said(thing, number)))

    await asyncio.gather(deliver(one), deliver(two))
    assert sorted(one.heard + two.heard) == list(range(1, 21))


async def test_a_connection_lost_in_the_handler_is_no_reason_to_park(db: Database) -> None:
    handlers, thing = Handlers(), ThingId.new()

    @handlers.on(ThingSaid)
    async def lose(conn: Connection, _: ThingSaid) -> None:
        await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(TRANSIENT):
        await EventProcessor("ear", db, handlers, sources=frozenset({SOURCE})).take(record(said(thing, 1)))
    assert await Ear(db).trouble() == {"waiting": 0, "parked": 0, "dead": 0}


@pytest.mark.parametrize("state", ["53100", "53200", "58030"])
async def test_a_database_without_room_or_memory_is_no_reason_to_park(db: Database, state: str) -> None:
    handlers, thing = Handlers(), ThingId.new()

    @handlers.on(ThingSaid)
    async def full(conn: Connection, _: ThingSaid) -> None:
        await conn.execute(f"DO $$ BEGIN RAISE 'no room' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(TRANSIENT):
        await EventProcessor("ear", db, handlers, sources=frozenset({SOURCE})).take(record(said(thing, 1)))
    assert await Ear(db).trouble() == {"waiting": 0, "parked": 0, "dead": 0}


async def test_how_long_the_oldest_has_waited_is_known(db: Database) -> None:
    ear, thing = Ear(db), ThingId.new()
    ear.failing = {1: RuntimeError("no")}
    await ear.processor.take(record(said(thing, 1)))
    async with transaction(db) as conn:
        assert (await inbox_trouble.ages(conn, "ear"))["waiting"] == 0
        await conn.execute("INSERT INTO clock_shift (shift) VALUES (interval '1 hour')")
    await ear.processor.take(record(said(thing, 3)))
    async with transaction(db) as conn:
        await conn.execute("UPDATE clock_shift SET shift = interval '3 hours'")
        ages = await inbox_trouble.ages(conn, "ear")
    assert {kind: round(seconds / 3600) for kind, seconds in ages.items()} == {"waiting": 2, "parked": 3}


async def test_the_first_conflict_is_an_increase_too(db: Database) -> None:
    """Prometheus sees none in a counter that comes with its first count."""
    EventProcessor("hears nothing", db, Handlers(), sources=frozenset({SOURCE}))
    told = {"consumer": "hears nothing", "outcome": str(Outcome.CONFLICT)}
    assert telemetry.REGISTRY.get_sample_value("wlijo_inbox_events_total", told) == 0
