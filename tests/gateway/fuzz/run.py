"""A run of attempts against the application, with its count and its faults."""

import gc
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

from tests.gateway.fuzz.attempts import Maker
from tests.gateway.fuzz.inside import judged, target
from tests.gateway.fuzz.verdict import Attempt, fault


@dataclass(slots=True)
class Fault:
    seed: int
    number: int
    attempt: Attempt
    what: str

    def __str__(self) -> str:
        one = self.attempt
        shown = one.body[:600] or one.target[:600]
        return f"seed {self.seed}, {self.number}: {one.kind}: {self.what}\n   {one.method} {one.headers}\n   {shown!r}"


@dataclass(slots=True)
class Outcome:
    """Memory is what the process holds resident: `before_mib` when a fifth was sent, for caches fill until then, `after_mib` after all."""

    sent: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    before_mib: float = 0.0
    after_mib: float = 0.0
    # Of CPU, by kind: the most that one request took.
    worst_ms: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


async def run(
    requests: int, seed: int, progress: Callable[[Outcome], None] = lambda _: None, *, again: float = 0.0
) -> Outcome:
    """`progress` is told after each request; `again`: how many of the requests were sent before."""
    outcome, began = Outcome(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        async with target(seed, Path(folder)) as aim:
            schema = aim.world.universe.supergraph.api
            judge = partial(fault, schema=schema)
            maker = Maker(schema, random.Random(seed), again)
            for number in range(requests):
                if number == requests // 5:
                    outcome.before_mib = resident_mib()
                attempt = maker.attempt()
                aim.spoiling.on = attempt.spoiled_subgraphs
                before = time.process_time()
                what = await judged(aim.application, attempt, judge)
                took = (time.process_time() - before) * 1000
                outcome.worst_ms[attempt.kind] = max(outcome.worst_ms.get(attempt.kind, 0), took)
                outcome.sent[attempt.kind] += 1
                if what:
                    outcome.faults.append(Fault(seed, number, attempt, what))
                aim.world.universe.changes.clear()
                progress(outcome)
    outcome.after_mib = resident_mib()
    outcome.seconds = time.process_time() - began
    return outcome


def resident_mib() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 2**20
