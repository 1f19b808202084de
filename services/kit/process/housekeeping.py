"""What a worker does now and then: counts what waits, makes and drops the archive's partitions, forgets old answers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from prometheus_client import Gauge

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection
from services.kit.database.kept import ARCHIVE_DAYS, QUIET_DAYS
from services.kit.graphql import idempotency
from services.kit.messaging import inbox_forgetting, inbox_trouble, outbox_store
from services.kit.observe import telemetry
from services.kit.process.service import Hears, Worker

_log = logging.getLogger(__name__)
_EVERY_S = 10.0
_GAP_ALARM_S = 60.0

PENDING = Gauge("wlijo_outbox_pending", "Events told and not yet on the broker", registry=telemetry.REGISTRY)
PENDING_AGE = Gauge(
    "wlijo_outbox_oldest_seconds", "Age of the oldest event not yet on the broker", registry=telemetry.REGISTRY
)
TROUBLE = Gauge(
    "wlijo_inbox_trouble",
    "Events that wait for a predecessor, parked keys, dead letters",
    ("consumer", "kind"),
    registry=telemetry.REGISTRY,
)
TROUBLE_AGE = Gauge(
    "wlijo_inbox_oldest_seconds",
    "How long the oldest event has waited for its predecessor, and the oldest parked head for its handler",
    ("consumer", "kind"),
    registry=telemetry.REGISTRY,
)


async def keep_house(worker: Worker, hears: Sequence[Hears]) -> None:
    consumers = [each.consumer for each in hears]
    rounds = 0
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                pending, age_s = await outbox_store.backlog(conn)
                PENDING.set(pending)
                PENDING_AGE.set(age_s)
                for name in consumers:
                    for kind, count in (await inbox_trouble.trouble(conn, name)).items():
                        TROUBLE.labels(name, kind).set(count)
                    for kind, oldest_s in (await inbox_trouble.ages(conn, name)).items():
                        TROUBLE_AGE.labels(name, kind).set(oldest_s)
                        if kind == "waiting" and oldest_s > _GAP_ALARM_S:
                            _log.error(
                                "an event has waited too long for its predecessor",
                                extra={"consumer": name, "seconds": round(oldest_s)},
                            )
                if rounds % 360 == 0:
                    await outbox_store.keep_partitions(conn, keep_days=ARCHIVE_DAYS)
            if rounds % 360 == 0:
                await _until_nothing_is_due(worker, partial(inbox_forgetting.forget_settled, keep_days=ARCHIVE_DAYS))
                await _until_nothing_is_due(worker, idempotency.purge)
                for each in hears:
                    for place in each.handlers.fact_places() if each.joining else ():
                        quiet = partial(
                            inbox_forgetting.forget_quiet, consumer=each.consumer, place=place, keep_days=QUIET_DAYS
                        )
                        await _until_nothing_is_due(worker, quiet)
                rounds = 0
            rounds += 1
        except TRANSIENT as error:
            _log.warning("housekeeping pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def _until_nothing_is_due(worker: Worker, piece: Callable[[Connection], Awaitable[bool]]) -> None:
    """Whatever has gathered, in short statements: a long one would be cut off, and begin anew the next time. Each takes a connection of
    its own turn, and the worker need not wait for the last to stop."""
    more = True
    while more and not worker.stopping.is_set():
        async with worker.db.acquire() as conn:
            more = await piece(conn)
