"""python -m infra.bench.storage: what an order leaves on disk, by service and table."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from infra.bench import sizes
from infra.bench.sizes import Size
from infra.bench.statements import buyers_of, ended, place
from infra.local import keys, postgres
from services.contracts.registry import NAMES
from tests.e2e.caller import calling
from tests.e2e.installation import Installation

_BUYERS: Final = 10
_QUIET_S: Final = 12.0


def admin_url(platform: Installation, database: str) -> str:
    return postgres.url(postgres.ADMIN, keys.ensure(platform.home).passwords[postgres.ADMIN], platform.ports.postgres, database)


async def all_sizes(platform: Installation) -> dict[str, dict[str, Size]]:
    found = {}
    for service in NAMES:
        conn = await asyncpg.connect(admin_url(platform, service))
        try:
            found[service] = await sizes.sizes(conn)
        finally:
            await conn.close()
    return found


async def measure(platform: Installation, orders: int):
    await platform.whole()
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat"))["id"]
        known = await buyers_of(platform, finder, _BUYERS)
        await ended(platform, [await place(variant, *each) for each in known])
        await asyncio.sleep(_QUIET_S)
        before = await all_sizes(platform)
        await ended(platform, [await place(variant, *known[n % _BUYERS]) for n in range(orders)])
        await asyncio.sleep(_QUIET_S)
        after = await all_sizes(platform)
    return before, after


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=150)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            before, after = asyncio.run(measure(platform, asked.orders))
        finally:
            platform.down()
    n = asked.orders
    for service in NAMES:
        print(f"== {service}")
        for table, size in sorted(((t, s - before[service][t]) for t, s in after[service].items() if t in before[service]), key=lambda x: -x[1].all):
            if abs(size.all) / n >= 1:
                print(f"{table:24} rows {size.rows/n:6.2f} all {size.all/n:8.0f} heap {size.heap/n:7.0f} toast {size.toast/n:6.0f} index {size.index/n:7.0f}  " + " ".join(f"{k}={v/n:.0f}" for k, v in size.indexes.items() if abs(v)/n>=1))


if __name__ == "__main__":
    main(sys.argv[1:])
