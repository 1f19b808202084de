"""python -m infra.bench.notices: how long after its event a notice leaves, while orders are placed and carried out, beside the time
until it is written for its person to read, which is the backbone's alone.

An embedded installation of its own, robots included. Every buyer has signed in by phone, so their notices go by a channel: the inbox, which
answers at once, as no provider does. The distance between two notices to one person is taken off, for an order here lives seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from services.people.domain.notices import RULES, NoticeKind
from tests.e2e.caller import Buyer, calling
from tests.e2e.installation import Installation
from tests.worlds.signing_in import ROOM, Phone, codes_sent
from tests.worlds.waiting import until

GOAL_S = 2.0
_AT_ONCE = 4


async def _buyers(platform: Installation, session: aiohttp.ClientSession, count: int) -> list[Buyer]:
    phones = [Phone.number_of(number, series=9) for number in range(count)]
    for phone in phones:
        phone.reach(platform.url, session)
        await phone.ask()
    found = await codes_sent(platform, phones)
    for phone in phones:
        await phone.sign_in(found[phone.number])
    return [Buyer(platform.url, phone.access_token, session) for phone in phones]


async def _run(platform: Installation, orders: int) -> float:
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat"))["id"]
        buyers = await _buyers(platform, finder.session, orders)
        waiting = iter(buyers)

        async def shop() -> None:
            for buyer in waiting:
                placed = await buyer.place((variant, 1))
                await buyer.until(placed["id"], "COMPLETED", "CANCELLED")

        await asyncio.gather(*(shop() for _ in range(_AT_ONCE)))

    async def all_has_left() -> bool:
        (row,) = await platform.fetch(
            "people", "SELECT count(*) FROM notice WHERE outcome = 'WAITING' AND kind = ANY($1)", _at_any_hour()
        )
        return bool(row["count"] == 0)

    await until(all_has_left)
    rows = await platform.fetch(
        "people",
        """SELECT outcome, extract(epoch FROM told_at - happened_at)::float8 AS left_s,
                  extract(epoch FROM made_at - happened_at)::float8 AS written_s
           FROM notice WHERE kind = ANY($1) AND outcome <> 'UNREACHABLE'""",
        _at_any_hour(),
    )
    outcomes = Counter(row["outcome"] for row in rows)
    left = [row["left_s"] for row in rows if row["left_s"] is not None]
    written = [row["written_s"] for row in rows]
    print(f"{orders} orders, {_AT_ONCE} at once: notices {dict(outcomes)}")
    print(_line("an event -> the notice is written", written))
    print(_line("an event -> the notice has left", left))
    worst = _p99(left)
    print(f"a notice has left {worst:.2f} s after its event at p99; goal {GOAL_S:.0f} s")
    return worst


def _at_any_hour() -> list[str]:
    """Kinds that do not wait for the morning."""
    return [str(kind) for kind in NoticeKind if not RULES[kind].may_wait]


def _p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))]


def _line(name: str, seconds: Sequence[float]) -> str:
    return f"{name:40}p50 {statistics.median(seconds):6.2f} s   p99 {_p99(seconds):6.2f} s   n {len(seconds)}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder), {**ROOM, "CHANNEL_PACE_SECONDS": "0"})
        try:
            platform.up()
            asyncio.run(_run(platform, asked.orders))
        finally:
            platform.down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
