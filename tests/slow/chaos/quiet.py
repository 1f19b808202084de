"""When all is over: nothing open, nothing on its way, everything heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from services.contracts.registry import NAMES
from tests.e2e.installation import Installation

_LOOK_EVERY_S = 0.5


async def until_quiet(installation: Installation, within_s: float, said: Callable[[str], None] = print) -> float | None:
    """How long it took until nothing was open, nothing on its way, and everything heard; None when it never was.

    What went on at the last look is `said` then.
    """
    began, going_on = time.monotonic(), "nobody could be asked"
    while time.monotonic() - began < within_s:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            going_on = await _going_on(installation)
            if not going_on:
                return time.monotonic() - began
        await asyncio.sleep(_LOOK_EVERY_S)
    said(f"not quiet: {going_on}")
    return None


async def _going_on(installation: Installation) -> str:
    """What is open or not heard yet; empty when nothing is."""
    counts: dict[tuple[str, str], int] = {}
    heard: dict[str, dict[tuple[str, str], int]] = {}
    for service in NAMES:
        unfinished = _OPEN.get(service, "SELECT 0")
        (row,) = await installation.fetch(
            service,
            "SELECT (SELECT count(*) FROM outbox) AS untold, (SELECT count(*) FROM inbox_waiting) AS waiting, "
            f"({unfinished}) AS unfinished",
        )
        if any(row):
            return f"{service}: {row['untold']} untold, {row['waiting']} waiting, {row['unfinished']} unfinished"
    for service in NAMES:
        for row in await installation.fetch(service, "SELECT topic, aggregate, last FROM outbox_counter"):
            counts[row["topic"], row["aggregate"]] = row["last"]
        heard[service] = {
            (row["topic"], row["aggregate"]): row["last"]
            for row in await installation.fetch(service, "SELECT topic, aggregate, last FROM inbox")
        }
    topics = {service: {topic for topic, _ in places} for service, places in heard.items()}
    unheard = [
        f"{service} has heard {places.get(place, 0)} of {last} of {' '.join(place)}"
        for service, places in heard.items()
        for place, last in counts.items()
        if place[0] in topics[service] and places.get(place, 0) != last
    ]
    return "; ".join(unheard[:3])


_OPEN = {
    "ordering": "SELECT count(*) FROM orders WHERE ended_at IS NULL",
    "delivery": """SELECT count(*) FROM delivery
                   WHERE status NOT IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')""",
    "catalog": "SELECT count(*) FROM reservation WHERE state = 'HELD'",
}
