"""Waits for a condition, never for a time."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], within_s: float = 90) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # the conditions are of others, who signal nothing
            await asyncio.sleep(0.005)
