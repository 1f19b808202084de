"""After a supervisor was killed: its children are found and ended, and nobody else's process is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local import leftovers, machine
from infra.local.state import Home, Lock, supervisor_runs, write_private

Sleeper = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / ".wlijo")
    made.make()
    return made


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """Starts a process that waits for its input to close; it has begun when it says so."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", "print(1, flush=True); input()"],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _record(home: Home, role: str, pid: int, mark: str | None, command: str) -> None:
    entry = {"role": role, "pid": pid, "mark": mark, "command": command}
    write_private(home.state, json.dumps({"processes": [entry]}))


def test_a_process_that_bears_the_homes_mark_is_a_leftover(home: Home, sleeper: Sleeper) -> None:
    ours = sleeper(WLIJO_RUN=home.run_id())

    assert set(leftovers.find(home)) == {ours.pid}


def test_a_process_of_another_home_is_not(home: Home, tmp_path: Path, sleeper: Sleeper) -> None:
    other = Home(tmp_path / "other")
    other.make()
    sleeper(WLIJO_RUN=other.run_id())

    assert leftovers.find(home) == {}


def test_a_written_down_process_without_mark_is_known_by_start_and_command(home: Home, sleeper: Sleeper) -> None:
    ours = sleeper()
    _record(home, "postgres", ours.pid, machine.start_mark(ours.pid), machine.command_of(ours.pid))

    assert leftovers.find(home) == {ours.pid: "postgres"}


def test_a_pid_that_belongs_to_another_process_by_now_is_let_live(home: Home, sleeper: Sleeper) -> None:
    stranger = sleeper()
    _record(home, "postgres", stranger.pid, "12345", machine.command_of(stranger.pid))

    assert leftovers.find(home) == {}


def test_a_process_of_another_home_is_let_live_even_when_written_down(home: Home, sleeper: Sleeper) -> None:
    stranger = sleeper(WLIJO_RUN="another")
    _record(home, "gateway", stranger.pid, machine.start_mark(stranger.pid), machine.command_of(stranger.pid))

    assert leftovers.find(home) == {}


def test_ending_leftovers_ends_them_and_spares_the_rest(home: Home, sleeper: Sleeper) -> None:
    ours, stranger = sleeper(WLIJO_RUN=home.run_id()), sleeper()

    leftovers.end(leftovers.find(home))

    assert ours.wait() != 0
    assert stranger.poll() is None
    assert leftovers.find(home) == {}


def test_the_lock_tells_whether_a_supervisor_runs(home: Home) -> None:
    lock = Lock(home)
    assert not supervisor_runs(home)

    assert lock.take()
    assert supervisor_runs(home)
    assert not Lock(home).take()

    lock.release()
    assert not supervisor_runs(home)


def test_private_files_can_be_read_by_their_owner_alone(home: Home) -> None:
    home.run_id()

    assert (home.run / "id").stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o777 == 0o700
