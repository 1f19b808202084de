"""Buyers who go on ordering while something is done to the stack, and how long it takes until work goes on."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.chaos import run as chaos
from tests.chaos.checks import judge
from tests.chaos.evidence import Evidence, gather, stock_of
from tests.chaos.history import History, What
from tests.chaos.shoppers import Market, shop
from tests.compose.stack import WORKERS, Failed, Stack

_WORK = re.compile(r'^wlijo_inbox_events_total\{[^}]*outcome="applied"[^}]*\} ([0-9.e+]+)', re.MULTILINE)
_BUYERS = 3
_GIVEN_UP_AFTER_S = 120.0
_SHORT = aiohttp.ClientTimeout(total=2)


@dataclass(slots=True)
class Load:
    """Everything said and heard of one run; `initial` is the stock before the first order."""

    stack: Stack
    session: aiohttp.ClientSession
    history: History
    initial: dict[str, int] = field(default_factory=dict)
    market: Market | None = None

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
        gate = asyncio.create_task(chaos._gate(market))
        buyers = [asyncio.create_task(shop(market, number)) for number in range(_BUYERS)]
        try:
            yield market
        finally:
            market.stop.set()
            market.open.set()
            await asyncio.gather(*buyers)
            gate.cancel()
            await asyncio.gather(gate, return_exceptions=True)

    async def struck(self, strike: Callable[[], Awaitable[None]], anew: Sequence[str] = ()) -> float:
        """Does it; the seconds until those struck are ready again, an order was placed and every worker has applied something since."""
        pids = {service: {each.pid for each in self.stack.containers(service)} for service in anew}
        before = {worker: await self._applied(worker) for worker in WORKERS}
        began, calls = time.monotonic(), len(self.history.calls)
        await strike()
        working, placed, back = set(WORKERS), False, set(anew)
        while working or not placed or back:
            if time.monotonic() - began > _GIVEN_UP_AFTER_S:
                raise Failed(
                    f"work does not go on: no work of {sorted(working)}, placed {placed}, not back {sorted(back)}"
                )
            placed = placed or self._placed_since(calls)
            for service in list(back):
                found = self.stack.containers(service)
                if found and not {each.pid for each in found} & pids[service] and await self._ready(service):
                    back.discard(service)
            for worker in list(working):
                now = await self._applied(worker)
                if now is None:
                    before[worker] = 0.0
                elif now > (before[worker] or 0.0):
                    working.discard(worker)
                elif now < (before[worker] or 0.0):
                    before[worker] = 0.0  # it has begun to count anew
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    def _placed_since(self, calls: int) -> bool:
        since = self.history.calls[calls:]
        begun = {call.call for call in since if call.what is What.INVOKE and call.operation == "placeOrder"}
        return any(call.call in begun and call.what is What.OK for call in since)

    async def _ready(self, service: str) -> bool:
        if service in ("postgres", "kafka") or service.startswith("robot"):
            return all(each.status == "running" for each in self.stack.containers(service))
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


def opened(folder: Path, stack: Stack, session: aiohttp.ClientSession) -> Load:
    return Load(stack, session, History(folder / "history.jsonl"))
