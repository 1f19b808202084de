"""The loop that reads topics of many outsiders by one client, each topic in a lane of its own: one's haste delays nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from uuid import UUID

from prometheus_client import Counter as Total
from prometheus_client import Gauge

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.messaging import inbox_store
from services.kit.messaging.consumer import Record
from services.kit.messaging.relay import LogUnavailable
from services.kit.observe import telemetry
from services.kit.observe.readiness import Readiness

_log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable)
_LOOK_EVERY_S = 1.0
_FOLLOW_EVERY_S = 3.0
_MANY = 200  # waiting in a lane: nothing more is fetched for it
MISSING = Gauge(
    "wlijo_consumer_topics_missing",
    "Topics that this consumer should read and that are not there, or that it may not read; the others are read",
    ("consumer",),
    registry=telemetry.REGISTRY,
)
REPEATS = Total(
    "wlijo_consumer_repeats_total",
    "Records that were left out: sent again before the first of them had been taken",
    ("consumer",),
    registry=telemetry.REGISTRY,
)
_REMEMBERED = 5 * _MANY
Place: TypeAlias = tuple[str, int]


class LaneReader(Protocol):
    """What lanes need of the broker: a member of a group on one log, whose topics can change."""

    log: UUID

    async def follow(self, topics: Collection[str]) -> frozenset[str]:
        """Read these from now on; answers those that cannot be read. Raises LogUnavailable."""

    def hold(self, topics: Collection[str]) -> None:
        """Fetch nothing of these for now, and of all others again."""

    async def fetch(self) -> dict[Place, list[Record]]:
        """The next records by partition, perhaps none. Raises LogUnavailable."""

    async def ends(self) -> Mapping[Place, tuple[int, int]]:
        """By partition: what is fetched next, and where the end was when asked. Raises LogUnavailable."""

    async def reached(self) -> bool:
        """Whether all that the partitions held when they were given to this member has been fetched. Raises LogUnavailable."""

    async def commit(self, done: dict[Place, int]) -> None:
        """The next offset to read, for partitions still owned. Raises LogUnavailable."""

    async def close(self) -> None: ...


Take: TypeAlias = Callable[[Record], Awaitable[object]]
Content: TypeAlias = Callable[[Record], Hashable]
"""What a record says, in a value of few bytes, for it is remembered; None of what is no repeat of anything."""
HaveRead: TypeAlias = Callable[[Mapping[Place, float]], Awaitable[None]]


class Lane:
    """One topic's records, one at a time and in the order of each partition. Transient faults are waited out here, and only here.

    Who has no answer sends again, and the longer a lane is, the more of it are repeats. By `content` they cost nothing: of a key, what
    says the same as the record taken last and was there before that was taken is left out.
    """

    def __init__(
        self, of: str, topic: str, take: Take, turns: asyncio.Semaphore, content: Content | None = None
    ) -> None:
        self._repeats = REPEATS.labels(of)
        self._topic = topic
        self._take = take
        self._turns = turns
        self._content = content
        # By partition and the key's hash, for outsiders' keys may be long: what was taken last, and where the end was then.
        self._last: dict[tuple[int, int], tuple[Hashable, int]] = {}
        self._waiting: asyncio.Queue[Record] = asyncio.Queue()
        self._unfinished: Counter[int] = Counter()
        self._queued: dict[int, int] = {}  # by partition: the next offset to be put here
        self._done: dict[int, int] = {}
        self.stuck = ""

    def put(self, records: Sequence[Record]) -> None:
        """What comes a second time, after the group was shared out anew, is left."""
        for record in records:
            if record.offset >= self._queued.get(record.partition, 0):
                self._queued[record.partition] = record.offset + 1
                self._unfinished[record.partition] += 1
                self._waiting.put_nowait(record)

    @property
    def is_full(self) -> bool:
        return self._waiting.qsize() >= _MANY

    @property
    def done(self) -> dict[Place, int]:
        """The next offset to read, of the partitions of which something was taken."""
        return {(self._topic, partition): offset for partition, offset in self._done.items()}

    def finished(self, partition: int, fetched: int) -> int:
        """Up to which offset all is taken, when all before `fetched` has been put here."""
        return self._done.get(partition, 0) if self._unfinished[partition] else fetched

    async def run(self) -> None:
        while True:
            record = await self._waiting.get()
            if self._is_repeat(record):
                self._repeats.inc()
            else:
                await self._one(record)
                self._remember(record)
            self._unfinished[record.partition] -= 1
            self._done[record.partition] = record.offset + 1

    def _is_repeat(self, record: Record) -> bool:
        said, end = self._last.get((record.partition, hash(record.key)), (None, 0))
        return said is not None and self._content is not None and record.offset < end and self._content(record) == said

    def _remember(self, record: Record) -> None:
        """What is not waiting was not there before this one was taken."""
        if self._content is None:
            return
        if self._waiting.empty() or len(self._last) >= _REMEMBERED:
            self._last.clear()
        if not self._waiting.empty():
            self._last[record.partition, hash(record.key)] = (self._content(record), self._queued[record.partition])

    async def _one(self, record: Record) -> None:
        pause = 0.1
        while True:
            try:
                # Turns are given in the order of asking, and a lane asks for one at a time: they go round.
                async with self._turns:
                    await self._take(record)
            except TRANSIENT as error:
                self.stuck = reason(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 3.0)
            else:
                self.stuck = ""
                return


@dataclass(slots=True)
class Lanes:
    """One named consumer. `wanted` says which topics there should be; one that cannot be read is told (`MISSING`, a note) and costs the
    others nothing. `take` applies one record, and raises only what is transient; of all lanes `at_once` do so at a time. `content`: what a
    record says, for topics whose senders repeat themselves until they are answered.

    `have_read` is told about once a second of partitions all of whose records have been taken that were there at that instant of the
    loop's clock: also of one to which records keep coming.
    """

    name: str
    db: Database
    open: Callable[[], Awaitable[LaneReader]]
    wanted: Callable[[], Awaitable[Sequence[str]]]
    take: Take
    readiness: Readiness
    have_read: HaveRead | None = None
    content: Content | None = None
    at_once: int = 3
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Commit, leave the group; a record that is just being taken comes again."""
        self._stopping.set()

    async def run(self) -> None:
        pause = 0.2
        self.readiness.report(self.name, False, "starting")
        while not self._stopping.is_set():
            reader: LaneReader | None = None
            try:
                reader = await self.open()
                async with transaction(self.db) as conn:
                    await inbox_store.begin_log(conn, self.name, reader.log)
                pause = 0.2
                async with _Session(self, reader) as session:
                    while not self._stopping.is_set():
                        await session.round()
            except _AWAY as error:
                self.readiness.report(self.name, False, reason(error))
                _log.warning("consumer pauses: %s", reason(error), extra={"consumer": self.name})
                await tasks.pause(pause, self._stopping)
                pause = min(pause * 2, 3.0)
            finally:
                if reader:
                    await reader.close()


class _Session:
    """The lanes of one reader, from its opening to its close."""

    def __init__(self, of: Lanes, reader: LaneReader) -> None:
        self._of = of
        self._reader = reader
        self._turns = asyncio.Semaphore(of.at_once)
        self._lanes: dict[str, Lane] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._missing: frozenset[str] = frozenset()
        self._committed: dict[Place, int] = {}
        self._asked: dict[Place, tuple[float, int]] = {}  # when its end was asked for, and where that was
        self._looked_at = self._followed_at = float("-inf")
        self._caught_up = False

    async def __aenter__(self) -> _Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._running.values():
            await tasks.stop(task)
        try:
            await self._commit()
        except LogUnavailable as error:
            _log.info("positions were not committed: %s", reason(error), extra={"consumer": self._of.name})

    async def round(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._followed_at >= _FOLLOW_EVERY_S:
            self._followed_at = now
            await self._follow()
        for place, records in (await self._reader.fetch()).items():
            self._lane(place[0]).put(records)
        self._reader.hold([topic for topic, lane in self._lanes.items() if lane.is_full])
        await self._commit()
        if now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            await self._look()
        self._fail_with_a_lane()

    async def _follow(self) -> None:
        try:
            wanted = await self._of.wanted()
        except TRANSIENT as error:
            _log.warning("which topics to read is not known now: %s", reason(error), extra={"consumer": self._of.name})
            return
        missing = await self._reader.follow(wanted)
        for topic in sorted(missing - self._missing):
            _log.warning("topic %s cannot be read", topic, extra={"consumer": self._of.name})
        self._missing = missing
        MISSING.labels(self._of.name).set(len(missing))

    def _lane(self, topic: str) -> Lane:
        if topic not in self._lanes:
            self._lanes[topic] = lane = Lane(self._of.name, topic, self._of.take, self._turns, self._of.content)
            self._running[topic] = tasks.start(lane.run(), f"{self._of.name}: {topic}")
        return self._lanes[topic]

    async def _commit(self) -> None:
        done = {place: offset for lane in self._lanes.values() for place, offset in lane.done.items()}
        new = {place: offset for place, offset in done.items() if self._committed.get(place) != offset}
        if new:
            await self._reader.commit(new)
            self._committed |= new

    async def _look(self) -> None:
        if not self._caught_up:
            self._caught_up = await self._reader.reached()
        stuck = sorted({lane.stuck for lane in self._lanes.values() if lane.stuck})
        why = "; ".join(stuck) or ("" if self._caught_up else "catching up with the log")
        self._of.readiness.report(self._of.name, not why, why)
        self._of.readiness.note(self._of.name, self._without())
        if self._of.have_read:
            await self._note_what_is_read(self._of.have_read)

    def _without(self) -> str:
        return f"without {', '.join(sorted(self._missing))}" if self._missing else ""

    async def _note_what_is_read(self, have_read: HaveRead) -> None:
        """An end is asked for, and asked for anew only once all before it was taken: so it is reached however much keeps coming."""
        now = asyncio.get_running_loop().time()
        found = await self._reader.ends()
        self._asked = {place: self._asked.get(place, (now, end)) for place, (_, end) in found.items()}
        read = {
            place: asked_at
            for place, (asked_at, end) in self._asked.items()
            if self._finished(place, found[place][0]) >= end
        }
        for place in read:
            del self._asked[place]
        if not read:
            return
        try:
            await have_read(read)
        except TRANSIENT as error:
            _log.warning("what was read is not noted: %s", reason(error), extra={"consumer": self._of.name})

    def _finished(self, place: Place, fetched: int) -> int:
        lane = self._lanes.get(place[0])
        return lane.finished(place[1], fetched) if lane else fetched

    def _fail_with_a_lane(self) -> None:
        """A lane ends only by a fault of ours."""
        for task in self._running.values():
            if task.done():
                task.result()
