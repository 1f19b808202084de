"""What the stack takes of memory while nobody is there, as the engine counts it: all of a container's control group but file pages that
are not in use. That is what its processes have for themselves, what PostgreSQL's share, page tables, and the files they run from, which
count where they were read first.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from tests.compose.run import Run
from tests.compose.stack import ROBOTS, SERVICES, Failed, Stack, docker

_MINIMAL_MIB: Final = 1.2 * 1024
_WITHIN_S: Final = 120.0
"""Connections to the database that the start needed are closed a minute after their last use."""
_LOOK_S: Final = 5.0
_BESIDES: Final = (*ROBOTS, "issuer")


async def rest(run: Run) -> None:
    """A figure that was promised: waited for, and no longer than it takes."""
    began = time.monotonic()
    found = await asyncio.to_thread(_sizes, run.stack)
    while _minimal(found) > _MINIMAL_MIB and time.monotonic() - began < _WITHIN_S:
        await asyncio.sleep(_LOOK_S)
        found = await asyncio.to_thread(_sizes, run.stack)
    minimal = _minimal(found)
    run.said(
        f"minimal stack at rest: {minimal:.0f} MiB after {time.monotonic() - began:.0f} s (wanted: {_MINIMAL_MIB:.0f}); "
        f"robots and issuer {sum(found.values()) - minimal:.0f} MiB"
    )
    run.said(", ".join(f"{service} {size:.0f}" for service, size in found.items()))
    if minimal > _MINIMAL_MIB:
        run.wrong.append(f"the minimal stack takes {minimal:.0f} MiB")


def _minimal(found: dict[str, float]) -> float:
    return sum(size for service, size in found.items() if service not in _BESIDES)


def _sizes(stack: Stack) -> dict[str, float]:
    return {service: used for service, (used, _) in sizes(stack).items()}


def sizes(stack: Stack) -> dict[str, tuple[float, float]]:
    """By service: MiB that it takes, and that its container may."""
    there = stack.has()
    names = {
        service: stack.container(service).name
        for service in (*SERVICES, "web", "postgres", "kafka", *_BESIDES)
        if service in there
    }
    lines = docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names.values()).splitlines()
    said = {name: usage.split("/") for name, usage in (line.split(" ", 1) for line in lines)}
    return {service: (_mib(said[name][0]), _mib(said[name][1])) for service, name in names.items()}


def _mib(text: str) -> float:
    text = text.strip()
    for unit, size in (("GiB", 1024.0), ("MiB", 1.0), ("KiB", 1 / 1024)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * size
    raise Failed(f"no size: {text}")
