"""What this machine says about processes and ports."""

from __future__ import annotations

import contextlib
import platform
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

_LINUX = platform.system() == "Linux"


@dataclass(frozen=True)
class Holder:
    """Who listens on a port. Without a pid: somebody else's process, which this user may not look at."""

    pid: int | None
    command: str = ""
    folder: str = ""


def start_mark(pid: int) -> str | None:
    """When a process began, as the kernel counts it; None when it is gone. With the pid it names a process for good."""
    if _LINUX:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()
        return None if state == "Z" else fields[18]
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def command_of(pid: int) -> str:
    try:
        return shlex.join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


def environment_of(pid: int) -> dict[str, str] | None:
    """None when it may not be read."""
    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return None


def marked(name: str, value: str) -> Iterator[int]:
    """The processes whose environment holds the variable with this very value."""
    for process in psutil.process_iter():
        environment = environment_of(process.pid)
        if environment is not None and environment.get(name) == value:
            yield process.pid


def holder_of(port: int) -> Holder | None:
    """Who listens on a TCP port, or None when nobody is seen."""
    for connection in _listening():
        if connection.laddr and connection.laddr.port == port:
            pid = connection.pid
            if pid is None:
                return Holder(None)
            folder = ""
            with contextlib.suppress(psutil.Error):
                folder = psutil.Process(pid).cwd()
            return Holder(pid, command_of(pid), folder)
    return None


def _listening() -> Iterator[psutil._ntuples.sconn]:
    try:
        found = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS tells an ordinary user of its own processes only
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                found += [c._replace(pid=process.pid) for c in process.net_connections(kind="tcp")]
    return (c for c in found if c.status == psutil.CONN_LISTEN)


def family_of(pid: int) -> list[int]:
    """A process and all its descendants."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return []


def memory_kib(pid: int, *, family: bool = True) -> int | None:
    """PSS of a process and its descendants: shared pages count in shares. On macOS the unique set, which is less."""
    total = 0
    for member in family_of(pid) if family else [pid]:
        try:
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text() if _LINUX else ""
            if rollup:
                total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
            else:
                total += psutil.Process(member).memory_full_info().uss // 1024
        except (OSError, StopIteration, psutil.Error):
            return None
    return total
