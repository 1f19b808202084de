"""What was said: every client call as it was begun and as it ended, as JSON lines that a checker reads."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO


class What(StrEnum):
    """`OK` and `FAIL` are the service's own word; after `INFO` nobody knows whether it was done."""

    INVOKE = "invoke"
    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Call:
    """One line. `call` joins an end to its beginning; `key` is the idempotency key of what creates."""

    call: int
    at_s: float
    buyer: str
    operation: str
    what: What
    key: str = ""
    order: str = ""
    code: str = ""
    version: int = 0


class History:
    """Written as it happens: a run that is cut off leaves what was said until then."""

    def __init__(self, file: Path | None = None) -> None:
        self.calls: list[Call] = []
        self._numbers = itertools.count(1)
        self._began = time.monotonic()
        self._stream: IO[str] | None = file.open("w") if file else None

    def invoke(self, buyer: str, operation: str, *, key: str = "", order: str = "") -> Call:
        return self._add(Call(next(self._numbers), self._now(), buyer, operation, What.INVOKE, key, order))

    def end(self, call: Call, what: What, *, order: str = "", code: str = "", version: int = 0) -> None:
        self._add(
            Call(call.call, self._now(), call.buyer, call.operation, what, call.key, order or call.order, code, version)
        )

    def close(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None

    def _now(self) -> float:
        return round(time.monotonic() - self._began, 4)

    def _add(self, call: Call) -> Call:
        self.calls.append(call)
        if self._stream:
            self._stream.write(json.dumps(asdict(call)) + "\n")
        return call
