"""The worker's loop over files: a piece of one, then a piece of the next merchant's, and between two of them the house has its turn."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from prometheus_client import Counter

from services.catalog.commands import bulk
from services.catalog.commands.bulk import PieceFailed
from services.catalog.store.bulk import Told
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.observe import telemetry
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_IDLE_S: Final = 1.0
_SHARE: Final = 0.25
"""Of the time that a piece took, which is left to others before the next."""
PIECES: Final = Counter(
    "wlijo_import_pieces_total",
    "Pieces of files worked off, by what became of them",
    ("outcome",),
    registry=telemetry.REGISTRY,
)


async def run(worker: Worker) -> None:
    clock = asyncio.get_running_loop().time
    while not worker.stopping.is_set():
        began = clock()
        try:
            there = await step(worker.db)
        except TRANSIENT as error:
            _log.warning("files wait: %s", reason(error))
            there = False
        await tasks.pause(_SHARE * (clock() - began) if there else _IDLE_S, worker.stopping)


def _telling(refused: Exception) -> list[Told] | None:
    """As the graph tells it, which a worker does not hold until a row is refused."""
    from services.catalog.schema.telling import telling

    return telling(refused)


async def step(db: Database) -> bool:
    """A piece; whether there was one. Raises what says that the database is away."""
    try:
        async with transaction(db) as conn:
            found = await bulk.work(conn, _telling)
    except PieceFailed as failed:
        await _failed(db, failed)
        return True
    if found is not None:
        PIECES.labels("done").inc()
    return found is not None


async def _failed(db: Database, failed: PieceFailed) -> None:
    """What may pass is tried again behind the others; a fault of ours not for ever."""
    passes = isinstance(failed.__cause__, TRANSIENT)
    PIECES.labels("waits" if passes else "failed").inc()
    if passes:
        _log.warning("a piece of %s waits: %s", failed.id, failed.__cause__)
    else:
        _log.error("a piece of %s failed", failed.id, exc_info=failed.__cause__)
    async with transaction(db) as conn:
        if passes:
            await bulk.later(conn, failed.id)
        else:
            await bulk.give_up(conn, failed.id)
