"""What waited for an order to end goes when it has: contacts of persons who were erased meanwhile. Slots that are long over go, and so
does what nobody has touched in a cart for long."""

from __future__ import annotations

import logging
from typing import Final

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.process.service import Worker
from services.ordering.commands import erasing, guests
from services.ordering.store import erasing as store
from services.ordering.store import handovers

_log = logging.getLogger(__name__)
_EVERY_S: Final = 30.0
_SLOTS_EVERY_S: Final = 3_600.0
_CARTS_EVERY_S: Final = 600.0


async def erase(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            await look(worker.db)
        except TRANSIENT as error:
            _log.warning("erasing pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def slots(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            async with transaction(worker.db) as conn:
                left = await handovers.drop_old(conn)
        except TRANSIENT as error:
            _log.warning("slots stay for now: %s", error)
            left = 0
        await tasks.pause(_EVERY_S if left else _SLOTS_EVERY_S, worker.stopping)


async def carts(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            more = await guests.sweep(worker.db)
        except TRANSIENT as error:
            _log.warning("old carts stay for now: %s", error)
            more = False
        await tasks.pause(_EVERY_S if more else _CARTS_EVERY_S, worker.stopping)


async def look(db: Database) -> None:
    """Each in a transaction of its own: nobody waits for another's orders."""
    async with db.acquire() as conn:
        left = await store.to_empty(conn)
    for subject in left:
        async with transaction(db) as conn:
            await erasing.erase(conn, subject)
