"""What ops are alarmed by: orders that stand still, and orders whose facts contradict each other."""

from __future__ import annotations

import logging
from typing import Final

from prometheus_client import Gauge

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection
from services.kit.observe import telemetry
from services.kit.process.service import Worker
from services.ordering.domain.claim import WAITS, ClaimState
from services.ordering.domain.process import TIMER
from services.ordering.store import claims, counting, tickets

_log = logging.getLogger(__name__)
_EVERY_S: Final = 15.0
OPEN = Gauge(
    "wlijo_orders_open",
    "Orders that are not over, by the state of their process",
    ("state",),
    registry=telemetry.REGISTRY,
)
UNTIMED = Gauge(
    "wlijo_orders_without_timer",
    "Orders that are not over and that nothing would ever wake: must be 0",
    registry=telemetry.REGISTRY,
)
ATTENTION = Gauge("wlijo_orders_attention", "Orders that a person has to look at", registry=telemetry.REGISTRY)

CLAIMS_OVERDUE = Gauge(
    "wlijo_claims_overdue",
    "Claims whose deadline is past, by the state that they wait in",
    ("state",),
    registry=telemetry.REGISTRY,
)

TICKETS_OVERDUE = Gauge(
    "wlijo_tickets_overdue", "Tickets whose answer or end is late by what was promised", registry=telemetry.REGISTRY
)


async def watch(worker: Worker) -> None:
    """Until the worker stops."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                await look(conn)
        except TRANSIENT as error:
            _log.warning("counting orders pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def look(conn: Connection) -> None:
    """Set the gauges to what is there now."""
    by_state = await counting.count_open(conn)
    for state, timer in TIMER.items():
        if timer is not None:
            OPEN.labels(state).set(by_state.get(state, 0))
    untimed, attention = await counting.count_troubled(conn)
    UNTIMED.set(untimed)
    ATTENTION.set(attention)
    overdue = await claims.count_overdue(conn)
    for waits in ClaimState:
        if WAITS[waits] is not None:
            CLAIMS_OVERDUE.labels(waits).set(overdue.get(waits, 0))
    TICKETS_OVERDUE.set(await tickets.count_overdue(conn))
