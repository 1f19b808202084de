"""One run: an installation of its own, buyers, faults, quiet, evidence, verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.e2e.installation import Installation
from tests.slow.chaos.checks import judge
from tests.slow.chaos.evidence import Evidence, gather, opening_stock
from tests.slow.chaos.faults import Damage, Fault, Target, strike
from tests.slow.chaos.history import Call, History, What
from tests.slow.chaos.market import held_back, stock_up
from tests.slow.chaos.quiet import until_quiet
from tests.slow.chaos.shoppers import Market, shop

ENVIRONMENT = {
    "STEP_S": "0.02",
    "PLACE_ORDER_BURST": "1000",
    "PLACE_ORDER_PER_SECOND": "100",
    "LOG_LEVEL": "WARNING",
}
"""Robots that hurry, and room for buyers who do: what is tested is not how patient they are."""


@dataclass(slots=True)
class Result:
    """Everything that a run has to say for itself."""

    seed: int
    evidence: Evidence = field(default_factory=Evidence)
    damage: Damage = field(default_factory=Damage)
    findings: dict[str, list[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    refused: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    shopped_s: float = 0.0
    quiet_after_s: float | None = None

    @property
    def violations(self) -> list[str]:
        unquiet = ["never quiet: what is found may have been under way"] if self.quiet_after_s is None else []
        return unquiet + [f"{name}: {each}" for name, found in self.findings.items() for each in found]

    def lines(self) -> list[str]:
        ends = Counter(order.reason or order.status for order in self.evidence.orders)
        events = sum(len(service.told) for service in self.evidence.services.values())
        recovered = [
            f"  {name}: {len(times)} times, {min(times):.1f} to {max(times):.1f} s"
            for name, times in sorted(self.damage.recoveries().items())
        ]
        unseen = [each.name for each in self.damage.struck if each.recovered_s is None and each.watched]
        stored, acknowledged = len(self.evidence.orders), self.acknowledged
        lost = len(self.findings.get("acknowledged orders exist", ()))
        return [
            f"seed {self.seed}",
            f"orders stored {stored}, acknowledged {acknowledged}, acknowledged and lost {lost}",
            f"{stored / max(self.shopped_s, 0.001):.1f} orders a second over {self.shopped_s:.0f} s, faults included",
            f"orders by end: {_counts(ends)}; wanting a person: {sum(bool(order.attention) for order in self.evidence.orders)}",
            f"calls: {_counts(self.calls)}",
            f"unknown outcomes by what was seen: {_counts(self.unknown) or 'none'}",
            f"refusals: {_counts(self.refused) or 'none'}",
            f"events {events}, on the last log {len(self.evidence.log)}",
            f"replies of partners {len(self.evidence.replies)}, transfers {len(self.evidence.ledger)}",
            f"faults {len(self.damage.struck)}: {_counts(self.damage.counts())}",
            "work went on after:",
            *recovered,
            *(f"  no work was seen again in time after: {name}" for name in unseen),
            f"quiet {'never' if self.quiet_after_s is None else f'after {self.quiet_after_s:.0f} s'}",
            *(f"{'FAILED' if found else 'holds '}  {name}{f': {len(found)}' if found else ''}" for name, found in self.findings.items()),
            *self.violations[:40],
            "verdict: " + ("VIOLATED" if self.violations else "nothing lost, nothing twice, nothing out of order"),
        ]  # fmt: skip


def _counts(counted: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))


@dataclass(frozen=True, slots=True)
class Plan:
    """`orders` acknowledged at least, spread over `buyers` at once, and each fault once it is its turn; or until time is up."""

    seed: int
    orders: int
    faults: Sequence[Fault]
    buyers: int = 12
    shop_within_s: float = 3600.0
    quiet_within_s: float = 900.0  # a search for a rider lasts ten minutes


async def run(plan: Plan, folder: Path, said: Callable[[str], None]) -> Result:
    """The history and the evidence are files in the folder afterwards."""
    result = Result(plan.seed)
    installation = Installation.at(folder / "home", environment=ENVIRONMENT)
    history = History(folder / "history.jsonl")
    try:
        await asyncio.to_thread(installation.up)
        said(f"an installation runs in {installation.home.path}")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
            variants = await stock_up(installation)
            initial = await opening_stock(installation)
            market = Market(installation, history, session, variants, plan.seed)
            await _shop_under_fire(plan, market, result, said)
            result.refused = market.refused
            said("the shops are closed; waiting for quiet")
            result.quiet_after_s = await until_quiet(installation, plan.quiet_within_s, said)
            result.evidence = await gather(installation, initial)
    finally:
        await asyncio.to_thread(installation.down)
        history.close()
    result.evidence.write(folder / "evidence.jsonl")
    result.calls = Counter(f"{call.operation} {call.what}" for call in history.calls if call.what is not What.INVOKE)
    result.acknowledged = len({call.order for call in history.calls if _acknowledges(call)})
    result.unknown = Counter(call.code for call in history.calls if call.what is What.INFO)
    result.findings = judge(history.calls, result.evidence)
    return result


def _acknowledges(call: Call) -> bool:
    return call.operation == "placeOrder" and call.what is What.OK


async def _shop_under_fire(plan: Plan, market: Market, result: Result, said: Callable[[str], None]) -> None:
    began = time.monotonic()
    buyers = [asyncio.create_task(shop(market, number)) for number in range(plan.buyers)]
    gate = asyncio.create_task(held_back(market))
    fire = asyncio.create_task(_fire(plan, market, result, said))
    try:
        while not (market.placed >= plan.orders and fire.done()):
            if time.monotonic() - began > plan.shop_within_s:
                said("time is up")
                break
            for task in (*buyers, gate, fire):
                if task.done() and task.exception() is not None:
                    task.result()
            await asyncio.sleep(0.2)
    finally:
        market.stop.set()
        market.open.set()
        fire.cancel()
        await asyncio.gather(fire, return_exceptions=True)
        await asyncio.gather(*buyers)
        gate.cancel()
        await asyncio.gather(gate, return_exceptions=True)
        result.shopped_s = time.monotonic() - began


async def _fire(plan: Plan, market: Market, result: Result, said: Callable[[str], None]) -> None:
    """Each fault when its share of the orders is placed, or of the time is over, and the fault before it is over."""
    began = time.monotonic()
    target = Target(market.installation, random.Random(plan.seed))
    for index, fault in enumerate(plan.faults):
        share = (index + 1) / (len(plan.faults) + 1)
        while market.placed < plan.orders * share and time.monotonic() - began < plan.shop_within_s * share:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        said(f"{market.placed:>7} orders: {fault.name}")
        struck = await strike(fault, target, market.session)
        result.damage.struck.append(struck)
        if struck.recovered_s is not None:
            said(f"{'':>7}         work goes on after {struck.recovered_s:.1f} s")
