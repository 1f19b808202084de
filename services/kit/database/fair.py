"""Whose turn it is at the database: a caller has a share of the pool, and beyond it waits behind his own."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

_CALLER: ContextVar[str | None] = ContextVar("caller", default=None)


@contextmanager
def on_behalf_of(caller: str | None) -> Iterator[None]:
    """What is done in here, and in tasks that are started in here, is done for this caller; for the house itself with None.

    Who cannot be told apart is one caller together: everybody without a token is "".
    """
    before = _CALLER.set(caller)
    try:
        yield
    finally:
        _CALLER.reset(before)


def speak_for(caller: str | None) -> None:
    """As `on_behalf_of`, for the rest of this task: a connection whose caller becomes known while it lasts."""
    _CALLER.set(caller)


def caller() -> str | None:
    return _CALLER.get()


class Crowded(Exception):
    """No turn within the time, or too many of this caller wait already."""


class FairQueue:
    """So many `places`, `each` of them at most for one caller. Free ones go round among the callers that wait, and among one's own to
    who came first. `waiting` bounds how many of one caller wait.
    """

    def __init__(self, places: int, each: int, *, waiting: int = 500) -> None:
        self._free = places
        self._each = each
        self._most = waiting
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # callers in turn

    @asynccontextmanager
    async def place(self, caller: str, within_s: float) -> AsyncIterator[None]:
        """Raises Crowded."""
        if self._may(caller) and caller not in self._waiting:
            self._take(caller)
        else:
            await self._wait(caller, within_s)
        try:
            yield
        finally:
            self._give(caller)

    async def _wait(self, caller: str, within_s: float) -> None:
        mine = self._waiting.setdefault(caller, deque())
        if len(mine) >= self._most:
            raise Crowded(f"{len(mine)} of this caller wait")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        mine.append(turn)
        try:
            async with asyncio.timeout(within_s):
                await turn
        except BaseException as error:
            if turn in self._waiting.get(caller, ()):
                self._leave(caller, turn)
            else:  # it was called in the very moment of the end
                self._give(caller)
            if isinstance(error, TimeoutError):
                raise Crowded(f"no turn within {within_s} s") from error
            raise

    def _leave(self, caller: str, turn: asyncio.Future[None]) -> None:
        mine = self._waiting[caller]
        mine.remove(turn)
        if not mine:
            del self._waiting[caller]

    def _may(self, caller: str) -> bool:
        return self._free > 0 and self._held.get(caller, 0) < self._each

    def _take(self, caller: str) -> None:
        self._free -= 1
        self._held[caller] += 1

    def _give(self, caller: str) -> None:
        self._free += 1
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
        # As many callers as have their share already may stand before the one whose turn it is: fewer than there are places.
        name = next((each for each in self._waiting if self._may(each)), None)
        if name is not None:
            self._call(name)

    def _call(self, caller: str) -> None:
        mine = self._waiting[caller]
        self._take(caller)
        turn = mine.popleft()
        if not turn.done():  # one that has just been cancelled gives the place on itself
            turn.set_result(None)
        self._waiting.move_to_end(caller)
        if not mine:
            del self._waiting[caller]
