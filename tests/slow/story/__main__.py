"""python -m tests.slow.story: from an empty installation in production mode to an order that was brought, and what people are owed.

Prints what happens, who was told what, one person's copy, and the CPU that it took; exits with 1 when something does not come to be.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.installation import Installation
from tests.slow.story.cast import Cast
from tests.slow.story.phones import phones
from tests.slow.story.story import Story


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def tell(folder: Path, say: Callable[[str], None]) -> None:
    """Raises what kept it from its end."""
    async with phones() as town:
        installation = Installation.at(folder, {"MODE": "production", **town.settings})
        began = time.monotonic()
        await asyncio.to_thread(installation.up)
        say(f"up                empty, in production mode, after {time.monotonic() - began:.0f} s")
        try:
            before, began = installation.cpu_s(), time.monotonic()
            cast = Cast(installation.url, town)
            try:
                await Story(installation, cast, say).run()
            finally:
                await cast.leave()
            spent = {role: after - before.get(role, 0.0) for role, after in installation.cpu_s().items()}
            say(f"it took           {time.monotonic() - began:.0f} s, {sum(spent.values()):.1f} s of CPU:")
            for role, seconds in sorted(spent.items(), key=lambda each: -each[1]):
                say(f"  {seconds:6.2f} s {role}")
        finally:
            await asyncio.to_thread(installation.down)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(Path(folder), _say))
    return 0


if __name__ == "__main__":
    sys.exit(main())
