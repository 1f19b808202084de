"""What is past its time goes: codes, messages, limits, sessions, and who has asked to be forgotten. What was kept, and missed, is heard."""

from __future__ import annotations

import logging

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.process.service import Worker
from services.people import hears
from services.people.commands import erasing
from services.people.store import allowances, clients, codes, erasures, exports, heard, messages, notices, sessions

_log = logging.getLogger(__name__)
_EVERY_S = 60.0
_ERASE_EVERY_S = 10.0
_HEAR_EVERY_S = 10.0
_AT_ONCE = 100


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


async def hear(worker: Worker) -> None:
    """An event and its order are each other's last chance, when two consumers hear of them at one moment: this is the one after it."""
    while not worker.stopping.is_set():
        try:
            await hear_missed(worker.db)
        except TRANSIENT as error:
            _log.warning("hearing of what was missed pauses: %s", error)
        await tasks.pause(_HEAR_EVERY_S, worker.stopping)


async def hear_missed(db: Database) -> None:
    """Each order in a transaction of its own, and each once: those that cannot be taken stay, are logged, and keep no other waiting."""
    after = None
    while True:
        async with db.acquire() as conn:
            found = await heard.missed(conn, after, _AT_ONCE)
        for after in found:
            try:
                async with transaction(db) as conn:
                    await heard.order(conn, after)  # before what was kept, as whoever hears of it
                    await hears.hear_early(conn, after)
            except TRANSIENT:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, the others are heard
                _log.exception("what was kept of %s cannot be heard", after)
        if not found:
            return
