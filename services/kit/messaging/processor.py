"""What happens to an event that a consumer read, through the inbox to its handler."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from prometheus_client import Counter

from services.kit.database.db import TRANSIENT, Database, reason, statement, transaction
from services.kit.messaging import across, hearing, inbox_store, stepping, stretches
from services.kit.messaging.consumer import Record, Spot
from services.kit.messaging.envelope import Envelope, Event, Malformed, Stream, decode
from services.kit.messaging.handlers import Handlers, Inapplicable
from services.kit.messaging.inbox import Outcome, Received, receive
from services.kit.messaging.inbox_store import PostgresInbox, StillParked
from services.kit.messaging.reading import Reading
from services.kit.messaging.settling import CONFLICT, dead_letter, settle
from services.kit.messaging.stretches import Heard
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
EVENTS = Counter(
    "wlijo_inbox_events_total",
    "Events received, by what became of them",
    ("consumer", "outcome"),
    registry=telemetry.REGISTRY,
)

_PATIENCE = 10
_TOGETHER = 20  # events in one transaction, at most
_ACROSS = 100  # likewise of whatever aggregates
_STATES = 500  # likewise of states that are put by one statement


async def _no_effect(_: Envelope) -> None:
    pass


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
        self._handlers, self.streams = handlers, handlers.streams
        self.reads = Reading(handlers, sources)
        self._joining = joining
        self._tries: dict[str, int] = {}
        for outcome in Outcome:  # a counter that comes with its first count has not increased, as Prometheus sees it
            EVENTS.labels(consumer, str(outcome))

    async def take(self, record: Record) -> Outcome | None:
        """Apply one record; None when it became a dead letter."""
        try:
            event = self.reads.envelope(record)
        except Malformed as error:
            await self._dead_letter(record, str(error))
            return None
        return await self.apply(event, record)

    async def take_some(self, records: Sequence[Record]) -> int:
        """Apply the first of these records of a partition, and those after it that go with it in one transaction; how many.

        That are facts of one aggregate that follow one another, or such, of any aggregates, that nobody here handles; or states of many
        aggregates, whose handler takes many; or one fact that moves its position itself, and those before it that nobody handles. When
        one of them cannot be applied with the others nothing of it stays, and each is taken by itself: so a key is parked alone, and its
        own event.
        """
        states = stretches.states(self.reads.heard(records[:_STATES]), self._handlers.takes_many, alone=self._tries)
        if len(states) > 1:
            settled = await self._apply_states(states)
            for at, record in enumerate(records[: len(states)]):
                if at not in settled:
                    await self.take(record)
            return len(states)
        together = stretches.together(self.reads.heard(records[:_TOGETHER]), alone=self._tries)
        if few := stretches.apart(together, self._handlers.move_along, self._handlers.in_one_statement):
            if few == 1 or not await self._take_after(together[:few], records[few - 1]):
                for record in records[:few]:
                    await self.take(record)
            return few
        if len(together) < 2 or not await self._apply_together(together):
            for record in records[: len(together) or 1]:
                await self.take(record)
        return len(together) or 1

    async def _apply_states(self, states: Sequence[Heard]) -> set[int]:
        """The places of those that are settled: the newest of each aggregate is applied, and has overtaken those before it."""
        newest = stretches.newest(states)
        try:
            async with transaction(self._db) as opened:
                raised = await inbox_store.raise_all(opened, self._consumer, [states[at][0] for at in newest])
                applied = [newest[place] for place in sorted(raised)]
                if heard := [event for _, event in map(states.__getitem__, applied) if event is not None]:
                    await self._handlers.handle_many(opened, heard)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is met again by the one that it is of
            _log.info("states are taken one by one: %s", reason(error), extra={"consumer": self._consumer})
            return set()
        overtaken = stretches.overtaken(states, applied)
        EVENTS.labels(self._consumer, str(Outcome.APPLIED)).inc(len(applied))
        EVENTS.labels(self._consumer, str(Outcome.DUPLICATE)).inc(len(overtaken))
        return {*applied, *overtaken}

    async def _take_after(self, told: Sequence[Heard], record: Record) -> bool:
        """The last, which has a handler, with those before it, which have none."""
        every, heard = [event for event, _ in told], told[-1][1]
        assert heard is not None
        with self._span(every[-1]):
            received = await stepping.take_after(self._db, self._handlers, self._consumer, every, heard, record)
        if received is None:
            return False
        self._count_applied(every)
        await self._apply_successors(every[-1], received)
        return True

    async def _apply_together(self, together: Sequence[Heard]) -> bool:
        """Whether all were applied; else nothing of any that has a handler."""
        every = stretches.by_aggregate(together)
        try:
            if not any(heard for _, heard in together):
                done = await self._pass_over(every)
            else:
                async with transaction(self._db) as opened:
                    done = await inbox_store.advance_stretches(opened, self._consumer, every)
                    for event, heard in together if done else ():
                        if heard is not None:
                            await self._handlers.handle_told(opened, event, heard, self._consumer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is met again by the one that it is of
            _log.info("events are taken one by one: %s", reason(error), extra={"consumer": self._consumer})
            return False
        for place in done:
            self._count_applied(every[place])
        return len(done) == len(every)

    async def take_across(self, records: Sequence[Record]) -> frozenset[Spot]:
        """Apply, of records of several partitions, the facts that are plainly next, in one transaction; where those are. What is not named
        here, all of it when anything fails, is for `take_some`: nobody is parked for another's fault."""
        done: set[Spot] = set()
        for first in range(0, len(records), _ACROSS):
            done |= await self._apply_across(records[first : first + _ACROSS])
        return frozenset(done)

    async def _apply_across(self, records: Sequence[Record]) -> set[Spot]:
        read = [(record, one) for record in records for one in self.reads.heard([record])]
        found = stretches.across([one for _, one in read], alone=self._tries)
        if sum(map(len, found)) < 2:
            return set()
        every = [[read[at][1][0] for at in places] for places in found]

        def facts(moved: Iterable[int]) -> list[tuple[Envelope, Event]]:
            at_these = sorted(at for place in moved for at in found[place])
            return [(told, event) for told, event in (read[at][1] for at in at_these) if event is not None]

        moved = {*range(len(every))}
        try:
            if not (heard := facts(moved)):
                moved = await self._pass_over(every)
            elif not await across.take(self._db, self._handlers, self._consumer, every, heard):
                async with transaction(self._db) as opened:
                    moved = await inbox_store.advance_stretches(opened, self._consumer, every)
                    if heard := facts(moved):
                        await self._handlers.handle_all(opened, heard, self._consumer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is met again by the one that it is of
            _log.info("events are taken one by one: %s", reason(error), extra={"consumer": self._consumer})
            return set()
        applied = [at for place in moved for at in found[place]]
        self._count_applied([read[at][1][0] for at in applied])
        return {(record.topic, record.partition, record.offset) for record, _ in (read[at] for at in applied)}

    async def _pass_over(self, every: Sequence[Sequence[Envelope]]) -> set[int]:
        """Stretches of which nobody handles anything: their positions move, in one statement."""
        async with self._db.acquire() as conn:
            return await inbox_store.advance_stretches(conn, self._consumer, every)

    def _count_applied(self, events: Iterable[Envelope]) -> None:
        for event in events:
            applied = "unhandled" if self._handlers.event_class(event.type) is None else str(Outcome.APPLIED)
            EVENTS.labels(self._consumer, applied).inc()

    async def duplicates(self, records: Sequence[Record]) -> frozenset[int]:
        """The offsets of records that are surely duplicates, found with one look at many: a new log brings everything again.

        A position only grows, so what is passed stays passed. Whatever is not named here is for `take` to decide.
        """
        read: list[tuple[int, Envelope]] = []
        for record in records:
            try:
                read.append((record.offset, self.reads.envelope(record)))
            except Malformed:
                continue
        async with self._db.acquire() as conn:
            places = await inbox_store.duplicates(conn, self._consumer, [event for _, event in read])
        EVENTS.labels(self._consumer, str(Outcome.DUPLICATE)).inc(len(places))
        return frozenset(read[place][0] for place in places)

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
            if row["reason"] == CONFLICT:
                return False, "another event has this number; it cannot be applied"
            headers = [
                (name, None if value is None else value.encode("latin-1")) for name, value in json.loads(row["headers"])
            ]
            record = Record(
                row["topic"], row["partition"] or 0, row["position"] or 0, row["key"], row["record"], headers, None
            )
            try:
                event = self.reads.envelope(record)
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
        with self._span(event):
            received = await self._apply_one(event, record)
        return await self._apply_successors(event, received)

    async def _apply_successors(self, event: Envelope, received: Received | None) -> Outcome | None:
        """Those that waited for it; what became of the last."""
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

    def _span(self, event: Envelope) -> AbstractContextManager[object]:
        return telemetry.span(
            f"hear {event.type}",
            traceparent=event.traceparent,
            attributes={"event.id": event.id, "consumer": self._consumer},
        )

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
        if handled is None and poison is None:
            return await self._pass(event, record)
        if heard is not None and (
            stepped := await stepping.quickly(self._db, self._handlers, self._consumer, event, heard, record)
        ):
            self._tries.pop(event.id, None)
            self._count(event, stepped, str(Outcome.APPLIED))
            return stepped
        try:
            # What is in the statement that moves the position needs no transaction around it.
            made = self._handlers.effect(heard) if heard is not None and event.stream is Stream.FACTS else None
            async with statement(self._db) if made else transaction(self._db) as conn:
                inbox = PostgresInbox(conn, self._consumer, from_log=record is not None, effect=made)

                async def effect(_: Envelope) -> None:
                    if poison is not None:
                        await dead_letter(inbox, str(poison), event, record)
                    elif made is not None:
                        made.made(conn, done=inbox.effect_done)
                    elif heard is not None:
                        with hearing.of(event):
                            await self._handlers.handle(conn, heard)

                received = await receive(inbox, event, effect, joining=self._joining)
                await settle(inbox, event, record, received.outcome)
        except StillParked:
            return Received(Outcome.WAITING)
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
        self._count(event, received, "dead" if poison is not None else str(Outcome.APPLIED))
        return received

    async def _pass(self, event: Envelope, record: Record | None) -> Received:
        """One that nobody here handles: its position moves, in a statement of its own, and that is all."""
        async with self._db.acquire() as conn:
            inbox = PostgresInbox(conn, self._consumer, from_log=record is not None)
            try:
                received = await receive(inbox, event, _no_effect, joining=self._joining)
            except StillParked:
                return Received(Outcome.WAITING)
            await settle(inbox, event, record, received.outcome)
        self._count(event, received, "unhandled")
        return received

    def _count(self, event: Envelope, received: Received, applied: str) -> None:
        outcome = applied if received.outcome is Outcome.APPLIED else str(received.outcome)
        EVENTS.labels(self._consumer, outcome).inc()
        if received.outcome is Outcome.CONFLICT:
            _log.error(
                CONFLICT,
                extra={"consumer": self._consumer, "aggregate": event.aggregate, "event_id": event.id},
            )

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
