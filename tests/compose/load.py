"""Buyers who go on ordering while something is done to the stack, and how long it takes until work goes on."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp

from tests.chaos import run as chaos
from tests.chaos.checks import judge
from tests.chaos.evidence import Evidence, gather, stock_of
from tests.chaos.history import History, What
from tests.chaos.shoppers import Market, shop
from tests.compose.stack import SERVICES, WORKERS, Container, Failed, Stack
from tests.e2e.caller import calling

_WORK = re.compile(r'^wlijo_inbox_events_total\{[^}]*outcome="applied"[^}]*\} ([0-9.e+]+)', re.MULTILINE)
_BUYERS = 3
_GIVEN_UP_AFTER_S = 120.0
_LISTENS = {"postgres": 5432, "kafka": 9092}
_SHORT = aiohttp.ClientTimeout(total=2)


@dataclass(slots=True)
class Load:
    """Everything said and heard of one run; `initial` is the stock before the first order."""

    stack: Stack
    session: aiohttp.ClientSession
    history: History
    initial: dict[str, int] = field(default_factory=dict)
    market: Market | None = None
    per_second: float | None = None
    """How many orders are placed: as many as go, until the capacity has been measured."""

    @property
    def acknowledged(self) -> set[str]:
        return {call.order for call in self.history.calls if call.operation == "placeOrder" and call.what is What.OK}

    @asynccontextmanager
    async def shopping(self, seed: int) -> AsyncIterator[Market]:
        """Buyers order until the block is left; what they met is in the history."""
        if self.market is None:
            variants = await chaos._stock_up(self.stack)
            self.initial = {variant: on_hand for variant, (on_hand, _) in (await stock_of(self.stack)).items()}
            self.market = Market(self.stack, self.history, self.session, variants, seed)
        market = self.market = Market(self.stack, self.history, self.session, self.market.variants, seed)
        gate = asyncio.create_task(self._pace(market))
        buyers = [asyncio.create_task(shop(market, number)) for number in range(_BUYERS)]
        try:
            yield market
        finally:
            market.stop.set()
            market.open.set()
            await asyncio.gather(*buyers)
            gate.cancel()
            await asyncio.gather(gate, return_exceptions=True)

    async def restock(self) -> None:
        """What was too little for all is there again: demonstrations want it."""
        async with calling(self.stack, "ops", "test|ops") as ops:
            for variant in {each["id"] for each in self.market.variants} if self.market else ():
                await ops.data(chaos._SET_STOCK, variant=variant, onHand=10_000_000)

    async def _pace(self, market: Market) -> None:
        if self.per_second is None:
            await chaos._gate(market)
            return
        began = time.monotonic()
        while True:
            allowed = self.per_second * (time.monotonic() - began) + _BUYERS
            (market.open.set if market.placed < allowed else market.open.clear)()
            await asyncio.sleep(0.05)

    async def struck(self, strike: Callable[[], Awaitable[None]], anew: Sequence[str] = ()) -> float:
        """Does it; the seconds until those struck are ready again, and then an order was placed and every worker has applied something."""
        pids = {service: {each.pid for each in self.stack.containers(service)} for service in anew}
        began = time.monotonic()
        await strike()
        for service in anew:
            await self._until(partial(self._back, service, pids[service]), began, f"{service} is not back")
        calls = len(self.history.calls)
        before = {worker: await self._applied(worker) for worker in WORKERS}
        await self._until(partial(self._placed_since, calls), began, "no order is placed")
        for worker in WORKERS:
            await self._until(partial(self._works, worker, before), began, f"{worker} applies nothing")
        return time.monotonic() - began

    async def _until(self, holds: Callable[[], Awaitable[bool]], began: float, otherwise: str) -> None:
        """Raises Failed with the reason."""
        while not await holds():
            if time.monotonic() - began > _GIVEN_UP_AFTER_S:
                raise Failed(f"after {_GIVEN_UP_AFTER_S:.0f} s {otherwise}: {await self.reasons()}")
            await asyncio.sleep(0.1)

    async def _back(self, service: str, pids: Collection[int]) -> bool:
        found = self.stack.containers(service)
        return bool(found) and not {each.pid for each in found} & set(pids) and await self._ready(service)

    async def _works(self, worker: str, before: dict[str, float | None]) -> bool:
        now, then = await self._applied(worker), before[worker]
        if now is not None and (then is None or now < then):
            before[worker] = now  # it has begun to count anew
        return now is not None and then is not None and now > then

    async def reasons(self) -> str:
        """What each process that is not ready says."""
        found = []
        for service in SERVICES:
            for each in self.stack.containers(service):
                with suppress(aiohttp.ClientError, TimeoutError, OSError, StopIteration, ValueError):
                    url = f"{self.stack.ready_url(service, each)}/readyz"
                    async with self.session.get(url, timeout=_SHORT) as answer:
                        if answer.status != 200:
                            found.append(f"{service}: {(await answer.json()).get('reasons')}")
        return "; ".join(found) or "all are ready"

    async def _placed_since(self, calls: int) -> bool:
        since = self.history.calls[calls:]
        begun = {call.call for call in since if call.what is What.INVOKE and call.operation == "placeOrder"}
        return any(call.call in begun and call.what is What.OK for call in since)

    async def _ready(self, service: str) -> bool:
        if service in _LISTENS or service.startswith("robot"):
            found = self.stack.containers(service)
            return all([each.status == "running" and await _listens(each, _LISTENS.get(service)) for each in found])
        for each in self.stack.containers(service):
            if not each.addresses:
                return False
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                url = f"{self.stack.ready_url(service, each)}/readyz"
                async with self.session.get(url, headers={"host": "localhost"}, timeout=_SHORT) as answer:
                    if answer.status == 200:
                        continue
            return False
        return True

    async def _applied(self, worker: str) -> float | None:
        found = None
        for each in self.stack.containers(worker):
            with suppress(aiohttp.ClientError, TimeoutError, OSError, StopIteration):
                async with self.session.get(f"{self.stack.ready_url(worker, each)}/metrics", timeout=_SHORT) as answer:
                    text = await answer.text()
                    found = (found or 0.0) + sum(float(value) for value in _WORK.findall(text))
        return found

    async def verdict(self, quiet_within_s: float = 120) -> tuple[Evidence, list[str]]:
        """What is stored when all is quiet, and what of it is wrong."""
        after = await chaos._quiet(self.stack, quiet_within_s)
        evidence = await gather(self.stack, self.initial)
        found = judge(self.history.calls, evidence)
        wrong = [f"{name}: {each}" for name, several in found.items() for each in several]
        return evidence, wrong if after is not None else ["it never became quiet", *wrong]


async def _listens(container: Container, port: int | None) -> bool:
    if port is None:
        return True
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(container.address, port)
    except (OSError, TimeoutError, StopIteration):
        return False
    writer.close()
    return True


def opened(folder: Path, stack: Stack, session: aiohttp.ClientSession) -> Load:
    return Load(stack, session, History(folder / "history.jsonl"))
