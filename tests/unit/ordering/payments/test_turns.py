"""Each provider has a turn of its own for codes, and one for refunds: one that hangs in either holds nothing of another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from services.kit.secret import Secret
from services.ordering.payments import working
from tests.worlds.paying import a_profile, as_setting

Turns = Callable[[Any], Awaitable[None]]


async def _worked(monkeypatch: pytest.MonkeyPatch, run: Turns) -> set[str]:
    """Whose turn came, while both the codes and the refunds of one provider hang."""
    came: set[str] = set()
    all_came = asyncio.Event()

    def does(what: str) -> Callable[[Any, dict[str, Any]], Awaitable[int]]:
        async def done(_: Any, acquirers: dict[str, Any]) -> int:
            for name in acquirers:
                came.add(f"{what} of {name}")
            if len(came) == 5:
                all_came.set()
            if "hangs" in acquirers:
                await asyncio.Event().wait()
            return 0

        return done

    async def of_nobody(*_: Any) -> int:
        came.add("refunds of nobody")
        if len(came) == 5:
            all_came.set()
        return 0

    monkeypatch.setattr(working, "_codes", does("codes"))
    monkeypatch.setattr(working, "_refunds", does("refunds"))
    monkeypatch.setattr(working, "_refunds_of_nobody", of_nobody)
    settings = SimpleNamespace(qris_providers=Secret(as_setting(a_profile(name="hangs"), a_profile(name="quick"))))
    worker: Any = SimpleNamespace(settings=settings, db=None, stopping=asyncio.Event())
    running = asyncio.ensure_future(run(worker))
    waiting = asyncio.ensure_future(all_came.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        return came
    finally:
        running.cancel()
        waiting.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)


async def test_one_that_hangs_holds_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _worked(monkeypatch, working.run) == {
        "codes of hangs", "refunds of hangs", "codes of quick", "refunds of quick", "refunds of nobody",
    }  # fmt: skip


async def test_one_turn_for_all_refunds_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: as it was, with one turn that takes the refunds of all, one after the other."""

    async def shared(worker: Any) -> None:
        async def one_after_the_other() -> None:
            for name in ("hangs", "quick"):
                await working._refunds(worker.db, {name: object()})  # type: ignore[dict-item]

        async with asyncio.timeout(0.2):
            await one_after_the_other()

    assert await _worked(monkeypatch, shared) == {"refunds of hangs"}
