"""A service's `worker`: relay, consumers, timers, letters tried again, housekeeping and the service's own loops, each kept running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette

from services.kit import kafka, tasks
from services.kit.database import migrate
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.http import health
from services.kit.messaging import outbox_store
from services.kit.messaging.consumer import Consumer, Reader
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.timers import TimerHandler, Timers
from services.kit.process import settings
from services.kit.process.housekeeping import keep_house
from services.kit.process.migrated import is_migrated, readiness_of
from services.kit.process.relaying import relay
from services.kit.process.replaying import replay_asked
from services.kit.process.seen import Seen
from services.kit.process.service import Hears, Service, Worker

_log = logging.getLogger(__name__)
_DRAIN_S = 10


def worker(service: Service, config: settings.WorkerSettings) -> Starlette:
    db = Database(config.database_url.reveal(), application=f"{service.name}-worker", one_plan=service.one_plan)
    migrations = migrate.find(service.name, service.migrations)
    readiness = readiness_of(db, migrations)
    watch = kafka.LogWatch(config.kafka)
    # Made before the process serves: settings that do not fit end it with a message.
    reactions = _Reactions(
        # Who has no handlers has no topics to read.
        [(each, each.processor(db, config)) for each in service.hears if each.handlers.topics()],
        service.timers(config) if callable(service.timers) else service.timers,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.open()
        stopping = asyncio.Event()
        this = Worker(config, db, readiness, watch, stopping, Live(db))
        running = tasks.start(_run(service, this, migrations, reactions), f"{service.name}-worker")
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait({running}, timeout=_DRAIN_S)
            await tasks.stop(running)
            await watch.close()
            await db.close()

    return Starlette(routes=health.routes(readiness), lifespan=lifespan)


@dataclass(frozen=True, slots=True)
class _Reactions:
    hears: Sequence[tuple[Hears, EventProcessor]]
    timers: Mapping[str, TimerHandler]


async def _run(
    service: Service, worker: Worker, migrations: Sequence[migrate.Migration], reactions: _Reactions
) -> None:
    while not worker.stopping.is_set() and not await is_migrated(worker.db, migrations):
        await tasks.pause(0.5, worker.stopping)
    consumers = [_consumer(worker, hears, processor) for hears, processor in reactions.hears]
    timers = Timers(worker.db, reactions.timers)
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "relay": partial(relay, service, worker),
        "housekeeping": partial(keep_house, worker, service.hears),
        "timers": timers.run,
        "letters": partial(replay_asked, worker, {hears.consumer: processor for hears, processor in reactions.hears}),
        "seen": partial(Seen(worker.db, worker.readiness, "worker").run, worker.stopping),
        **{each.name: each.run for each in consumers},
        **{name: partial(loop, worker) for name, loop in service.loops.items()},
    }
    running = [tasks.start(_kept_running(name, part, worker.stopping), name) for name, part in parts.items()]
    # Listening has no end of its own, and what is told until the others have ended is heard.
    listening = tasks.start(_kept_running("wake-ups", worker.live.run, worker.stopping), "wake-ups")
    try:
        await worker.stopping.wait()
        timers.stop()
        for each in consumers:
            each.stop()
        await asyncio.wait(running)
    finally:  # one that did not end in its time is ended: none outlives this
        await asyncio.gather(*map(tasks.stop, [*running, listening]))


def _consumer(worker: Worker, hears: Hears, processor: EventProcessor) -> Consumer:
    """Its readiness check has the consumer's name."""
    worker.readiness.report(hears.consumer, False, "starting")

    async def open_reader(wanted: Sequence[str]) -> Reader:
        return await reader_of(worker, hears.consumer, wanted)

    return Consumer(
        hears.consumer,
        worker.db,
        open_reader,
        hears.handlers.topics(),
        processor.take_some,
        worker.readiness,
        processor.due,
        processor.duplicates,
        processor.take_across,
        hears.gather_s,
        None if hears.gather_s else processor.reads.passes,
    )


async def reader_of(worker: Worker, name: str, topics: Sequence[str]) -> kafka.KafkaReader:
    """A member of the group of this name. After a restore a group's positions are ahead of what the database has heard: the epoch
    makes it another group."""
    async with worker.db.acquire() as conn:
        epoch = await outbox_store.epoch(conn)
    group = name if epoch == 1 else f"{name}.e{epoch}"
    return await kafka.open_reader(worker.settings.kafka, worker.watch, group, topics)


async def _kept_running(name: str, part: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
    """A loop that falls over is logged and started again: the others must not suffer for it."""
    pause, clock = 0.5, asyncio.get_running_loop().time
    while not stopping.is_set():
        began = clock()
        try:
            await part()
        except BaseException as error:
            # A library's own cancellation that leaks out is a fault like any other; only when we are cancelled, we end.
            task = asyncio.current_task()
            foreign = isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()
            if not isinstance(error, Exception) and not foreign:
                raise
            _log.exception("%s fell over and is started again", name)
            pause = 0.5 if clock() - began > 60 else min(pause * 2, 10.0)
            await tasks.pause(pause, stopping)
