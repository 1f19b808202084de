"""python -m tests.slow.alerts: every alert of docs/alerts.md, fired by doing its cause and ended by what the page says to do.

An embedded installation of its own, and a Prometheus with our rules in which every duration is ten times shorter. Prints how each was
caused, and how long it took to fire and to end; exits with 1 when one did not, or when something fired that no cause explains.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.slow.alerts import CAUSES
from tests.slow.alerts.run import Verdict, run
from tests.slow.alerts.world import FACTOR, world


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _all_of_it(folder: Path, only: Sequence[str]) -> Verdict:
    chosen = [each for each in CAUSES if not only or any(called.alert in only for called in each.calls)]
    async with world(folder) as made:
        return await run(made, chosen, _say)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.alerts")
    parser.add_argument("--only", default="", help="these alerts, by comma")
    only = [each for each in parser.parse_args(argv).only.split(",") if each]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        verdict = asyncio.run(_all_of_it(Path(folder), only))
    _say(f"\nevery duration of the rules {FACTOR} times shorter; {time.monotonic() - began:.0f} s in all")
    _say(f"{'alert':44} {'fired':>7} {'ended':>7}  caused by / ended by")
    for row in verdict.rows:
        fired, ended = (f"{each:.0f} s" if each is not None else "never" for each in (row.fired_s, row.ended_s))
        _say(f"{row.called!s:44} {fired:>7} {ended:>7}  {row.how} / {row.ends}")
    for each in verdict.wrong:
        _say(f"WRONG {each}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
