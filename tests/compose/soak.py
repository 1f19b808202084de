"""The stack at work for long at half of what it carries: whether memory and backlog stay, and what an order leaves on the disk."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Final

from services.contracts.registry import NAMES
from tests.compose import curve
from tests.compose.curve import Sample
from tests.compose.rest import sizes
from tests.compose.run import Run
from tests.compose.stack import Stack

_SAMPLES: Final = 60
_AT_LEAST_S: Final = 5.0
_MIB: Final = 2**20


async def soak(run: Run) -> None:
    """For SOAK_MINUTES (60), under the load that `up` has measured half of the capacity to be; the curve stays as SOAK_FILE, or in the
    folder of the run."""
    minutes = float(os.environ.get("SOAK_MINUTES", "60"))
    file = Path(os.environ.get("SOAK_FILE") or run.stack.home.path / "soak.csv")
    every_s = max(minutes * 60 / _SAMPLES, _AT_LEAST_S)
    await run.load.begin()
    pids = await asyncio.to_thread(_pids, run.stack)
    samples: list[Sample] = []
    began = time.monotonic()
    allowed: dict[str, float] = {}
    while not samples or time.monotonic() - began < minutes * 60:
        found = await asyncio.to_thread(sizes, run.stack)
        allowed = {service: limit for service, (_, limit) in found.items()}
        samples.append(
            await _sample(run, time.monotonic() - began, {service: used for service, (used, _) in found.items()})
        )
        curve.keep(samples, file)  # one that is cut off has what was seen
        await asyncio.sleep(max(began + len(samples) * every_s - time.monotonic(), 0))
        run.load.look_at_buyers()
    first, last = samples[0], samples[-1]
    run.said(
        f"{minutes:.0f} minutes: {last.ended - first.ended} orders ended, {len(samples)} samples in {file.name}; "
        f"what waited: {min(each.waiting for each in samples)} to {max(each.waiting for each in samples)}"
    )
    run.said("MiB, at first and at last: " + ", ".join(
        f"{service} {used:.0f} {last.memory.get(service, 0.0):.0f}" for service, used in first.memory.items()
    ))  # fmt: skip
    run.said("an order left, kB: " + ", ".join(f"{name} {kb:.1f}" for name, kb in curve.per_order_kb(samples).items()))
    run.wrong += [f"soak: {each}" for each in curve.wrong(samples, allowed)]
    again = [service for service, pid in (await asyncio.to_thread(_pids, run.stack)).items() if pids[service] != pid]
    run.wrong += [f"soak: {service} was started anew" for service in again]
    await run.judge()


def _pids(stack: Stack) -> dict[str, int]:
    return {service: stack.pid(service) for service in sizes(stack)}


async def _sample(run: Run, at_s: float, memory: dict[str, float]) -> Sample:
    waiting, disk = 0, {}
    for service in NAMES:
        (row,) = await run.stack.fetch(
            service,
            "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox_waiting) AS waiting,"
            " pg_database_size(current_database()) AS bytes",
        )
        waiting += row["waiting"]
        disk[service] = row["bytes"] / _MIB
    (row,) = await run.stack.fetch(
        "ordering", "SELECT count(*) AS placed, count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended FROM orders"
    )
    disk["archived log"] = (
        sum(each.stat().st_size for each in (run.stack.backup / "wal").iterdir() if each.is_file()) / _MIB
    )
    said = await asyncio.to_thread(run.stack.compose, "exec", "-T", "kafka", "du", "-sk", "/var/lib/kafka/data")
    disk["kafka"] = float(said.split()[0]) / 1024
    return Sample(at_s, row["placed"], row["ended"], waiting + row["placed"] - row["ended"], memory, disk)
