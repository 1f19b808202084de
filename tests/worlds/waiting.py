"""Waiting for conditions, never for the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], Awaitable[T]], *, within_s: float = 90.0) -> T:
    """The first truthy answer; fails with the last answer when none came."""
    deadline = time.monotonic() + within_s
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s; the last answer was {answer!r}")
        await asyncio.sleep(0.02)
