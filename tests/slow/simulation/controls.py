"""Wrong relays and wrong inboxes, each known from the field: the checkers must refuse every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.inbox import Apply, InboxStore, Outcome, Position, Received
from services.kit.messaging.relay import Ahead, Batch, LogProgress, Outgoing, Place, Relay, batches
from tests.slow.simulation.broker import SimLog
from tests.slow.simulation.database import Base, SimInbox, SimOutbox
from tests.slow.simulation.scheduler import Weather, pause
from tests.slow.simulation.world import Publisher, Rules


@dataclass(slots=True)
class CursorRelay:
    """Remembers how far it has read, in the database, after the acknowledgement. On one log: what it lacks is not a refill."""

    base: Base
    outbox: SimOutbox
    log: SimLog
    holder: UUID
    by_xid: bool = False

    def _place(self, row: Outgoing) -> tuple[int, int]:
        return (self.base.xid_of[row.seq] if self.by_xid else 0, row.seq)

    async def step(self) -> object:
        if not await self.outbox.lease(self.holder, 6.0):
            return None
        await pause()
        cursor = _cursors.setdefault(id(self.base), Cursor(self.base)).at
        horizon = min(self.base.open_xids, default=self.base.next_xid)
        rows = [
            row
            for row in self.base.outbox.values()
            if self._place(row) > cursor and (not self.by_xid or self.base.xid_of[row.seq] < horizon)
        ]
        rows = sorted(rows, key=self._place)[:4]
        if not rows:
            return None
        await self.log.identity()
        for row in rows:
            envelope = row.envelope
            batch = Batch(envelope.topic, self.log.partition(envelope.topic, envelope.key), (row,))
            while not all(await self.log.append([batch])):
                await self.log.identity()
        await pause()
        _cursors[id(self.base)] = Cursor(self.base, self._place(rows[-1]))
        await self.outbox.move([row.seq for row in rows])
        return None


@dataclass(frozen=True, slots=True)
class Cursor:
    base: Base  # kept, so that its id is not used again
    at: tuple[int, int] = (0, 0)


_cursors: dict[int, Cursor] = {}


@dataclass(slots=True)
class SkipLockedRelay:
    """One of a pool: takes rows that no other has taken, in their order, and sends them beside the others."""

    base: Base
    outbox: SimOutbox
    log: SimLog
    holder: UUID
    taken: set[int] = field(default_factory=set)

    async def step(self) -> object:
        log = await self.log.identity()
        progress, _ = await self.outbox.begin(1)
        if progress is None or progress.log != log or not progress.filled:
            return await Relay(self.outbox, self.log, self.holder, beside=self.outbox.beside).step()
        await pause()
        locks = self.base.locks
        rows = [self.base.outbox[seq] for seq in sorted(self.base.outbox) if ("row", seq) not in locks][:2]
        if not rows:
            return None
        claim = _Claim(self.base, [row.seq for row in rows])
        try:
            for row in rows:
                envelope = row.envelope
                batch = Batch(envelope.topic, self.log.partition(envelope.topic, envelope.key), (row,))
                if all(await self.log.append([batch])):
                    await self.outbox.archive([row.seq], log=log)
        finally:
            claim.release()
        return None


class _Claim:
    """FOR UPDATE SKIP LOCKED; let go when the worker dies."""

    def __init__(self, base: Base, seqs: Sequence[int]) -> None:
        self._base, self._keys = base, [("row", seq) for seq in seqs]
        for key in self._keys:
            base.locks[key] = None  # type: ignore[assignment] # a lock of no transaction of ours

    def release(self) -> None:
        for key in self._keys:
            self._base.locks.pop(key, None)


class _SendPerRow(SimLog):
    """send() for each row: one that is not acknowledged does not hold back the next of its partition."""

    def __init__(self, log: SimLog) -> None:
        super().__init__(log._broker)

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        outcomes = []
        for batch in batches:
            rows = [
                await super(_SendPerRow, self).append([Batch(batch.topic, batch.partition, (row,))])
                for row in batch.rows
            ]
            outcomes.append(all(ok for each in rows for ok in each))
        return outcomes


class _Unfenced(SimOutbox):
    """Rows leave the table whatever has become of the log meanwhile."""

    def may_move(self, log: UUID) -> bool:
        return True


class _BelievesAll(SimLog):
    """Whatever became of a batch, it leaves the table with the next look."""

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        return [True for _ in await super().append(batches)]


class _FillAfterPending(Relay):
    """A new log is taken for filled at once: only what is pending is sent."""

    async def step(self) -> object:  # type: ignore[override] # a wrong relay answers nothing
        log = await self._log.identity()
        progress, _ = await self._outbox.begin(1)
        if progress is None or progress.log != log:
            await self._outbox.set_progress(LogProgress(log, filled=True, filled_from=0), was=progress)
        return await super().step()


class _AllAreFilled(SimOutbox):
    """While a new log is being filled pending rows are sent at once, whatever of their aggregates it lacks."""

    async def unfilled(self, places: Sequence[Place], filled_from: int) -> list[Place]:
        await pause()
        return []


class _CutAggregates(SimOutbox):
    """A portion of a fill holds the rows below its position, as far down as it goes, and not whole aggregates."""

    async def archived(self, places: Sequence[Place], after: int, limit: int) -> list[Outgoing]:
        recorded = self.base.relay_log
        rows = await super().archived(places, after, limit)
        below = recorded.filled_from if recorded else 0
        newest = sorted(seq for seq in self.base.archive if seq < below)[-3:]
        return [row for row in rows if not newest or row.seq >= newest[0]]


class _GoesOn(Relay):
    """What was looked at while batches were under way is sent, whatever became of them."""

    def _goes_on(self, ahead: Ahead | None, acknowledged: Sequence[bool]) -> Ahead | None:
        return ahead


class _DoesNotWait(Relay):
    """What is looked at while batches are under way is sent beside them."""

    async def _look_ahead(self, log: UUID, under_way: Sequence[int]) -> Ahead | None:
        ahead = await super()._look_ahead(log, under_way)
        if ahead is not None:
            await self._log.append(batches(ahead.pending.rows, self._log))
        return ahead


def id_cursor(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return CursorRelay(base, outbox, log, holder)


def xid_cursor(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return CursorRelay(base, outbox, log, holder, by_xid=True)


def skip_locked(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return SkipLockedRelay(base, outbox, log, holder)


def send_per_row(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(outbox, _SendPerRow(log), holder, beside=outbox.beside)


def unfenced(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(_Unfenced(base), log, holder, beside=outbox.beside)


def believes_all(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(outbox, _BelievesAll(log._broker), holder, beside=outbox.beside)


def forgets_predecessors(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(_AllAreFilled(base), log, holder, beside=outbox.beside)


def cuts_aggregates(base: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(_CutAggregates(base), log, holder, beside=outbox.beside)


def goes_on(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return _GoesOn(outbox, log, holder, beside=outbox.beside)


def does_not_wait(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return _DoesNotWait(outbox, log, holder, beside=outbox.beside)


def no_fill(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return _FillAfterPending(outbox, log, holder, beside=outbox.beside)


async def looks_before_it_writes(inbox: InboxStore, event: Envelope, apply: Apply) -> Received:
    """Reads the position, decides, and then writes without asking again."""
    position = await inbox.position(event)
    last = position.last if position else 0
    if event.seq <= last:
        return Received(Outcome.DUPLICATE)
    if event.stream is Stream.FACTS and event.seq > last + 1:
        await inbox.wait(event)
        return Received(Outcome.WAITING)
    return await _write_anyway(inbox, event, apply)


async def skips_gaps(inbox: InboxStore, event: Envelope, apply: Apply) -> Received:
    """Applies whatever is newer than the last, as if a fact were a state."""
    if await inbox.raise_to(event):
        await apply(event)
        return Received(Outcome.APPLIED)
    return Received(Outcome.DUPLICATE)


async def parks_gaps(inbox: InboxStore, event: Envelope, apply: Apply) -> Received:
    """Puts an early event aside for somebody to look at, and never comes back to it by itself."""
    if event.stream is Stream.STATE:
        return await skips_gaps(inbox, event, apply)
    successor = await inbox.advance(event, joining=False)
    if successor is not None:
        await apply(event)
        return Received(Outcome.APPLIED)
    return Received(Outcome.DUPLICATE)


async def takes_a_race_for_a_repeat(inbox: InboxStore, event: Envelope, apply: Apply) -> Received:
    """Looks at the position only after the write has failed, and believes that it stood there before."""
    if event.stream is Stream.STATE:
        return await skips_gaps(inbox, event, apply)
    successor = await inbox.advance(event, joining=False)
    if successor is not None:
        await apply(event)
        return Received(Outcome.APPLIED, successor_waits=successor)
    position = await inbox.position(event)
    if event.seq > (position.last if position else 0) + 1:
        await inbox.wait(event)
        return Received(Outcome.WAITING)
    return Received(Outcome.DUPLICATE)


async def _write_anyway(inbox: InboxStore, event: Envelope, apply: Apply) -> Received:
    assert isinstance(inbox, SimInbox)
    base, key = inbox._base, (event.topic, event.aggregate)
    await inbox._tx.lock(("inbox", key))
    inbox._tx.write(lambda: base.inbox.update({key: Position(event.seq, event.id)}))
    await apply(event)
    return Received(Outcome.APPLIED, successor_waits=(key, event.seq + 1) in base.waiting)


@dataclass(frozen=True, slots=True)
class Control:
    """A wrong rule, the weather in which it shows, and which promises it may be caught breaking."""

    name: str
    rules: Rules
    breaks: frozenset[str]


_CALM = Weather()  # nothing breaks: these are wrong by themselves
_NEW_LOGS = Weather(freeze=0.03, lose_broker=0.012, stale_identity=0.3)
_SLEEPERS = Weather(freeze=0.15, lose_broker=0.01)
_CONSUMERS = Weather(crash=0.01, freeze=0.01, rebalance=0.05, handler_bug=0.2)

CONTROLS = [
    Control("a relay with an id cursor", Rules(relay=id_cursor, weather=_CALM), frozenset({"lost", "disordered"})),
    Control("a relay with an (xid, seq) cursor", Rules(relay=xid_cursor, weather=_CALM), frozenset({"disordered"})),
    Control("a pool of SKIP LOCKED relays", Rules(relay=skip_locked, weather=_CALM), frozenset({"disordered"})),
    Control("send() per row", Rules(relay=send_per_row, weather=Weather(ack_lost=0.2)), frozenset({"disordered"})),
    Control("a sequence drawn before the lock", Rules(tells_early=True, weather=_CALM), frozenset({"disordered"})),
    Control(
        "a relay that archives whatever became of the log",
        Rules(relay=unfenced, weather=_SLEEPERS),
        frozenset({"lost", "disordered"}),
    ),
    Control(
        "a relay that takes along what was not acknowledged",
        Rules(relay=believes_all, weather=Weather(ack_lost=0.2)),
        frozenset({"lost", "disordered"}),
    ),
    Control(
        "a relay that goes on with what follows a batch that was not acknowledged",
        Rules(relay=goes_on, weather=Weather(ack_lost=0.2)),
        frozenset({"disordered"}),
    ),
    Control(
        "a relay that sends what comes next while what it follows is under way",
        Rules(relay=does_not_wait, weather=_CALM),
        frozenset({"disordered"}),
    ),
    Control(
        "a relay that does not fill a new log",
        Rules(relay=no_fill, weather=_NEW_LOGS),
        frozenset({"lost", "disordered"}),
    ),
    Control(
        "a relay that sends what is pending ahead of what it follows",
        Rules(relay=forgets_predecessors, weather=_NEW_LOGS),
        frozenset({"disordered"}),
    ),
    Control(
        "a relay that fills a new log with parts of aggregates",
        Rules(relay=cuts_aggregates, weather=_NEW_LOGS),
        frozenset({"lost", "disordered"}),
    ),
    Control(
        "an inbox that looks before it writes",
        Rules(receive=looks_before_it_writes, weather=_CONSUMERS),
        frozenset({"twice"}),
    ),
    Control(
        "an inbox that takes a race for a repeat",
        Rules(receive=takes_a_race_for_a_repeat, weather=_CONSUMERS),
        frozenset({"lost"}),
    ),
    Control("a consumer that skips gaps", Rules(receive=skips_gaps, weather=_NEW_LOGS), frozenset({"lost"})),
    Control("a consumer that parks gaps", Rules(receive=parks_gaps, weather=_CONSUMERS), frozenset({"lost"})),
]
