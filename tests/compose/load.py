"""Buyers who go on ordering while something is done to the stack, and how long it takes until work goes on."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from tests.compose.stack import BROKERS, BUSY, SERVICES, Container, Failed, Stack
from tests.e2e.caller import calling
from tests.slow.chaos.checks import judge
from tests.slow.chaos.evidence import Evidence, gather, opening_stock
from tests.slow.chaos.history import History, What
from tests.slow.chaos.market import SET_STOCK, held_back, stock_up
from tests.slow.chaos.quiet import until_quiet
from tests.slow.chaos.shoppers import Market, shop

_WORK = re.compile(r'^wlijo_inbox_events_total\{[^}]*outcome="applied"[^}]*\} ([0-9.e+]+)', re.MULTILINE)
_BUYERS = 3
_GIVEN_UP_AFTER_S = 120.0
_LISTENS = {"postgres": 5432, **dict.fromkeys(BROKERS, 9092)}
_SHORT = aiohttp.ClientTimeout(total=2)


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words, and how much of it is of the three kinds that matter most."""

    acknowledged: int
    evidence: Evidence
    found: Mapping[str, Sequence[str]]

    @property
    def wrong(self) -> list[str]:
        return [f"{name}: {each}" for name, several in self.found.items() for each in several]

    def __str__(self) -> str:
        kinds = {
            "lost": ("acknowledged orders exist", "acknowledged cancellations hold"),
            "applied twice": ("effects happen once", "one key is one order"),
            "double winners": ("no order has two winners",),
        }
        counts = {kind: sum(len(self.found.get(name, ())) for name in names) for kind, names in kinds.items()}
        others = len(self.wrong) - sum(counts.values())
        said = ", ".join(f"{kind} {count}" for kind, count in counts.items())
        return f"orders acknowledged {self.acknowledged}, {said}; other violations {others}"


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
    buyers: int = _BUYERS
    _buyers: list[asyncio.Task[None]] = field(default_factory=list)
    _pacing: asyncio.Task[None] | None = None
    _seeds: int = 0

    @property
    def acknowledged(self) -> set[str]:
        return {call.order for call in self.history.calls if call.operation == "placeOrder" and call.what is What.OK}

    @property
    def goes_on(self) -> bool:
        return bool(self._buyers)

    async def begin(self) -> None:
        """Buyers order until `end`, if they do not already; what they met is in the history."""
        if self.goes_on:
            return
        if self.market is None:
            variants: Sequence[dict[str, Any]] = await stock_up(self.stack)
            self.initial = await opening_stock(self.stack)
        else:
            variants = self.market.variants
        self._seeds += 1
        market = self.market = Market(self.stack, self.history, self.session, variants, self._seeds)
        self._pacing = asyncio.create_task(self._pace(market))
        self._buyers = [asyncio.create_task(shop(market, number)) for number in range(self.buyers)]

    async def end(self) -> None:
        """Raises what a buyer fell over."""
        buyers, self._buyers = self._buyers, []
        if not buyers or not self.market or not self._pacing:
            return
        self.market.stop.set()
        self.market.open.set()
        fell = await asyncio.gather(*buyers, return_exceptions=True)
        self._pacing.cancel()
        await asyncio.gather(self._pacing, return_exceptions=True)
        for each in fell:
            if isinstance(each, BaseException):
                raise each

    async def orders(self, count: int) -> float:
        """Until so many more are placed; the seconds that it took."""
        assert self.market is not None
        began, wanted = time.monotonic(), self.market.placed + count
        market = self.market

        async def placed() -> bool:
            return market.placed >= wanted

        await self.until(placed, began, f"not {count} orders are placed")
        return time.monotonic() - began

    async def ended(self, count: int) -> float:
        """The same of orders that have ended: what is placed faster than it is brought only piles up."""
        began, wanted = time.monotonic(), await self._ended() + count

        async def brought() -> bool:
            return await self._ended() >= wanted

        await self.until(brought, began, f"not {count} orders are at their end")
        return time.monotonic() - began

    async def _ended(self) -> int:
        (row,) = await self.stack.fetch("ordering", "SELECT count(*) AS n FROM orders WHERE ended_at IS NOT NULL")
        ended: int = row["n"]
        return ended

    async def restock(self) -> None:
        """What was too little for all is there again: demonstrations want it."""
        async with calling(self.stack, "ops", "test|ops") as ops:
            for variant in {each["id"] for each in self.market.variants} if self.market else ():
                await ops.done(SET_STOCK, variant=variant, onHand=10_000_000)

    async def _pace(self, market: Market) -> None:
        """What could not be ordered during an outage is not made up for: that would be another load."""
        if self.per_second is None:
            await held_back(market)
            return
        allowed, seen, looked = float(self.buyers), market.placed, time.monotonic()
        while True:
            now = time.monotonic()
            allowed = min(allowed + self.per_second * (now - looked), float(self.buyers)) - (market.placed - seen)
            looked, seen = now, market.placed
            (market.open.set if allowed > 0 else market.open.clear)()
            await asyncio.sleep(0.05)

    async def struck(
        self,
        strike: Callable[[], Awaitable[None]],
        anew: Sequence[str] = (),
        *,
        ready: bool = True,
        busy: Sequence[str] = BUSY,
    ) -> float:
        """Does it; the seconds until those struck run anew, and `ready` if that is wanted, and then an order was placed and every busy
        worker has applied something."""
        pids = {service: {each.pid for each in await self._containers(service)} for service in anew}
        began = time.monotonic()
        await strike()
        done = time.monotonic()  # what the strike itself takes, on a busy machine, is no waiting
        for service in anew:
            await self.until(partial(self._back, service, pids[service], ready), done, f"{service} is not back")
        calls = len(self.history.calls)
        before = {worker: await self._applied(worker) for worker in busy}
        await self.until(partial(self._placed_since, calls), done, "no order is placed")
        for worker in busy:
            await self.until(partial(self._works, worker, before), done, f"{worker} applies nothing")
        return time.monotonic() - began

    async def busy(self) -> list[str]:
        """The workers that have applied something by now: an image before can hear less than today's."""
        return [worker for worker in BUSY if await self._applied(worker)]

    async def until(self, holds: Callable[[], Awaitable[bool]], began: float, otherwise: str) -> None:
        """Raises Failed with the reason, and what a buyer fell over."""
        while not await holds():
            self.look_at_buyers()
            if time.monotonic() - began > _GIVEN_UP_AFTER_S:
                raise Failed(f"after {_GIVEN_UP_AFTER_S:.0f} s {otherwise}: {await self.reasons()}")
            await asyncio.sleep(0.2)

    def look_at_buyers(self) -> None:
        """Raises what one of them fell over."""
        for each in self._buyers:
            if each.done():
                each.result()

    async def _containers(self, service: str) -> list[Container]:
        return await asyncio.to_thread(self.stack.containers, service)

    async def _back(self, service: str, pids: Collection[int], ready: bool) -> bool:
        found = await self._containers(service)
        return (
            bool(found) and not {each.pid for each in found} & set(pids) and (not ready or await self.is_ready(service))
        )

    async def _works(self, worker: str, before: dict[str, float | None]) -> bool:
        now, then = await self._applied(worker), before[worker]
        if now is not None and (then is None or now < then):
            before[worker] = now  # it has begun to count anew
        return now is not None and then is not None and now > then

    async def reasons(self) -> str:
        """What each process that is not ready says."""
        found = []
        for service in SERVICES:
            for each in await self._containers(service):
                with suppress(aiohttp.ClientError, TimeoutError, OSError, StopIteration, ValueError):
                    url = f"{self.stack.ready_url(service, each)}/readyz"
                    async with self.session.get(url, timeout=_SHORT) as answer:
                        if answer.status != 200:
                            found.append(f"{service}: {(await answer.json()).get('reasons')}")
        return "; ".join(found) or "all are ready"

    def longest_pause(self, calls: int) -> float:
        """Seconds between one order placed and the next, since there were so many calls."""
        placed = [
            call.at_s for call in self.history.calls[calls:] if call.operation == "placeOrder" and call.what is What.OK
        ]
        return max((after - before for before, after in pairwise(placed)), default=0.0)

    @property
    def unanswered(self) -> list[str]:
        """What buyers have seen instead of an answer, whatever they asked, since they began."""
        return self.market.unanswered if self.market else []

    async def _placed_since(self, calls: int) -> bool:
        since = self.history.calls[calls:]
        begun = {call.call for call in since if call.what is What.INVOKE and call.operation == "placeOrder"}
        return any(call.call in begun and call.what is What.OK for call in since)

    async def is_ready(self, service: str) -> bool:
        if service in _LISTENS or service.startswith("robot"):
            found = await self._containers(service)
            return all([each.status == "running" and await _listens(each, _LISTENS.get(service)) for each in found])
        for each in await self._containers(service):
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
        for each in await self._containers(worker):
            with suppress(aiohttp.ClientError, TimeoutError, OSError, StopIteration):
                async with self.session.get(f"{self.stack.ready_url(worker, each)}/metrics", timeout=_SHORT) as answer:
                    text = await answer.text()
                    found = (found or 0.0) + sum(float(value) for value in _WORK.findall(text))
        return found

    async def verdict(self, quiet_within_s: float = 120) -> Verdict:
        """What is stored when nobody orders any more and all is quiet."""
        await self.end()
        after = await until_quiet(self.stack, quiet_within_s)
        evidence = await gather(self.stack, self.initial)
        found: dict[str, list[str]] = {} if after is not None else {"it becomes quiet": ["it never did"]}
        return Verdict(len(self.acknowledged), evidence, found | judge(self.history.calls, evidence))


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
