"""How much each caller may have standing at once: one who takes all places takes them from everybody."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.errors import RequestError
from gateway.pipeline import Caller
from services.kit.codes import ErrorCode


@dataclass(slots=True)
class Shares:
    """Of one thing. A known caller has `per_caller` of it; all who are not known at one address share `per_address`, for a
    village may have one. `refused` counts what was more than a share."""

    what: str
    per_caller: int
    per_address: int
    retry_after_ms: int = 1_000
    refused: int = 0
    _held: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def one(self, caller: Caller) -> Iterator[None]:
        """Holds one. Raises RequestError when the caller has all that it may have."""
        key = caller.key
        if self._held.get(key, 0) >= (self.per_address if caller.who.anonymous else self.per_caller):
            self.refused += 1
            message = f"This caller has too many {self.what}."
            raise RequestError.of(ErrorCode.RATE_LIMITED, message, status=429, retry_after_ms=self.retry_after_ms)
        self._held[key] += 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
