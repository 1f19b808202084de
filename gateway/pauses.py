"""Who was told by a service to wait (429 with `Retry-After`): until then the service is not asked on his behalf."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.errors import RequestError
from services.kit.cache import Cache
from services.kit.codes import ErrorCode

_LONGEST_S = 60


@dataclass(slots=True)
class Pauses:
    """By what is asked for and the very credential that it was asked with: who shares an address shares no pause.

    At most 10,000 are remembered; who was told first is forgotten first, and asks the service once more.
    """

    clock: Callable[[], float] = time.monotonic
    _until: Cache[bytes, float] = field(default_factory=lambda: Cache(10_000))

    def check(self, what: str, authorization: str) -> None:
        """Raises RequestError while a pause lasts; never for who shows no credential, which all such callers have alike."""
        left = (self._until.get(_key(what, authorization)) or 0.0) - self.clock()
        if left > 0:
            raise RequestError.of(
                ErrorCode.RATE_LIMITED, "Too many requests.", status=429, retry_after_ms=max(1, round(left * 1_000))
            )

    def told(self, what: str, authorization: str, retry_after: str | None) -> None:
        """`retry_after`: the header of an answer with status 429. A date, or nothing, is no pause."""
        if authorization and retry_after and retry_after.isascii() and retry_after.isdecimal():
            seconds = min(int(retry_after[:9]), _LONGEST_S)
            self._until.put(_key(what, authorization), self.clock() + seconds)


def _key(what: str, authorization: str) -> bytes:
    return hashlib.sha256(f"{what}\n{authorization}".encode("utf-8", "surrogateescape")).digest()
