"""The relay: publishes the outbox at least once, in order per aggregate, and fills a log that is new.

The argument that the code keeps true: (1) an aggregate's committed events are numbered without gaps in commit order, and in `seq`
order; (2) who sees event n of an aggregate sees every earlier one that is still pending; so (3) a round that sends pending rows in
`seq` order, one batch per partition, and awaits each batch before its rows leave the table, can repeat an event but never lose one,
nor let n + 1 appear before n. It holds for two relays at once, and for a batch whose outcome is unknown: it is sent again.

Across a change of the log: rows leave the table only while the log that the round began with is still the recorded one, in the
same statement; so what a relay has sent to a log that is gone stays pending, or was in the archive before the fill began. A relay
that has not yet noticed the change can append pending rows ahead of the fill: then n + 1 does come first, and waits in the inbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.kit.events import Envelope

ROUND_ROWS = 1_000
BATCH_BYTES = 900_000
LEASE_S = 6.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row of outbox or archive."""

    seq: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class LogProgress:
    """Which log the relay works on, and how far the archive has been sent to it."""

    log: UUID
    filled: bool
    filled_to: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one partition, to be appended as one record batch."""

    topic: str
    partition: int
    rows: tuple[Outgoing, ...]


class Outbox(Protocol):
    """What the relay needs of the database. Every call is a transaction of its own."""

    async def lease(self, holder: UUID, seconds: float) -> bool:
        """Take or keep the lease; False while another holder's has not ended."""

    async def progress(self) -> LogProgress | None: ...

    async def set_progress(self, progress: LogProgress, *, was: LogProgress | None) -> bool:
        """Record it if what is recorded is still what this relay has read; a relay that slept must not undo another's work."""

    async def archived(self, after: int, limit: int) -> list[Outgoing]:
        """Rows that were sent once, in `seq` order."""

    async def pending(self, limit: int) -> list[Outgoing]:
        """Rows not sent yet, in `seq` order."""

    async def archive(self, seqs: Sequence[int], *, log: UUID) -> int:
        """Move rows from pending to archived, in one statement, if the recorded log is still this one and filled; how many moved."""


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
    """What one step did."""

    holds_lease: bool
    sent: int = 0
    failed: int = 0
    filling: bool = False
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
    """One relay; `step` is one round and keeps nothing in memory that the next one needs."""

    def __init__(self, outbox: Outbox, log: Log, holder: UUID) -> None:
        self._outbox = outbox
        self._log = log
        self._holder = holder

    async def step(self) -> Round:
        """Raises LogUnavailable, or what the database raises."""
        if not await self._outbox.lease(self._holder, LEASE_S):
            return Round(holds_lease=False)
        log = await self._log.identity()
        progress = await self._outbox.progress()
        if progress is None or progress.log != log:
            # Read after what is recorded, and recorded only if that has not changed: so the record never goes back to an older log.
            log = await self._log.identity(fresh=True)
        if progress is None or progress.log != log:
            begun = LogProgress(log, filled=False, filled_to=0)
            if not await self._outbox.set_progress(begun, was=progress):
                return Round(holds_lease=True, more=True)
            progress = begun
        if not progress.filled:
            return await self._fill(progress)
        rows = await self._outbox.pending(ROUND_ROWS)
        if not rows:
            return Round(holds_lease=True)
        sending = batches(rows, self._log)
        acknowledged = await self._log.append(sending)
        done = [row.seq for batch, ok in zip(sending, acknowledged, strict=True) if ok for row in batch.rows]
        if done:
            await self._outbox.archive(done, log=log)
        return Round(
            holds_lease=True,
            sent=len(done),
            failed=sum(len(batch.rows) for batch, ok in zip(sending, acknowledged, strict=True) if not ok),
            more=True,  # a round may be cut by bytes: one that finds nothing says that there is nothing
        )

    async def _fill(self, progress: LogProgress) -> Round:
        """One portion of the archive; the position moves only when all of it is acknowledged, so a fill that breaks off goes on."""
        rows = await self._outbox.archived(progress.filled_to, ROUND_ROWS)
        if not rows:
            await self._outbox.set_progress(
                LogProgress(progress.log, filled=True, filled_to=progress.filled_to), was=progress
            )
            return Round(holds_lease=True, filling=True, more=True)
        waiting = rows
        while waiting:
            sending = batches(waiting, self._log)
            if not all(await self._log.append(sending)):
                return Round(holds_lease=True, failed=len(waiting), filling=True, more=True)
            sent = {row.seq for batch in sending for row in batch.rows}
            waiting = [row for row in waiting if row.seq not in sent]
        if await self._log.identity() == progress.log:
            await self._outbox.set_progress(
                LogProgress(progress.log, filled=False, filled_to=rows[-1].seq), was=progress
            )
        return Round(holds_lease=True, sent=len(rows), filling=True, more=True)
