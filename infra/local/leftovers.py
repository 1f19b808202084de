"""Recognises and ends what an earlier run of this very home left behind, and nobody else's processes.

A supervisor that was killed leaves its children running. They are ours when their environment carries the home's
random id (`WLIJO_RUN`), or when pid, start time and command are those that we wrote down: a pid alone may belong to
anybody by now.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from infra.local import machine
from infra.local.state import Home, read_json

MARK = "WLIJO_RUN"
_PATIENCE_S = 10.0


def find(home: Home) -> dict[int, str]:
    """pid -> what it was."""
    run_id = home.run_id()
    names = {entry["pid"]: str(entry["role"]) for entry in _recorded(home)}
    found = {pid: names.get(pid, machine.command_of(pid)) for pid in machine.marked(MARK, run_id) if pid != os.getpid()}
    for entry in _recorded(home):
        if _is_the_recorded(entry, run_id):
            found[entry["pid"]] = str(entry["role"])
    return found


def end(pids: dict[int, str]) -> None:
    """Asks first, then kills. Returns when they are gone."""
    marks = {pid: machine.start_mark(pid) for pid in pids}
    for pid, name in pids.items():
        _send(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    while _alive(marks) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in _alive(marks):
        _send(pid, signal.SIGKILL)
    while _alive(marks):
        time.sleep(0.05)


def _recorded(home: Home) -> list[dict[str, Any]]:
    return [entry for entry in read_json(home.state).get("processes", []) if entry.get("pid")]


def _is_the_recorded(entry: dict[str, Any], run_id: str) -> bool:
    pid = int(entry["pid"])
    mark = machine.start_mark(pid)
    if mark is None or mark != entry.get("mark") or pid == os.getpid():
        return False
    environment = machine.environment_of(pid)
    if environment and MARK in environment:
        return environment[MARK] == run_id
    return machine.command_of(pid) == entry.get("command")


def _alive(marks: dict[int, str | None]) -> list[int]:
    return [pid for pid, mark in marks.items() if mark is not None and machine.start_mark(pid) == mark]


def _send(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except (ProcessLookupError, PermissionError):
        return
