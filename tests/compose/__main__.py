"""python -m tests.compose: the compose file built, started, upgraded, killed, cut, scaled, emptied of its broker, restored, and judged.

It prints a line for each thing done with the seconds until work went on, and a verdict; exit 0 when nothing was lost and nothing happened
twice. WLIJO_E2E_STACK is set for the end-to-end tests that it runs against its stack.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import asyncpg

from tests.compose import images, load
from tests.compose.disk import Disk
from tests.compose.run import Run
from tests.compose.stack import Failed, Stack
from tests.compose.stages import BESIDES, USUAL


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compose")
    parser.add_argument("--only", help=f"some of the stages, comma between: {', '.join((*USUAL, *BESIDES))}")
    parser.add_argument("--folder", type=Path, help="where secrets, backups and history stay")
    parser.add_argument("--before", help="the commit that is upgraded from; found in the history when not given")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    arguments = parser.parse_args(argv)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="wlijo-compose-"))
    folder.mkdir(parents=True, exist_ok=True)
    wanted = arguments.only.split(",") if arguments.only else list(USUAL)
    return asyncio.run(_run(folder, wanted, arguments.before, keep=arguments.keep))


async def _run(folder: Path, wanted: Sequence[str], upgraded_from: str | None, *, keep: bool) -> int:
    began = time.monotonic()
    ending = asyncio.current_task()
    assert ending is not None
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, ending.cancel
    )  # a stack that is left behind would go on

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it says of a broker that is struck is no news

    def said(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    stack = Stack.make(folder, f"wlijo-test-{folder.name[-8:].lower().replace('_', '-')}")
    stack.names_resolve()
    disk = Disk.make(folder)
    if isinstance(disk, Disk):
        stack.put_on(disk)
    else:
        said(f"NOT SHOWN here: a full disk, as there can be no disk to fill: {disk}")
    wrong: list[str] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
        run = Run(stack, load.opened(folder, stack, session), said, wrong)
        try:
            before = await images.make(said, folder, upgraded_from)
            run.before = before if "upgrade" in wanted else None
            for name in wanted:
                said(f"== {name}")
                try:
                    await {**USUAL, **BESIDES}[name](run)
                    if name == wanted[-1] and run.load.goes_on:
                        await run.judge()
                except (Failed, AssertionError, OSError, asyncpg.PostgresError, TimeoutError) as problem:
                    # The others are still worth to know; what runs shows why this one failed.
                    wrong.append(f"{name}: {type(problem).__name__}: {problem}")
                    said(wrong[-1])
                    said(await run.load.reasons())
                    said(stack.try_compose("ps", "-a", "--format", "{{.Service}} {{.Status}}").stdout)
                    said(stack.try_compose("logs", "--tail", "12", "--no-color").stdout[-9_000:])
                    if name == "up":
                        break
        finally:
            await run.close()
            if not keep:
                await asyncio.to_thread(stack.down)
                if stack.disk:
                    stack.disk.close()
            for each in wrong[:40]:
                said(each)
            said(f"took {(time.monotonic() - began) / 60:.1f} minutes (wanted: 15)")
            said("verdict: " + ("VIOLATED" if wrong else "0 lost, 0 twice, 0 double winners"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
