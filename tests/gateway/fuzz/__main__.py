"""python -m tests.gateway.fuzz --requests 100000 --seed 1 --workers 2: spoiled and oversized requests, and what they did to the gateway.

Prints the count by kind, every fault (a status of 500, no answer, an answer that the specification does not allow) and
the memory before and after; exits with 1 when there was a fault, or memory grew by more than 100 MiB.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections import Counter

from tests.gateway.fuzz import shards, sockets
from tests.gateway.fuzz.run import Outcome

_GROWTH_MIB = 100


def requests(outcome: Outcome) -> bool:
    """Says what came of them; whether all was well."""
    say = sys.stdout.write
    for kind, count in outcome.sent.most_common():
        say(f"  {count:>8} {kind}, {outcome.worst_ms[kind]:.0f} ms at most\n")
    total = sum(outcome.sent.values())
    say(f"{total / max(outcome.seconds, 0.001):.0f} requests a second of CPU, judging included\n")
    say(f"{total} requests, {len(outcome.faults)} faults\n")
    for what, count in Counter(f"{one.attempt.kind}: {one.what[:90]}" for one in outcome.faults).most_common(20):
        say(f"  {count:>8} {what}\n")
    for one in outcome.faults[:5]:
        say(f"{one}\n")
    grown = outcome.after_mib - outcome.before_mib
    say(f"resident memory {outcome.before_mib:.0f} MiB after a fifth, {outcome.after_mib:.0f} MiB at the end\n")
    return not outcome.faults and grown <= _GROWTH_MIB


def connections(tried: Counter[str], broken: list[str]) -> bool:
    say = sys.stdout.write
    for kind, count in tried.most_common():
        say(f"  {count:>8} {kind}\n")
    say(f"{sum(tried.values())} connections, {len(broken)} faults\n")
    say("".join(f"  {one}\n" for one in broken[:20]))
    return not broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gateway.fuzz")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4), help="processes, each with a part")
    parser.add_argument("--again", type=float, default=0.0, help="the part that was sent before, as most requests were")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    well = requests(shards.outcome(given.requests, given.seed, given.workers, given.again))
    well &= connections(*asyncio.run(sockets.run(given.connections, given.seed)))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
