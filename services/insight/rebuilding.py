"""The sums built anew from the archive, under a new name, while the old ones serve; then they take their place.

`rebuild begin` makes a generation; the worker reads the log from its beginning for it, many facts at once. `rebuild swap`, once it
has caught up, counts what the log does not have any more from what the old one still knows, copies sums of settled months, and
lets the new one serve: all of that in one transaction. `rebuild drop` gives it up.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from services.contracts.places import WIB
from services.insight import hears
from services.insight.commands import counting
from services.insight.commands.counting import Heard
from services.insight.domain.known import ORDER_FACTS
from services.insight.store import clock, generations
from services.insight.store.generations import Generation
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, Transaction, transaction
from services.kit.messaging import hearing, inbox_bulk, inbox_trouble
from services.kit.messaging.consumer import Consumer, Reader, Record
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox_bulk import Bulk
from services.kit.messaging.operations import Say
from services.kit.messaging.processor import EventProcessor
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Worker
from services.kit.process.worker import reader_of

_log = logging.getLogger(__name__)
SERVING: Final = "insight-sums"
_ARCHIVE_DAYS: Final = 13
"""Of so many days the log surely has every fact."""
_LOOK_EVERY_S: Final = 2.0
_AT_ONCE: Final = 2_000


class NoLongerBuilt(Exception):
    """It serves by now, or was given up."""


def consumer_of(gen: int) -> str:
    return f"{SERVING}.g{gen}"


async def rebuild(worker: Worker) -> None:
    """While a generation is being built, it is told what the log has."""
    while not worker.stopping.is_set():
        async with worker.db.acquire() as conn:
            found = await generations.building(conn)
        if found is not None:
            await _read(worker, found)
        await tasks.pause(_LOOK_EVERY_S, worker.stopping)


async def _read(worker: Worker, found: Generation) -> None:
    name = consumer_of(found.gen)
    one, many = processors(worker.db, found.gen, worker.settings.counts_tests)

    async def duplicates(records: Sequence[Record]) -> frozenset[int]:
        try:
            return await many.take(records)
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - each by itself then: whichever it was parks its key alone
            _log.exception("many at once could not be counted")
            return frozenset()

    async def open_reader(topics: Sequence[str]) -> Reader:
        return await reader_of(worker, name, topics)

    # Its readiness is its own: who builds is ready all the same.
    consumer = Consumer(
        name, worker.db, open_reader, hears.FACTS.topics(), one.take_some, Readiness(), one.due, duplicates
    )
    running = tasks.start(consumer.run(), name)
    try:
        while not worker.stopping.is_set() and not running.done():
            async with worker.db.acquire() as conn:
                now = await generations.building(conn)
            if now is None or now.gen != found.gen:
                break
            await tasks.pause(_LOOK_EVERY_S, worker.stopping)
    finally:
        consumer.stop()
        await asyncio.wait({running}, timeout=10)
        await tasks.stop(running)


def processors(db: Database, gen: int, counts_tests: bool) -> tuple[EventProcessor, Bulk]:
    async def into(conn: Transaction) -> Generation:
        found = await generations.building(conn, counting=True)
        if found is None or found.gen != gen:
            raise NoLongerBuilt(f"generation {gen} is not being built")
        return found

    async def one(conn: Transaction, event: Event) -> None:
        told = hearing.current()
        await counting.count(conn, await into(conn), [Heard(event, told.time)], counts_tests=counts_tests)

    async def many(conn: Transaction, facts: Sequence[tuple[Envelope, Event]]) -> None:
        heard = [Heard(event, told.time) for told, event in facts]
        await counting.count(conn, await into(conn), heard, counts_tests=counts_tests)

    handlers = Handlers()
    for fact in ORDER_FACTS:
        handlers.on(fact)(one)
    name = consumer_of(gen)
    return EventProcessor(name, db, handlers, joining=True), Bulk(name, db, handlers, many)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m services.insight rebuild", description=__doc__)
    verbs = found.add_subparsers(dest="verb", required=True)
    begin = verbs.add_parser("begin", help="build the sums anew beside those that serve")
    begin.add_argument(
        "--from",
        dest="first",
        type=date.fromisoformat,
        help="orders placed since this WIB day are read from the archive",
    )
    verbs.add_parser("status", help="what is being built, and how far it is behind")
    verbs.add_parser("swap", help="let it serve")
    verbs.add_parser("drop", help="give it up")
    return found


async def by_hand(db: Database, argv: Sequence[str], say: Say) -> int:
    asked = parser().parse_args(list(argv))
    async with transaction(db) as conn:
        await conn.execute("SET LOCAL statement_timeout = 0")
        if asked.verb == "swap":
            await inbox_bulk.hold(conn)
        at, found = await clock.now(conn), await generations.building(conn)
        if asked.verb == "begin":
            if found is not None:
                say({"refused": f"generation {found.gen} is being built already"})
                return 1
            first = asked.first or at.astimezone(WIB).date() - timedelta(days=_ARCHIVE_DAYS)
            say({"building": await generations.begin(conn, first, at), "from": first.isoformat()})
            return 0
        if found is None:
            say({"refused": "nothing is being built"})
            return 1
        if asked.verb == "drop":
            await generations.retire(conn, found.gen)
            say({"dropped": found.gen})
            return 0
        behind = await inbox_trouble.behind(conn, consumer_of(found.gen), than=SERVING)
        if asked.verb == "status" or behind:
            say({"building": found.gen, "from": found.from_day.isoformat(), "aggregates_behind": behind})
            return 1 if behind else 0
        await swap(conn, found)
        say({"serving": found.gen})
    return 0


async def swap(conn: Transaction, new: Generation) -> None:
    """The caller holds the inbox: nothing is counted meanwhile."""
    old, after = await generations.serving(conn), b""
    while some := await generations.carried(conn, old.gen, new.from_day, after, _AT_ONCE):
        await counting.carry(conn, old, new, some)
        after = some[-1]
    await generations.carry_settled(conn, old.gen, new.gen, old.closed_before)
    await generations.retire(conn, old.gen)
    await generations.serve(conn, new.gen, old.closed_before, await clock.now(conn))
    await inbox_bulk.rename(conn, consumer_of(new.gen), SERVING)
