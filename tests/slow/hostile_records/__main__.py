"""python -m tests.slow.hostile_records --records 10000: on the embedded broker, or on Apache Kafka with WLIJO_TEST_BROKER=apache."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from tests.slow.hostile_records.run import Verdict, real, run, world
from tests.worlds import servers


def main(argv: Sequence[str]) -> int:
    """0 when all honest records had their effect and all others an end, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.hostile_records")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    began = time.monotonic()

    def said(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)  # noqa: T201 - a command

    with servers.postgres() as postgres, servers.broker() as broker:

        async def all_of_it() -> Verdict:
            async with world(postgres, broker, real()) as made:
                said("all are ready")
                return await run(made, arguments.records, arguments.seed, said)

        verdict = asyncio.run(all_of_it())
    for name, count in verdict.counts.items():
        said(f"{name}: {count}")
    for fault in verdict.faults:
        said(f"FAULT {fault}")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
