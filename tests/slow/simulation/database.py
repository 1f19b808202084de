"""A database made of dicts: transactions with row locks, READ COMMITTED, rows seen only after their commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.inbox import Position
from services.kit.messaging.relay import LogProgress, Outgoing, Pending, Place, Portion, Sent
from tests.slow.simulation.scheduler import Beside, Scheduler, Unavailable, Violation, pause

_TIME = datetime(2026, 1, 1, tzinfo=UTC)
Key = tuple[str, str]  # topic, aggregate
PAUSE_S = 1.0


@dataclass(slots=True)
class Waiting:
    event: Envelope
    parked: bool = False
    retry_at: float = 0.0


@dataclass(slots=True)
class Base:
    """One service's database."""

    name: str
    scheduler: Scheduler
    locks: dict[Any, Tx] = field(default_factory=dict)
    next_seq: int = 1
    next_xid: int = 1
    open_xids: set[int] = field(default_factory=set)
    counter: dict[Key, int] = field(default_factory=dict)
    outbox: dict[int, Outgoing] = field(default_factory=dict)
    archive: dict[int, Outgoing] = field(default_factory=dict)
    xid_of: dict[int, int] = field(default_factory=dict)
    relay_log: LogProgress | None = None
    lease: tuple[UUID, float] | None = None
    inbox: dict[Key, Position] = field(default_factory=dict)
    waiting: dict[tuple[Key, int], Waiting] = field(default_factory=dict)
    effects: dict[Key, int] = field(default_factory=dict)
    effects_done: int = 0
    jobs: dict[str, str] = field(default_factory=dict)
    timers: dict[str, float] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    after_commit: Callable[[], None] = lambda: None

    def parked_now(self, event: Envelope) -> bool:
        row = self.waiting.get(((event.topic, event.aggregate), event.seq))
        return row is not None and row.parked and self._paused(row)

    def _paused(self, row: Waiting) -> bool:
        """A pause that ends later than any pause can was set before the clock was set back: it is over."""
        return 0 < row.retry_at - self.scheduler.now <= 2 * PAUSE_S

    def due(self) -> list[Envelope]:
        found = []
        for (key, seq), row in self.waiting.items():
            last = self.inbox[key].last if key in self.inbox else 0
            if (row.parked and not self._paused(row)) or (not row.parked and seq <= last + 1):
                found.append(row.event)
        return found


class Tx:
    """A transaction: writes take effect together at the commit, locks are held to its end. A crash inside rolls it back."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._writes: list[Callable[[], None]] = []
        self._told: dict[Key, int] = {}
        self._locks: list[Any] = []
        self.xid = base.next_xid
        base.next_xid += 1
        base.open_xids.add(self.xid)

    async def __aenter__(self) -> Self:
        await pause()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None:
            self._end()
            return
        try:
            await pause()  # a crash here: rolled back
        except BaseException:
            self._end()
            raise
        for write in self._writes:
            write()
        self._end()
        self.base.after_commit()
        await pause()  # a crash here: committed, nobody was told
        if self.base.scheduler.chance(self.base.scheduler.weather.commit_lost, "commit's answer lost"):
            raise Unavailable

    def _end(self) -> None:
        for key in self._locks:
            del self.base.locks[key]
        self._locks.clear()
        self.base.open_xids.discard(self.xid)

    def write(self, do: Callable[[], None]) -> None:
        self._writes.append(do)

    async def lock(self, key: Any) -> None:
        locks = self.base.locks
        if locks.get(key) is self:
            return
        while key in locks:
            await pause(lambda: key not in locks)
        locks[key] = self
        self._locks.append(key)

    async def tell(self, topic: str, aggregate: str, kind: str, *, state: bool = False, early: bool = False) -> None:
        """outbox.append: the counter under its lock, then the sequence. `early` draws the sequence first, which is wrong."""
        base, key = self.base, (topic, aggregate)
        seq = 0
        if early:
            seq, base.next_seq = base.next_seq, base.next_seq + 1
            await pause()
        await self.lock(("counter", key))
        await pause()
        number = base.counter.get(key, 0) + self._told.get(key, 0) + 1
        self._told[key] = self._told.get(key, 0) + 1
        if not early:
            seq, base.next_seq = base.next_seq, base.next_seq + 1
        stream = Stream.STATE if state else Stream.FACTS
        event = Envelope(
            f"{aggregate}#{number}.{seq}",
            base.name,
            kind,
            topic,
            aggregate,
            number,
            1,
            aggregate,
            _TIME,
            stream,
            None,
            b"",
        )
        row = Outgoing(seq, event)

        def commit() -> None:
            base.counter[key] = number
            base.outbox[seq] = row
            base.xid_of[seq] = self.xid

        self.write(commit)

    def transfer(self, source: str, target: str, amount: int) -> None:
        def commit() -> None:
            balances = self.base.balances
            balances[source] = balances.get(source, 0) - amount
            balances[target] = balances.get(target, 0) + amount
            if source != "buyer" and balances[source] < 0:
                raise Violation("money", f"{source} is at {balances[source]}")

        self.write(commit)


def _place(row: Outgoing) -> Place:
    return row.envelope.topic, row.envelope.aggregate


class SimOutbox:
    """The relay's port on a simulated database; portions are small, so that fills and rounds are cut in many places."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._rng = base.scheduler.rng
        self.beside = Beside(self._rng)

    async def lease(self, holder: UUID, seconds: float) -> bool:
        await pause()
        base, now = self.base, self.base.scheduler.now
        held = base.lease
        if held is None or held[0] == holder or held[1] < now or held[1] > now + 2 * seconds:
            base.lease = (holder, now + seconds)
            return True
        return False

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        await pause()
        if sent:
            self._move(sent)
        there = [self.base.outbox[seq] for seq in sorted(self.base.outbox) if seq not in under_way]
        rows = there[: self._rng.randint(1, 6)]
        found = self.base.relay_log, Pending(rows, are_all=len(rows) == len(there))
        if sent:
            await pause()  # a crash here: archived, and what was read is read again
        return found

    async def set_progress(self, progress: LogProgress, *, was: LogProgress | None) -> bool:
        await pause()
        if self.base.relay_log != was:
            return False
        self.base.relay_log = progress
        self.base.after_commit()
        await pause()
        return True

    def _newest(self, place: Place) -> int:
        return max((seq for seq, row in self.base.archive.items() if _place(row) == place), default=-1)

    async def portion(self, filled_from: int, limit: int) -> Portion | None:
        await pause()
        seqs = sorted((seq for seq in self.base.archive if seq < filled_from), reverse=True)[: self._rng.randint(1, 6)]
        if not seqs:
            return None
        places = {_place(self.base.archive[seq]) for seq in seqs}
        return Portion(sorted(place for place in places if self._newest(place) < filled_from), seqs[-1])

    async def unfilled(self, places: Sequence[Place], filled_from: int) -> list[Place]:
        await pause()
        return [place for place in places if 0 <= self._newest(place) < filled_from]

    async def archived(self, places: Sequence[Place], after: int, limit: int) -> list[Outgoing]:
        await pause()
        rows = sorted(seq for seq, row in self.base.archive.items() if seq > after and _place(row) in places)
        return [self.base.archive[seq] for seq in rows[: self._rng.randint(1, 6)]]

    async def archive(self, seqs: Sequence[int], *, log: UUID) -> int:
        await pause()
        moved = self._move(Sent(seqs, log))
        await pause()
        return moved

    def may_move(self, log: UUID) -> bool:
        return self.base.relay_log is not None and self.base.relay_log.log == log

    def _move(self, sent: Sent) -> int:
        return self._moved(sent.seqs) if self.may_move(sent.log) else 0

    async def move(self, seqs: Sequence[int]) -> int:
        moved = self._moved(seqs)
        await pause()
        return moved

    def _moved(self, seqs: Sequence[int]) -> int:
        moved = 0
        for seq in seqs:
            row = self.base.outbox.pop(seq, None)
            if row:
                self.base.archive[seq] = row
                moved += 1
        self.base.after_commit()
        return moved


class SimInbox:
    """The inbox's port inside a transaction, with PostgreSQL's READ COMMITTED: a row that matches is locked, then looked at again."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._base = tx.base

    def _turn(self, event: Envelope) -> bool:
        position = self._base.inbox.get((event.topic, event.aggregate))
        return event.seq == (position.last if position else 0) + 1

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        await pause()
        key = (event.topic, event.aggregate)
        if not self._turn(event):
            return None
        await self._tx.lock(("inbox", key))
        if not self._turn(event):
            return None
        self._move(event)
        return (key, event.seq + 1) in self._base.waiting

    def _move(self, event: Envelope) -> None:
        base, key = self._base, (event.topic, event.aggregate)

        def commit() -> None:
            base.inbox[key] = Position(event.seq, event.id)
            for place in [place for place in base.waiting if place[0] == key and place[1] <= event.seq]:
                del base.waiting[place]

        self._tx.write(commit)

    async def raise_to(self, event: Envelope) -> bool:
        await pause()
        key = (event.topic, event.aggregate)
        await self._tx.lock(("inbox", key))
        position = self._base.inbox.get(key)
        if position and position.last >= event.seq:
            return False
        self._move(event)
        return True

    async def position(self, event: Envelope) -> Position | None:
        await pause()
        return self._base.inbox.get((event.topic, event.aggregate))

    async def wait(self, event: Envelope) -> Position:
        await pause()
        place = ((event.topic, event.aggregate), event.seq)

        def commit() -> None:
            self._base.waiting.setdefault(place, Waiting(event))

        self._tx.write(commit)
        there = self._base.waiting.get(place)
        return Position(event.seq, there.event.id if there else event.id)

    async def park(self, event: Envelope) -> None:
        place = ((event.topic, event.aggregate), event.seq)
        retry_at = self._base.scheduler.now + PAUSE_S

        def commit() -> None:
            self._base.waiting[place] = Waiting(event, parked=True, retry_at=retry_at)

        self._tx.write(commit)

    async def drop(self, event: Envelope) -> None:
        place = ((event.topic, event.aggregate), event.seq)

        def commit() -> None:
            self._base.waiting.pop(place, None)

        self._tx.write(commit)

    def effect(self, event: Envelope) -> None:
        """The handler's effect, which the checker watches: each fact once, in order."""
        base, key = self._base, (event.topic, event.aggregate)

        def commit() -> None:
            done = base.effects.get(key, 0)
            if event.seq <= done:
                raise Violation("twice", f"{base.name} applied {event.id} again, it was at {done}")
            if event.stream is Stream.FACTS and event.seq != done + 1:
                raise Violation("lost", f"{base.name} applied {event.id} after {done}")
            base.effects[key] = event.seq
            base.effects_done += 1

        self._tx.write(commit)
