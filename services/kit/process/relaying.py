"""The loop around the relay: woken by commits, polling as the base, its readiness told."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

import uuid_utils.compat

from services.kit import kafka, tasks
from services.kit.database.db import TRANSIENT, Carrier, reason
from services.kit.database.live import Live
from services.kit.messaging import outbox
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogUnavailable, Relay
from services.kit.process.service import Service, Worker

_log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable)
_POLL_S = 1.0


async def relay(service: Service, worker: Worker) -> None:
    holder: UUID = uuid_utils.compat.uuid7()
    rows = PostgresOutbox(worker.db, service.source)
    log = kafka.KafkaLog(worker.settings.kafka, worker.watch)
    rounds = Relay(rows, log, holder)
    woken = asyncio.Event()
    listening = tasks.start(_wake(worker.live, woken), "relay's wake-ups")
    pause, drained, clock = 0.2, False, asyncio.get_running_loop().time
    worker.readiness.report("relay", False, "starting")
    try:
        while not worker.stopping.is_set():
            woken.clear()
            began = clock()
            try:
                done = await rounds.step()
            except _AWAY as error:
                worker.db.carry(None)
                worker.readiness.report("relay", False, reason(error))
                _log.warning("relay pauses: %s", error)
                await tasks.pause(pause, worker.stopping)
                pause = min(pause * 2, 2.0)
                continue
            # Who does not send tells nobody anything, and hears of what was told as others do.
            worker.db.carry(Carrier(outbox.TOLD, woken) if done.holds_lease and not done.failed else None)
            drained = drained or done.drained
            why = f"{done.failed} events were not acknowledged" if done.failed else "sending what was told before"
            # Without the lease it stands by: another sends, and this one within seconds of that one's end.
            worker.readiness.report("relay", (drained or not done.holds_lease) and not done.failed, why)
            if done.failed:
                await tasks.pause(pause, worker.stopping)
                pause = min(pause * 2, 2.0)
                continue
            pause = 0.2
            if not done.more:
                await tasks.pause(_POLL_S if done.holds_lease else 1.0, worker.stopping, woken)
            elif done.filling:  # old work leaves half of the time to new work
                await tasks.pause(clock() - began, worker.stopping, woken)
    finally:
        worker.db.carry(None)
        await tasks.stop(listening)
        await log.close()
        try:
            await rounds.settle()
            await rows.release(holder)
        except TRANSIENT:
            _log.info("the lease was not released; it ends by itself")


async def _wake(live: Live, woken: asyncio.Event) -> None:
    """Wake-ups make the relay quick; without them it polls."""
    with live.watching(outbox.TOLD) as told:
        while True:
            await told.wait()
            told.clear()
            woken.set()
