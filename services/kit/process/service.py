"""A service as data: what its processes are wired from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from services.kit import kafka
from services.kit.database.db import Database, Transaction
from services.kit.database.live import Live
from services.kit.messaging.envelope import source_of
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.operations import Say
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.timers import TimerHandler
from services.kit.observe.readiness import Readiness
from services.kit.process import settings

if TYPE_CHECKING:
    from services.kit.database.replica import Replica
    from services.kit.http.tokens import TokenVerifier


@dataclass(slots=True)
class Api:
    """What a service's routes are made of."""

    settings: Any
    db: Database
    live: Live
    verifier: TokenVerifier
    readiness: Readiness
    replica: Replica | None = None


@dataclass(slots=True)
class Worker:
    """What a service's extra loops are made of."""

    settings: Any
    db: Database
    readiness: Readiness
    watch: kafka.LogWatch
    stopping: asyncio.Event
    live: Live
    """Wake-ups of the service's database; who watches one has a slow look of its own as the base."""


@dataclass(frozen=True, slots=True)
class Hears:
    """A consumer of events; its name keys the inbox. What it hears, and of whom, is what it has handlers for.

    `given` makes of the worker's settings what each handler is called with beside the event. A consumer that is `joining` begins with the
    first event that it finds of each aggregate, where others wait for the very first: for a projection that is built anew from a log
    whose oldest facts are past retention. One that can wait gathers what comes within so many seconds, and applies facts of all its
    aggregates in one transaction: then a handler must not count on its own commit, nor on being alone.
    """

    consumer: str
    handlers: Handlers
    given: Callable[[Any], tuple[Any, ...]] = lambda _: ()
    joining: bool = False
    gather_s: float = 0.0

    def processor(self, db: Database, config: Any) -> EventProcessor:
        """Raises SettingsError when the settings do not fit."""
        return EventProcessor(self.consumer, db, self.handlers.given(*self.given(config)), joining=self.joining)


Loop = Callable[[Worker], Awaitable[None]]
# The words behind a verb, and what takes each answer; the exit code.
ByHand = Callable[[Database, Sequence[str], Say], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Service:
    """A service as data: what it is called, where its migrations are, what its api routes, hears and times, and what ops does by hand
    with what is its own."""

    name: str
    migrations: Path
    routes: Callable[[Api], Sequence[BaseRoute]]
    hears: Sequence[Hears] = ()
    timers: Mapping[str, TimerHandler] | Callable[[Any], Mapping[str, TimerHandler]] = field(default_factory=dict)
    loops: Mapping[str, Loop] = field(default_factory=dict)
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)
    seed: Callable[[Transaction, Any], Awaitable[None]] | None = None
    api_settings: type[settings.ApiSettings] = settings.ApiSettings
    worker_settings: type[settings.WorkerSettings] = settings.WorkerSettings
    one_plan: bool = False
    """Of every statement one plan is good whatever its values are (`Database`): where nothing is searched by what a caller likes."""
    long_bodies: Mapping[str, float] = field(default_factory=dict)
    """Where a path begins so, a body may take so many seconds."""

    @property
    def source(self) -> str:
        """CloudEvents source of all that it tells."""
        return source_of(self.name)
