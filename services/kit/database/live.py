"""Live views: woken by changes, answered with state read back, never with deltas."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from services.kit.database.db import TRANSIENT, Database, Unavailable
from services.kit.ids import Id

_log = logging.getLogger(__name__)
_POLL_S = 2.0
# Of all that is watched, so many are read at once: a thousand who come back together wait for one another, and the pool stays free.
_LOOKS = 3
T = TypeVar("T")


class NothingThere(Exception):
    """What is watched does not exist, or is not for the caller to see, or no longer: the two are not told apart."""


class Live:
    """One LISTEN connection per process. A wake-up that is lost costs at most two seconds: watched keys are polled as the base."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looking = asyncio.Semaphore(_LOOKS)
        self._watchers: dict[str, set[asyncio.Event]] = {}
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
    ) -> AsyncGenerator[T, None]:
        """The present state first, then every newer one that is seen: a slow reader skips to the newest. The last is one that has ended.

        Raises NothingThere when `load` finds nothing.
        """
        shown: int | None = None
        async with aclosing(self.looks(key, load)) as found:
            async for state in found:
                if shown is None or version(state) > shown:
                    shown = version(state)
                    yield state
                    if ended(state):
                        return

    async def looks(self, key: Id, load: Callable[[], Awaitable[T | None]]) -> AsyncGenerator[T, None]:
        """What `load` finds now, and again whenever something may have changed: watched before the first look, so that none falls between.

        Raises NothingThere when `load` finds nothing, and what it raises the first time; later a database that is away is waited for.
        """
        began = False
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
                    began = True
                    yield state
                await _woken(changed, _POLL_S)

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
