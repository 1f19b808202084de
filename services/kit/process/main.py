"""One process of a service: `api`, `worker`, `migrate` or `seed`, wired from a description of the service."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid_utils.compat
import uvicorn
from prometheus_client import Gauge
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from services.kit import kafka
from services.kit.database import migrate
from services.kit.database.db import TRANSIENT, Connection, Database, reason, transaction
from services.kit.database.live import Live
from services.kit.graphql import idempotency
from services.kit.http import health
from services.kit.http.health import Readiness
from services.kit.http.identity import TokenVerifier
from services.kit.messaging import inbox_store, operations, outbox_store
from services.kit.messaging.consumer import Consumer, Reader
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.processor import Handlers, Hearing
from services.kit.messaging.relay import LogUnavailable, Relay
from services.kit.messaging.timers import TimerHandler, Timers
from services.kit.observe import logs, telemetry
from services.kit.process import rotation, settings

_log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable)
_RELAY_POLL_S = 0.25
_HOUSEKEEPING_S = 10.0
_ARCHIVE_DAYS = 14
_DRAIN_S = 10

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
_GAP_ALARM_S = 60.0


@dataclass(slots=True)
class Api:
    """What a service's routes are made of."""

    settings: Any
    db: Database
    live: Live
    verifier: TokenVerifier
    readiness: Readiness


@dataclass(slots=True)
class Worker:
    """What a service's extra loops are made of."""

    settings: Any
    db: Database
    readiness: Readiness
    watch: kafka.LogWatch
    stopping: asyncio.Event


@dataclass(frozen=True, slots=True)
class Hears:
    """A consumer of events: its name keys the inbox; `sources` are the services it believes.

    Handlers that need the worker's settings are made by a function of them. One that is `joining` begins with the first event that it
    finds of each aggregate, where others wait for the very first: for a projection that is built anew from a log whose oldest facts
    are past retention.
    """

    consumer: str
    handlers: Handlers | Callable[[Any], Handlers]
    sources: frozenset[str]
    joining: bool = False


Loop = Callable[[Worker], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """A service as data: what it is called, where its migrations are, what its api routes, hears and times."""

    name: str
    migrations: Path
    routes: Callable[[Api], Sequence[BaseRoute]]
    hears: Sequence[Hears] = ()
    timers: Mapping[str, TimerHandler] | Callable[[Any], Mapping[str, TimerHandler]] = field(default_factory=dict)
    loops: Mapping[str, Loop] = field(default_factory=dict)
    seed: Callable[[Connection, Any], Awaitable[None]] | None = None
    api_settings: type[settings.ApiSettings] = settings.ApiSettings
    worker_settings: type[settings.WorkerSettings] = settings.WorkerSettings

    @property
    def source(self) -> str:
        """CloudEvents source of all that it tells."""
        return f"wlijo/{self.name}"


def main(service: Service, argv: Sequence[str]) -> int:
    """`python -m services.<name> api|worker|migrate|seed FILE|inbox …|restored`.

    Exit 0 when it ended as asked, 1 on a fault named on stderr, 2 on usage.
    """
    command = argv[0] if argv else ""
    try:
        match command, len(argv):
            case "api", 1:
                return _serve(service, "api", settings.load(service.api_settings), partial(_api, service))
            case "worker", 1:
                return _serve(service, "worker", settings.load(service.worker_settings), partial(_worker, service))
            case "migrate", 1:
                return asyncio.run(_migrate(service, settings.load(settings.MigrateSettings)))
            case "seed", 2 if service.seed:
                return asyncio.run(
                    _seed(service, settings.load(settings.SeedSettings), json.loads(Path(argv[1]).read_text("utf-8")))
                )
            case "inbox", _:
                return asyncio.run(_inbox(service, operations.commands(service.name, argv[1:])))
            case "restored", 1:
                return asyncio.run(_restored(service))
    except settings.SettingsError as error:
        print(f"{service.name} {command} cannot start:\n{error}", file=sys.stderr)  # noqa: T201 - before logs are set up
        return 1
    print(f"usage: python -m services.{service.name} api|worker|migrate|seed FILE|inbox …|restored", file=sys.stderr)  # noqa: T201
    return 2


def _serve(service: Service, kind: str, config: settings.ServerSettings, build: Callable[[Any], Starlette]) -> int:
    role = f"{service.name}-{kind}"
    logs.setup(role, config.log_level)
    flush = telemetry.setup(role, config.otel_exporter_otlp_endpoint)
    server = uvicorn.Server(
        uvicorn.Config(
            build(config),
            host=config.host,
            port=config.port,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=1_048_576,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_DRAIN_S,
            server_header=False,
        )
    )

    def stop(_signal: int, _frame: object) -> None:
        server.should_exit = True

    # uvicorn raises a signal that it caught once more after its graceful end; unhandled, that would kill us before the last spans left.
    for caught in (signal.SIGINT, signal.SIGTERM):
        signal.signal(caught, stop)
    rotation.watch(os.environ, lambda: stop(signal.SIGTERM, None))
    server.run()
    flush()
    return 0 if server.started else 1


def _readiness(service: Service, db: Database, migrations: Sequence[migrate.Migration]) -> Readiness:
    readiness = Readiness()
    complete = False

    async def database() -> str | None:
        nonlocal complete
        try:
            async with db.acquire() as conn:
                if complete:
                    await conn.fetchval("SELECT 1")
                    return None
                absent = await migrate.missing(conn, migrations)
        except TRANSIENT as error:
            return f"unreachable: {reason(error)}"
        complete = not absent
        return None if complete else f"waits for the migration {absent[0]}"

    readiness.probe("database", database)
    return readiness


def _api(service: Service, config: settings.ApiSettings) -> Starlette:
    db = Database(config.database_url.reveal(), application=f"{service.name}-api")
    live = Live(db)
    readiness = _readiness(service, db, migrate.find(service.name, service.migrations))
    verifier = TokenVerifier.of(config.jwt_issuer, config.jwt_audience, config.jwks_url)
    readiness.probe("issuer", verifier.reason_down)
    routes = service.routes(Api(config, db, live, verifier, readiness))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.open()
        listening = asyncio.create_task(live.run())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.wait({listening})
            await verifier.close()
            await db.close()

    return Starlette(
        routes=[*health.routes(readiness), *routes], lifespan=lifespan, middleware=[Middleware(telemetry.Telemetry)]
    )


def _worker(service: Service, config: settings.WorkerSettings) -> Starlette:
    db = Database(config.database_url.reveal(), application=f"{service.name}-worker")
    migrations = migrate.find(service.name, service.migrations)
    readiness = _readiness(service, db, migrations)
    watch = kafka.LogWatch(config.kafka)
    # Made before the process serves: settings that do not fit end it with a message.
    reactions = _Reactions(
        [(each, each.handlers(config) if callable(each.handlers) else each.handlers) for each in service.hears],
        service.timers(config) if callable(service.timers) else service.timers,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await db.open()
        stopping = asyncio.Event()
        worker = Worker(config, db, readiness, watch, stopping)
        running = asyncio.create_task(_run(service, worker, migrations, reactions))
        try:
            yield
        finally:
            stopping.set()
            done, late = await asyncio.wait({running}, timeout=_DRAIN_S)
            for task in late:
                task.cancel()
            for task in done:
                if not task.cancelled() and task.exception():
                    _log.error("stopped with a fault", exc_info=task.exception())
            await watch.close()
            await db.close()

    return Starlette(routes=health.routes(readiness), lifespan=lifespan)


@dataclass(frozen=True, slots=True)
class _Reactions:
    hears: Sequence[tuple[Hears, Handlers]]
    timers: Mapping[str, TimerHandler]


async def _run(
    service: Service, worker: Worker, migrations: Sequence[migrate.Migration], reactions: _Reactions
) -> None:
    while not worker.stopping.is_set() and not await _migrated(worker.db, migrations):
        await _pause(worker.stopping, 0.5)
    consumers = []
    for hears, handlers in reactions.hears:
        hearing = Hearing(hears.consumer, worker.db, handlers, sources=hears.sources, joining=hears.joining)
        consumers.append(
            consumer(worker, hears.consumer, handlers.topics(), hearing.take, ripe=hearing.ripe, passed=hearing.passed)
        )
    timers = Timers(worker.db, reactions.timers)
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "relay": partial(_relay, service, worker),
        "housekeeping": partial(_housekeeping, worker, [hears.consumer for hears in service.hears]),
        "timers": timers.run,
        **{each.name: each.run for each in consumers},
        **{name: partial(loop, worker) for name, loop in service.loops.items()},
    }
    tasks = [asyncio.create_task(_kept_running(name, part, worker.stopping)) for name, part in parts.items()]
    await worker.stopping.wait()
    timers.stop()
    for each in consumers:
        each.stop()
    await asyncio.wait(tasks)


def consumer(
    worker: Worker,
    name: str,
    topics: Sequence[str],
    take: Callable[[Any], Awaitable[object]],
    *,
    ripe: Callable[[], Awaitable[None]] | None = None,
    passed: Callable[[Sequence[Any]], Awaitable[Collection[int]]] | None = None,
) -> Consumer:
    """A consumer of this worker's broker; its readiness check has the consumer's name."""
    worker.readiness.report(name, False, "starting")

    async def open_reader(wanted: Sequence[str]) -> Reader:
        return await reader_of(worker, name, wanted)

    return Consumer(name, worker.db, open_reader, topics, take, worker.readiness, ripe, passed)


async def reader_of(worker: Worker, name: str, topics: Sequence[str]) -> kafka.KafkaReader:
    """A member of the group of this name. After a restore a group's positions are ahead of what the database has heard: the epoch
    makes it another group."""
    async with worker.db.acquire() as conn:
        epoch = await outbox_store.epoch(conn)
    group = name if epoch == 1 else f"{name}.e{epoch}"
    return await kafka.open_reader(worker.settings.kafka, worker.watch, group, topics)


async def _migrated(db: Database, migrations: Sequence[migrate.Migration]) -> bool:
    try:
        async with db.acquire() as conn:
            absent = await migrate.missing(conn, migrations)
    except TRANSIENT as error:
        _log.warning("waiting for the database: %s", reason(error))
        return False
    if absent:
        _log.warning("waiting for migrations: %s", ", ".join(absent))
    return not absent


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
            await _pause(stopping, pause)


async def _relay(service: Service, worker: Worker) -> None:
    holder: UUID = uuid_utils.compat.uuid7()
    outbox = PostgresOutbox(worker.db, service.source)
    log = kafka.KafkaLog(worker.settings.kafka, worker.watch)
    relay = Relay(outbox, log, holder)
    woken = asyncio.Event()
    listening = asyncio.create_task(_wake(worker.db, woken))
    pause, drained, clock = 0.2, False, asyncio.get_running_loop().time
    worker.readiness.report("relay", False, "starting")
    try:
        while not worker.stopping.is_set():
            woken.clear()
            began = clock()
            try:
                done = await relay.step()
            except _AWAY as error:
                worker.readiness.report("relay", False, reason(error))
                _log.warning("relay pauses: %s", error)
                await _pause(worker.stopping, pause)
                pause = min(pause * 2, 2.0)
                continue
            drained = drained or done.drained
            why = f"{done.failed} events were not acknowledged" if done.failed else "sending what was told before"
            # Without the lease it stands by: another sends, and this one within seconds of that one's end.
            worker.readiness.report("relay", (drained or not done.holds_lease) and not done.failed, why)
            if done.failed:
                await _pause(worker.stopping, pause)
                pause = min(pause * 2, 2.0)
                continue
            pause = 0.2
            if not done.more:
                await _pause(worker.stopping, _RELAY_POLL_S if done.holds_lease else 1.0, woken)
            elif done.filling:  # old work leaves half of the time to new work
                await _pause(worker.stopping, clock() - began, woken)
    finally:
        listening.cancel()
        await log.close()
        try:
            await outbox.release(holder)
        except TRANSIENT:
            _log.info("the lease was not released; it ends by itself")


async def _wake(db: Database, woken: asyncio.Event) -> None:
    """Wake-ups make the relay quick; without them it polls."""
    live = Live(db)
    listening = asyncio.create_task(live.run())
    try:
        async for _ in live.ticks(every_s=3600.0):
            woken.set()
    finally:
        listening.cancel()


async def _housekeeping(worker: Worker, consumers: Sequence[str]) -> None:
    rounds = 0
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                pending, age_s = await outbox_store.backlog(conn)
                PENDING.set(pending)
                PENDING_AGE.set(age_s)
                for name in consumers:
                    for kind, count in (await inbox_store.trouble(conn, name)).items():
                        TROUBLE.labels(name, kind).set(count)
                    for kind, oldest_s in (await inbox_store.ages(conn, name)).items():
                        TROUBLE_AGE.labels(name, kind).set(oldest_s)
                        if kind == "waiting" and oldest_s > _GAP_ALARM_S:
                            _log.error(
                                "an event has waited too long for its predecessor",
                                extra={"consumer": name, "seconds": round(oldest_s)},
                            )
                if rounds % 360 == 0:
                    await outbox_store.keep_partitions(conn, keep_days=_ARCHIVE_DAYS)
                    await idempotency.purge(conn)
                    rounds = 0
            rounds += 1
        except TRANSIENT as error:
            _log.warning("housekeeping pauses: %s", error)
        await _pause(worker.stopping, _HOUSEKEEPING_S)


async def _pause(stopping: asyncio.Event, seconds: float, woken: asyncio.Event | None = None) -> None:
    waits = {asyncio.create_task(event.wait()) for event in (stopping, woken) if event is not None}
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()


async def _migrate(service: Service, config: settings.MigrateSettings) -> int:
    logs.setup(f"{service.name}-migrate", config.log_level)
    try:
        applied = await migrate.migrate(
            config.migration_database_url.reveal(),
            migrate.find(service.name, service.migrations),
            runtime_role=service.name,
            movable_clock=config.mode.clock_can_move,
        )
    except migrate.MigrationError as error:
        _log.error("%s", error)
        return 1
    _log.info("%d migrations applied", len(applied))
    return 0


async def _seed(service: Service, config: settings.SeedSettings, content: Any) -> int:
    logs.setup(f"{service.name}-seed", config.log_level)
    if not config.mode.deliveries_are_tests:
        _log.error("seeds are for local, test and sandbox mode")
        return 1
    db = Database(config.database_url.reveal(), application=f"{service.name}-seed")
    await db.open()
    try:
        async with transaction(db) as conn:
            assert service.seed is not None
            await service.seed(conn, content)
    finally:
        await db.close()
    return 0


async def _inbox(service: Service, arguments: argparse.Namespace) -> int:
    config = settings.load(settings.OperationSettings)
    logs.setup(f"{service.name}-inbox", config.log_level)
    db = Database(config.database_url.reveal(), application=f"{service.name}-inbox")

    def hearings() -> dict[str, Hearing]:
        made = settings.load(service.worker_settings)
        return {
            each.consumer: Hearing(
                each.consumer,
                db,
                each.handlers(made) if callable(each.handlers) else each.handlers,
                sources=each.sources,
                joining=each.joining,
            )
            for each in service.hears
        }

    await db.open()
    try:
        return await operations.run(arguments, db, hearings, operations.write_line)
    finally:
        await db.close()


async def _restored(service: Service) -> int:
    config = settings.load(settings.OperationSettings)
    logs.setup(f"{service.name}-restored", config.log_level)
    db = Database(config.database_url.reveal(), application=f"{service.name}-restored")
    await db.open()
    try:
        _log.info("the epoch is %d now", await operations.restored(db))
    finally:
        await db.close()
    return 0
