"""python -m tests.slow.chaos --orders 10000: everything is killed, frozen and lost in turn under load, and the verdict afterwards."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.slow.chaos import faults
from tests.slow.chaos.run import Plan, run

_ORDERS_PER_FAULT = 150


def main(argv: Sequence[str]) -> int:
    """0 when nothing was violated, 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.chaos")
    parser.add_argument("--orders", type=int, default=1_000, help="orders to be acknowledged at least")
    parser.add_argument("--seed", type=int, help="of the faults and the buyers; drawn when not given")
    parser.add_argument("--minutes", type=float, help="shop no longer than this")
    parser.add_argument("--buyers", type=int, default=12, help="buyers at once")
    parser.add_argument(
        "--faults", type=int, help="how many; one for every 150 orders when not given, each kind at least once"
    )
    parser.add_argument("--folder", type=Path, help="where history, evidence and logs stay")
    arguments = parser.parse_args(argv)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    count = arguments.faults
    if count is None:
        count = max(len(faults.FAULTS), arguments.orders // _ORDERS_PER_FAULT)
    plan = Plan(
        seed=seed,
        orders=arguments.orders,
        faults=faults.schedule(seed, count),
        buyers=arguments.buyers,
        shop_within_s=arguments.minutes * 60 if arguments.minutes else float("inf"),
    )
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="wlijo-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def said(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    said(f"seed {seed}, {plan.orders} orders, {count} faults, history and evidence in {folder}")
    result = asyncio.run(run(plan, folder, said))
    for line in result.lines():
        print(line)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
