"""Dead letters that somebody wants applied again: the worker tries each once for each time that it is asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from services.kit import tasks
from services.kit.database.db import TRANSIENT, reason, transaction
from services.kit.messaging import stuck
from services.kit.messaging.processor import EventProcessor
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
# Nobody waits for it but the person who asked: a look at an index that is empty is cheaper than a connection that listens.
_EVERY_S = 2.0
_AT_ONCE = 20


async def replay_asked(worker: Worker, processors: Mapping[str, EventProcessor]) -> None:
    while not worker.stopping.is_set():
        try:
            while await replay_some(worker, processors) >= _AT_ONCE and not worker.stopping.is_set():
                pass
        except TRANSIENT as error:
            _log.warning("letters that are to be tried again wait: %s", reason(error))
        await tasks.pause(_EVERY_S, worker.stopping)


async def replay_some(worker: Worker, processors: Mapping[str, EventProcessor]) -> int:
    """How many were tried."""
    async with worker.db.acquire() as conn:
        asked = await stuck.asked(conn, _AT_ONCE)
    for letter, consumer in asked:
        said = await _tried(processors.get(consumer), letter)
        if said is not None:
            async with transaction(worker.db) as conn:
                await stuck.answer(conn, letter, said)
    return len(asked)


async def _tried(processor: EventProcessor | None, letter: int) -> str | None:
    """Why not; None when it was applied."""
    if processor is None:
        return "this service has no such consumer any more"
    try:
        done, said = await processor.replay(letter)
    except Exception as error:  # noqa: BLE001 - a letter whose handler fails, or waits in vain, must not stop the others
        _log.warning("a dead letter was tried in vain", exc_info=error, extra={"letter": letter})
        return f"{type(error).__name__}: {error}"
    return None if done else said
