"""Keeps one program running: starts it, waits for its end, starts it again with growing pauses, stops it when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable

from infra.local import machine
from infra.local.processes import Process
from infra.local.screen import Screen
from infra.local.state import ROOT, Home

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.3, 15.0
_STEADY_S = 30.0
PATIENCE_S = 12.0


class Child:
    """A process that is wanted or not. With `on_end` it is not started again: the end of it means more than itself."""

    def __init__(
        self,
        process: Process,
        home: Home,
        screen: Screen,
        changed: Callable[[], None],
        on_end: Callable[[str], None] | None = None,
    ) -> None:
        self.process = process
        self.pid: int | None = None
        self.mark: str | None = None
        self.starts = 0
        self.last_end: str | None = None
        self._home = home
        self._screen = screen
        self._changed = changed
        self._on_end = on_end
        self._wanted = False
        self._running: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def restarts(self) -> int:
        return max(0, self.starts - 1)

    async def start(self) -> None:
        """Returns when the program has been started for the first time; it may not be ready yet."""
        if self._wanted:
            return
        self._wanted = True
        self.last_end = None
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def stop(self, patience_s: float = PATIENCE_S) -> None:
        """Asks it to end, waits, kills it if it must. Returns when it is gone."""
        self._wanted = False
        running, keeper = self._running, self._keeper
        if running is not None and running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                running.send_signal(self.process.stop)
            try:
                async with asyncio.timeout(patience_s):
                    await running.wait()
            except TimeoutError:
                self._screen.warn(f"{self.name} did not end within {patience_s:.0f} s: killed")
                with contextlib.suppress(ProcessLookupError):
                    running.kill()
                await running.wait()
        if keeper is not None and keeper is not asyncio.current_task():
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        self._gone()

    async def _spawn(self) -> None:
        self._running = await spawn(self.process, self._home)
        self.starts += 1
        self.pid = self._running.pid
        self.mark = machine.start_mark(self.pid)
        self._changed()

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE_S
        while self._running is not None:
            began = time.monotonic()
            code = await self._running.wait()
            self._gone()
            if not self._wanted:
                return
            self.last_end = how_it_ended(code)
            if self._on_end is not None:
                self._wanted = False
                self._on_end(self.last_end)
                return
            pause = _FIRST_PAUSE_S if time.monotonic() - began > _STEADY_S else min(pause * 2, _LONGEST_PAUSE_S)
            self._screen.warn(
                f"{self.name} {self.last_end}: starting it again in {pause:.1f} s (make logs P={self.name})"
            )
            await asyncio.sleep(pause)
            while not await self._spawned():  # noqa: ASYNC110  # nothing tells when the machine has room again
                await asyncio.sleep(_LONGEST_PAUSE_S)

    async def _spawned(self) -> bool:
        try:
            await self._spawn()
        except OSError as problem:
            self._screen.warn(f"{self.name} does not start: {problem}")
            return False
        return True

    def _gone(self) -> None:
        self.pid = self.mark = None
        self._changed()


async def spawn(process: Process, home: Home) -> asyncio.subprocess.Process:
    """In a session of its own: the terminal's Ctrl-C reaches the supervisor alone, which then stops things in order."""
    log = os.open(home.log_of(process.name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return await asyncio.create_subprocess_exec(
            *process.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(process.environment) or None,
            cwd=ROOT,
            start_new_session=True,
        )
    finally:
        os.close(log)


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"
