"""Photos read apart: a process for each, a bounded number at once, and everybody in turn."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from typing import Final

from prometheus_client import Histogram

from services.kit.database.fair import FairQueue
from services.kit.observe import telemetry
from services.kit.photos import apart
from services.kit.photos.drawn import Drawn, Fault, Unfit

_WITHIN_S: Final = 30.0
_APART: Final = multiprocessing.get_context("forkserver")
_APART.set_forkserver_preload(["services.kit.photos.apart", "services.kit.photos.pictures"])
CPU: Final = Histogram(
    "wlijo_photo_cpu_seconds",
    "CPU that one photo took",
    buckets=(0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4),
    registry=telemetry.REGISTRY,
)


class Decoders:
    """`at_once` photos are read at a time, one of each caller."""

    def __init__(self, at_once: int = 1) -> None:
        self._turns = FairQueue(at_once, 1, waiting=4)

    async def draw(self, caller: str, content: bytes, edges: Sequence[int]) -> Drawn:
        """Raises Unfit, and Crowded when there is no turn in time."""
        async with self._turns.place(caller, _WITHIN_S):
            # Whoever leaves does not give his turn to the next before his photo's process is gone.
            return await asyncio.shield(asyncio.to_thread(draw, content, edges))


def draw(content: bytes, edges: Sequence[int]) -> Drawn:
    """Blocks for as long as it takes. Raises Unfit."""
    drawn, said = measured(content, edges)
    CPU.observe(said.cpu_s)
    return drawn


def measured(content: bytes, edges: Sequence[int]) -> tuple[Drawn, apart.Said]:
    """With what it took. Raises Unfit."""
    ours, theirs = _APART.Pipe()
    process = _APART.Process(target=apart.work, args=(theirs, tuple(edges)), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send_bytes(content)
        if not ours.poll(_WITHIN_S):
            raise Unfit(Fault.TOO_MANY_PIXELS)
        return apart.read(ours.recv_bytes())
    except (EOFError, OSError) as error:  # it was ended: past its time, or past what it may hold
        raise Unfit(Fault.TOO_MANY_PIXELS) from error
    finally:
        process.kill()
        process.join()
        ours.close()
