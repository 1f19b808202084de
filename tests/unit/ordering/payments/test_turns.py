"""Each provider has a turn of its own: one that hangs holds neither the codes of another nor the refunds."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.kit.secret import Secret
from services.ordering.payments import working
from tests.worlds.paying import a_profile, as_setting


async def test_one_that_hangs_holds_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, quick, refunds = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def codes(_: Any, acquirers: dict[str, Any]) -> int:
        if "hangs" in acquirers:
            hanging.set()
            await asyncio.Event().wait()
        quick.set()
        return 0

    async def refunded(*_: Any) -> int:
        refunds.set()
        return 0

    monkeypatch.setattr(working, "_codes", codes)
    monkeypatch.setattr(working, "_refunds", refunded)
    settings = SimpleNamespace(qris_providers=Secret(as_setting(a_profile(name="hangs"), a_profile(name="quick"))))
    worker: Any = SimpleNamespace(settings=settings, db=None, stopping=asyncio.Event())
    running = asyncio.create_task(working.run(worker))
    try:
        async with asyncio.timeout(30):
            await asyncio.gather(hanging.wait(), quick.wait(), refunds.wait())
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
