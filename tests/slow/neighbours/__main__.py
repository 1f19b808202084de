"""python -m tests.slow.neighbours: an honest buyer's pages and orders beside each careless neighbour and alone, in turn, in the same run.

An embedded installation of its own. Prints what the careless one costs while nobody else does anything (CPU of the platform's
processes: other work on the machine disturbs it little), and how much longer pages and orders take beside it, by the medians of each
round and the median of the rounds; exits with 1 when something honest failed or a ratio is above 1.2. `--control` has a neighbour who
freezes the catalog every other moment instead: it must be found.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import OrderId
from tests.e2e.caller import calling, new_key
from tests.e2e.installation import Installation
from tests.slow.neighbours import careless
from tests.slow.neighbours.honest import Window, live

ALLOWED = 1.2
SHOPPERS = 2
_HEATING_S = 2
_SPAWN = multiprocessing.get_context("spawn")
_CONTROL = "negative control: the catalog frozen three quarters of the time"


@dataclass(slots=True)
class Pair:
    """A window without the careless neighbour, and the one beside it that follows."""

    alone: Window = field(default_factory=Window)
    beside: Window = field(default_factory=Window)


@dataclass(slots=True)
class Pairs:
    """All of one careless neighbour. A machine that others use too is now quick, now slow, and less so from one window to the next:
    the ratio is the median of theirs."""

    of: list[Pair] = field(default_factory=list)

    def ratios(self) -> tuple[float, float]:
        return (
            _median([_median(each.beside.pages_s) / _median(each.alone.pages_s) for each in self.of]),
            _median([_median(each.beside.orders_s) / _median(each.alone.orders_s) for each in self.of]),
        )

    def alone(self) -> Window:
        return Window.joined(each.alone for each in self.of)

    def beside(self) -> Window:
        return Window.joined(each.beside for each in self.of)

    def failed(self) -> list[str]:
        """Of the honest, whoever was beside them."""
        return self.alone().failed + self.beside().failed

    def is_fair(self) -> bool:
        return not self.failed() and max(self.ratios()) <= ALLOWED

    def line(self, name: str) -> str:
        alone, beside, (pages, orders) = self.alone(), self.beside(), self.ratios()
        counted = f"{len(beside.pages_s):>6}{len(beside.orders_s):>7}{len(self.failed()):>7}"
        times = f"{_median(alone.pages_s) * 1000:>8.0f} ms{_median(alone.orders_s):>7.2f} s"
        return f"{name:58}{times}{pages:>8.2f}{orders:>8.2f}{counted}  {'holds' if self.is_fair() else 'SLOWED'}"


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else float("inf")


@asynccontextmanager
async def neighbour(platform: Installation, name: str, aim: careless.Aim) -> AsyncIterator[Synchronized[int]]:
    """It lives while the block runs; gives how often it has acted."""
    acts = _SPAWN.Value("Q", 0)
    if name == _CONTROL:
        freezing = asyncio.create_task(_freeze(platform))
        try:
            yield acts
        finally:
            freezing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await freezing
        return
    process = _SPAWN.Process(target=careless.be, args=(name, aim, acts), daemon=True)
    process.start()
    try:
        await asyncio.sleep(_HEATING_S)
        if not process.is_alive():
            raise SystemExit(f"{name}: the careless process ended by itself")
        yield acts
    finally:
        process.kill()
        process.join()


async def _freeze(platform: Installation) -> None:
    while True:
        pid = platform.freeze("catalog-api")
        try:
            await asyncio.sleep(0.3)
        finally:
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(0.1)


async def cost(platform: Installation, name: str, aim: careless.Aim, seconds: float) -> str:
    """What it takes of the machine while nobody else does anything, by process; the idle platform's own is taken off."""
    idle = await _cpu_s_in(platform, seconds)
    async with neighbour(platform, name, aim) as acts:
        acted = acts.value
        busy = await _cpu_s_in(platform, seconds)
        acted = acts.value - acted
    more = {role: spent for role in busy if (spent := busy[role] - idle.get(role, 0.0)) > 0.01 * seconds}
    parts = ", ".join(f"{role} {spent / seconds:.0%}" for role, spent in sorted(more.items(), key=lambda one: -one[1]))
    each = f"{sum(more.values()) / acted * 1000:.1f} ms each of {acted}: " if acted else ""
    return f"    costs {sum(more.values()) / seconds:.0%} of a core, {each}{parts}"


async def _cpu_s_in(platform: Installation, seconds: float) -> dict[str, float]:
    before = platform.cpu_s()
    await asyncio.sleep(seconds)
    return {role: spent - before.get(role, 0.0) for role, spent in platform.cpu_s().items()}


async def measure(platform: Installation, names: Sequence[str], rounds: int, seconds: float) -> bool:
    """Whether nobody was slowed; prints a line for each as soon as it is measured."""
    async with AsyncExitStack() as stack:
        reader, *shoppers = [await stack.enter_async_context(calling(platform, "buyer")) for _ in range(SHOPPERS + 1)]
        variant = (await reader.find("bayam", "ikat"))["id"]
        company = PartnerId.seeded("ojek-minak-koncar")
        aim = careless.Aim(
            url=platform.url,
            buyer=platform.token("buyer", f"careless|{new_key()}"),
            owner=platform.seeded_token("merchant", "bu-wati"),
            merchant=str(MerchantId.seeded("kios-bu-wati")),
            company=platform.token("partner", f"careless|{new_key()}", partner_id=str(company)),
            company_id=str(company),
            kafka=platform.broker(),
            variant=variant,
        )
        await live(Window(), reader, shoppers, variant, seconds)  # caches, connections, generic plans
        _say(f"{'':58}{'alone: page':>11}{'order':>9}{'pages':>8}{'orders':>8}{'pages':>6}{'orders':>7}{'failed':>7}")
        fair = True
        for name in names:
            pairs = Pairs()
            for _ in range(rounds):
                pairs.of.append(pair := Pair())
                await live(pair.alone, reader, shoppers, variant, seconds)
                async with neighbour(platform, name, aim):
                    await live(pair.beside, reader, shoppers, variant, seconds)
            if name in careless.OF_A_COMPANY:
                own = await _asked_of(platform, company)
                for pair in pairs.of:
                    pair.alone.set_apart(own)
                    pair.beside.set_apart(own)
            _say(pairs.line(name))
            if own_s := pairs.beside().own_s:
                _say(
                    f"    its own orders, behind its own junk: {_median(own_s):.2f} s,"
                    f" {len(own_s)} of them; alone {_median(pairs.alone().own_s):.2f} s"
                )
            _say(await cost(platform, name, aim, seconds))
            for what in dict.fromkeys(pairs.failed()):
                _say(f"    {what}")
            fair &= pairs.is_fair()
        return fair


async def _asked_of(platform: Installation, company: PartnerId) -> frozenset[str]:
    """The orders that were offered to a company, whoever rode them in the end."""
    sql = "SELECT d.order_id FROM offer o JOIN delivery d ON d.id = o.delivery_id WHERE o.partner_id = $1"
    rows = await platform.fetch("delivery", sql, company)
    return frozenset(str(OrderId(row["order_id"])) for row in rows)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.neighbours", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="windows of each kind")
    parser.add_argument("--seconds", type=float, default=6, help="of a window")
    parser.add_argument("--only", default="", help="those whose name has this in it")
    parser.add_argument("--control", action="store_true", help="the one who must be found, alone")
    asked = parser.parse_args(arguments)
    names = [_CONTROL] if asked.control else [name for name in careless.ALL if asked.only in name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped then too
    with tempfile.TemporaryDirectory(prefix="wlijo-neighbours-") as folder:
        # Each caller may do as much as in production, and no more.
        platform = Installation.at(Path(folder), {"STEP_S": "0.1", "RATE_LIMIT_PER_SECOND": "50"})
        try:
            platform.up()
            fair = asyncio.run(measure(platform, names, asked.rounds, asked.seconds))
        finally:
            platform.down()
    return 0 if fair else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
