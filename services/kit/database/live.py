"""Live views: woken by changes, answered with state read back, never with deltas."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any, TypeVar

from services.kit import tasks
from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Database, Unavailable
from services.kit.ids import Id

_log = logging.getLogger(__name__)
_POLL_S = 2.0
_ALONE_S = 60.0
"""Who is looked after with others looks by himself so often, should that have ended."""
_APART_S = 0.25
"""What changes several times at a moment, as when one service answers another, is read once: people do not read quicker."""
# Of all that is watched, so many are read at once: a thousand who come back together wait for one another, and the pool stays free.
_LOOKS = 3
T = TypeVar("T")


Newest = Callable[[Database, Sequence[Any]], Awaitable[Mapping[Any, int]]]
"""The versions of those that are there, by id, in one statement for all."""


class NothingThere(Exception):
    """What is watched does not exist, or is not for the caller to see, or no longer: the two are not told apart."""


class _Together:
    """Polls for all who follow things of one kind, in one statement: a follower for whom nothing happens costs nothing of his own."""

    def __init__(self, db: Database, newest: Newest, wake: Callable[[str], None]) -> None:
        self._db = db
        self._newest = newest
        self._wake = wake
        self._followers: Counter[Id] = Counter()
        self._seen: dict[Id, int] = {}
        self._polling: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, key: Id) -> Iterator[Callable[[int], None]]:
        """To be told which version has been seen."""
        self._followers[key] += 1
        if self._polling is None or self._polling.done():
            with fair.on_behalf_of(None):  # for all: not out of the share of him who came first
                self._polling = tasks.start(self._poll(), "poll what is followed")

        def saw(version: int) -> None:
            self._seen[key] = max(version, self._seen.get(key, version))

        try:
            yield saw
        finally:
            self._followers[key] -= 1
            if not self._followers[key]:
                del self._followers[key]
                self._seen.pop(key, None)

    async def _poll(self) -> None:
        while self._followers:
            await asyncio.sleep(_POLL_S)
            keys = list(self._seen)
            try:
                there = await self._newest(self._db, keys) if keys else {}
            except TRANSIENT:
                continue
            for key in keys:
                # What is there no longer is looked at by him who follows it.
                if key in self._seen and there.get(key, self._seen[key] + 1) > self._seen[key]:
                    self._wake(str(key))


class Live:
    """One LISTEN connection per process. A wake-up that is lost costs at most two seconds: watched keys are polled as the base."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looking = asyncio.Semaphore(_LOOKS)
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._together: dict[Newest, _Together] = {}
        self.draining = False

    async def run(self) -> None:
        """Listen until cancelled, reconnecting for ever."""
        while True:
            try:
                conn = await self._db.connect()
            except Unavailable:
                await asyncio.sleep(1)
                continue
            lost = asyncio.Event()
            try:
                conn.add_termination_listener(partial(_set, lost))
                await conn.add_listener("wlijo", self._told)
                self._wake_all()
                await lost.wait()
            except TRANSIENT as error:
                _log.warning("listening broke off: %s", error)
            finally:
                with suppress(*TRANSIENT):
                    await conn.close(timeout=1)

    def drain(self) -> None:
        """The process is about to end: who waits for news looks once more, and is to wait no longer."""
        self.draining = True
        self._wake_all()

    def _told(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        assert isinstance(payload, str)
        for key in payload.split("\n"):
            self._wake(key)

    def _wake(self, key: str) -> None:
        for watched in {key, key.partition(":")[0]}:
            for event in self._watchers.get(watched, ()):
                event.set()

    def _wake_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()

    async def follow(
        self,
        key: Id,
        load: Callable[[], Awaitable[T | None]],
        version: Callable[[T], int],
        ended: Callable[[T], bool] = lambda _: False,
        *,
        newest: Newest | None = None,
        alone: Callable[[T], bool] = lambda _: False,
    ) -> AsyncGenerator[T, None]:
        """The present state first, then every newer one that is seen: a slow reader skips to the newest. The last is one that has ended.
        With `newest` all who give the same are polled for together, except while a state is looked at for more than to be shown (`alone`).

        Raises NothingThere when `load` finds nothing.
        """
        shown: int | None = None
        with self._joined(newest, key) as saw:

            def pause(state: T) -> float:
                return _POLL_S if newest is None or alone(state) else _ALONE_S

            async with aclosing(self.looks(key, load, pause)) as found:
                async for state in found:
                    saw(version(state))
                    if shown is None or version(state) > shown:
                        shown = version(state)
                        yield state
                        if ended(state):
                            return

    def _joined(self, newest: Newest | None, key: Id) -> AbstractContextManager[Callable[[int], None]]:
        if newest is None:
            return nullcontext(lambda _: None)
        return self._together.setdefault(newest, _Together(self._db, newest, self._wake)).following(key)

    async def looks(
        self, key: Id, load: Callable[[], Awaitable[T | None]], pause: Callable[[T], float] = lambda _: _POLL_S
    ) -> AsyncGenerator[T, None]:
        """What `load` finds now, and again whenever something may have changed: watched before the first look, so that none falls between.
        Not more often than four times a second, and after so long a pause without having been woken.

        Raises NothingThere when `load` finds nothing, and what it raises the first time; later a database that is away is waited for.
        """
        began, seconds = False, _POLL_S
        loop = asyncio.get_running_loop()
        with self.watching(str(key)) as changed:
            while True:
                changed.clear()
                try:
                    async with self._looking:
                        state = await load()
                except TRANSIENT:
                    if not began:
                        raise
                else:
                    if state is None:
                        raise NothingThere
                    began, seconds = True, pause(state)
                    yield state
                looked_at = loop.time()
                await _woken(changed, seconds)
                await asyncio.sleep(looked_at + _APART_S - loop.time())

    @contextmanager
    def watching(self, key: str) -> Iterator[asyncio.Event]:
        """Set whenever the key is told, or one that begins with it and a colon: who watches `a` is woken for `a:b`."""
        changed = asyncio.Event()
        watchers = self._watchers.setdefault(key, set())
        watchers.add(changed)
        try:
            yield changed
        finally:
            watchers.discard(changed)
            if not watchers:
                self._watchers.pop(key, None)


def _set(event: asyncio.Event, *_: Any) -> None:
    event.set()


async def _woken(changed: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
