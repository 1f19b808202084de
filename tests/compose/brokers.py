"""The three-broker profile: an installation of its own, each broker killed in turn under load."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path

import aiohttp

from tests.compose import images, load
from tests.compose.stack import BROKERS, DEMO, THREE_BROKERS, Stack

_ORDERS = 15


async def three(folder: Path, project: str, said: Callable[[str], None]) -> list[str]:
    """What is wrong, in words. Raises Failed."""
    stack = Stack.make(folder, project, {"WLIJO_VERSION": images.NEW})
    stack.env_files = (DEMO, THREE_BROKERS)
    stack.names_resolve()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
        buyers = load.opened(folder, stack, session)
        try:
            began = time.monotonic()
            await to_thread(stack.up)
            said(f"three brokers: cold up --wait of the demo after {time.monotonic() - began:.1f} s")
            await buyers.begin()
            await buyers.orders(_ORDERS)
            buyers.per_second = 1.0
            for broker in BROKERS:

                async def strike(broker: str = broker) -> None:
                    stack.kill(broker)

                said(f"kill -9 {broker}: work goes on after {await buyers.struck(strike, anew=(broker,)):.1f} s")
                await buyers.orders(_ORDERS)
            verdict = await buyers.verdict()
            said(f"three brokers: {verdict}")
            return verdict.wrong
        finally:
            buyers.history.close()
            await to_thread(stack.down)
