"""A run that lives with the process that wanted it."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from infra.local.supervisor import set_when_gone


async def started(code: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE)


async def test_who_is_killed_takes_along_what_it_started() -> None:
    wanted, stop = await started("input()"), asyncio.Event()
    watching = asyncio.create_task(set_when_gone(wanted.pid, stop, every_s=0.01))
    await asyncio.wait({watching}, timeout=0.1)
    assert not stop.is_set()
    wanted.kill()
    await wanted.wait()
    await asyncio.wait_for(watching, 10)
    assert stop.is_set()


async def test_who_was_gone_before_ends_it_at_once() -> None:
    gone, stop = await started(""), asyncio.Event()
    await gone.wait()
    await asyncio.wait_for(set_when_gone(gone.pid, stop), 10)
    assert stop.is_set()


async def test_who_was_stopped_otherwise_no_longer_watches() -> None:
    wanted, stop = await started("input()"), asyncio.Event()
    stop.set()
    await asyncio.wait_for(set_when_gone(wanted.pid, stop), 10)
    wanted.kill()
    await wanted.wait()
