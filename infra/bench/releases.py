"""python -m infra.bench.releases: CPU of an order's whole life and of requests through the gateway, by process, beside what release
9e163227 was stated to take and the goals.

An embedded installation of its own, robots included. Requests go one after the other, so that the gateway merges none; what the
installation burns at rest is taken off. Of few orders much is the first of each statement on each connection, so they are many. The
embedded broker is asked more often while there is something to do, which stands in its line and the workers'; a request does not ask it.
The older release is not run here: its figures are the stated ones.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.bench.backbone import say
from infra.bench.rest import burnt
from infra.bench.statements import buyers_of, ended, place
from tests.e2e.caller import HOME, NEAR, ORDER, SET, calling
from tests.e2e.installation import Installation

STATED: Final = {"an order's whole life": (183.0, 60.0), "order page": (16.9, 5.0), "set a cart line": (14.4, 4.5)}
"""Milliseconds by row: of release 9e163227, and the goal. A row without is shown alone."""
_QUIET_S: Final = 15.0
"""Seconds after the first orders until nothing of them goes on: processes read quickly for ten, and insight gathers for three."""


def each_ms(found: Mapping[str, float], rest: Mapping[str, float], seconds: float, times: int) -> dict[str, float]:
    """Milliseconds by process of one of so many, from ms/s while they were done and at rest."""
    return {role: (spent - rest.get(role, 0.0)) * seconds / times for role, spent in found.items()}


def report(rows: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str, str]]:
    for name, found in rows.items():
        whole = sum(found.values())
        beside = ""
        if name in STATED:
            old, goal = STATED[name]
            beside = f"stated {old:.1f}: x {whole / old:.2f}; goal {goal:.1f}"
        yield name, f"{whole:.1f} ms", beside
        for role, spent in sorted(found.items(), key=lambda each: -each[1]):
            if abs(spent) >= 0.1:
                yield f"    {role}", f"{spent:.1f} ms", ""


async def measure(platform: Installation, orders: int, requests: int, idle_s: float) -> dict[str, dict[str, float]]:
    await platform.whole()
    rows: dict[str, dict[str, float]] = {}
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat"))["id"]
        known = await buyers_of(platform, finder, orders + 2)
        buyer = known[0][0]
        warm = [await place(variant, *each) for each in known[:2]]
        await ended(platform, warm)

        async def spent(work: Callable[[], Awaitable[None]]) -> tuple[dict[str, float], float]:
            before, began = platform.cpu_s(), time.monotonic()
            await work()
            seconds = time.monotonic() - began
            return burnt(before, platform.cpu_s(), seconds), seconds

        async def lives() -> None:
            await ended(platform, [await place(variant, *each) for each in known[2:]])

        async def pages() -> None:
            for _ in range(requests):
                await buyer.data(ORDER, id=warm[0])

        async def lines() -> None:
            for number in range(requests):
                await buyer.done(SET, variant=variant, quantity=1 + number % 2)

        async def near() -> None:
            for _ in range(requests):
                await buyer.data(NEAR, point=HOME, search="bayam")

        await asyncio.sleep(_QUIET_S)
        rest, _ = await spent(lambda: asyncio.sleep(idle_s))
        for name, work, times in (
            ("an order's whole life", lives, orders),
            ("order page", pages, requests),
            ("set a cart line", lines, requests),
            ("goods near, searched", near, requests),
        ):
            rows[name] = each_ms(*((found := await spent(work))[0], rest, found[1], times))
    return rows


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=150)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--idle", type=float, default=20.0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            rows = asyncio.run(measure(platform, asked.orders, asked.requests, asked.idle))
        finally:
            platform.down()
    for line in report(rows):
        say(*line)


if __name__ == "__main__":
    main(sys.argv[1:])
