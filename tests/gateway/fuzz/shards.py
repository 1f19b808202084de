"""A run divided over processes, each with a gateway and a seed of its own, and one outcome of all."""

import asyncio
import gc
import logging
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.gateway.fuzz.run import Outcome, run

# Between the seeds of the processes, so that the seeds that people give draw nothing twice.
_APART = 1_000_003
_TELL_EVERY = 10_000


def outcome(requests: int, seed: int, workers: int, again: float) -> Outcome:
    """Raises BrokenProcessPool when a process dies."""
    sizes = [requests // workers + (number < requests % workers) for number in range(workers)]
    seeds = [seed + number * _APART for number in range(workers)]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as processes:
        return merged(list(processes.map(partial(_shard, again), sizes, seeds)))


def merged(parts: list[Outcome]) -> Outcome:
    """Memory is that of the process that grew most."""
    grown = max(parts, key=lambda part: part.after_mib - part.before_mib)
    whole = Outcome(before_mib=grown.before_mib, after_mib=grown.after_mib)
    for part in parts:
        whole.sent += part.sent
        whole.faults += part.faults
        whole.seconds += part.seconds
        for kind, took in part.worst_ms.items():
            whole.worst_ms[kind] = max(whole.worst_ms.get(kind, 0), took)
    return whole


def _shard(again: float, requests: int, seed: int) -> Outcome:
    logging.disable(logging.CRITICAL)
    gc.set_threshold(20_000, 2, 2)  # as the gateway's own process
    return asyncio.run(run(requests, seed, partial(_tell, requests, seed), again=again))


def _tell(requests: int, seed: int, so_far: Outcome) -> None:
    """On the way: a run of hours is to be looked at before its end."""
    sent = so_far.sent.total()
    if sent % _TELL_EVERY == 0 or sent == requests:
        sys.stderr.write(f"seed {seed}: {sent} of {requests}, {len(so_far.faults)} faults\n")
        sys.stderr.writelines(f"{one}\n" for one in so_far.faults[:5])
