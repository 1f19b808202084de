"""A token bucket per identity, in this process's memory: a guard against one caller's haste, not the world's."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from services.kit.cache import Cache


class RateLimited(Exception):
    """Too many calls by this caller; one more may succeed after `retry_after_ms`."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"too many requests, try again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class RateLimit:
    """`burst` calls at once, then `per_second` (may be below 1) on and on; each replica counts for itself.

    At most `callers` buckets are kept. The one unused longest goes first, which gives its owner a full bucket again.
    """

    def __init__(
        self, *, burst: int, per_second: float, callers: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._buckets: Cache[str | bytes, _Bucket] = Cache(callers)

    def take(self, caller: str | bytes, calls: int = 1) -> None:
        """Count a call, or work that is worth several. Raises RateLimited, and then nothing is counted."""
        calls = max(1, min(calls, self._burst))
        now_s = self._clock()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = _Bucket(self._burst, now_s)
            self._buckets.put(caller, bucket)
        else:
            bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.at_s) * self._per_second)
            bucket.at_s = now_s
        if bucket.tokens < calls:
            raise RateLimited(int((calls - bucket.tokens) / self._per_second * 1000) + 1)
        bucket.tokens -= calls

    def give_back(self, caller: str | bytes, calls: int = 1) -> None:
        """Of what was taken before it was known that it counts for nothing."""
        bucket = self._buckets.get(caller)
        if bucket is not None:
            bucket.tokens = min(self._burst, bucket.tokens + calls)
