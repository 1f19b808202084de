"""A broker made of lists: partitions, a log's identity, appends whose answer is lost, consumers of a group."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.relay import Batch, LogUnavailable
from tests.slow.simulation.scheduler import Scheduler, Violation, pause

PARTITIONS = 2
Place = tuple[str, int]


def partition_of(key: str) -> int:
    return sum(key.encode()) % PARTITIONS


@dataclass(slots=True)
class Log:
    """One log; when it is lost another takes its place. Checks the order of first occurrences as it is written."""

    id: UUID
    partitions: dict[Place, list[Envelope]] = field(default_factory=dict)
    first: dict[tuple[str, str], int] = field(default_factory=dict)  # how far first occurrences are contiguous
    ids: set[str] = field(default_factory=set)
    alive: bool = True

    def write(self, topic: str, partition: int, rows: Sequence[Envelope], *, believed: UUID) -> None:
        self.partitions.setdefault((topic, partition), []).extend(rows)
        for event in rows:
            self.ids.add(event.id)
            # A relay that has not noticed that the log is another one may write ahead of the fill: that is the one exception.
            if believed != self.id or event.stream is Stream.STATE:
                continue
            done = self.first.get((event.topic, event.aggregate), 0)
            if event.seq > done + 1:
                raise Violation("disordered", f"{event.id} was appended after {done}")
            if event.seq == done + 1:
                self.first[event.topic, event.aggregate] = event.seq

    def end(self, place: Place) -> int:
        return len(self.partitions.get(place, ()))


class Broker:
    """Holds the present log, or none while it is down."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._made = 0
        self.log: Log | None = None
        self.replies: list[str] = []
        self.start()
        scheduler.outside.append(("broker lost", scheduler.weather.lose_broker, self.lose))

    def start(self) -> None:
        self._made += 1
        self.log = Log(UUID(int=self._made))

    def lose(self) -> None:
        """The memory is gone; somebody starts it anew soon."""
        if self.log is None:
            return
        self.log.alive = False
        self.log, self.replies = None, []
        back = self.scheduler.steps + self.scheduler.rng.choice((1, 30, 100))

        async def operator() -> None:
            await pause(lambda: self.scheduler.calm or self.scheduler.steps >= back)
            if self.log is None:
                self.start()

        self.scheduler.add("operator", operator)

    def present(self) -> Log:
        if self.log is None:
            raise LogUnavailable
        return self.log


class SimLog:
    """The relay's port on the simulated broker, with a client that may remember the log's identity for a while."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._scheduler = broker.scheduler
        self._seen: UUID | None = None
        self.believed = UUID(int=0)

    async def identity(self, *, fresh: bool = False) -> UUID:
        await pause()
        stale = (
            not fresh
            and self._seen is not None
            and self._scheduler.chance(self._scheduler.weather.stale_identity, "stale identity")
        )
        if not stale:
            self._seen = None
            self._seen = self._broker.present().id
        assert self._seen is not None
        self.believed = self._seen
        return self._seen

    def partition(self, topic: str, key: str) -> int:
        return partition_of(key)

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        believed = self.believed
        outcomes: dict[int, bool] = {}
        for index in self._scheduler.rng.sample(range(len(batches)), len(batches)):
            outcomes[index] = await self._append(batches[index], believed)
        return [outcomes[index] for index in range(len(batches))]

    async def _append(self, batch: Batch, believed: UUID) -> bool:
        await pause()
        rows = [row.envelope for row in batch.rows]
        log, scheduler = self._broker.log, self._scheduler
        if log is None:
            return False
        if scheduler.chance(scheduler.weather.ack_lost, "ack lost"):
            match scheduler.rng.randrange(3):
                case 0:  # it never arrived
                    return False
                case 1:  # it arrived, the answer did not
                    log.write(batch.topic, batch.partition, rows, believed=believed)
                    return False
                case _:  # it arrives late, when nobody waits for it any more
                    scheduler.add("zombie append", lambda: _late(scheduler, log, batch, rows, believed))
                    return False
        log.write(batch.topic, batch.partition, rows, believed=believed)
        await pause()
        return True


def _late(
    scheduler: Scheduler, log: Log, batch: Batch, rows: Sequence[Envelope], believed: UUID
) -> Coroutine[Any, Any, None]:
    when = scheduler.steps + scheduler.rng.choice((5, 50, 200))

    async def arrive() -> None:
        await pause(lambda: scheduler.calm or scheduler.steps >= when)
        if log.alive:
            log.write(batch.topic, batch.partition, rows, believed=believed)

    return arrive()


@dataclass(slots=True)
class Group:
    """A consumer group: who owns which partition, and the committed positions on each log."""

    scheduler: Scheduler
    topics: Sequence[str]
    members: int
    generation: int = 0
    owner: dict[Place, int] = field(default_factory=dict)
    committed: dict[tuple[UUID, Place], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rebalance()
        self.scheduler.outside.append(("rebalance", self.scheduler.weather.rebalance, self.rebalance))

    def rebalance(self) -> None:
        self.generation += 1
        rng = self.scheduler.rng
        self.owner = {
            (topic, partition): rng.randrange(self.members) for topic in self.topics for partition in range(PARTITIONS)
        }

    def owned(self, member: int) -> list[Place]:
        return [place for place, owner in self.owner.items() if owner == member]
