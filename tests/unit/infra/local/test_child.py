"""One kept program: started again when it dies, left alone when it was stopped. The programs here are stand-ins."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local import machine
from infra.local.child import Child
from infra.local.processes import Process
from infra.local.screen import Screen
from infra.local.state import Home

_WAITS = "import time; print('began', flush=True); time.sleep(600)"
_IGNORES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('began', flush=True); time.sleep(600)"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / ".wlijo")
    made.make()
    return made


class Told(Screen):
    """A screen that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def plain(self, text: str) -> None:
        self.lines.append(text)


def a_child(home: Home, screen: Screen, code: str = _WAITS, on_end: Callable[[str], None] | None = None) -> Child:
    process = Process("catalog-api", (sys.executable, "-c", code), {**os.environ})
    return Child(process, home, screen, lambda: None, on_end)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def began(home: Home, times: int = 1) -> Callable[[], bool]:
    return lambda: home.log_of("catalog-api").read_text().count("began") == times


async def test_a_killed_program_is_started_again_and_the_screen_says_so(home: Home) -> None:
    screen = Told()
    child = a_child(home, screen)
    await child.start()
    await until(began(home))
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)

    await until(began(home, 2))

    assert child.restarts == 1
    assert "catalog-api was killed by SIGKILL: starting it again" in screen.lines[0]
    await child.stop()


async def test_a_stopped_program_stays_away(home: Home) -> None:
    screen = Told()
    child = a_child(home, screen)
    await child.start()
    await until(began(home))
    pid = child.pid
    assert pid

    await child.stop()

    assert machine.start_mark(pid) is None
    assert child.pid is None
    assert screen.lines == []


async def test_a_program_that_does_not_end_is_killed(home: Home) -> None:
    screen = Told()
    child = a_child(home, screen, _IGNORES)
    await child.start()
    await until(began(home))
    pid = child.pid
    assert pid

    await child.stop(patience_s=0.2)

    assert machine.start_mark(pid) is None
    assert "did not end within" in screen.lines[0]


async def test_the_end_of_a_program_that_means_more_is_told_instead(home: Home) -> None:
    told: list[str] = []
    child = a_child(home, Told(), "raise SystemExit(3)", told.append)
    await child.start()

    await until(lambda: bool(told))

    assert told == ["ended with exit code 3"]
    assert child.starts == 1
    assert child.last_end == "ended with exit code 3"


async def test_a_program_that_is_wanted_again_begins_without_a_past(home: Home) -> None:
    child = a_child(home, Told(), on_end=lambda _: None)
    await child.start()
    await until(began(home))
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.last_end == "was killed by SIGKILL")

    await child.start()

    assert child.last_end is None
    await until(began(home, 2))
    await child.stop()
