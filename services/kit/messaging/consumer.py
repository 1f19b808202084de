"""The loop that reads topics: records of a partition in order, positions committed after the effects, transient faults waited out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol, TypeAlias
from uuid import UUID

from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.messaging import inbox_store
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe.readiness import Readiness

_log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable)
_DUE_EVERY_S = 2.0
_HELD_S = 1.0
_MOST_HELD = 100
_MUCH = 4


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the broker holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]  # a value may be null
    appended_at_ms: int | None  # by the broker's clock; None where the topic keeps the producer's stamp


class Reader(Protocol):
    """What a consumer needs of the broker: a member of a group on one log."""

    log: UUID

    def owned(self) -> set[tuple[str, int]] | None:
        """The partitions that this member has been given to read, perhaps none; None while the group has not said yet."""

    async def reached(self) -> bool:
        """Whether all that its partitions held when they were given to this member has been fetched. Raises LogUnavailable."""

    async def fetch(self) -> dict[tuple[str, int], list[Record]]:
        """The next records by partition, perhaps none. Raises LogUnavailable, also when the log turns out to be another one."""

    async def commit(self, done: dict[tuple[str, int], int]) -> None:
        """The next offset to read, for partitions still owned."""

    async def close(self) -> None: ...


Spot: TypeAlias = tuple[str, int, int]
"""Where a record is: its topic, partition and offset."""
Open = Callable[[Sequence[str]], Awaitable[Reader]]


@dataclass(slots=True)
class Consumer:
    """One named consumer of one service. Its name keys the inbox: another name applies everything anew.

    `take` applies the first of these records, and those after it that go with it; it answers how many, and raises only what is transient:
    then each may have been taken or not, and all come again. `due` is called every two seconds, for what was stored
    and whose turn has come. `duplicates` names the offsets of surely known ones, of many at once.

    Who can wait gathers: after it has read something it looks again in so many seconds, and what has come then, of whatever partitions, is
    given to `across` first, which says what of it is done.

    Those at the end of what was read that it `passes` over are held for a second, and taken with what comes after them, or all together: a
    position that moves and nothing else is not worth a statement of its own. What is held is not committed: who dies before reads it again.
    """

    name: str
    db: Database
    open: Open
    topics: Sequence[str]
    take: Callable[[Sequence[Record]], Awaitable[int]]
    readiness: Readiness
    due: Callable[[], Awaitable[None]] | None = None
    duplicates: Callable[[Sequence[Record]], Awaitable[Collection[int]]] | None = None
    across: Callable[[Sequence[Record]], Awaitable[Collection[Spot]]] | None = None
    gather_s: float = 0.0
    passes: Callable[[Record], bool] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _due_at: float = 0.0
    _caught_up: bool = False
    _stuck: dict[tuple[str, int], str] = field(default_factory=dict)  # partitions whose record meets a fault, and which
    _held: dict[tuple[str, int], list[Record]] = field(default_factory=dict)
    _held_until: float = 0.0

    def stop(self) -> None:
        """Finish the record at hand, commit, leave the group."""
        self._stopping.set()

    async def run(self) -> None:
        pause = 0.2
        while not self._stopping.is_set():
            reader: Reader | None = None
            try:
                reader = await self.open(self.topics)
                async with transaction(self.db) as conn:
                    if await inbox_store.begin_log(conn, self.name, reader.log):
                        _log.info(
                            "reading a log from its beginning", extra={"consumer": self.name, "log": str(reader.log)}
                        )
                pause, self._caught_up = 0.2, False
                self._stuck.clear()
                self._held.clear()
                self._report()
                while not self._stopping.is_set():
                    await self._round(reader)
                    # Not by a round that brings nothing: on a busy log there is none.
                    if not self._caught_up and await reader.reached():
                        self._caught_up = True
                        self._report()
            except _AWAY as error:
                self.readiness.report(self.name, False, reason(error))
                _log.warning("consumer pauses: %s", error, extra={"consumer": self.name})
                await self._sleep(pause)
                pause = min(pause * 2, 3.0)
            finally:
                if reader:
                    await reader.close()

    async def _round(self, reader: Reader) -> None:
        now = asyncio.get_running_loop().time()
        if self.due and now >= self._due_at:
            self._due_at = now + _DUE_EVERY_S
            try:
                await self.due()
            except TRANSIENT as error:  # comes again in two seconds; leaving the group for it would cost more
                _log.warning("stored events pause: %s", reason(error), extra={"consumer": self.name})
        fetched = await reader.fetch()
        released = [] if self.passes is None else self._hold(fetched, self.passes)
        if fetched:
            read = [record for records in fetched.values() for record in records]
            applied = await self._applied(read if self.passes is None else released)
            done = await asyncio.gather(
                *(self._partition(place, records, applied) for place, records in fetched.items()),
                return_exceptions=True,
            )
            # What was done is committed even when one partition fell over, and none goes on behind our back.
            positions = {
                place: next_offset
                for place, next_offset in zip(fetched, done, strict=True)
                if isinstance(next_offset, int)
            }
            await reader.commit(positions)
            for outcome in done:
                if isinstance(outcome, BaseException):
                    raise outcome
            if self.gather_s and self._caught_up:
                await self._sleep(self.gather_s)

    async def _applied(self, records: Sequence[Record]) -> Collection[Spot]:
        if self.across is None or len(records) < 2:
            return ()
        return await self.across(records)

    def _hold(self, fetched: dict[tuple[str, int], list[Record]], passes: Callable[[Record], bool]) -> list[Record]:
        """Of what was fetched leave the end that is to be held, and put before it what was held. What has been held for long is in it
        again, and given back too."""
        now = asyncio.get_running_loop().time()
        if not self._held:
            self._held_until = now + _HELD_S
        for place, records in fetched.items():
            # A partition that was lost and came back is read again from where it was committed.
            records[:0] = [each for each in self._held.pop(place, ()) if each.offset < records[0].offset]
            first = len(records)
            while first and self._caught_up and passes(records[first - 1]):
                first -= 1
            if held := records[first:]:
                self._held[place] = held
                del records[first:]
        for place in [place for place, records in fetched.items() if not records]:
            del fetched[place]
        if not self._held or (now < self._held_until and sum(map(len, self._held.values())) < _MOST_HELD):
            return []
        released = [record for records in self._held.values() for record in records]
        for place, records in self._held.items():
            fetched.setdefault(place, []).extend(records)
        self._held.clear()
        return released

    def _report(self) -> None:
        why = "; ".join(sorted(set(self._stuck.values()))) or ("" if self._caught_up else "catching up with the log")
        self.readiness.report(self.name, not why, why)

    async def _known(self, records: Sequence[Record]) -> Collection[int]:
        """Offsets that need not be taken. Asked while catching up and when much comes at once: a log may still be being filled."""
        if not records or self.duplicates is None or (self._caught_up and len(records) < _MUCH):
            return ()
        try:
            return await self.duplicates(records)
        except TRANSIENT:
            return ()  # `take` waits it out

    async def _partition(
        self, place: tuple[str, int], records: Sequence[Record], applied: Collection[Spot]
    ) -> int | None:
        """In order; the next offset to read. Transient faults are waited out here."""
        next_offset: int | None = None
        known = {offset for topic, partition, offset in applied if (topic, partition) == place}
        known |= {*await self._known([record for record in records if record.offset not in known])}
        left = [*records]
        while left:
            if left[0].offset in known:
                next_offset = left.pop(0).offset + 1
                continue
            fresh = [*takewhile(lambda record: record.offset not in known, left)]
            pause = 0.1
            while not self._stopping.is_set():
                try:
                    taken = await self.take(fresh)
                    break
                except TRANSIENT as error:
                    self._stuck[place] = reason(error)
                    self._report()
                    await self._sleep(pause)
                    pause = min(pause * 2, 3.0)
            else:
                return next_offset
            if self._stuck.pop(place, None):
                self._report()
            next_offset = left[taken - 1].offset + 1
            del left[:taken]
        return next_offset

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass
