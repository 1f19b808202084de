"""What is done to the processes, and how long it takes until work goes on. A seed gives the order of the faults."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from infra.local import machine
from infra.local.state import read_json
from infra.ops.heard import heard_by
from services.contracts.registry import NAMES
from tests.e2e.installation import Installation
from tests.worlds import servers

WORKERS = tuple(f"{name}-worker" for name in NAMES if heard_by(name))
"""Those that apply something at every order."""
_WORK = re.compile(r'^wlijo_inbox_events_total\{[^}]*outcome="applied"[^}]*\} ([0-9.e+]+)', re.MULTILINE)
_GIVEN_UP_AFTER_S = 90.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`watched` are the workers whose work is waited for afterwards; with `anew` they have been started again."""

    name: str
    strike: Callable[[Target], Awaitable[None]]
    watched: tuple[str, ...] = ()
    anew: bool = False


@dataclass(slots=True)
class Target:
    """The installation that is struck, and what is remembered of it."""

    installation: Installation
    rng: random.Random
    clock: timedelta = timedelta()

    def processes(self) -> dict[str, dict[str, Any]]:
        return {each["role"]: each for each in read_json(self.installation.home.state).get("processes", [])}

    def pid(self, role: str) -> int | None:
        pid = self.processes().get(role, {}).get("pid")
        return int(pid) if pid else None

    def send(self, role: str, sent: signal.Signals, *, family: bool = False) -> list[int]:
        """Whom it reached; a process that is just being started again is missed."""
        pid = self.pid(role)
        reached = []
        for each in (machine.family_of(pid) if family else [pid]) if pid else []:
            with suppress(ProcessLookupError):
                os.kill(each, sent)
                reached.append(each)
        return reached


@dataclass(slots=True)
class Struck:
    """One fault as it went. `recovered_s` is None when no work was seen again in time."""

    name: str
    watched: bool = False
    recovered_s: float | None = None


@dataclass(slots=True)
class Damage:
    """All that was done in a run."""

    struck: list[Struck] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.struck:
            found[each.name] = found.get(each.name, 0) + 1
        return found

    def recoveries(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for each in self.struck:
            if each.recovered_s is not None:
                found.setdefault(each.name, []).append(each.recovered_s)
        return found


def _kill(role: str, *, sent: signal.Signals = signal.SIGKILL) -> Callable[[Target], Awaitable[None]]:
    async def strike(target: Target) -> None:
        target.send(role, sent)

    return strike


def _freeze(role: str, seconds: float) -> Callable[[Target], Awaitable[None]]:
    async def strike(target: Target) -> None:
        frozen = target.send(role, signal.SIGSTOP, family=True)
        await asyncio.sleep(seconds * (0.5 + target.rng.random()))
        _wake(frozen)

    return strike


def _wake(frozen: Sequence[int]) -> None:
    for pid in frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def _kill_everything(target: Target) -> None:
    for role in target.processes():
        target.send(role, signal.SIGKILL, family=True)


async def _kill_the_supervisor(target: Target) -> None:
    """What it leaves behind goes on; the next one ends that and begins anew."""
    with suppress(ProcessLookupError):
        os.kill(int(read_json(target.installation.home.state)["pid"]), signal.SIGKILL)
    await asyncio.to_thread(target.installation.up)


async def _an_hour_passes(target: Target) -> None:
    """For the workers it is as if they had been frozen for an hour: every deadline of it has passed when they wake."""
    frozen = [pid for role in WORKERS for pid in target.send(role, signal.SIGSTOP)]
    try:
        target.clock += timedelta(hours=1)
        await target.installation.move_clock(target.clock)
    finally:
        _wake(frozen)


# Apache Kafka is started again with its disk, so nobody's log is lost and the workers stay.
_BROKER_GONE = (
    Fault("kill the broker", _kill("broker"), WORKERS)
    if servers.is_apache()
    else Fault("lose the broker", _kill("broker"), WORKERS, anew=True)
)
FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        *(Fault(f"kill {role}", _kill(role), (role,), anew=True) for role in WORKERS),
        *(
            Fault(f"kill {role}", _kill(role))
            for role in (
                *(f"{name}-api" for name in NAMES), "gateway",
                "robot-ojek-semeru", "robot-ojek-minak-koncar", "robot-merchant",
            )
        ),
        _BROKER_GONE,
        Fault("kill the database", _kill("postgres"), WORKERS),
        Fault("stop the database hard", _kill("postgres", sent=signal.SIGQUIT), WORKERS),
        Fault("kill everything but the supervisor", _kill_everything, WORKERS, anew=True),
        Fault("kill the supervisor", _kill_the_supervisor, WORKERS, anew=True),
        *(Fault(f"freeze {role}", _freeze(role, 6.0), (role,)) for role in WORKERS),
        *(Fault(f"freeze {role}", _freeze(role, 2.0)) for role in ("ordering-api", "gateway", "robot-ojek-semeru")),
        Fault("freeze the broker", _freeze("broker", 6.0), WORKERS),
        Fault("freeze the database", _freeze("postgres", 4.0), WORKERS),
        Fault("an hour passes while the workers are frozen", _an_hour_passes, WORKERS),
    )
}  # fmt: skip
SHORT = (
    "kill ordering-worker", _BROKER_GONE.name, "freeze delivery-worker", "kill the database",
    "an hour passes while the workers are frozen",
)  # fmt: skip


def schedule(seed: int, count: int) -> list[Fault]:
    """Every kind once before any comes twice, in an order that the seed gives."""
    rng = random.Random(seed)
    drawn: list[Fault] = []
    while len(drawn) < count:
        drawn += rng.sample(list(FAULTS.values()), len(FAULTS))
    return drawn[:count]


async def strike(fault: Fault, target: Target, session: aiohttp.ClientSession) -> Struck:
    """Does it, and waits until every watched worker has applied something since."""
    before = {role: target.pid(role) for role in fault.watched}
    began = time.monotonic()
    await fault.strike(target)
    struck = Struck(fault.name, bool(fault.watched))
    if not fault.watched:
        return struck
    if not fault.anew:
        began = time.monotonic()  # a freeze's own length is not its recovery
    applied = {role: 0.0 if fault.anew else await _applied(target, session, role) or 0.0 for role in fault.watched}
    waiting = set(fault.watched)
    while waiting and time.monotonic() - began < _GIVEN_UP_AFTER_S:
        for role in sorted(waiting):
            pid = target.pid(role)
            if pid is None or (fault.anew and pid == before[role]):
                continue
            now = await _applied(target, session, role)
            if now is not None and (now > applied[role] or (pid != before[role] and now > 0)):
                waiting.discard(role)
        await asyncio.sleep(0.1)
    if not waiting:
        struck.recovered_s = time.monotonic() - began
    return struck


async def _applied(target: Target, session: aiohttp.ClientSession, role: str) -> float | None:
    """How many events the worker has applied since it was started; None when it does not answer."""
    port = target.processes().get(role, {}).get("health")
    try:
        async with session.get(f"http://127.0.0.1:{port}/metrics", timeout=aiohttp.ClientTimeout(total=3)) as response:
            return sum(float(value) for value in _WORK.findall(await response.text()))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
