"""What an order leaves for so many days, as its services say, goes when they are over: by the very jobs, with a clock that is moved."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.contracts.registry import NAMES
from services.kit.database.kept import Bound
from tests.e2e.caller import calling
from tests.e2e.installation import Installation
from tests.worlds.kept import kept_of
from tests.worlds.waiting import until

Rows = dict[tuple[str, str], frozenset[str]]
"""By service and table, their keys."""

_KEY = """SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = $1::text::regclass AND i.indisprimary"""
_LEFT = {
    ("ordering", "idempotency"),
    ("ordering", "outbox_archive"),
    ("delivery", "outbox_archive"),
    ("delivery", "reply_inbox"),
    ("catalog", "outbox_archive"),
    ("people", "notice"),
    ("people", "messages"),
    ("people", "heard_order"),
    ("people", "heard_part"),
    ("people", "inbox"),
    ("insight", "inbox"),
}
"""What every order leaves for days."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Its own: a clock that is moved by months ends what others are about."""
    started = Installation.at(Path(tmp_path_factory.mktemp("installation")))
    try:
        started.up()
        yield started
    finally:
        started.down()


async def _rows(platform: Installation) -> Rows:
    found: Rows = {}
    for service in NAMES:
        for table, kept in kept_of(service).items():
            if kept.bound is Bound.DAYS:
                key = (await platform.fetch(service, _KEY, table))[0][0] or "seq"
                rows = await platform.fetch(service, f"SELECT ROW({key})::text FROM {table}")
                found[service, table] = frozenset(row[0] for row in rows)
    return found


async def _all_is_heard(platform: Installation) -> bool:
    told: dict[str, int] = {}
    for service in NAMES:
        rows = await platform.fetch(service, "SELECT aggregate, last FROM outbox_counter")
        told |= {row["aggregate"]: row["last"] for row in rows}
    heard = [
        tuple(row) for service in NAMES for row in await platform.fetch(service, "SELECT aggregate, last FROM inbox")
    ]
    return all(last == told[aggregate] for aggregate, last in heard)


async def test_what_an_order_leaves_for_days_goes(platform: Installation) -> None:
    await platform.whole()
    before = await _rows(platform)
    async with calling(platform, "buyer") as buyer:
        placed = await buyer.place(((await buyer.find("bayam", "ikat"))["id"], 1))
        await buyer.until(placed["id"], "COMPLETED")

    async def left() -> Rows | None:
        new = {place: rows - before[place] for place, rows in (await _rows(platform)).items()}
        return new if all(new[place] for place in _LEFT) and await _all_is_heard(platform) else None

    new = await until(left) or {}
    await platform.move_clock(timedelta(days=120))
    for service in NAMES:
        # What is done each hour is done when a worker begins. It ends in order: what it has read it does not read again.
        os.kill(platform.pid(f"{service}-worker"), signal.SIGTERM)

    async def still_there() -> Rows:
        there = await _rows(platform)
        return {place: rows & there[place] for place, rows in new.items() if rows & there[place]}

    async def gone() -> bool:
        return not await still_there()

    try:
        await until(gone)
    finally:
        assert await still_there() == {}
