"""When all is over: nothing open, nothing on its way, everything heard."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import asyncpg

from services.contracts.registry import NAMES
from tests.e2e.installation import Installation

_LOOK_EVERY_S = 0.5


async def until_quiet(installation: Installation, within_s: float) -> float | None:
    """How long it took until nothing was open, nothing on its way, and everything heard; None when it never was."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            if await _is_quiet(installation):
                return time.monotonic() - began
        await asyncio.sleep(_LOOK_EVERY_S)
    return None


async def _is_quiet(installation: Installation) -> bool:
    counts: dict[tuple[str, str], int] = {}
    heard: dict[str, dict[tuple[str, str], int]] = {}
    for service in NAMES:
        unfinished = _OPEN.get(service, "SELECT 0")
        (row,) = await installation.fetch(
            service,
            f"SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox_waiting) + ({unfinished}) AS n",
        )
        if row["n"]:
            return False
    for service in NAMES:
        for row in await installation.fetch(service, "SELECT topic, aggregate, last FROM outbox_counter"):
            counts[row["topic"], row["aggregate"]] = row["last"]
        heard[service] = {
            (row["topic"], row["aggregate"]): row["last"]
            for row in await installation.fetch(service, "SELECT topic, aggregate, last FROM inbox")
        }
    topics = {service: {topic for topic, _ in places} for service, places in heard.items()}
    return all(
        places.get(place, 0) == last
        for service, places in heard.items()
        for place, last in counts.items()
        if place[0] in topics[service]
    )


_OPEN = {
    "ordering": "SELECT count(*) FROM orders WHERE ended_at IS NULL",
    "delivery": """SELECT count(*) FROM delivery
                   WHERE status NOT IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')""",
    "catalog": "SELECT count(*) FROM reservation WHERE state = 'HELD'",
}
