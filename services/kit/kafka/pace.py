"""How often a broker is asked that does not hold a fetch until there is something, but looks again and again while it waits.

The embedded broker sleeps half of what is left of a fetch's wait and looks at each partition anew: seven looks in the 100 ms of one fetch
that finds nothing, and ten in a second's. So it is asked for what is there now, and the waiting is done here, where it costs nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

QUICK_S: Final = 0.03
SLOW_S: Final = 0.25
_QUICK_FOR_S: Final = 10.0
"""So an order that robots carry, a step a second, is quick from its second event on."""


class Pace:
    """Of one process: quick while something comes or is sent, and for ten seconds after; else slow. Who waits slowly is woken when what
    is sent begins, for it will be answered."""

    def __init__(self) -> None:
        self._quick_until: float | None = None
        self._quickened = asyncio.Event()

    def quicken(self) -> None:
        self._quick_until = asyncio.get_running_loop().time() + _QUICK_FOR_S
        self._quickened.set()

    async def pause(self) -> None:
        """Between a fetch that found nothing and the next one."""
        now = asyncio.get_running_loop().time()
        if self._quick_until is None:  # a process begins by catching up
            self.quicken()
        if self._quick_until is not None and now < self._quick_until:
            await asyncio.sleep(QUICK_S)
            return
        self._quickened.clear()
        try:
            async with asyncio.timeout(SLOW_S):
                await self._quickened.wait()
        except TimeoutError:
            pass


def paced(client: Any, pace: Pace) -> None:
    """Let this consumer, which has started, ask at this pace. A fetch under way keeps its broker to itself, so a pause that belongs to it
    delays no other; aiokafka has no setting for it."""
    fetcher = client._fetcher
    fetcher._fetcher_timeout = SLOW_S  # how often it looks for what nothing told it of
    ask = fetcher._proc_fetch_request

    async def ask_and_pause(*request: Any) -> bool:
        came: bool = await ask(*request)
        if came:
            pace.quicken()
            return True
        try:
            await pace.pause()
        except asyncio.CancelledError:  # the client closes, or lost its partitions, and waits for this as for a fetch
            return False
        return False

    fetcher._proc_fetch_request = ask_and_pause
