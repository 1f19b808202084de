"""python -m tests.slow.simulation --schedules 50000: many schedules, what they have seen, and the negative controls beside them."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.slow.simulation.controls import CONTROLS, Control
from tests.slow.simulation.scheduler import Violation
from tests.slow.simulation.world import Counts, World, run

_PORTION = 250
_CONTROL_SCHEDULES = 1_000


def _portion(seeds: range) -> tuple[Counts, tuple[int, str] | None]:
    counts, failed = run(seeds)
    return counts, (failed[0], str(failed[1])) if failed else None


def _refused(control: Control) -> tuple[int, int, str]:
    """In how many schedules the control was caught, of how many, and the first time how."""
    caught, first = 0, ""
    for seed in range(_CONTROL_SCHEDULES):
        _, failed = run(range(seed, seed + 1), control.rules)
        if failed and failed[1].kind in control.breaks:
            caught += 1
            first = first or f"seed {seed}: {failed[1]}"
    return caught, _CONTROL_SCHEDULES, first


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.simulation")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, help="replay this one schedule alone")
    parser.add_argument("--start", type=int, help="the first seed; drawn when not given")
    parser.add_argument("--trace", action="store_true", help="print each step of the one schedule")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args(argv)
    if arguments.seed is not None:
        return _replay(arguments.seed, trace=arguments.trace)
    start = arguments.start if arguments.start is not None else random.SystemRandom().randrange(10**9)
    end = start + arguments.schedules
    began, total = time.perf_counter(), Counts()
    with ProcessPoolExecutor(arguments.workers) as pool:
        portions = [range(first, min(first + _PORTION, end)) for first in range(start, end, _PORTION)]
        for counts, failed in pool.map(_portion, portions):
            total.merge(counts)
            if failed:
                print(
                    f"FAILED  seed {failed[0]}: {failed[1]}\nreplay: python -m tests.slow.simulation --seed {failed[0]} --trace"
                )
                pool.shutdown(cancel_futures=True)
                return 1
        seconds = time.perf_counter() - began
        print(f"{total.schedules} schedules from seed {start} in {seconds:.1f} s: 0 violations")
        print(f"  {total.steps} steps, {total.events} events told, {total.effects} effects")
        print("  " + ", ".join(f"{fault} {times}" for fault, times in sorted(total.faults.items())))
        print(f"negative controls, {_CONTROL_SCHEDULES} schedules each:")
        passed = 0
        for control, (caught, of, first) in zip(CONTROLS, pool.map(_refused, CONTROLS), strict=True):
            passed += not caught
            print(f"  {'refused' if caught else 'NOT CAUGHT'} in {caught:3}/{of}  {control.name}\n      {first}")
    return 1 if passed else 0


def _replay(seed: int, *, trace: bool) -> int:
    steps: list[str] | None = [] if trace else None
    try:
        World(seed, trace=steps).run()
    except Violation as violation:
        print("\n".join(steps or ()))
        print(f"seed {seed}: {violation}")
        return 1
    print("\n".join(steps or ()))
    print(f"seed {seed}: nothing broken")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
