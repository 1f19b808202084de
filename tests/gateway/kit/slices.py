"""How long the loop is held up, in calls of functions and not in seconds: the same on every machine."""

import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True)
class Slices:
    """`longest`: the most calls between two turns of the loop while the work was under way."""

    longest: int = 0
    _now: int = 0

    async def of(self, work: Awaitable[_T]) -> _T:
        before = sys.getprofile()
        sys.setprofile(self._seen)
        try:
            return await work
        finally:
            sys.setprofile(before)
            self._turn()

    def _seen(self, frame: FrameType, event: str, _: Any) -> None:
        self._now += event in ("call", "c_call")
        if event == "call" and frame.f_code.co_name == "_run_once":
            self._turn()

    def _turn(self) -> None:
        self.longest = max(self.longest, self._now)
        self._now = 0
