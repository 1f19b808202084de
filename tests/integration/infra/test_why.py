"""What `make why` reads of the backbone's own tables: how far events got, and what held them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from infra.ops.why import judge, told
from infra.ops.why.life import Event, Heard, Log
from infra.ops.why.source import Source
from services.contracts.ordering import SOURCE, OrderId, OrderStarted
from services.kit.database.db import Connection, Database, transaction
from services.kit.ids import EventId
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.relay import ABOVE_ALL, LogProgress
from tests.integration.conftest import ThingId, ThingSaid
from tests.integration.kit.test_inbox import record
from tests.integration.kit.test_operations import inbox

LOG = UUID(int=1)
FILLED = Log("testing", str(LOG), True, 0, None)
ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def _told(order: OrderId, count: int) -> Event:
    return Event(
        service="ordering",
        id=str(EventId.new()),
        type=OrderStarted.type,
        topic=OrderStarted.topic,
        aggregate=str(order),
        count=count,
        epoch=1,
        trace=None,
        created_at=ANY_TIME,
        sent_at=ANY_TIME,
    )


def _envelope(event: Event, data: bytes) -> Envelope:
    return Envelope(
        id=event.id,
        source=SOURCE,
        type=event.type,
        topic=event.topic,
        aggregate=event.aggregate,
        seq=event.count,
        epoch=event.epoch,
        key=event.aggregate,
        time=ANY_TIME,
        stream=Stream.FACTS,
        traceparent=None,
        data=data,
    )


async def test_applied_dead_parked_waiting_and_coming_events_are_told_apart(db: Database) -> None:
    order = OrderId.new()
    events = [_told(order, count) for count in (1, 2, 3, 4, 5)]
    payload = OrderStarted(order_id=order).payload()
    fails = False
    handlers = Handlers()

    @handlers.on(OrderStarted)
    async def start(_: Connection, __: OrderStarted) -> None:
        if fails:
            raise RuntimeError("no rider\nDETAIL: the whole row")

    processor = EventProcessor("delivery", db, handlers, sources=frozenset({SOURCE}))
    await processor.take(record(_envelope(events[0], payload)))
    await processor.take(record(_envelope(events[1], b"{}")))
    fails = True
    await processor.take(record(_envelope(events[2], payload)))
    await processor.take(record(_envelope(events[3], payload)))
    await processor.take(record(_envelope(_told(order, 9), payload), ce_source=b"wlijo/rival"))

    async with db.acquire() as conn:
        found = await told.listener(Source("delivery", "here", conn), events)

    states = [judge.heard(event, found) for event in events]
    assert states == [Heard.APPLIED, Heard.DEAD, Heard.PARKED, Heard.WAITING, Heard.COMING]
    reasons = [(each.kind, each.count, each.reason) for each in found.troubles]
    assert sorted(reasons, key=lambda each: each[1] or 9)[1:] == [
        (Heard.PARKED, 3, "RuntimeError: no rider"),
        (Heard.WAITING, 4, None),
        (Heard.DEAD, None, "source wlijo/rival does not publish here"),
    ]


async def test_another_orders_troubles_are_not_this_ones(db: Database) -> None:
    processor = EventProcessor("delivery", db, Handlers(), sources=frozenset({SOURCE}))
    await processor.take(record(_envelope(_told(OrderId.new(), 2), b"{}")))
    async with db.acquire() as conn:
        found = await told.listener(Source("delivery", "here", conn), [_told(OrderId.new(), 1)])
    assert (found.positions, found.troubles) == ([], [])


async def test_an_event_is_pending_then_sent_then_once_more_to_be_sent_and_one_all_the_while(db: Database) -> None:
    rows, thing = PostgresOutbox(db, "wlijo/testing"), ThingId.new()
    await rows.set_progress(LogProgress(LOG, filled=True, filled_from=0), was=None)
    async with transaction(db) as conn:
        await outbox.append(conn, *(ThingSaid(thing_id=thing, number=number) for number in (1, 2)))

    async def seen(log: Log = FILLED) -> list[Event]:
        async with db.acquire() as conn:
            return await told.events(Source("testing", "here", conn), [(ThingSaid.topic, str(thing))], log)

    pending = await seen()
    assert [(event.count, event.sent_at, event.again) for event in pending] == [(1, None, False), (2, None, False)]
    await rows.archive([row.seq for row in await rows.pending(10)], log=LOG)
    sent = await seen()
    assert all(event.sent_at is not None for event in sent)
    assert [replace(event, sent_at=None) for event in sent] == pending
    await inbox(db, "republish", "--key", str(thing), "--from", "2", "--apply")
    assert await seen() == [sent[0], replace(sent[1], again=True)]
    for filled_from, lacking in (
        (2, False),
        (3, True),
    ):  # an aggregate comes whole, when the position reaches its newest row
        assert [event.refill for event in await seen(replace(FILLED, filled=False, filled_from=filled_from))] == [
            lacking
        ] * 2


async def test_logs_are_none_before_a_broker_was_seen(db: Database) -> None:
    async with db.acquire() as conn:
        assert await told.log(Source("testing", "here", conn)) == Log("testing", None, False, ABOVE_ALL, None)
    await PostgresOutbox(db, "wlijo/testing").set_progress(LogProgress(LOG, filled=False, filled_from=7), was=None)
    async with db.acquire() as conn:
        assert await told.log(Source("testing", "here", conn)) == Log("testing", str(LOG), False, 7, None)
