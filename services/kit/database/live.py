"""Live views: woken by changes, answered with state read back, never with deltas."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from services.kit.database.db import TRANSIENT, Database, Unavailable
from services.kit.ids import Id

_log = logging.getLogger(__name__)
_POLL_S = 2.0
T = TypeVar("T")


class Live:
    """One LISTEN connection per process. A wake-up that is lost costs at most two seconds: watched keys are polled as the base."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._everyone: set[asyncio.Event] = set()
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
        for event in self._everyone:
            event.set()

    def _wake_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()
        for event in self._everyone:
            event.set()

    async def follow(
        self, key: Id, load: Callable[[], Awaitable[T | None]], version: Callable[[T], int]
    ) -> AsyncGenerator[T, None]:
        """The present state first, then every newer one that is seen: a slow reader skips to the newest.

        Ends when `load` finds nothing (gone, or no longer allowed).
        """
        shown: int | None = None
        with self.watching(str(key)) as changed:
            while True:
                changed.clear()
                try:
                    state = await load()
                except TRANSIENT:
                    if shown is None:
                        raise
                else:
                    if state is None:
                        return
                    if shown is None or version(state) > shown:
                        shown = version(state)
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

    async def ticks(self, every_s: float = _POLL_S) -> AsyncGenerator[None, None]:
        """At once, then whenever anything in this service was told, and at least every `every_s` seconds."""
        changed = asyncio.Event()
        self._everyone.add(changed)
        try:
            while True:
                changed.clear()
                yield
                await _woken(changed, every_s)
        finally:
            self._everyone.discard(changed)


def _set(event: asyncio.Event, *_: Any) -> None:
    event.set()


async def _woken(changed: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
