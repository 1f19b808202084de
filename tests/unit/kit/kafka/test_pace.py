"""The pace at which a broker is asked that holds no fetch: quick while something goes on, slow else, and woken by what is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.kit.kafka import pace as paces
from services.kit.kafka.pace import Pace, Rung, Unrung, paced

_LONG = 31_536_000.0


@pytest.fixture(autouse=True)
def _slow_is_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "SLOW_S", _LONG)
    monkeypatch.setattr(paces, "_UNRUNG_S", _LONG)
    monkeypatch.setattr(paces, "_APART_S", 0.0)


def at_rest(monkeypatch: pytest.MonkeyPatch) -> Unrung:
    monkeypatch.setattr(paces, "_QUICK_FOR_S", -1.0)
    return Unrung()


async def test_a_process_begins_quickly_and_stays_so_for_a_while_after_each_record() -> None:
    pace = Unrung()
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


async def waits(pace: Pace) -> bool:
    """Whether its pause lasts; it is ended."""
    pausing = asyncio.create_task(pace.pause())
    done, _ = await asyncio.wait({pausing}, timeout=0.1)
    pausing.cancel()
    return not done


async def test_who_reads_a_topic_looks_when_it_is_rung_for_and_no_other() -> None:
    pace = Rung(lambda: {"orders", "deliveries"})
    pausing = asyncio.create_task(pace.pause())
    await asyncio.sleep(0)
    pace.heard({"messages"})
    done, _ = await asyncio.wait({pausing}, timeout=0.1)
    assert not done
    pace.heard({"messages", "orders"})
    async with asyncio.timeout(10):
        await pausing
    assert await waits(pace)  # one ring is one look


async def test_a_ring_that_comes_while_it_is_asked_is_looked_for_once_more() -> None:
    """What the bell is for can have come too late for the fetch under way."""
    pace = Rung(lambda: {"orders"})
    await pace.before()
    pace.heard({"orders"})
    assert not await waits(pace)
    assert await waits(pace)


async def test_fetches_of_much_at_once_are_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "_APART_S", _LONG)
    pace = Rung(lambda: {"orders"})
    async with asyncio.timeout(10):
        await pace.before()
    second = asyncio.create_task(pace.before())
    pace.heard({"orders"})
    done, _ = await asyncio.wait({second}, timeout=0.1)
    second.cancel()
    assert not done


async def test_for_a_while_after_something_came_it_asks_by_itself() -> None:
    pace = Rung(lambda: {"orders"})
    assert await waits(pace)
    pace.came()
    assert not await waits(pace)
