"""What ops are alarmed by: searches that find nobody and want a person."""

from __future__ import annotations

import logging
from typing import Final

from prometheus_client import Gauge

from services.delivery.store import searches
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection, reason
from services.kit.observe import telemetry
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_EVERY_S: Final = 15.0
WANTING = Gauge(
    "wlijo_searches_wanting_a_person",
    "Searches for a rider that have used most of their time and found nobody; tests are left out",
    registry=telemetry.REGISTRY,
)


async def watch(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                await look(conn)
        except TRANSIENT as error:
            _log.warning("counting searches pauses: %s", reason(error))
        await tasks.pause(_EVERY_S, worker.stopping)


async def look(conn: Connection) -> None:
    """Set the gauge to what is there now."""
    WANTING.set(await searches.count_wanting(conn))
