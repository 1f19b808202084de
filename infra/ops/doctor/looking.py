"""Looks at everything at once: each look by itself and for so long, so that one that hangs or fails says so and stops no other."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from infra.ops.doctor.finding import Finding, warn
from infra.ops.doctor.place import Place

Look = Callable[[Place], Awaitable[Sequence[Finding]]]
LIMIT_S = 60.0
"""For all together: on a host that is too busy each takes several times as long, and that is no fault of what it looks at."""


def look(place: Place, looks: Mapping[str, Look], limit_s: float = LIMIT_S) -> dict[str, list[Finding]]:
    """By the look's name, in the order of the looks. A look has a thread and a loop of its own: what blocks blocks itself. One that
    hangs is left behind, and ends with the program."""
    found: dict[str, list[Finding]] = {}
    done = {name: threading.Event() for name in looks}

    def run(name: str, each: Look) -> None:
        try:
            answer = list(asyncio.run(_told(each, place)))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding and not the others' end
            answer = [_failed(name, error)]
        found.setdefault(name, answer)
        done[name].set()

    for name, each in looks.items():
        threading.Thread(target=run, args=(name, each), name=f"doctor-{name}", daemon=True).start()
    ends_at = time.monotonic() + limit_s
    for name in looks:
        if not done[name].wait(max(ends_at - time.monotonic(), 0)):
            found.setdefault(name, [_hangs(name, limit_s)])
    return {name: found[name] for name in looks}


async def _told(each: Look, place: Place) -> Sequence[Finding]:
    return await each(place)


def _hangs(name: str, limit_s: float) -> Finding:
    return warn(
        "look-hangs",
        f"the look at {name} gave no answer within {limit_s:g} s: what it asks hangs, or the machine is too busy",
        f"look at it alone: doctor --only '{name}' --limit {limit_s * 3:g}",
        name,
    )


def _failed(name: str, error: BaseException) -> Finding:
    said = (str(error) or type(error).__name__).splitlines()[0][:300]
    return warn(
        "look-failed",
        f"the look at {name} failed: {type(error).__name__}: {said}",
        f"a fault of the doctor, or something that it did not expect: doctor --only '{name}', and tell the developers",
        name,
    )
