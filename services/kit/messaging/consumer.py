"""The loop that reads topics: records of a partition in order, positions committed after the effects, transient faults waited out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.messaging import inbox_store
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe.readiness import Readiness

_log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable)
_DUE_EVERY_S = 1.0
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


Open = Callable[[Sequence[str]], Awaitable[Reader]]


@dataclass(slots=True)
class Consumer:
    """One named consumer of one service. Its name keys the inbox: another name applies everything anew.

    `take` applies one record, and raises only what is transient. `due` is called about once a second, for what was stored
    and whose turn has come. `duplicates` names the offsets of surely known ones, of many at once.
    """

    name: str
    db: Database
    open: Open
    topics: Sequence[str]
    take: Callable[[Record], Awaitable[object]]
    readiness: Readiness
    due: Callable[[], Awaitable[None]] | None = None
    duplicates: Callable[[Sequence[Record]], Awaitable[Collection[int]]] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _due_at: float = 0.0
    _caught_up: bool = False
    _stuck: dict[tuple[str, int], str] = field(default_factory=dict)  # partitions whose record meets a fault, and which

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
            except TRANSIENT as error:  # comes again in a second; leaving the group for it would cost more
                _log.warning("stored events pause: %s", reason(error), extra={"consumer": self.name})
        fetched = await reader.fetch()
        if fetched:
            done = await asyncio.gather(
                *(self._partition(place, records) for place, records in fetched.items()), return_exceptions=True
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

    def _report(self) -> None:
        why = "; ".join(sorted(set(self._stuck.values()))) or ("" if self._caught_up else "catching up with the log")
        self.readiness.report(self.name, not why, why)

    async def _known(self, records: Sequence[Record]) -> Collection[int]:
        """Offsets that need not be taken. Asked while catching up and when much comes at once: a log may still be being filled."""
        if self.duplicates is None or (self._caught_up and len(records) < _MUCH):
            return ()
        try:
            return await self.duplicates(records)
        except TRANSIENT:
            return ()  # `take` waits it out

    async def _partition(self, place: tuple[str, int], records: Sequence[Record]) -> int | None:
        """In order, one transaction each; the next offset to read. Transient faults are waited out here."""
        next_offset: int | None = None
        known = await self._known(records)
        for record in records:
            if record.offset in known:
                next_offset = record.offset + 1
                continue
            pause = 0.1
            while not self._stopping.is_set():
                try:
                    await self.take(record)
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
            next_offset = record.offset + 1
        return next_offset

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass
