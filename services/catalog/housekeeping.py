"""What searches no longer need goes: words that no goods for sale have, squares in which nothing is sold."""

from __future__ import annotations

import logging
from typing import Final

from services.catalog.store import tidying
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_EVERY_S: Final = 6 * 3_600.0
_BETWEEN_S: Final = 0.2
"""Lots are looked through with pauses, so that nobody has to wait for more than one."""


async def tidy(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            await look(worker.db, worker)
        except TRANSIENT as error:
            _log.warning("tidying pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def look(db: Database, worker: Worker | None = None) -> None:
    """Once through all of it. Raises what is TRANSIENT when changes leave no moment between them: what is left waits for the next time."""
    after: str | None = ""
    while after is not None and not (worker and worker.stopping.is_set()):
        async with db.acquire() as conn:
            after, dead = await tidying.dead_words(conn, after)
        if dead:
            async with transaction(db) as conn:
                await tidying.forget_words(conn, dead)
        if worker:
            await tasks.pause(_BETWEEN_S, worker.stopping)
    async with db.acquire() as conn:
        empty = await tidying.empty_squares(conn)
    if empty:
        async with transaction(db) as conn:
            await tidying.forget_squares(conn, empty)
