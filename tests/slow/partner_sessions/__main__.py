"""python -m tests.slow.partner_sessions --sessions 1000 --seed 1: what hostile and careless companies did, and what became of it.

Prints the attempts by kind, the answers by code, what was paid, and every fault; exits with 1 when there was one.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from tests.slow.partner_sessions.run import Outcome, Sessions
from tests.worlds import servers
from tests.worlds.delivery import a_world


async def fuzz(url: str, sessions: int, seed: int) -> Outcome:
    async with a_world(url) as world:
        shared = Sessions(world)
        for number in range(sessions):
            await shared.run(seed + number)
            if number % 100 == 99:
                sys.stderr.write(f"{number + 1} sessions, {len(shared.outcome.faults)} faults\n")
        return shared.outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.partner_sessions")
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with servers.postgres() as running:
        outcome = asyncio.run(fuzz(running.database("delivery").url, given.sessions, given.seed))
    say = sys.stdout.write
    for title, counts in (("tried", outcome.attempts), ("answered", outcome.answers), ("paid", outcome.delivered)):
        say(f"{title}\n" + "".join(f"  {count:>8} {what}\n" for what, count in counts.most_common()))
    say(f"{given.sessions} sessions, {outcome.attempts.total()} attempts, {len(outcome.faults)} faults\n")
    say("".join(f"  {fault}\n" for fault in outcome.faults[:30]))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
