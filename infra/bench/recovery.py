"""python -m infra.bench.recovery: a lost embedded broker with a large archive, until work goes on, in an installation of its own.

One order is placed and delivered; its rows are copied under new ids, archive and inbox alike, until the archive is as large as asked for.
Then buyers go on ordering, the broker is killed, and it is measured how long until every worker has applied something new.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import aiohttp
import asyncpg

from infra.bench.backbone import say
from infra.local import keys, postgres
from services.contracts.registry import NAMES
from services.kit.ids import EventId
from tests.e2e.caller import calling
from tests.e2e.installation import Installation
from tests.slow.chaos.faults import FAULTS, Target, strike
from tests.slow.chaos.run import ENVIRONMENT
from tests.worlds.waiting import until

_COPIED = re.compile(r"\b((?:ord|sor|oln|pay|rsv|dlv|off|con|byr)_[0-9a-hjkmnp-tv-z]{19})[0-9a-hjkmnp-tv-z]{7}")
_COPIED_BYTES = re.compile(_COPIED.pattern.encode())
_ARCHIVE = ("seq", "id", "topic", "aggregate", "aggregateseq", "key", "type", "stream", "epoch", "traceparent", "payload",
            "created_at", "sent_at")  # fmt: skip
_INBOX = ("consumer", "source", "topic", "aggregate", "epoch", "last", "last_id")


def _other(text: str, n: int) -> str:
    return _COPIED.sub(rf"\g<1>{n:07x}", text)


def _copy_of(event: UUID, n: int) -> UUID:
    return uuid5(event, str(n))


def _archive(rows: Sequence[Any], copies: int, first: int, newest: datetime) -> Iterator[tuple[Any, ...]]:
    """Spread over the hour before the newest, each copy's rows in their order."""
    seq = first
    for n in range(1, copies + 1):
        at = newest - timedelta(hours=1) * (1 - n / copies)
        for row in rows:
            seq += 1
            yield (
                seq, _copy_of(row["id"], n), row["topic"], _other(row["aggregate"], n), row["aggregateseq"], _other(row["key"], n),
                row["type"], row["stream"], row["epoch"], row["traceparent"],
                _COPIED_BYTES.sub(rb"\g<1>%07x" % n, row["payload"]), at, at,
            )  # fmt: skip


def _inbox(rows: Sequence[Any], copies: int) -> Iterator[tuple[Any, ...]]:
    for n in range(1, copies + 1):
        for row in rows:
            last_id = str(EventId(_copy_of(EventId.parse(row["last_id"]).uuid, n)))
            yield (
                row["consumer"],
                row["source"],
                row["topic"],
                _other(row["aggregate"], n),
                row["epoch"],
                row["last"],
                last_id,
            )


async def multiply(installation: Installation, copies: int) -> int:
    """How many archived events there are then."""
    total = 0
    for service in NAMES:
        owner = f"{service}_owner"  # the runtime role may not move the sequence
        password = keys.ensure(installation.home).passwords[owner]
        conn = await asyncpg.connect(postgres.url(owner, password, installation.ports.postgres, service))
        try:
            rows = await conn.fetch("SELECT * FROM outbox_archive WHERE stream = 'facts' ORDER BY seq")
            positions = [
                row for row in await conn.fetch("SELECT * FROM inbox") if _COPIED.fullmatch(row["aggregate"])
            ]  # fmt: skip
            first = await conn.fetchval("SELECT coalesce(max(seq), 0) + 1000 FROM outbox_archive")
            await conn.execute(
                "SELECT setval(pg_get_serial_sequence('outbox', 'seq'), $1)", first + len(rows) * copies + 1
            )
            newest = await conn.fetchval("SELECT max(sent_at) FROM outbox_archive")
            if rows:
                await conn.copy_records_to_table(
                    "outbox_archive", records=_archive(rows, copies, first, newest), columns=_ARCHIVE, timeout=300
                )
            await conn.copy_records_to_table("inbox", records=_inbox(positions, copies), columns=_INBOX, timeout=300)
            await conn.execute("ANALYZE")
            total += await conn.fetchval("SELECT count(*) FROM outbox_archive")
        finally:
            await conn.close()
    return total


async def _buy(installation: Installation, placed: list[str]) -> None:
    """One order after another, whatever happens."""
    while True:
        try:
            async with calling(installation, "buyer") as buyer:
                variant = await buyer.find("bayam", "ikat")
                while True:
                    placed.append((await buyer.place((variant["id"], 1)))["id"])
                    await asyncio.sleep(2)
        except (aiohttp.ClientError, AssertionError, TypeError, OSError, TimeoutError):
            await asyncio.sleep(0.5)


async def _every(installation: Installation, sql: str) -> list[Any]:
    return [(await installation.fetch(service, sql))[0][0] for service in NAMES]


async def measure(folder: Path, events: int) -> None:
    installation = Installation.at(folder, environment=ENVIRONMENT)
    await asyncio.to_thread(installation.up)

    async def nothing_is_pending() -> bool:
        return not any(await _every(installation, "SELECT count(*) FROM outbox"))

    async def all_is_filled() -> bool:
        return all(await _every(installation, "SELECT filled FROM relay_log"))

    async def no_order_is_open() -> bool:
        (row,) = await installation.fetch("ordering", "SELECT count(*) FROM orders WHERE ended_at IS NULL")
        return not row[0]

    try:
        async with calling(installation, "buyer") as buyer:
            order = await buyer.place(((await buyer.find("bayam", "ikat"))["id"], 1))
            await buyer.until(order["id"], "COMPLETED")
        await until(nothing_is_pending)
        each = sum(await _every(installation, "SELECT count(*) FROM outbox_archive WHERE stream = 'facts'"))
        archived = await multiply(installation, max(events // each, 1))
        placed: list[str] = []
        buying = [asyncio.create_task(_buy(installation, placed)) for _ in range(4)]

        async def some_are_placed() -> bool:
            return len(placed) >= 8

        await until(some_are_placed, within_s=60)
        target = Target(installation, random.Random(1))  # noqa: S311 - of a bench
        began = time.monotonic()
        async with aiohttp.ClientSession() as session:
            struck = await strike(FAULTS["lose the broker"], target, session)
        found = "never" if struck.recovered_s is None else f"{struck.recovered_s:.1f} s"
        say(f"a lost broker, {archived:,} events archived: work goes on", found, "goal 20 s")
        for task in buying:
            task.cancel()
        await asyncio.gather(*buying, return_exceptions=True)
        await until(no_order_is_open, within_s=300)
        say(f"all {len(placed)} orders have ended", f"{time.monotonic() - began:.1f} s")
        await until(all_is_filled, within_s=600)
        say("the new log is filled, at half of the relays' time", f"{time.monotonic() - began:.1f} s")
    finally:
        await asyncio.to_thread(installation.down)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.recovery")
    parser.add_argument("--events", type=int, default=200_000, help="archived events, at least")
    parser.add_argument("--folder", type=Path, help="where the installation is kept afterwards")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wlijo-recovery-") as temporary:
        asyncio.run(measure(arguments.folder or Path(temporary) / "home", arguments.events))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
