"""What is seen of a stack while it works for long, and whether anything of it only grows."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUFFERED: Final = ("postgres", "kafka")
"""They fill buffers up to a setting, so they are held against what their containers may have, and all others against themselves."""
_GROWN: Final = 0.06
_GROWN_MIB: Final = 8.0
"""What a process may have more of in the last quarter than in the second: its collector's and its caches' ups and downs."""
_FULL: Final = 0.9
_WAITING: Final = 50
"""Events and open orders by which a backlog may differ between two quarters."""


@dataclass(frozen=True, slots=True)
class Sample:
    """At one moment. Sizes are in MiB; memory by service, disk by what lies there."""

    at_s: float
    placed: int
    ended: int
    waiting: int
    """Events that are not on the broker, or wait for others, and orders that are open."""
    memory: Mapping[str, float]
    disk: Mapping[str, float]


def grown(values: Sequence[float]) -> float:
    """By how much the last quarter's middle is above the second's: the first is the start's, in which caches fill."""
    quarter = max(len(values) // 4, 1)
    return statistics.median(values[-quarter:]) - statistics.median(values[quarter : 2 * quarter])


def wrong(samples: Sequence[Sample], allowed: Mapping[str, float]) -> Iterator[str]:
    """What does not stay as it is. `allowed`: MiB that each buffered one's container may have. Raises ValueError for too few samples."""
    if len(samples) < 8:
        raise ValueError(f"{len(samples)} samples are no curve: eight at least")
    for service in samples[0].memory:
        sizes = [each.memory.get(service, 0.0) for each in samples]
        if service in BUFFERED:
            if max(sizes) > _FULL * allowed[service]:
                yield f"{service} takes {max(sizes):.0f} MiB of the {allowed[service]:.0f} that it may have"
        elif (more := grown(sizes)) > max(_GROWN * statistics.median(sizes), _GROWN_MIB):
            yield f"{service} grows: {more:.1f} MiB more in the last quarter than in the second"
    waiting = [float(each.waiting) for each in samples]
    if (more := grown(waiting)) > max(statistics.median(waiting), _WAITING):
        yield f"what waits grows: {more:.0f} more in the last quarter than in the second"


def per_order_kb(samples: Sequence[Sample]) -> dict[str, float]:
    """kB by what lies there that an order left, from the first sample to the last."""
    first, last = samples[0], samples[-1]
    orders = max(last.ended - first.ended, 1)
    return {name: (size - first.disk.get(name, 0.0)) * 1024 / orders for name, size in last.disk.items()}


def keep(samples: Sequence[Sample], file: Path) -> None:
    """As CSV, a line for each sample."""
    memory, disk = list(samples[0].memory), list(samples[0].disk)
    with file.open("w", encoding="utf-8", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(
            [
                "seconds",
                "placed",
                "ended",
                "waiting",
                *(f"memory {each}" for each in memory),
                *(f"disk {each}" for each in disk),
            ]
        )
        for each in samples:
            sizes = [*(each.memory.get(name, 0.0) for name in memory), *(each.disk.get(name, 0.0) for name in disk)]
            out.writerow(
                [f"{each.at_s:.0f}", each.placed, each.ended, each.waiting, *(f"{size:.1f}" for size in sizes)]
            )
