"""What insight's worker does now and then: publish months that are over and forget what is settled; remember what is asked for goods."""

from __future__ import annotations

import logging
from typing import Final

from services.contracts.places import WIB
from services.insight.commands import publishing
from services.insight.store import clock, generations, prices
from services.kit import tasks
from services.kit.database.db import TRANSIENT, transaction
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_EVERY_S: Final = 600.0


async def publish(worker: Worker) -> None:
    while not worker.stopping.is_set():
        try:
            async with transaction(worker.db) as conn:
                await conn.execute("SET LOCAL statement_timeout = '2min'")
                made = await publishing.publish_due(conn, await clock.now(conn), test=worker.settings.counts_tests)
            for each in made:
                _log.info("published", extra={"month": each.month, "revision": each.revision})
            forgotten = True
            while forgotten and not worker.stopping.is_set():
                async with transaction(worker.db) as conn:
                    gone = await publishing.settle(conn, await clock.now(conn))
                    forgotten = bool(gone + await generations.forget_retired(conn))
        except TRANSIENT as error:
            _log.warning("publishing pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def remember_prices(worker: Worker) -> None:
    """The day's prices, as they are now: the last that was seen of a day stays."""
    while not worker.stopping.is_set():
        try:
            async with transaction(worker.db) as conn:
                await prices.remember(conn, (await clock.now(conn)).astimezone(WIB).date())
        except TRANSIENT as error:
            _log.warning("prices are not remembered: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)
