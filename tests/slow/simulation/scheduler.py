"""The scheduler: one step of one actor at a time, chosen by the seed, and faults between any two steps."""

from __future__ import annotations

import random
import types
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

Ready = Callable[[], bool]


class Violation(AssertionError):
    """A promise was broken; `kind` is lost, disordered, twice, money, stuck."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


class Unavailable(Exception):
    """The simulated database or broker did not answer; what was asked may have happened."""


@types.coroutine
def pause(ready: Ready | None = None) -> Generator[Ready | None, None, None]:
    """A place where others go on, or where this actor stops for good; with `ready`, until that holds."""
    yield ready


class Beside:
    """`relay.Beside` here, where one actor is one coroutine: at each of its steps one of the two goes on, chosen by the seed."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    @types.coroutine
    def __call__(
        self, one: Coroutine[Any, Any, Any], other: Coroutine[Any, Any, Any], /
    ) -> Generator[Ready | None, None, tuple[Any, Any]]:
        works = [one, other]
        waits: list[Ready | None] = [None, None]
        became: list[Any] = [None, None]
        running = [0, 1]

        def able() -> list[int]:
            return [n for n in running if (ready := waits[n]) is None or ready()]

        try:
            while running:
                n = self._rng.choice(able())
                try:
                    waits[n] = works[n].send(None)
                except StopIteration as end:
                    became[n] = end.value
                    running.remove(n)
                except Exception as error:  # noqa: BLE001 - it is the answer
                    became[n] = error
                    running.remove(n)
                else:
                    yield lambda: bool(able())
        finally:
            for work in works:
                work.close()
        return became[0], became[1]


@dataclass(slots=True)
class Actor:
    """Something that runs: `begin` makes its coroutine, anew after each crash."""

    name: str
    begin: Callable[[], Coroutine[Any, Any, None]]
    running: Coroutine[Any, Any, None] | None = None
    ready: Ready | None = None
    asleep_until: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Weather:
    """How often each thing goes wrong in one schedule; drawn anew for each, so that some schedules see much of one fault."""

    crash: float = 0.0
    freeze: float = 0.0
    lose_broker: float = 0.0
    rebalance: float = 0.0
    clock_jump: float = 0.0
    ack_lost: float = 0.0
    commit_lost: float = 0.0
    handler_bug: float = 0.0
    stale_identity: float = 0.0

    @classmethod
    def draw(cls, rng: random.Random) -> Weather:
        def rate(most: float) -> float:
            return most * rng.random() ** 2 if rng.random() < 0.7 else 0.0

        return cls(
            crash=rate(0.03),
            freeze=rate(0.02),
            lose_broker=rate(0.008),
            rebalance=rate(0.03),
            clock_jump=rate(0.01),
            ack_lost=rate(0.5),
            commit_lost=rate(0.2),
            handler_bug=rate(0.3),
            stale_identity=rate(0.9),
        )


@dataclass(slots=True)
class Scheduler:
    seed: int
    trace: list[str] | None = None
    given: Weather | None = None
    rng: random.Random = field(init=False)
    weather: Weather = field(init=False)
    actors: list[Actor] = field(default_factory=list)
    now: float = 1_000_000.0
    steps: int = 0
    calm: bool = False  # the last part of a schedule: nothing breaks any more, everything must come to rest
    faults: dict[str, int] = field(default_factory=dict)
    outside: list[tuple[str, float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.weather = self.given or Weather.draw(self.rng)

    def add(self, name: str, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.actors.append(Actor(name, begin))

    def chance(self, rate: float, fault: str) -> bool:
        """Whether this fault happens now; never in the calm."""
        if self.calm or not rate or self.rng.random() >= rate:
            return False
        self.count(fault)
        return True

    def count(self, fault: str) -> None:
        self.faults[fault] = self.faults.get(fault, 0) + 1
        self.say(f"!! {fault}")

    def say(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.steps:5} {self.now:12.2f} {text}")

    def step(self) -> bool:
        """One step of one actor; False when nobody can go on before time passes."""
        self.steps += 1
        self.now += 0.05
        if not self.calm:
            self._trouble()
        awake = [
            actor
            for actor in self.actors
            if not actor.finished
            and (self.calm or actor.asleep_until <= self.steps)
            and (actor.ready is None or actor.ready())
        ]
        if not awake:
            return False
        self._run(awake[int(self.rng.random() * len(awake))])
        return True

    def _run(self, actor: Actor) -> None:
        if actor.running is None:
            actor.running = actor.begin()
        try:
            actor.ready = actor.running.send(None)
        except StopIteration:
            actor.finished, actor.running = True, None
        else:
            if self.trace is not None:
                self.say(actor.name)

    def _trouble(self) -> None:
        if self.chance(self.weather.crash, "crash"):
            actor = self.rng.choice(self.actors)
            if actor.running is not None:
                actor.running.close()
                actor.running, actor.ready = None, None
                self.say(f"   {actor.name} is gone")
        if self.chance(self.weather.freeze, "freeze"):
            actor = self.rng.choice(self.actors)
            actor.asleep_until = self.steps + self.rng.choice((20, 150, 400))
            self.say(f"   {actor.name} sleeps")
        for fault, rate, happen in self.outside:
            if self.chance(rate, fault):
                happen()
        if self.chance(self.weather.clock_jump, "clock jump"):
            self.now += self.rng.choice((-3600.0, -10.0, 10.0, 3600.0))

    def close(self) -> None:
        for actor in self.actors:
            if actor.running is not None:
                actor.running.close()
