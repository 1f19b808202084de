"""python -m tests.slow.money --orders 10000: walks over so many orders, what they have met, and the laws that they broke."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import time
import traceback
from collections.abc import Sequence

from tests.slow.money.run import Seen, walked
from tests.worlds import servers
from tests.worlds.servers import TestDatabase

_OF_A_WALK = 6


async def walks(made: TestDatabase, first: int, orders: int, *, at_once: bool) -> tuple[Seen, int]:
    """What was seen before the first that broke a law, and how many did."""
    total, seed = Seen(), first
    while total.orders < orders:
        try:
            total.add(await walked(made, seed, min(_OF_A_WALK, orders), at_once=at_once))
        except Exception:  # noqa: BLE001 - whatever ends a walk is said, with its seed
            traceback.print_exc()
            return total, 1
        seed += 1
    return total, 0


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.money")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seed", type=int, help="of the first walk; drawn when not given")
    parser.add_argument(
        "--at-once", action="store_true", help="several things at the same time: no walk is quite the same again"
    )
    asked = parser.parse_args(argv)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    logging.disable(logging.CRITICAL)  # a provider's broken lines, and orders that a person is to look at
    began = time.perf_counter()
    with servers.postgres() as postgres:
        total, broken = asyncio.run(walks(postgres.database("ordering"), seed, asked.orders, at_once=asked.at_once))
    print(
        f"{total.walks} walks from seed {seed}, {total.orders} orders, {total.transfers} transfers in "
        f"{time.perf_counter() - began:.0f} s: {'a law is broken' if broken else '0 violations'}"
    )
    for what, found in (("ended", total.ends), ("booked", total.kinds), ("did", total.did)):
        print(f"  {what}: {', '.join(f'{name} {times}' for name, times in sorted(found.items()))}")
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
