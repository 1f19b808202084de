"""python -m tests.gateway.differential: gateways beside a plain execution of graphql-core, on random valid operations.

A third of the operations run over frail worlds, in which what @requires reads may fail, fields that must not be null sometimes are
and entities are answered with null; a third over spoiled ones, whose subgraphs answer lists of entities that are too short or too
long. `--hive` puts Hive Gateway beside ours; `--show N` prints N of the differences of each gateway.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from infra.bench.gateway.peers import Gateway, NoPeers
from tests.gateway.differential.compare import Ask, Difference, compare, ours
from tests.gateway.differential.hive import asking, hive, served
from tests.gateway.differential.worlds import KINDS, NAMES, World

OURS = "ours"


@dataclass(slots=True)
class Tally:
    operations: int = 0
    with_errors: int = 0
    differences: dict[str, list[Difference]] = field(default_factory=dict)

    def line(self, name: str, gateways: list[str]) -> str:
        counts = "".join(f"{len(self.differences.get(gateway, [])):>36}" for gateway in gateways)
        return f"{name:24}{self.operations:>12}{self.with_errors:>14}{counts}"


@contextlib.asynccontextmanager
async def _gateways(world: World, others: list[Gateway]) -> AsyncIterator[dict[str, Ask]]:
    async with contextlib.AsyncExitStack() as stack:
        found = {OURS: ours(world)}
        if others:
            text = await stack.enter_async_context(served(world))
            for gateway in others:
                found[gateway.name] = await stack.enter_async_context(asking(gateway, text))
        yield found


async def _world(name: str, *, kind: str, seed: int, count: int, others: list[Gateway]) -> Tally:
    tally = Tally()
    world = World.of(name, kind=kind)
    async with _gateways(world, others) as gateways:
        async for compared in compare(world, seed, count, gateways):
            tally.operations += 1
            tally.with_errors += bool(compared.truth.errors)
            for gateway, difference in compared.differences.items():
                tally.differences.setdefault(gateway, []).append(difference)
    return tally


async def run(operations: int, seed: int, worlds: list[str], others: list[Gateway], show: int) -> int:
    gateways = [OURS, *(gateway.name for gateway in others)]
    sys.stdout.write(f"{'':24}{'operations':>12}{'with errors':>14}{''.join(f'{name:>36}' for name in gateways)}\n")
    everything = Tally()
    share = -(-operations // (len(KINDS) * len(worlds)))
    for name in worlds:
        for kind in KINDS:
            tally = await _world(name, kind=kind, seed=seed, count=share, others=others)
            sys.stdout.write(tally.line(f"{name}{kind and f' ({kind})'}", gateways) + "\n")
            sys.stdout.flush()
            everything.operations += tally.operations
            everything.with_errors += tally.with_errors
            for gateway, differences in tally.differences.items():
                everything.differences.setdefault(gateway, []).extend(differences)
    sys.stdout.write(everything.line("in all", gateways) + "\n")
    for gateway in gateways:
        differences = everything.differences.get(gateway, [])
        kinds = Counter(difference.what for difference in differences)
        if kinds:
            sys.stdout.write(f"{gateway}: " + ", ".join(f"{what} {n}" for what, n in kinds.most_common()) + "\n")
        for difference in sorted(differences, key=lambda one: len(one.query))[:show]:
            sys.stdout.write(f"{difference}\n")
    return 1 if everything.differences.get(OURS) else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gateway.differential")
    parser.add_argument("--operations", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", action="append", choices=NAMES, help="repeatable; all when absent")
    parser.add_argument("--hive", action="store_true", help="Hive Gateway from npm beside ours (needs Node)")
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    try:
        others = hive() if given.hive else []
    except NoPeers as error:
        sys.stdout.write(f"without Hive Gateway: {error}\n")
        others = []
    return asyncio.run(run(given.operations, given.seed, given.world or list(NAMES), others, given.show))


if __name__ == "__main__":
    sys.exit(main())
