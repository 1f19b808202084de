"""The relay: publishes the outbox at least once, in order per aggregate, and fills a log that is new.

The argument that the code keeps true: (1) an aggregate's committed events are numbered without gaps in commit order, and in `seq`
order; (2) who sees event n of an aggregate sees every earlier one that is still pending; so (3) a round that sends pending rows in
`seq` order, one batch per partition, and awaits each batch before its rows leave the table, can repeat an event but never lose one,
nor let n + 1 appear before n. It holds for two relays at once, and for a batch whose outcome is unknown: it is sent again. What was
acknowledged leaves the table with a later look at it; a relay that ends before has sent it, and another sends it once more.

While batches are under way the relay looks at what is next, and passes over their rows. By (2) what that look finds follows only what is
under way, or is found with it. So it is sent when all of those batches were acknowledged, and is forgotten when one was not, for then it
may hold n + 1 of an aggregate whose n has to come first; or when the log is no longer the one of that look.

A new log is filled from the archive, whole aggregates at a time, those that were told of last first; and before a pending row of an
aggregate is sent, all of its archived rows are in the log. So each aggregate's events are in order there too, and new work need not wait
until old work has been told again. An aggregate is known to be whole in the log by one comparison: one of its archived rows is at or
above the position of the fill, which moves down. For it was in a portion of the fill, or that row was sent as a pending one, which the
others went before.

Across a change of the log: rows leave the table only while the log that their round began with is still the recorded one, in the
same statement; so what a relay has sent to a log that is gone stays pending, or was in the archive before the fill began. A relay
that has not yet noticed the change can append pending rows ahead of the fill: then n + 1 does come first, and waits in the inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from services.kit.messaging.envelope import Envelope

ROUND_ROWS = 1_000
PORTION_ROWS = 600
AGGREGATES_AT_ONCE = 100
OLD_ROWS_AT_ONCE = 5_000
ARCHIVED_AT_ONCE = 32
ABOVE_ALL = 2**63 - 1
BATCH_BYTES = 900_000
LEASE_S = 6.0


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A row of outbox or archive."""

    seq: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class LogProgress:
    """Which log the relay works on, and how far down it is filled: aggregates with an archived row at or above `filled_from` are."""

    log: UUID
    filled: bool
    filled_from: int = ABOVE_ALL


Place = tuple[str, str]  # topic and aggregate


@dataclass(frozen=True, slots=True)
class Portion:
    """The next aggregates of a fill, and the position when all of their archived rows are in the log."""

    places: Sequence[Place]
    filled_from: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one partition, to be appended as one record batch."""

    topic: str
    partition: int
    rows: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """`are_all`: there were no more of them, by their number or their bytes."""

    rows: Sequence[Outgoing]
    are_all: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """Rows that are in this log, acknowledged, and pending still."""

    seqs: Sequence[int]
    log: UUID


@dataclass(frozen=True, slots=True)
class Ahead:
    """Rows that were looked at while those before them were under way to this log, which was filled."""

    log: UUID
    pending: Pending


A = TypeVar("A")
B = TypeVar("B")


class Beside(Protocol):
    """Does both at the same time, and waits for both, whatever becomes of one."""

    async def __call__(
        self, one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B], /
    ) -> tuple[A | BaseException, B | BaseException]: ...


async def _beside(
    one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]
) -> tuple[A | BaseException, B | BaseException]:
    became: tuple[A | BaseException, B | BaseException] = await asyncio.gather(one, other, return_exceptions=True)
    return became


class Outbox(Protocol):
    """What the relay needs of the database. Every call is a transaction of its own."""

    async def lease(self, holder: UUID, seconds: float) -> bool:
        """Take or keep the lease; False while another holder's has not ended."""

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        """Which log is recorded, and rows not sent yet in `seq` order, both of one moment. What was sent is archived with it, as `archive`
        does; what of it was not is pending. Rows that are under way are passed over."""

    async def set_progress(self, progress: LogProgress, *, was: LogProgress | None) -> bool:
        """Record it if what is recorded is still what this relay has read; a relay that slept must not undo another's work."""

    async def portion(self, filled_from: int, limit: int) -> Portion | None:
        """The aggregates of the highest archived rows below the position, without those that are filled; None when it is at the end."""

    async def unfilled(self, places: Sequence[Place], filled_from: int) -> list[Place]:
        """Those of these aggregates that have archived rows, all of them below the position."""

    async def archived(self, places: Sequence[Place], after: int, limit: int) -> list[Outgoing]:
        """Rows of these aggregates that were sent once, in `seq` order."""

    async def archive(self, seqs: Sequence[int], *, log: UUID) -> int:
        """Move rows from pending to archived, in one statement, if the recorded log is still this one; how many moved."""


class Log(Protocol):
    """What the relay needs of the broker."""

    async def identity(self, *, fresh: bool = False) -> UUID:
        """The log's own id, as last read: anew at every (re)connect, whenever an offset went backwards, and when asked to.

        Raises LogUnavailable.
        """

    def partition(self, topic: str, key: str) -> int: ...

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        """Send all and wait; for each, whether all replicas acknowledged it. False means unknown."""


class LogUnavailable(Exception):
    """The broker cannot be reached, or nobody has created the topics yet."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one step did. `filling`: it was a portion of the archive; `drained`: nothing is left of what was pending when it began."""

    holds_lease: bool
    sent: int = 0
    failed: int = 0
    filling: bool = False
    drained: bool = False
    more: bool = False


def batches(rows: Iterable[Outgoing], log: Log) -> list[Batch]:
    """One batch per partition, rows in the order given, cut by bytes: a prefix of what the partition has to get."""
    grouped: dict[tuple[str, int], list[Outgoing]] = {}
    sizes: dict[tuple[str, int], int] = {}
    full: set[tuple[str, int]] = set()
    for row in rows:
        envelope = row.envelope
        place = (envelope.topic, log.partition(envelope.topic, envelope.key))
        size = len(envelope.data) + 600  # headers, key and framing
        if place in full or (place in sizes and sizes[place] + size > BATCH_BYTES):
            full.add(place)
            continue
        grouped.setdefault(place, []).append(row)
        sizes[place] = sizes.get(place, 0) + size
    return [Batch(topic, partition, tuple(rows)) for (topic, partition), rows in grouped.items()]


class Relay:
    """One relay; `step` is one round. It keeps in memory what was acknowledged and leaves the table with a later look, or by
    `settle`: that is called before a relay ends, and if it is not, those rows are sent once more."""

    def __init__(self, outbox: Outbox, log: Log, holder: UUID, *, beside: Beside = _beside) -> None:
        self._outbox = outbox
        self._log = log
        self._holder = holder
        self._beside = beside
        self._old_work_next = True
        self._filling = False  # when it last looked
        self._sent: Sent | None = None
        self._ahead: Ahead | None = None

    async def settle(self) -> None:
        """Archive what was acknowledged, without another look. Raises what the database raises."""
        if self._sent is not None:
            await self._outbox.archive(self._sent.seqs, log=self._sent.log)
            self._sent = None

    async def step(self) -> Round:
        """Raises LogUnavailable, or what the database raises."""
        ahead, self._ahead = self._ahead, None
        if not await self._outbox.lease(self._holder, LEASE_S):
            await self.settle()
            return Round(holds_lease=False)
        try:
            log = await self._log.identity()
        except LogUnavailable:
            await self.settle()  # what waits for the log to come back is not what was sent before it went
            raise
        if ahead is not None and ahead.log == log:
            return await self._send(ahead.pending, log, was_ahead=True)
        # A portion needs no pending rows; should there be none after all, one that is read is sent, and the others after it.
        fills = self._filling and self._old_work_next
        progress, pending = await self._outbox.begin(1 if fills else ROUND_ROWS, sent=self._sent)
        self._sent = None
        self._filling = progress is not None and not progress.filled
        if progress is None or progress.log != log:
            # Read after what is recorded, and recorded only if that has not changed: so the record never goes back to an older log.
            log = await self._log.identity(fresh=True)
        if progress is None or progress.log != log:
            begun = LogProgress(log, filled=False)
            if not await self._outbox.set_progress(begun, was=progress):
                return Round(holds_lease=True, more=True)
            progress = begun
            _, pending = await self._outbox.begin(ROUND_ROWS)  # as it is after that was recorded
        if not progress.filled and self._old_work_next:
            # The newest portion first, which what is pending most likely follows; and then by turns.
            self._old_work_next = False
            return await self._fill(progress)
        self._old_work_next = True
        if not pending.rows:
            return Round(holds_lease=True, drained=True, more=not progress.filled)
        if not progress.filled:
            places = sorted({(row.envelope.topic, row.envelope.aggregate) for row in pending.rows})
            if await self._tell_again(await self._outbox.unfilled(places, progress.filled_from)) is None:
                return Round(holds_lease=True, failed=len(pending.rows), more=True)
        return await self._send(pending, log, filled=progress.filled)

    async def _send(self, pending: Pending, log: UUID, *, filled: bool = True, was_ahead: bool = False) -> Round:
        sending = batches(pending.rows, self._log)
        if filled and not pending.are_all:
            under_way = [row.seq for batch in sending for row in batch.rows]
            outcome, ahead = await self._beside(self._log.append(sending), self._look_ahead(log, under_way))
            if isinstance(outcome, BaseException):
                raise outcome
            acknowledged = outcome
        else:
            acknowledged, ahead = await self._log.append(sending), None
        done = [row.seq for batch, ok in zip(sending, acknowledged, strict=True) if ok for row in batch.rows]
        if done:
            before = self._sent.seqs if self._sent is not None and self._sent.log == log else ()
            self._sent = Sent([*before, *done], log)
        if isinstance(ahead, BaseException):
            raise ahead
        self._ahead = self._goes_on(ahead, acknowledged)
        drained = len(done) == len(pending.rows) and pending.are_all
        return Round(
            holds_lease=True,
            sent=len(done),
            drained=drained,
            failed=sum(len(batch.rows) for batch, ok in zip(sending, acknowledged, strict=True) if not ok),
            # What was told meanwhile wakes the relay, if it was after its look. Many rows leave the table at once, with another look: what
            # is told next would wait for that. A few go along with it, for a statement of their own costs more than they do.
            more=was_ahead or not drained or not filled or len(done) >= ARCHIVED_AT_ONCE,
        )

    async def _look_ahead(self, log: UUID, under_way: Sequence[int]) -> Ahead | None:
        progress, pending = await self._outbox.begin(ROUND_ROWS, sent=self._sent, under_way=under_way)
        self._sent = None
        if progress is None or progress.log != log or not progress.filled or not pending.rows:
            return None
        return Ahead(log, pending)

    def _goes_on(self, ahead: Ahead | None, acknowledged: Sequence[bool]) -> Ahead | None:
        return ahead if all(acknowledged) else None

    async def _fill(self, progress: LogProgress) -> Round:
        """One portion; the position moves only when all of it is acknowledged, so a fill that breaks off goes on."""
        portion = await self._outbox.portion(progress.filled_from, PORTION_ROWS)
        if portion is None:
            await self._outbox.set_progress(LogProgress(progress.log, filled=True, filled_from=0), was=progress)
            return Round(holds_lease=True, filling=True, more=True)
        sent = await self._tell_again(portion.places)
        if sent is None:
            return Round(holds_lease=True, failed=len(portion.places), filling=True, more=True)
        if await self._log.identity() == progress.log:
            down = LogProgress(progress.log, filled=False, filled_from=portion.filled_from)
            await self._outbox.set_progress(down, was=progress)
        return Round(holds_lease=True, sent=sent, filling=True, more=True)

    async def _tell_again(self, places: Sequence[Place]) -> int | None:
        """Append all that is archived of these aggregates, in order; how many rows, None as soon as something is not acknowledged."""
        sent = 0
        for first in range(0, len(places), AGGREGATES_AT_ONCE):
            some, after = places[first : first + AGGREGATES_AT_ONCE], -1
            while rows := await self._outbox.archived(some, after, OLD_ROWS_AT_ONCE):
                waiting = rows
                while waiting:
                    sending = batches(waiting, self._log)
                    if not all(await self._log.append(sending)):
                        return None
                    gone = {row.seq for batch in sending for row in batch.rows}
                    waiting = [row for row in waiting if row.seq not in gone]
                sent, after = sent + len(rows), rows[-1].seq
        return sent
