"""How many orders a second this host carries from the cart to the cash, and what each process takes of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from typing import Final

import psutil  # type: ignore[import-untyped]  # ships no types

from tests.compose.rest import sizes
from tests.compose.run import Run
from tests.compose.stack import Stack

_BUYERS: Final = (3, 6, 12)
"""At once, one order after another each. More of them than a host carries only wait longer."""
_WARM, _COUNTED = 20, 120
_MORE: Final = 1.1
_OPEN_HOURS: Final = 10
_SPARE: Final = 0.5
"""What of its capacity a host is asked for on a usual day: the rest is for the hour in which all want to eat, a restart, a backup."""


async def capacity(run: Run) -> None:
    """Buyers order as fast as they are answered, more at once each time, until more of them bring no more orders."""
    best = 0.0
    for buyers in _BUYERS:
        await run.load.end()
        run.load.per_second, run.load.buyers = None, buyers
        await run.load.begin()
        await run.load.ended(_WARM)
        before, of_buyers = await asyncio.to_thread(_cpu_s, run.stack), time.process_time()
        took = await run.load.ended(_COUNTED)
        after, of_buyers = await asyncio.to_thread(_cpu_s, run.stack), time.process_time() - of_buyers
        each = {service: (spent - before.get(service, 0.0)) / _COUNTED * 1_000 for service, spent in after.items()}
        rate, share = (
            _COUNTED / took,
            (sum(each.values()) * _COUNTED / 1_000 + of_buyers) / took / (os.cpu_count() or 1),
        )
        run.said(
            f"{buyers} buyers at once: {rate:.1f} orders a second, placed and brought; {share:.0%} of {os.cpu_count()} cores, "
            f"of that {of_buyers / took / (os.cpu_count() or 1):.0%} the buyers themselves"
        )
        largest = sorted(each.items(), key=lambda one: -one[1])
        run.said(
            f"  {sum(each.values()):.0f} ms an order: "
            + ", ".join(f"{name} {ms:.0f}" for name, ms in largest if ms >= 1)
        )
        more, best = rate > best * _MORE, max(best, rate)
        if not more:
            break
    await run.judge()
    run.load.per_second, run.load.buyers = best / 2, _BUYERS[0]
    run.said(
        f"this host carries {best:.1f} orders a second with its buyers on it; with half of that for what is not usual "
        f"{best * _SPARE * 3_600 * _OPEN_HOURS:,.0f} orders in a day of {_OPEN_HOURS} hours"
    )


def _cpu_s(stack: Stack) -> Mapping[str, float]:
    """Seconds of CPU by service, of its container's first process and all that it has or had."""
    found = {}
    for service in sizes(stack):
        known = psutil.Process(stack.pid(service))
        spent = 0.0
        for process in (known, *known.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system + times.children_user + times.children_system
        found[service] = spent
    return found
