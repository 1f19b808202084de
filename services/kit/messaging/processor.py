"""What happens to an event that a consumer read, through the inbox to its handler."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from prometheus_client import Counter

from services.kit.database.db import TRANSIENT, Database, Transaction, transaction
from services.kit.messaging import hearing, inbox_store
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Event, Malformed, Stream, decode
from services.kit.messaging.inbox import Outcome, Received, receive
from services.kit.messaging.inbox_store import PostgresInbox
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
EVENTS = Counter(
    "wlijo_inbox_events_total",
    "Events received, by what became of them",
    ("consumer", "outcome"),
    registry=telemetry.REGISTRY,
)

_PATIENCE = 10
_CONFLICT = "the same number under another id"
_SETTLED = frozenset({Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.SUPERSEDED})


class Inapplicable(Exception):
    """Raised by a handler of an event that speaks of what is not there, though all that was told before has had its turn.

    No repeat mends it, and what follows is not to wait: it becomes a dead letter with this reason, for `replay` when what was missing
    has come.
    """


E = TypeVar("E", bound=Event)
P = ParamSpec("P")


class Handlers:
    """What happens when an event is heard: one function per event class.

        @HANDLERS.on(OrderPlaced)
        async def hold_its_goods(conn: Transaction, event: OrderPlaced) -> None: …

    A handler runs in the transaction that also remembers the event. It raises only for faults, and Inapplicable: an early, late or
    contradictory event is an input that it must answer. What only a running process has (keys, a policy) comes after the event: `given`.
    """

    def __init__(self, given: tuple[Any, ...] = ()) -> None:
        self._given = given
        self._by_type: dict[str, tuple[type[Event], Callable[..., Awaitable[None]]]] = {}

    def on(
        self, event_class: type[E]
    ) -> Callable[
        [Callable[Concatenate[Transaction, E, P], Awaitable[None]]],
        Callable[Concatenate[Transaction, E, P], Awaitable[None]],
    ]:
        def register(
            handler: Callable[Concatenate[Transaction, E, P], Awaitable[None]],
        ) -> Callable[Concatenate[Transaction, E, P], Awaitable[None]]:
            if event_class.type in self._by_type:
                raise ValueError(f"two handlers for {event_class.type}")
            self._by_type[event_class.type] = (event_class, handler)
            return handler

        return register

    def given(self, *means: Any) -> Handlers:
        """The same handlers, called with these after the event."""
        made = Handlers(means)
        made._by_type = self._by_type
        return made

    def topics(self) -> list[str]:
        return sorted({event_class.topic for event_class, _ in self._by_type.values()})

    def sources(self) -> frozenset[str]:
        """Whose events these are; of others it believes nothing."""
        return frozenset(event_class.source for event_class, _ in self._by_type.values())

    def publishers(self, topic: str) -> frozenset[str]:
        """Whose topic this is, of those whose events are handled."""
        return frozenset(each.source for each, _ in self._by_type.values() if each.topic == topic)

    def event_class(self, event_type: str) -> type[Event] | None:
        found = self._by_type.get(event_type)
        return found[0] if found else None

    async def handle(self, conn: Transaction, event: Event) -> None:
        await self._by_type[event.type][1](conn, event, *self._given)


class EventProcessor:
    """Applies the events of one consumer, each through the inbox to its handler: `take` a record, `due` what was stored."""

    def __init__(
        self,
        consumer: str,
        db: Database,
        handlers: Handlers,
        *,
        sources: frozenset[str] | None = None,
        joining: bool = False,
    ) -> None:
        self._consumer = consumer
        self._db = db
        self._handlers = handlers
        self._sources = handlers.sources() if sources is None else sources
        self._joining = joining
        self._tries: dict[str, int] = {}

    async def take(self, record: Record) -> Outcome | None:
        """Apply one record; None when it became a dead letter."""
        try:
            event = self._identified(record)
        except Malformed as error:
            await self._dead_letter(record, str(error))
            return None
        return await self.apply(event, record)

    async def duplicates(self, records: Sequence[Record]) -> frozenset[int]:
        """The offsets of records that are surely duplicates, found with one look at many: a new log brings everything again.

        A position only grows, so what is passed stays passed. Whatever is not named here is for `take` to decide.
        """
        read: list[tuple[int, Envelope]] = []
        for record in records:
            try:
                read.append((record.offset, self._identified(record)))
            except Malformed:
                continue
        async with self._db.acquire() as conn:
            places = await inbox_store.duplicates(conn, self._consumer, [event for _, event in read])
        EVENTS.labels(self._consumer, str(Outcome.DUPLICATE)).inc(len(places))
        return frozenset(read[place][0] for place in places)

    def _identified(self, record: Record) -> Envelope:
        event = Envelope.from_record(record.topic, record.key, record.headers, record.value)
        if event.source not in self._sources:
            raise Malformed(f"source {event.source} does not publish here")
        # Who may write into a topic is the broker's to say; that this is what its owner tells there is ours.
        if known := self._handlers.event_class(event.type):
            if event.topic != known.topic:
                raise Malformed(f"{event.type} is told into {known.topic}, not into {event.topic}")
            if event.source != known.source:
                raise Malformed(f"{event.type} is told by {known.source}, not by {event.source}")
        publishers = self._handlers.publishers(event.topic)
        if publishers and event.source not in publishers:  # of a type that nobody here handles
            raise Malformed(f"source {event.source} does not publish into {event.topic}")
        return event

    async def replay(self, letter: int) -> tuple[bool, str]:
        """Apply a dead letter, once: whether, and what became of it.

        One that had no identity takes its place in the inbox now. One whose number was passed when it became one is applied out
        of its turn: handlers take late inputs.
        """
        try:
            return await self._replay(letter)
        except Inapplicable as error:
            return False, f"still not applicable: {error}"

    async def _replay(self, letter: int) -> tuple[bool, str]:
        async with transaction(self._db) as conn:
            row = await conn.fetchrow(
                """SELECT topic, partition, position, event_id, key, headers, record, reason FROM dead_letter
                   WHERE id = $1 AND consumer = $2 AND replayed_at IS NULL FOR UPDATE""",
                letter,
                self._consumer,
            )
            if row is None:
                return True, "was done before"
            if row["reason"] == _CONFLICT:
                return False, "another event has this number; it cannot be applied"
            headers = [
                (name, None if value is None else value.encode("latin-1")) for name, value in json.loads(row["headers"])
            ]
            record = Record(
                row["topic"], row["partition"] or 0, row["position"] or 0, row["key"], row["record"], headers, None
            )
            try:
                event = self._identified(record)
                handled = self._handlers.event_class(event.type)
                heard = decode(handled, event.data) if handled else None
            except Malformed as error:
                return False, f"still not readable: {error}"

            async def effect(_: Envelope) -> None:
                if heard is not None:
                    with hearing.of(event):
                        await self._handlers.handle(conn, heard)

            done = "applied out of its turn"
            if row["event_id"] is None:
                done = str(
                    (await receive(PostgresInbox(conn, self._consumer), event, effect, joining=self._joining)).outcome
                )
            else:
                await effect(event)
            await conn.execute("UPDATE dead_letter SET replayed_at = wlijo_now() WHERE id = $1", letter)
        return True, done

    async def apply(self, event: Envelope, record: Record | None = None) -> Outcome | None:
        """Apply one event and then those that waited for it."""
        with telemetry.span(
            f"hear {event.type}",
            traceparent=event.traceparent,
            attributes={"event.id": event.id, "consumer": self._consumer},
        ):
            received = await self._apply_one(event, record)
        while received and received.successor_waits:
            async with self._db.acquire() as conn:
                successor = await inbox_store.waiting_successor(conn, self._consumer, event)
            if successor is None:
                break
            event = successor
            following = await self._apply_one(event, None)
            if following is None or following.outcome is not Outcome.APPLIED:
                break
            received = following
        return received.outcome if received else None

    async def _apply_one(
        self, event: Envelope, record: Record | None, poison: Exception | None = None
    ) -> Received | None:
        """`poison`: why it can never be applied; it is written down then, in its turn."""
        handled = self._handlers.event_class(event.type)
        heard: Event | None = None
        if handled and poison is None:
            try:
                heard = decode(handled, event.data)
            except Malformed as error:
                poison = error
        try:
            async with transaction(self._db) as conn:
                inbox = PostgresInbox(conn, self._consumer)
                if record is not None and await inbox.is_parked(event):
                    return Received(Outcome.WAITING)

                async def effect(_: Envelope) -> None:
                    if poison is not None:
                        await _dead_letter_event(inbox, str(poison), event, record)
                    elif heard is not None:
                        with hearing.of(event):
                            await self._handlers.handle(conn, heard)

                received = await receive(inbox, event, effect, joining=self._joining)
                if received.outcome is Outcome.APPLIED and event.stream is Stream.STATE:
                    await inbox.drop_waiting(event)
                if received.outcome is Outcome.CONFLICT:
                    await _dead_letter_event(inbox, _CONFLICT, event, record)
                if record is None and received.outcome in _SETTLED:
                    await inbox.drop(event)
        except Inapplicable as error:
            _log.error(
                "%s", error, extra={"consumer": self._consumer, "aggregate": event.aggregate, "event_id": event.id}
            )
            return await self._apply_one(event, record, error)  # nothing of what its handler wrote is left
        except Exception as error:
            if isinstance(error, TRANSIENT) and not await self._lasts(event):
                raise
            # A bug on one key must not stop the others.
            _log.exception(
                "parking a key", extra={"consumer": self._consumer, "aggregate": event.aggregate, "event_id": event.id}
            )
            self._tries.pop(event.id, None)
            async with transaction(self._db) as conn:
                await PostgresInbox(conn, self._consumer).park(event, f"{type(error).__name__}: {error}")
            EVENTS.labels(self._consumer, "parked").inc()
            return None
        self._tries.pop(event.id, None)
        outcome = "unhandled" if received.outcome is Outcome.APPLIED and handled is None else str(received.outcome)
        if poison is not None and received.outcome is Outcome.APPLIED:
            outcome = "dead"
        EVENTS.labels(self._consumer, outcome).inc()
        if received.outcome is Outcome.CONFLICT:
            _log.error(
                _CONFLICT,
                extra={"consumer": self._consumer, "aggregate": event.aggregate, "event_id": event.id},
            )
        return received

    async def _lasts(self, event: Envelope) -> bool:
        """Whether what looks like a passing fault is this event's own: it comes again and again while the database answers."""
        self._tries[event.id] = self._tries.get(event.id, 0) + 1
        if self._tries[event.id] < _PATIENCE:
            return False
        try:
            async with self._db.acquire() as conn:
                await conn.fetchval("SELECT 1")
        except TRANSIENT:
            return False
        return True

    async def _dead_letter(self, record: Record, reason: str) -> None:
        async with transaction(self._db) as conn:
            await PostgresInbox(conn, self._consumer).dead_letter(
                reason,
                topic=record.topic,
                key=record.key,
                headers=record.headers,
                record=record.value or b"",
                partition=record.partition,
                position=record.offset,
            )
        _log.warning(
            "a record became a dead letter: %s",
            reason,
            extra={"consumer": self._consumer, "topic": record.topic, "offset": record.offset},
        )
        EVENTS.labels(self._consumer, "dead").inc()

    async def due(self) -> None:
        """Stored events whose turn has come, and parked heads whose pause is over."""
        async with self._db.acquire() as conn:
            events = await inbox_store.due(conn, self._consumer)
        for event in events:
            await self.apply(event)


async def _dead_letter_event(inbox: PostgresInbox, why: str, event: Envelope, record: Record | None) -> None:
    await inbox.dead_letter(
        why,
        topic=event.topic,
        key=event.key.encode(),
        headers=record.headers if record else event.headers(),
        record=event.data,
        partition=record.partition if record else None,
        position=record.offset if record else None,
        event=event,
    )
