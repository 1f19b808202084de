"""Brings one installation up, keeps it up, and takes it down again, in the order that the parts need."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from infra.local import health, logs, machine, postgres
from infra.local.broker import SERVERS, Broker
from infra.local.child import PATIENCE_S, Child, how_it_ended, spawn
from infra.local.ports import Ports
from infra.local.problems import CannotStart
from infra.local.processes import Plan, Process
from infra.local.screen import Screen
from infra.local.seeded import SEED
from infra.local.state import ROOT, Home, read_json, version, write_private

_READY_WITHIN_S = 150.0
_TRIES = 3
_PATIENCE_WITHOUT_BROKER_S = 2.0
# Settings, so that a test need not wear a broker out for an hour.
_WORN_AT_BATCHES = int(os.environ.get("WORN_AT_BATCHES", "5000"))
_LOOK_AT_WEAR_EVERY_S = float(os.environ.get("LOOK_AT_WEAR_EVERY_S", "30"))
_LOOK_AT_LOGS_EVERY_S = 1.0


class Supervisor:
    """One run. `up` returns when all is ready; `watch` goes on until told to stop; `down` ends everything."""

    def __init__(
        self, home: Home, ports: Ports, plan: Plan, kafka: Broker, passwords: dict[str, str], screen: Screen
    ) -> None:
        self._home = home
        self._ports = ports
        self._plan = plan
        self._kafka = kafka
        self._passwords = passwords
        self._screen = screen
        self._status = "starting"
        self._reason = ""
        self._log_lost = asyncio.Event()
        self._log_lost_why = ""
        self._postgres = self._child(plan.postgres)
        self._broker = self._child(plan.broker, on_end=self._broker_ended if kafka.forgets else None)
        self._issuer = [self._child(plan.issuer)] if plan.issuer else []
        self._apis = [self._child(process) for process in plan.apis]
        self._workers = [self._child(process) for process in plan.workers]
        self._robots = [self._child(process) for process in plan.robots]

    @property
    def children(self) -> list[Child]:
        return [self._postgres, self._broker, *self._issuer, *self._apis, *self._workers, *self._robots]

    async def up(self) -> None:
        """Raises CannotStart with the reason; what was started by then still runs and is for `down`."""
        self._write_state()
        first = not (self._home.pgdata / "PG_VERSION").exists()
        if first:
            self._screen.step("making the database (first start)")
            write_private(self._home.stamps, json.dumps({"mode": self._plan.mode}))
            await postgres.initialise(self._home.pgdata, self._passwords[postgres.ADMIN])
        postgres.check_version(self._home.pgdata)
        postgres.forget_dead_server(self._home.pgdata)
        await self._start([self._postgres, self._broker, *self._issuer])
        await _together(
            (
                self._until(self._database_accepts, self._postgres, "PostgreSQL takes connections"),
                self._until(self._broker_answers, self._broker, "the broker answers"),
            )
        )
        await self._once(
            "databases",
            "v1",
            lambda: postgres.make_databases(self._ports.postgres, self._passwords),
            "roles and databases",
        )
        await self._once(
            "migrations",
            _fingerprint_of(migration_files()),
            lambda: self._tasks(self._plan.migrations),
            "migrations applied",
        )
        seeded = bool(self._plan.seeds) and await self._once(
            "seeds", _fingerprint_of(SEED.glob("*.json")), lambda: self._tasks(self._plan.seeds), "Lumajang seeded"
        )
        await _together((self._start(self._apis), self._tasks([self._plan.topics])))
        self._screen.step("topics created; services, workers and gateway are starting")
        if seeded:
            # Nobody can order what ordering and delivery have not heard of: what the catalog tells is on the broker first.
            publisher = next(child for child in self._workers if child.name == "catalog-worker")
            await publisher.start()
            await self._until_ready(publisher)
        await self._start(child for child in self._workers if child.pid is None)
        await _together(self._until_ready(child) for child in [*self._issuer, *self._apis, *self._workers])
        await self._start(self._robots)
        self._status = "ready"
        self._write_state()

    async def watch(self, stop: asyncio.Event) -> None:
        """Until `stop` is set: replaces a lost or worn-out broker, shows warnings, bounds the logs."""
        watch = logs.Watch(self._home)
        looked_at_wear = time.monotonic()
        while not stop.is_set():
            if self._log_lost.is_set():
                await self._replace_log(stop)
                watch.skip()
            elif self._kafka.forgets and time.monotonic() - looked_at_wear > _LOOK_AT_WEAR_EVERY_S:
                looked_at_wear = time.monotonic()
                await self._look_at_wear()
            for warning in watch.look():
                self._screen.warn(warning)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AT_LOGS_EVERY_S):
                    await _either(stop, self._log_lost)

    async def down(self, reason: str = "") -> None:
        """Robots first, the database last: nobody loses what he stands on."""
        self._status, self._reason = ("failed", reason) if reason else ("stopping", "")
        self._write_state()
        for group in (self._robots, [*self._apis, *self._workers], [self._broker, *self._issuer], [self._postgres]):
            await _together(child.stop() for child in group)
        self._status = "failed" if reason else "stopped"
        self._write_state()

    def _child(self, process: Process, on_end: Callable[[str], None] | None = None) -> Child:
        return Child(process, self._home, self._screen, self._write_state, on_end)

    async def _start(self, children: Iterable[Child]) -> None:
        await _together(child.start() for child in children)

    # The death of a broker that forgets takes its log along. Clients hold positions in that log, so they end before the next one begins.

    def _broker_ended(self, how: str) -> None:
        self._log_lost_why = f"the broker {how}"
        self._log_lost.set()

    async def _look_at_wear(self) -> None:
        most = max(
            [await health.partition_batches(child.process.health) for child in self._workers if child.process.health],
            default=0.0,
        )
        if most >= _WORN_AT_BATCHES:
            self._log_lost_why = f"the broker is worn out ({most:.0f} batches in a partition)"
            self._log_lost.set()

    async def _replace_log(self, stop: asyncio.Event) -> None:
        self._log_lost.clear()
        self._screen.warn(f"{self._log_lost_why}: replacing it; the relays refill the new one from their archives")
        # Who says goodbye to a broker that is gone waits for its answer; work waits for the next broker meanwhile.
        patience_s = _PATIENCE_WITHOUT_BROKER_S if self._broker.pid is None else PATIENCE_S
        # Who knows the platform's HTTP address alone does not notice.
        clients = [child for child in [*self._robots, *self._workers] if SERVERS in child.process.environment]
        await _together(child.stop(patience_s) for child in clients)
        await self._broker.stop()
        pause = 0.3
        while not stop.is_set():
            try:
                await self._broker.start()
                await self._until(self._broker_answers, self._broker, None)
                await self._tasks([self._plan.topics])
                break
            except CannotStart as problem:
                self._screen.warn(f"no broker yet: {problem}; trying again in {pause:.1f} s")
                await self._broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 15.0)
                self._log_lost.clear()
        await self._start(clients)
        self._screen.step("a new broker runs")

    async def _database_accepts(self) -> bool:
        return postgres.accepts(self._home.pgdata)

    async def _broker_answers(self) -> bool:
        return await self._kafka.answers()

    async def _until_ready(self, child: Child) -> None:
        port = child.process.health
        if port is None:
            return

        async def is_ready() -> bool:
            return await health.is_ready(port)

        await self._until(is_ready, child, f"{child.name} is ready")

    async def _until(self, holds: Callable[[], Awaitable[bool]], child: Child, said: str | None) -> None:
        """Raises CannotStart when the program ends again and again, or takes too long."""
        began, starts, log = time.monotonic(), child.starts, self._home.log_of(child.name)
        while not await holds():
            if child.starts - starts >= _TRIES or (child.last_end and child is self._broker):
                words = logs.last_words(log)
                raise CannotStart(f"{child.name} {child.last_end} again and again: {words} (full log: {log})")
            if time.monotonic() - began > _READY_WITHIN_S:
                port = child.process.health
                state = health.why_not(port) if port else "it does not answer"
                words = logs.last_words(log)
                raise CannotStart(
                    f"{child.name} is not ready after {_READY_WITHIN_S:.0f} s: {state} {words} (full log: {log})"
                )
            await asyncio.sleep(0.05)
        if said:
            self._screen.step(said)

    async def _tasks(self, tasks: Iterable[Process]) -> None:
        await _together(self._task(task) for task in tasks)

    async def _task(self, task: Process) -> None:
        running = await spawn(task, self._home)
        try:
            code = await running.wait()
        finally:
            if running.returncode is None:
                running.kill()
        if code != 0:
            log = self._home.log_of(task.name)
            raise CannotStart(f"{task.name} {how_it_ended(code)}: {logs.last_words(log)} (full log: {log})")

    async def _once(self, what: str, fingerprint: str, work: Callable[[], Awaitable[None]], said: str) -> bool:
        """Does to the data what has not been done to it in this form; a second start is quick because of it. Whether it did."""
        stamps = read_json(self._home.stamps)
        wanted = stamps.get(what) != fingerprint
        if wanted:
            await work()
            write_private(self._home.stamps, json.dumps({**stamps, what: fingerprint}))
            self._screen.step(said)
        return wanted

    def _write_state(self) -> None:
        processes = [
            {
                "role": child.name,
                "pid": child.pid,
                "mark": child.mark,
                "command": machine.command_of(child.pid) if child.pid else "",
                "ports": list(child.process.ports),
                "health": child.process.health,
                "restarts": child.restarts,
            }
            for child in self.children
        ]
        state = {
            "pid": os.getpid(),
            "version": version(),
            "status": self._status,
            "reason": self._reason,
            "processes": processes,
        }
        with contextlib.suppress(OSError):  # a full disk must not end what runs
            write_private(self._home.state, json.dumps(state, indent=1))


async def run(
    home: Home,
    ports: Ports,
    plan: Plan,
    kafka: Broker,
    passwords: dict[str, str],
    screen: Screen,
    on_ready: Callable[[], None],
    lives_with: int = 0,
) -> int:
    """The whole life of one run: 0 when it was stopped, 1 when it could not start. It stops when the process `lives_with` is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(wanted, stop.set)
    watching = asyncio.create_task(set_when_gone(lives_with, stop)) if lives_with else None
    supervisor = Supervisor(home, ports, plan, kafka, passwords, screen)
    failure = ""
    try:
        failure = await _live(supervisor, stop, on_ready)
    finally:
        if watching:
            watching.cancel()
        screen.step("stopping")
        await supervisor.down(failure)
    screen.step(f"could not start: {failure}" if failure else "stopped")
    return 1 if failure else 0


async def set_when_gone(pid: int, stop: asyncio.Event, every_s: float = 1.0) -> None:
    """Who was killed cannot say that what he started is no longer wanted. Another process that gets the number does not count."""
    mark = machine.start_mark(pid)
    while mark is not None and machine.start_mark(pid) == mark:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s)
            return
    stop.set()


async def _live(supervisor: Supervisor, stop: asyncio.Event, on_ready: Callable[[], None]) -> str:
    """Starts and watches until told to stop. The reason, when it could not start."""
    starting, stopping = asyncio.create_task(supervisor.up()), asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return ""
    stopping.cancel()
    problem = starting.exception()
    if problem is not None:
        return _reason(problem)
    on_ready()
    await supervisor.watch(stop)
    return ""


def _reason(problem: BaseException) -> str:
    """What to tell the user; a bug keeps its traceback."""
    if not isinstance(problem, CannotStart | OSError):
        raise problem
    return str(problem)


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All at once; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    tasks = [asyncio.create_task(one.wait()), asyncio.create_task(other.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def migration_files() -> list[Path]:
    """The services' and the kit's: a new one of either is applied at the next start."""
    return sorted((ROOT / "services").rglob("migrations/*.sql"))


def _fingerprint_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
