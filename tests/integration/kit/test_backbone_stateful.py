"""Outbox, relay and inbox over a real PostgreSQL, several connections interleaved by Hypothesis; a failure shrinks to few steps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.kit.database.db import Database, Transaction
from services.kit.messaging import inbox_store, outbox
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.inbox import Outcome, receive
from services.kit.messaging.inbox_store import PostgresInbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import Batch, LogProgress, LogUnavailable, Pending, Relay, Sent
from tests.integration.conftest import ThingId, ThingSaid
from tests.worlds import servers

_THINGS = [ThingId.seeded(name) for name in "ab"]
_WRITERS = st.integers(0, 2)
_PAIR = st.integers(0, 1)
_EMPTY = (
    "TRUNCATE outbox, outbox_archive, outbox_counter, outbox_kept, relay_log, relay_lease, inbox, inbox_waiting, heard"
)


@dataclass
class MemoryLog:
    """The broker: one list for all partitions, and a relay's call that stays open until somebody says how it ended."""

    id: UUID
    records: list[Envelope] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def write(self, batches: Sequence[Batch], *, believed: UUID) -> None:
        for envelope in (row.envelope for batch in batches for row in batch.rows):
            self.records.append(envelope)
            done = self.first.get(envelope.aggregate, 0)
            if believed == self.id:  # else a relay that has not noticed the new log
                assert envelope.seq <= done + 1, f"{envelope.seq} was appended after {done}"
                self.first[envelope.aggregate] = max(done, envelope.seq)


@dataclass
class Calling:
    """A relay in the middle of a round; `answer` ends its call to the broker."""

    log: MemoryLog
    reached: asyncio.Event
    answer: asyncio.Future[bool]
    task: asyncio.Task[Any] | None = None
    batches: Sequence[Batch] = ()
    settles: bool = True


class _Small(PostgresOutbox):
    """Rounds of two rows, so that there is more to look at while they are under way."""

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        return await super().begin(min(limit, 2), sent=sent, under_way=under_way)


class _Port:
    """The relay's port on the log: stops at every append."""

    def __init__(self, machine: Backbone, calling: Calling) -> None:
        self._machine = machine
        self.calling = calling

    async def identity(self, *, fresh: bool = False) -> UUID:
        return self._machine.log.id

    def partition(self, topic: str, key: str) -> int:
        return _THINGS.index(ThingId.parse(key))

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        calling = self.calling
        if calling.answer.done():  # one call per rule
            raise LogUnavailable
        calling.batches = batches
        calling.reached.set()
        acknowledged = await calling.answer
        return [acknowledged] * len(batches)


@dataclass
class Connections:
    """Opened once for all examples."""

    writers: list[asyncpg.Connection]
    consumers: list[asyncpg.Connection]
    looking: asyncpg.Connection
    db: Database

    @classmethod
    async def open(cls, url: str) -> Connections:
        db = Database(url, size=4)
        await db.open()
        return cls(
            [await asyncpg.connect(url) for _ in range(3)],
            [await asyncpg.connect(url) for _ in range(2)],
            await asyncpg.connect(url),
            db,
        )

    async def close(self) -> None:
        for conn in (*self.writers, *self.consumers, self.looking):
            await conn.close()
        await self.db.close()


class Backbone(RuleBasedStateMachine):
    """Writers, two relays and two consumers, each with a connection of its own and a transaction that may stay open."""

    loop: asyncio.Runner
    opened: Connections

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog(UUID(int=1))
        self.logs = 1
        self.writing: dict[int, set[ThingId]] = {}
        self.calling: dict[int, Calling] = {}
        self.relays: dict[int, tuple[Relay, _Port]] = {}
        self.processor: dict[int, tuple[str, asyncpg.transaction.Transaction]] = {}
        self.transactions: dict[int, asyncpg.transaction.Transaction] = {}
        self.writers, self.consumers = self.opened.writers, self.opened.consumers
        self.looking, self.db = self.opened.looking, self.opened.db

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(what)

    @initialize()
    def some_are_told_and_published(self) -> None:
        """Without these most examples never come to where it matters."""
        for _ in range(3):
            self.tell_at_once(_THINGS)
        self.relay_runs(0)

    # -- writers

    @rule(writer=_WRITERS, early=st.booleans())
    def begin(self, writer: int, early: bool) -> None:
        if writer not in self.writing:
            self.writing[writer] = set()
            self.do(self._begin(writer, early))

    async def _begin(self, writer: int, early: bool) -> None:
        self.transactions[writer] = self.writers[writer].transaction()
        await self.transactions[writer].start()
        if early:
            await self.writers[writer].execute("SELECT pg_current_xact_id()")

    @precondition(lambda self: self.writing)
    @rule(writer=_WRITERS, things=st.lists(st.sampled_from(_THINGS), min_size=1, max_size=3))
    def tell(self, writer: int, things: list[ThingId]) -> None:
        held = {thing for other, owned in self.writing.items() if other != writer for thing in owned}
        if writer in self.writing and not held & set(things):  # it would wait for the other's lock
            self.writing[writer] |= set(things)
            self.do(
                outbox.append(
                    Transaction(self.writers[writer]), *(ThingSaid(thing_id=thing, number=0) for thing in things)
                )
            )

    @precondition(lambda self: self.writing)
    @rule(writer=_WRITERS, well=st.sampled_from([True, True, True, False]))
    def end(self, writer: int, well: bool) -> None:
        if self.writing.pop(writer, None) is not None:
            transaction = self.transactions.pop(writer)
            self.do(transaction.commit() if well else transaction.rollback())

    @rule(things=st.lists(st.sampled_from(_THINGS), min_size=1, max_size=2))
    def tell_at_once(self, things: list[ThingId]) -> None:
        writer = next((writer for writer in range(3) if writer not in self.writing), None)
        if writer is not None:
            self.begin(writer, early=False)
            self.tell(writer, things)
            self.end(writer, well=True)

    # -- relays

    @rule(relay=_PAIR)
    def relay_begins(self, relay: int) -> None:
        if relay not in self.calling:
            self.do(self._relay_begins(relay))

    async def _relay_begins(self, relay: int) -> None:
        # Whoever had the lease has slept too long.
        await self.looking.execute("DELETE FROM relay_lease")
        calling = Calling(self.log, asyncio.Event(), asyncio.get_running_loop().create_future())
        if relay not in self.relays:
            port = _Port(self, calling)
            self.relays[relay] = Relay(_Small(self.db, "wlijo/testing"), port, UUID(int=10 + relay)), port
        working, port = self.relays[relay]
        port.calling = calling

        async def until_it_calls() -> None:
            with suppress(LogUnavailable):
                while (await working.step()).filling:  # an empty fill calls nobody
                    pass
                if calling.settles:
                    await working.settle()

        calling.task = asyncio.create_task(until_it_calls())
        reached = asyncio.create_task(calling.reached.wait())
        await asyncio.wait({calling.task, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if calling.task.done():
            calling.task.result()
        else:
            self.calling[relay] = calling

    @precondition(lambda self: self.calling)
    @rule(
        relay=_PAIR,
        arrives=st.booleans(),
        acknowledged=st.booleans(),
        slept=st.booleans(),
        settles=st.booleans(),
        dies=st.booleans(),
    )
    def relay_goes_on(
        self, relay: int, arrives: bool, acknowledged: bool, slept: bool, settles: bool, dies: bool = False
    ) -> None:
        """Its batch went to the log that was there then; or, when it slept before it sent, to the one that is there now. It may die before
        what was acknowledged is archived, or remember it and what it has looked at meanwhile."""
        calling = self.calling.pop(relay, None)
        if calling:
            calling.settles = settles
            if arrives or acknowledged:
                (self.log if slept else calling.log).write(calling.batches, believed=calling.log.id)
            self.do(self._answer(calling, acknowledged))
        if dies:
            self.relays.pop(relay, None)

    @rule(relay=_PAIR)
    def relay_runs(self, relay: int) -> None:
        """A few rounds in which nothing breaks."""
        for _ in range(3):
            self.relay_begins(relay)
            self.relay_goes_on(relay, arrives=True, acknowledged=True, slept=False, settles=True)

    @rule(relay=_PAIR, arrives=st.booleans(), acknowledged=st.booleans())
    def a_relay_has_more_than_one_round(self, relay: int, arrives: bool, acknowledged: bool) -> None:
        """What it looks at while the first is under way follows it."""
        if not self.calling:
            for _ in range(2):
                self.tell_at_once(_THINGS)
            self.relay_begins(relay)
            self.relay_goes_on(relay, arrives=arrives, acknowledged=acknowledged, slept=False, settles=False)
            self.relay_begins(relay)
            self.relay_goes_on(relay, arrives=True, acknowledged=True, slept=False, settles=True)

    @precondition(lambda self: self.calling)
    @rule(relay=_PAIR)
    def relay_dies(self, relay: int) -> None:
        calling = self.calling.pop(relay, None)
        self.relays.pop(relay, None)
        if calling and calling.task:
            calling.task.cancel()
            self.do(asyncio.wait({calling.task}))

    async def _answer(self, calling: Calling, acknowledged: bool) -> None:
        calling.answer.set_result(acknowledged)
        assert calling.task
        await calling.task

    @precondition(lambda self: self.log.records or self.calling)
    @rule()
    def the_broker_loses_everything(self) -> None:
        self.logs += 1
        self.log = MemoryLog(UUID(int=self.logs))

    @rule(relay=_PAIR)
    def the_broker_is_replaced_while_a_relay_sleeps(self, relay: int) -> None:
        if not self.calling:
            self.tell_at_once(_THINGS[:1])
            self.relay_begins(relay)
            self.the_broker_loses_everything()
            self.relay_begins(1 - relay)
            self.relay_goes_on(1 - relay, arrives=True, acknowledged=True, slept=False, settles=True)

    # -- consumers

    @precondition(lambda self: self.log.records)
    @rule(consumer=_PAIR, where=st.integers(0, 1_000))
    def hear(self, consumer: int, where: int) -> None:
        """Any record, the wrong one too: a repeat, or one whose predecessor was not read."""
        event = self.log.records[where % len(self.log.records)]
        if consumer not in self.processor and not self._heard_elsewhere(event.aggregate):
            self.do(self._hear(consumer, event))

    @precondition(lambda self: self.log.records)
    @rule(consumer=_PAIR, where=st.lists(st.integers(0, 30), min_size=1, max_size=4))
    def hear_some(self, consumer: int, where: list[int]) -> None:
        for each in where:
            self.hear(consumer, each)
            self.consumer_ends(consumer, well=True)

    def _heard_elsewhere(self, aggregate: str) -> bool:
        return any(aggregate == other for other, _ in self.processor.values())

    async def _hear(self, consumer: int, event: Envelope) -> Outcome:
        conn = self.consumers[consumer]
        transaction = conn.transaction()
        await transaction.start()
        received = await receive(PostgresInbox(conn, "ear"), event, self._effect(conn))
        self.processor[consumer] = (event.aggregate, transaction)
        return received.outcome

    def _effect(self, conn: asyncpg.Connection) -> Callable[[Envelope], Coroutine[Any, Any, None]]:
        async def effect(event: Envelope) -> None:
            await conn.execute("INSERT INTO heard (thing, number) VALUES ($1, $2)", event.aggregate, event.seq)

        return effect

    @precondition(lambda self: self.processor)
    @rule(consumer=_PAIR, well=st.sampled_from([True, True, False]))
    def consumer_ends(self, consumer: int, well: bool) -> None:
        if consumer in self.processor:
            _, transaction = self.processor.pop(consumer)
            self.do(transaction.commit() if well else transaction.rollback())

    @precondition(lambda self: self.log.records)
    @rule(consumer=_PAIR)
    def hear_what_is_ripe(self, consumer: int) -> None:
        if consumer in self.processor:
            return
        for event in self.do(inbox_store.due(self.looking, "ear")):
            if not self._heard_elsewhere(event.aggregate):
                self.do(self._hear(consumer, event))
                self.consumer_ends(consumer, well=True)

    # -- what must hold

    @invariant()
    def numbers_are_gapless_and_in_order(self) -> None:
        for row in self._fetch(
            """SELECT aggregate, array_agg(aggregateseq ORDER BY seq) AS numbers
               FROM (SELECT aggregate, aggregateseq, seq FROM outbox UNION ALL SELECT aggregate, aggregateseq, seq FROM outbox_archive)
                    AS told GROUP BY aggregate"""
        ):
            assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))

    @invariant()
    def what_is_archived_is_in_the_log(self) -> None:
        recorded = self._fetch("SELECT log, filled FROM relay_log")
        if recorded and tuple(recorded[0]) == (self.log.id, True):
            there = {(event.aggregate, event.seq) for event in self.log.records}
            archived = {tuple(row) for row in self._fetch("SELECT aggregate, aggregateseq FROM outbox_archive")}
            assert archived <= there

    @invariant()
    def effects_are_once_and_in_order(self) -> None:
        for row in self._fetch("SELECT array_agg(number ORDER BY at) AS numbers FROM heard GROUP BY thing"):
            assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))

    def _fetch(self, sql: str) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = self.do(self.looking.fetch(sql))
        return rows

    def teardown(self) -> None:
        """Everything comes to rest: what was told has taken effect, all of it, once, in order."""
        try:
            for writer in list(self.writing):
                self.end(writer, well=True)
            for relay in list(self.calling):
                self.relay_dies(relay)
            for consumer in list(self.processor):
                self.consumer_ends(consumer, well=True)
            for _ in range(20):
                self.relay_runs(0)
                if not self._fetch("SELECT FROM outbox"):
                    break
            self.relay_runs(0)  # a fill goes on when nothing is pending
            for event in self.log.records:
                self.do(self._hear(0, event))
                self.consumer_ends(0, well=True)
            self.hear_what_is_ripe(0)
            self.effects_are_once_and_in_order()
            assert not self._fetch("SELECT FROM outbox")
            assert not self._fetch("SELECT FROM inbox_waiting WHERE seq <= (SELECT max(last) FROM inbox)")
            told = {tuple(row) for row in self._fetch("SELECT aggregate, last FROM outbox_counter")}
            assert {tuple(row) for row in self._fetch("SELECT aggregate, last FROM inbox")} == told
        finally:
            for transaction in (*self.transactions.values(), *(each for _, each in self.processor.values())):
                self.do(transaction.rollback())
            self.do(self.looking.execute(_EMPTY))


async def _prepare(made: servers.TestDatabase) -> None:
    owner = await asyncpg.connect(made.owner_url)
    # What is proved here is not durability.
    await owner.execute(f"ALTER DATABASE {made.owner_url.rsplit('/', 1)[1]} SET synchronous_commit = off")
    await owner.execute("CREATE TABLE heard (at bigint GENERATED ALWAYS AS IDENTITY, thing text, number bigint)")
    await owner.close()


def test_whatever_the_interleaving_nothing_is_lost_disordered_or_done_twice(
    thing_database: servers.TestDatabase,
) -> None:
    asyncio.run(_prepare(thing_database))
    with asyncio.Runner() as runner:
        opened = runner.run(Connections.open(thing_database.owner_url))
        machine = type("Machine", (Backbone,), {"loop": runner, "opened": opened})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=int(os.environ.get("WLIJO_EXAMPLES", "40")),
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(opened.close())
