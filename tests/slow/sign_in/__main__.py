"""python -m tests.slow.sign_in --persons 2000 --minutes 1: so many sign in within so long, through the gateway, and the verdict.

An embedded installation of its own. Each person has a number and an address of their own, as the gateway's proxy would name it, so that
the limits of both stand as in production; what bounds all together is wide. Persons come at an even pace whether or not those before
are done; where the machine cannot, it is said which rate held. Exits with 1 when a code was lost, or a code or a refresh token was good
twice. `--control` makes one code good again after it was used: the verdict must find it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
import asyncpg
import uvloop

from tests.e2e.installation import Installation
from tests.slow.sign_in.evidence import Stored, Story, violations
from tests.slow.sign_in.persons import Again, Inbox, Times, live
from tests.worlds.signing_in import ROOM

_AT_ONCE = 400
_WARM = 40
_SHOWN = 20
_IDLE_S = 5.0
_ASKED_AT_ONCE = 5_000


async def crowd(
    platform: Installation, persons: int, seconds: float, times: Times, again: Again | None, first: int = 0
) -> list[Story]:
    """So many persons, evenly within `seconds`. `again` meets the first of them."""
    conn = await asyncpg.connect(platform.database_url("people"))
    inbox, room = Inbox(conn), asyncio.Semaphore(_AT_ONCE)
    looking = asyncio.create_task(inbox.look())
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(number: int) -> Story:
        try:
            return await live(first + number, platform.url, session, inbox, times, None if number else again)
        finally:
            room.release()

    try:
        connector = aiohttp.TCPConnector(limit=_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as session:
            coming = []
            for number in range(persons):
                await asyncio.sleep(max(0.0, began + number * seconds / persons - loop.time()))
                await room.acquire()
                coming.append(asyncio.create_task(one(number)))
            return await asyncio.gather(*coming)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await conn.close()


async def stored(platform: Installation, phones: Sequence[str]) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for start in range(0, len(phones), _ASKED_AT_ONCE):
        rows = await platform.fetch(
            "people",
            """SELECT n.number, (SELECT count(*) FROM sign_in_code c WHERE c.phone = n.number AND c.used_at IS NOT NULL) AS codes_used,
                      count(s.id) AS sessions, count(s.id) FILTER (WHERE s.ended_at IS NULL) AS sessions_open
               FROM phone n JOIN session s ON s.person_id = n.person_id WHERE n.number = ANY($1::text[]) GROUP BY n.number""",
            list(phones[start : start + _ASKED_AT_ONCE]),
        )
        found |= {row["number"]: Stored(row["codes_used"], row["sessions"], row["sessions_open"]) for row in rows}
    return found


def cpu_lines(spent: Mapping[str, float], persons: int, own_s: float) -> list[str]:
    parts = {role: seconds / persons * 1_000 for role, seconds in spent.items() if seconds / persons > 0.000_1}
    said = ", ".join(f"{role} {ms:.1f}" for role, ms in sorted(parts.items(), key=lambda each: -each[1]))
    return [
        f"CPU per person: {sum(parts.values()):.1f} ms of all processes ({said})",
        f"beside it these robots take {own_s / persons * 1_000:.1f} ms per person of the same machine",
    ]


def times_line(name: str, seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{name:22}{statistics.median(ordered) * 1_000:9.0f} ms{p99 * 1_000:9.0f} ms{len(ordered):9}"


async def run(platform: Installation, persons: int, minutes: float, *, control: bool) -> bool:
    """Whether nothing was violated; prints what it found."""
    await crowd(platform, _WARM, 1.0, Times(), None, first=90_000_000)  # connections, plans, caches

    async def again(phone: str) -> None:
        await platform.fetch("people", "UPDATE sign_in_code SET used_at = NULL WHERE phone = $1", phone)

    idle = platform.cpu_s()
    await asyncio.sleep(_IDLE_S)
    before, own, began, times = platform.cpu_s(), time.process_time(), time.monotonic(), Times()
    stories = await crowd(platform, persons, minutes * 60, times, again if control else None)
    took_s, own_s = time.monotonic() - began, time.process_time() - own
    spent = {
        role: after - before.get(role, 0.0) - (before.get(role, 0.0) - idle.get(role, 0.0)) / _IDLE_S * took_s
        for role, after in platform.cpu_s().items()
    }
    found = violations(stories, await stored(platform, [each.phone for each in stories]))
    done = sum(bool(each.sign_ins()) and not each.failed for each in stories)
    _say(
        f"{done} of {persons} persons signed in within {took_s:.0f} s: {done / took_s:.1f} a second held,"
        f" {persons / minutes / 60:.1f} a second asked for"
    )
    for line in cpu_lines(spent, persons, own_s):
        _say(line)
    _say(f"{'':22}{'p50':>12}{'p99':>12}{'n':>9}")
    for name, seconds in times.of.items():
        _say(times_line(name, seconds))
    unclear = sum(each.unclear_codes + len(each.unclear_tokens) for each in stories)
    shown_again = sum(each.shown > 1 for each in stories)
    tokens_again = sum(bool(each.repeated) for each in stories)
    _say(
        f"{shown_again} showed a code more than once, {tokens_again} a refresh token; {unclear} answers were not had in time"
    )
    for what in found[:_SHOWN]:
        _say(f"  VIOLATED: {what}")
    _say(f"verdict: {f'{len(found)} violations' if found else 'nothing was lost, nothing was good twice'}")
    return not found


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.sign_in", description=__doc__)
    parser.add_argument("--persons", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=1.0, help="within which they come")
    parser.add_argument("--control", action="store_true", help="one code is made good again: it must be found")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-sign-in-") as folder:
        # Each address may do as much as in production, and no more.
        platform = Installation.at(Path(folder), {**ROOM, "RATE_LIMIT_PER_SECOND": "50"})
        try:
            platform.up()
            held = uvloop.run(run(platform, asked.persons, asked.minutes, control=asked.control))
        finally:
            platform.down()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
