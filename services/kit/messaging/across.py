"""Facts of many aggregates that are heard together, in a step: one look, and one statement that moves their positions and writes it all."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from services.kit.database.db import Database, reason
from services.kit.database.step import NotInOne, step
from services.kit.database.writes import from_parameter
from services.kit.messaging import across_store
from services.kit.messaging.envelope import Envelope, Event
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox_store import columns_of
from services.kit.messaging.stepping import STEPS

_log = logging.getLogger(__name__)


async def take(
    db: Database,
    handlers: Handlers,
    consumer: str,
    every: Sequence[Sequence[Envelope]],
    facts: Sequence[tuple[Envelope, Event]],
) -> bool:
    """Whether all of these stretches were moved over, and their facts heard; else nothing of it is written, and a transaction meets what
    it was."""
    if not facts or not handlers.takes_all_in_step:
        return False
    try:
        async with step(db) as conn:
            await handlers.handle_all(conn, facts, consumer)
            parts = conn.parts
            made = across_store.with_stretches(from_parameter(parts, across_store.EFFECT_FROM))
            await conn.made(made, consumer, *columns_of(every), *parts.arguments)
    except NotInOne:
        STEPS.labels(consumer, "again").inc(len(facts))
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, it is met again by the one that it is of
        _log.info("not in a step: %s", reason(error), extra={"consumer": consumer})
        STEPS.labels(consumer, "again").inc(len(facts))
        return False
    STEPS.labels(consumer, "stepped").inc(len(facts))
    return True
