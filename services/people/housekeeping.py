"""What is past its time goes: codes, messages, limits, sessions, and who has asked to be forgotten."""

from __future__ import annotations

import logging

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.process.service import Worker
from services.people.commands import erasing
from services.people.store import allowances, clients, codes, erasures, exports, messages, notices, sessions

_log = logging.getLogger(__name__)
_EVERY_S = 60.0
_ERASE_EVERY_S = 10.0


async def forget(worker: Worker) -> None:
    """In short statements, whatever has gathered."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                for each in (
                    codes.forget,
                    messages.forget,
                    notices.forget,
                    allowances.forget,
                    sessions.forget,
                    clients.forget,
                    exports.forget,
                ):
                    while await each(conn):
                        pass
        except TRANSIENT as error:
            _log.warning("forgetting pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def erase(worker: Worker) -> None:
    """Those who waited for their orders."""
    while not worker.stopping.is_set():
        try:
            await erase_waiting(worker.db)
        except TRANSIENT as error:
            _log.warning("erasing pauses: %s", error)
        await tasks.pause(_ERASE_EVERY_S, worker.stopping)


async def erase_waiting(db: Database) -> None:
    """Each in a transaction of its own: nobody waits for what another waits for."""
    after = None
    while True:
        async with db.acquire() as conn:
            found = await erasures.waiting(conn, after=after)
        for after in found:
            async with transaction(db) as conn:
                await erasing.go_on(conn, after)
        if not found:
            return
