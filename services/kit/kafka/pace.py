"""How often a broker is asked that does not hold a fetch until there is something, but looks again and again while it waits.

The embedded broker sleeps half of what is left of a fetch's wait and looks at each partition anew: seven looks in the 100 ms of one fetch
that finds nothing, and ten in a second's. So it is asked for what is there now, and the waiting is done here, where it costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Final, Protocol

QUICK_S: Final = 0.03
SLOW_S: Final = 0.25
_QUICK_FOR_S: Final = 10.0
"""So an order that robots carry, a step a second, is quick from its second event on."""
_APART_S: Final = 0.1
_RUNG_QUICK_FOR_S: Final = 1.0
_UNRUNG_S: Final = 1.0


class Pace(Protocol):
    async def before(self) -> None:
        """A fetch, until it may be sent."""

    def came(self) -> None:
        """A fetch has brought something."""

    async def pause(self) -> None:
        """Between a fetch that found nothing and the next one."""


class Unrung:
    """Of one process, whose topics others write who ring no bell: quick while something comes or is sent, and for ten seconds after; else
    slow. Who waits slowly is woken when what is sent begins, for it will be answered."""

    def __init__(self) -> None:
        self._quick_until: float | None = None
        self._quickened = asyncio.Event()

    def quicken(self) -> None:
        self._quick_until = asyncio.get_running_loop().time() + _QUICK_FOR_S
        self._quickened.set()

    async def before(self) -> None:
        return

    def came(self) -> None:
        self.quicken()

    async def pause(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._quick_until is None:  # a process begins by catching up
            self.quicken()
        if self._quick_until is not None and now < self._quick_until:
            await asyncio.sleep(QUICK_S)
            return
        self._quickened.clear()
        await _within(SLOW_S, self._quickened)


class Rung:
    """Of one consumer whose topics are written by those who ring: it asks when they did, and once a second by itself; at most ten times a
    second, so that much at once comes together; and for a second after something came as often as that, for the bell of what lay behind
    one that was not read yet has been heard already."""

    def __init__(self, reads: Callable[[], Collection[str]]) -> None:
        self._reads = reads
        self._rung = asyncio.Event()
        self._asked_at = self._came_at = float("-inf")

    def heard(self, topics: Collection[str]) -> None:
        if not self._rung.is_set() and not set(self._reads()).isdisjoint(topics):
            self._rung.set()

    async def before(self) -> None:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(self._asked_at + _APART_S - now, 0.0))
        self._asked_at = asyncio.get_running_loop().time()

    def came(self) -> None:
        self._came_at = asyncio.get_running_loop().time()

    async def pause(self) -> None:
        quick = asyncio.get_running_loop().time() < self._came_at + _RUNG_QUICK_FOR_S
        await _within(_APART_S if quick else _UNRUNG_S, self._rung)
        # The fetch is put together after this, so it finds what the bell was for.
        self._rung.clear()


async def _within(seconds: float, event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def paced(client: Any, pace: Pace) -> None:
    """Let this consumer, which has started, ask at this pace. A fetch under way keeps its broker to itself, so a pause that belongs to it
    delays no other; aiokafka has no setting for it."""
    fetcher = client._fetcher
    fetcher._fetcher_timeout = SLOW_S  # how often it looks for what nothing told it of
    ask = fetcher._proc_fetch_request

    async def ask_and_pause(*request: Any) -> bool:
        try:
            await pace.before()
        except asyncio.CancelledError:
            return False
        came: bool = await ask(*request)
        if came:
            pace.came()
            return True
        try:
            await pace.pause()
        except asyncio.CancelledError:  # the client closes, or lost its partitions, and waits for this as for a fetch
            return False
        return False

    fetcher._proc_fetch_request = ask_and_pause
