"""One schedule: two services, their relays and consumers, a partner, under the weather of a seed; what must hold is checked as it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol
from uuid import UUID

from services.kit.messaging.envelope import Envelope
from services.kit.messaging.inbox import Apply, InboxStore, Outcome, Received, receive
from services.kit.messaging.relay import LogUnavailable, Relay
from tests.slow.simulation import business
from tests.slow.simulation.broker import Broker, Group, Log, Place, SimLog
from tests.slow.simulation.database import Base, SimInbox, SimOutbox, Tx
from tests.slow.simulation.scheduler import Scheduler, Unavailable, Violation, Weather, pause

STORM_STEPS = 450
CALM_STEPS = 12_000


class Receive(Protocol):
    """`inbox.receive`, or a wrong one."""

    def __call__(self, inbox: InboxStore, event: Envelope, apply: Apply) -> Awaitable[Received]: ...


class Publisher(Protocol):
    """A relay, or a wrong one."""

    async def step(self) -> object: ...


MakeRelay = Callable[[Base, SimOutbox, SimLog, UUID], Publisher]


def the_relay(_: Base, outbox: SimOutbox, log: SimLog, holder: UUID) -> Publisher:
    return Relay(outbox, log, holder, beside=outbox.beside)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is simulated; a negative control puts something wrong in one place."""

    relay: MakeRelay = the_relay
    receive: Receive = receive
    tells_early: bool = False
    weather: Weather | None = None  # instead of one drawn from the seed


class HandlerBug(Exception):
    """A handler that fails now and may work later."""


@dataclass(slots=True)
class World:
    seed: int
    rules: Rules = field(default_factory=Rules)
    trace: list[str] | None = None
    scheduler: Scheduler = field(init=False)
    broker: Broker = field(init=False)
    shop: Base = field(init=False)
    carrier: Base = field(init=False)
    tellers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        scheduler = self.scheduler = Scheduler(self.seed, self.trace, self.rules.weather)
        rng = scheduler.rng
        self.broker = broker = Broker(scheduler)
        self.shop, self.carrier = shop, carrier = Base("shop", scheduler), Base("carrier", scheduler)
        for base in (shop, carrier):
            base.after_commit = self._check
            for n in range(2):
                scheduler.add(f"{base.name} relay {n}", partial(self._relay, base, n))
            scheduler.add(f"{base.name} timers", partial(business.fire_timers, base))
        for base, topics in (
            (shop, [business.CARRIER]),
            (carrier, [business.SHOP, business.CHAT, business.MOOD]),
        ):
            group = Group(scheduler, topics, members=2)
            for n in range(2):
                scheduler.add(f"{base.name} consumer {n}", partial(self._consume, base, group, n))
        jobs, turns = rng.randint(1, 3), rng.randint(2, 5)
        scheduler.add("buyer", lambda: business.ask(shop, jobs))
        for n in range(3):
            scheduler.add(f"talker {n}", lambda: business.chat(shop, turns, early=self.rules.tells_early))
        self.tellers = ["buyer", *(f"talker {n}" for n in range(3))]
        scheduler.add("partner", lambda: business.partner(scheduler, broker, carrier))
        scheduler.add("replies", lambda: business.take_replies(broker, carrier))

    def run(self) -> None:
        """Raises Violation."""
        scheduler = self.scheduler
        try:
            for _ in range(STORM_STEPS):
                scheduler.step()
            scheduler.calm = True
            scheduler.say("-- calm")
            for n in range(CALM_STEPS):
                if not scheduler.step():
                    scheduler.now += 20.0
                if n % 25 == 0 and self._at_rest():
                    self._check()
                    self._check_rest()
                    return
            self._say_what_is_missing()
        finally:
            scheduler.close()

    # -- actors

    async def _relay(self, base: Base, n: int) -> None:
        holder = UUID(int=100 + n)
        outbox, log = SimOutbox(base), SimLog(self.broker)
        relay = self.rules.relay(base, outbox, log, holder)

        def something() -> bool:
            present = self.broker.log
            if present is None:
                return False
            recorded = base.relay_log
            return bool(base.outbox) or recorded is None or recorded.log != present.id or not recorded.filled

        while True:
            await pause(something)
            try:
                await relay.step()
            except (LogUnavailable, Unavailable):
                await pause()

    async def _consume(self, base: Base, group: Group, member: int) -> None:
        while True:
            await pause(lambda: self.broker.log is not None)
            if self.broker.log:
                await self._read(base, group, member, self.broker.log)

    async def _read(self, base: Base, group: Group, member: int, log: Log) -> None:
        """As long as the log is this one."""
        rng = self.scheduler.rng
        generation = -1
        positions: dict[Place, int] = {}

        def places() -> list[Place]:
            return [place for place in group.owned(member) if positions.get(place, 0) < log.end(place)]

        def something() -> bool:
            return self.broker.log is not log or generation != group.generation or bool(places()) or bool(base.due())

        while self.broker.log is log:
            for event in base.due():
                if rng.random() < 0.5:
                    await self._apply(base, event, stored=True)
            if generation != group.generation:
                generation = group.generation
                positions.clear()
                positions.update({place: group.committed.get((log.id, place), 0) for place in group.owned(member)})
            readable = places()
            if not readable:
                await pause(something)
                continue
            place = rng.choice(readable)
            start = positions[place]
            records = log.partitions[place][start : start + rng.randint(1, 3)]
            await pause()
            if self.broker.log is not log:
                return  # another log: what was fetched is dropped
            for event in records:
                await self._apply(base, event, stored=False)
            positions[place] = start + len(records)
            await pause()
            # The position is committed after the effects, also by one who has lost the partition and does not know it yet.
            group.committed[log.id, place] = positions[place]

    async def _apply(self, base: Base, event: Envelope, *, stored: bool) -> None:
        """As `processor.EventProcessor` does: one transaction, parking in another, then those that waited for it."""
        while True:
            received = await self._apply_one(base, event, stored=stored)
            if received is None or not received.successor_waits:
                return
            following = base.waiting.get(((event.topic, event.aggregate), event.seq + 1))
            if following is None or following.parked:
                return
            event, stored = following.event, True

    async def _apply_one(self, base: Base, event: Envelope, *, stored: bool) -> Received | None:
        scheduler = self.scheduler
        while True:
            try:
                async with Tx(base) as tx:
                    if not stored and base.parked_now(event):
                        return Received(Outcome.WAITING)
                    inbox = SimInbox(tx)

                    async def effect(heard: Envelope, tx: Tx = tx, inbox: SimInbox = inbox) -> None:
                        inbox.effect(heard)
                        if scheduler.chance(scheduler.weather.handler_bug, "handler bug"):
                            raise HandlerBug
                        await business.hear(tx, heard)

                    received = await self.rules.receive(inbox, event, effect)
                    if stored and received.outcome is Outcome.DUPLICATE:
                        await inbox.drop(event)
                return received
            except Unavailable:
                await pause()
            except HandlerBug:
                break
        while True:
            try:
                async with Tx(base) as tx:
                    await SimInbox(tx).park(event)
                return None
            except Unavailable:
                await pause()

    # -- what must hold

    def _check(self) -> None:
        """After every commit. What is archived is in the log as far down as it is recorded as filled: nothing can be lost any more."""
        log = self.broker.log
        for base in (self.shop, self.carrier):
            recorded = base.relay_log
            if log and recorded and recorded.log == log.id:
                for seq, row in base.archive.items():
                    if seq >= recorded.filled_from and row.envelope.id not in log.ids:
                        raise Violation("lost", f"{row.envelope.id} is archived and not in the log")
        business.watch(self.shop, self.carrier)

    def _events(self) -> list[tuple[Base, Base, Envelope]]:
        return [
            (base, other, row.envelope)
            for base, other in ((self.shop, self.carrier), (self.carrier, self.shop))
            for rows in (base.archive, base.outbox)
            for row in rows.values()
        ]

    def _at_rest(self) -> bool:
        told = all(actor.finished for actor in self.scheduler.actors if actor.name in self.tellers)
        quiet = all(not base.outbox and not base.waiting for base in (self.shop, self.carrier))
        heard = all(
            heard.effects.get(key, 0) == last
            for teller, heard in ((self.shop, self.carrier), (self.carrier, self.shop))
            for key, last in teller.counter.items()
        )
        return told and quiet and heard and business.at_rest(self.shop, self.carrier)

    def _check_rest(self) -> None:
        business.agreed(self.shop, self.carrier)

    def _say_what_is_missing(self) -> None:
        log = self.broker.log
        for _, other, event in self._events():
            if log and event.id not in log.ids:
                raise Violation("lost", f"{event.id} never came to the log")
            done = other.effects.get((event.topic, event.aggregate), 0)
            if done < event.seq:
                raise Violation("lost", f"{event.id} is in the log and was never applied: {other.name} is at {done}")
        raise Violation(
            "stuck",
            f"no rest: {self.shop.jobs} {self.carrier.jobs}, waiting {[*self.shop.waiting, *self.carrier.waiting]}",
        )


@dataclass(slots=True)
class Counts:
    """What a run of schedules has seen."""

    schedules: int = 0
    steps: int = 0
    events: int = 0
    effects: int = 0
    faults: dict[str, int] = field(default_factory=dict)

    def add(self, world: World) -> None:
        self.schedules += 1
        self.steps += world.scheduler.steps
        self.events += sum(sum(base.counter.values()) for base in (world.shop, world.carrier))
        self.effects += sum(base.effects_done for base in (world.shop, world.carrier))
        for fault, times in world.scheduler.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + times

    def merge(self, other: Counts) -> None:
        self.schedules += other.schedules
        self.steps += other.steps
        self.events += other.events
        self.effects += other.effects
        for fault, times in other.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + times


def run(seeds: range, rules: Rules | None = None) -> tuple[Counts, tuple[int, Violation] | None]:
    """Schedules until one fails: what was seen, and the seed and violation of the one that failed."""
    counts = Counts()
    for seed in seeds:
        world = World(seed, rules or Rules())
        try:
            world.run()
        except Violation as violation:
            return counts, (seed, violation)
        counts.add(world)
    return counts, None
