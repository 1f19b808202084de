"""What is past its time goes: codes, messages, limits, sessions."""

from __future__ import annotations

import logging

from services.kit import tasks
from services.kit.database.db import TRANSIENT
from services.kit.process.service import Worker
from services.people.store import allowances, codes, messages, notices, sessions

_log = logging.getLogger(__name__)
_EVERY_S = 60.0


async def forget(worker: Worker) -> None:
    """In short statements, whatever has gathered."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                for each in (codes.forget, messages.forget, notices.forget, allowances.forget, sessions.forget):
                    while await each(conn):
                        pass
        except TRANSIENT as error:
            _log.warning("forgetting pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)
