"""python -m infra.bench.releases: CPU of an order's whole life, of requests and of rest, by process, beside what release 9e163227 was
stated to take, beside that release itself (--beside) and beside the goals.

An embedded installation of its own for each, robots included, one after the other. Requests go one after the other, so that the gateway
merges none; what the installation burns at rest is taken off. Of few orders much is the first of each statement on each connection, so
they are many. What stands under a row is where it goes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.bench.releases import earlier
from infra.bench.releases import rows as each
from infra.bench.releases.rows import Size, Spent, measure
from tests.e2e.caller import Buyer
from tests.e2e.installation import Installation

STATED: Final[Mapping[str, tuple[float, float]]] = {
    each.ORDERS_LIFE: (183.0, 60.0),
    each.STATEMENTS: (330.0, 110.0),
    each.TRANSACTIONS: (111.0, 40.0),
    each.FLUSHES: (40.0, 20.0),
    each.CATALOG: (15.0, 2.0),
    each.CATALOGS_DATABASE: (2.0, 1.0),
    each.ORDER_PAGE: (16.9, 5.0),
    each.CART_LINE: (14.4, 4.5),
    each.STOREFRONT: (11.4, 3.0),
    each.FOLLOWER: (70.0, 15.0),
    each.REST: (217.0, 40.0),
}
"""By row: what 9e163227 was stated to take, in milliseconds or as a count, and the goal."""
_SHOWN: Final = 0.02
"""The least part of a row that is named."""


def report(now: Mapping[str, Spent], then: Mapping[str, Spent] | None) -> Iterator[str]:
    yield f"{'':38}{'stated':>8}{'then':>8}{'now':>8}{'now/then':>10}{'goal':>7}{'now/goal':>10}"
    for name, (stated, goal) in STATED.items():
        whole = sum(now[name].values())
        before = sum(then[name].values()) if then else None
        shown = f"{before:8.1f}" if before is not None else f"{'—':>8}"
        yield f"{name:38}{stated:8.1f}{shown}{whole:8.1f}{whole / (before or stated):10.2f}{goal:7.1f}{whole / goal:10.2f}"
        was = then[name] if then else {}
        for role in sorted({**now[name], **was}, key=lambda role: -now[name].get(role, 0.0)):
            here, there = now[name].get(role, 0.0), was.get(role, 0.0)
            if max(abs(here) / whole, abs(there) / (before or whole)) >= _SHOWN:
                yield f"    {role:34}{'':8}{f'{there:.1f}' if then else '':>8}{here:8.1f}{here / whole:9.0%}"


def _of(platform: Installation, size: Size, kind: type[Buyer]) -> dict[str, Spent]:
    try:
        platform.up()
        return asyncio.run(measure(platform, size, kind))
    finally:
        platform.down()


def main(arguments: Sequence[str]) -> None:
    parser, usual = argparse.ArgumentParser(description=__doc__), Size()
    parser.add_argument("--orders", type=int, default=usual.orders)
    parser.add_argument("--requests", type=int, default=usual.requests)
    parser.add_argument("--idle", type=float, default=usual.idle_s)
    parser.add_argument(
        "--beside", action="store_true", help=f"run {earlier.COMMIT} too, out of the history (installs its packages)"
    )
    asked = parser.parse_args(arguments)
    size = Size(asked.orders, asked.requests, asked.idle)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        then = None
        if asked.beside:
            with earlier.checked_out(Path(folder)) as tree:
                then = _of(earlier.installation(tree, Path(folder) / "then"), size, earlier.EarlierBuyer)
        now = _of(Installation.at(Path(folder) / "now"), size, Buyer)
    for line in report(now, then):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
