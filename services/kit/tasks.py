"""Work in the background: whoever starts a task keeps it and sees it end; one that falls over by itself is logged at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_log = logging.getLogger(__name__)
T = TypeVar("T")


def start(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """The caller owns the task: keeps it, and awaits or `stop`s it."""
    task = asyncio.create_task(work, name=name)  # noqa: TID251  the one place
    task.add_done_callback(_seen)
    return task


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancel, and wait until it has ended; whatever it raises has been logged."""
    task.cancel()
    await asyncio.wait({task})


@asynccontextmanager
async def running(work: Coroutine[Any, Any, Any], name: str) -> AsyncIterator[asyncio.Task[Any]]:
    """A task that lives as long as the block."""
    task = start(work, name)
    try:
        yield task
    finally:
        await stop(task)


async def pause(seconds: float, *until: asyncio.Event) -> None:
    """For so long, or until one of these is set."""
    waits = {start(event.wait(), "pause") for event in until}
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()


def _seen(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("%s fell over", task.get_name(), exc_info=error)
