"""python -m infra.bench.rest: what each process of an embedded installation burns while nobody is there.

An installation of its own, robots included, is started, left alone until its start is over, and then watched: milliseconds of CPU a
second by process, each with what it started, beside the goal for all together. Nothing is asked of it meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.bench.backbone import say
from tests.e2e.installation import Installation

GOAL_MS_PER_S: Final = 40.0
_QUIET: Final = 20.0
"""Seconds until caches are filled, first timers gone and consumers caught up."""


def burnt(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Milliseconds a second by process, the largest first; one that was started anew in between counts from its start."""
    spent = {
        role: (cpu - before.get(role, 0.0) if cpu >= before.get(role, 0.0) else cpu) / seconds * 1_000
        for role, cpu in after.items()
    }
    return dict(sorted(spent.items(), key=lambda each: -each[1]))


def report(found: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    whole = sum(found.values())
    for role, spent in found.items():
        yield role, f"{spent:.1f} ms/s", f"{spent / whole:.0%}" if whole else ""
    yield "all", f"{whole:.1f} ms/s", f"goal {GOAL_MS_PER_S:.0f}: x {whole / GOAL_MS_PER_S:.1f}"


async def measure(platform: Installation, seconds: float, *, quiet_s: float = _QUIET) -> dict[str, float]:
    await platform.whole()
    await asyncio.sleep(quiet_s)
    before, began = platform.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    return burnt(before, platform.cpu_s(), time.monotonic() - began)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            found = asyncio.run(measure(platform, asked.seconds))
        finally:
            platform.down()
    print(f"at rest, {asked.seconds:.0f} s, {os.cpu_count()} cores")
    for line in report(found):
        say(*line)


if __name__ == "__main__":
    main(sys.argv[1:])
