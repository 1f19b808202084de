"""The pace at which a broker is asked that holds no fetch: quick while something goes on, slow else, and woken by what is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.kit.kafka import pace as paces
from services.kit.kafka.pace import Pace, paced

_LONG = 31_536_000.0


@pytest.fixture(autouse=True)
def _slow_is_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "SLOW_S", _LONG)


def at_rest(monkeypatch: pytest.MonkeyPatch) -> Pace:
    monkeypatch.setattr(paces, "_QUICK_FOR_S", -1.0)
    return Pace()


async def test_a_process_begins_quickly_and_stays_so_for_a_while_after_each_record() -> None:
    pace = Pace()
    for _ in range(3):
        async with asyncio.timeout(10):
            await pace.pause()


async def test_who_waits_slowly_is_woken_by_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = at_rest(monkeypatch)
    waiting = [asyncio.create_task(pace.pause()) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, timeout=0.1)
    assert not done  # the control: nothing was sent
    pace.quicken()
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)


class Fetcher:
    def __init__(self, *came: bool) -> None:
        self._came = list(came)
        self._fetcher_timeout = 0.2

    async def _proc_fetch_request(self, *_: object) -> bool:
        return self._came.pop(0)


class Client:
    def __init__(self, *came: bool) -> None:
        self._fetcher: Any = Fetcher(*came)


async def test_what_came_is_given_at_once_and_quickens_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = at_rest(monkeypatch)
    reading, idle = Client(True), Client(False)
    paced(reading, pace)
    paced(idle, pace)
    waiting = asyncio.create_task(idle._fetcher._proc_fetch_request("assignment", 0, "request"))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    async with asyncio.timeout(10):
        assert await reading._fetcher._proc_fetch_request("assignment", 0, "request")
        assert not await waiting


async def test_a_client_that_closes_is_not_kept_by_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka cancels its fetches and awaits each, and takes a cancellation that comes out of one for its own."""
    client = Client(False)
    paced(client, at_rest(monkeypatch))
    waiting = asyncio.create_task(client._fetcher._proc_fetch_request("assignment", 0, "request"))
    await asyncio.wait({waiting}, timeout=0.1)
    waiting.cancel()
    assert await waiting is False
