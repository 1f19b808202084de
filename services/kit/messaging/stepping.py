"""An event that is taken in few statements, of which one moves its position and writes what comes of it, or looks at what it is about."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from prometheus_client import Counter

from services.kit.database.db import Database, reason, statement, transaction
from services.kit.database.step import NotInOne, step
from services.kit.database.writes import from_parameter
from services.kit.messaging import hearing
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Outcome, Received
from services.kit.messaging.inbox_store import EFFECT_FROM, PostgresInbox, moved_beside, moving, with_effect
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
STEPS = Counter(
    "wlijo_inbox_steps_total",
    "Events that were to be taken in a step, by how they were: stepped, or again in a transaction",
    ("consumer", "outcome"),
    registry=telemetry.REGISTRY,
)


async def quickly(
    db: Database, handlers: Handlers, consumer: str, event: Envelope, heard: Event, record: Record | None
) -> Received | None:
    """One whose turn it plainly is, and whose handler does not fail. None of all others, of which nothing is written."""
    if handlers.takes_step(event.type):
        return await take(db, handlers, consumer, event, heard, record)
    if handlers.looks_first(event.type):
        return await take_along(db, handlers, consumer, event, heard, record)
    return None


async def take(
    db: Database,
    handlers: Handlers,
    consumer: str,
    event: Envelope,
    heard: Event,
    record: Record | None,
    *,
    first: int | None = None,
) -> Received | None:
    """None of what takes a transaction, which meets whatever fault it was again: nothing of it is written. From the number `first` on its
    position is moved."""
    if not handlers.takes_step(event.type):
        return None
    try:
        async with step(db) as conn:
            with hearing.of(event):
                await handlers.handle(conn, heard)
            parts = conn.parts
            begins = event.seq if first is None else first
            made = with_effect(moving(begins), from_parameter(parts, EFFECT_FROM))
            place = (consumer, event.source, event.topic, event.aggregate, event.seq, event.id, event.epoch)
            row = await conn.made(made, *place, record is not None, begins, *parts.arguments)
    except NotInOne:
        STEPS.labels(consumer, "again").inc()
        return None
    except Exception as error:  # noqa: BLE001 - as above
        _log.info("not in a step: %s", reason(error), extra={"consumer": consumer})
        STEPS.labels(consumer, "again").inc()
        return None
    STEPS.labels(consumer, "stepped").inc()
    return Received(Outcome.APPLIED, successor_waits=row["successor"])


async def take_after(
    db: Database, handlers: Handlers, consumer: str, told: Sequence[Envelope], heard: Event, record: Record
) -> Received | None:
    """The last of these facts, and with it those before it, which nobody here handles. None where that is not to be: each by itself
    then."""
    event, first = told[-1], told[0].seq
    effect = handlers.effect(heard)
    if effect is None:
        taking = take if handlers.takes_step(event.type) else take_along
        return await taking(db, handlers, consumer, event, heard, record, first=first)
    try:
        async with statement(db) as conn:
            inbox = PostgresInbox(conn, consumer, from_log=True, effect=effect, first=first)
            successor = await inbox.advance(event, joining=False)
            if successor is not None:
                effect.made(conn, done=inbox.effect_done)
    except Exception as error:  # noqa: BLE001 - it is met again by the one that it is of
        _log.info("events are taken one by one: %s", reason(error), extra={"consumer": consumer})
        return None
    return None if successor is None else Received(Outcome.APPLIED, successor_waits=successor)


async def take_along(
    db: Database,
    handlers: Handlers,
    consumer: str,
    event: Envelope,
    heard: Event,
    record: Record | None,
    *,
    first: int | None = None,
) -> Received | None:
    """In a transaction whose first statement moves the position as well, from the number `first` on. None when it is not plainly its turn,
    or its handler fails: that is told apart where the position is moved first."""
    begins = event.seq if first is None else first
    try:
        async with transaction(db) as conn:
            await conn.later(moved_beside(consumer, event, from_log=record is not None, first=begins))
            with hearing.of(event):
                await handlers.handle(conn, heard)
    except Exception as error:  # noqa: BLE001 - it is met again by the one that it is of
        _log.info("the position is moved first: %s", reason(error), extra={"consumer": consumer})
        return None
    return Received(Outcome.APPLIED)
