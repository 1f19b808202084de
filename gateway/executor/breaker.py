"""A circuit breaker: a subgraph that fails too often is left alone for a while, then tried with one request."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

logger = logging.getLogger(__name__)

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Opens when `percent` of at least `least` requests failed within `window_s`; tries again after `pause_s`."""

    percent: int = 50
    least: int = 20
    window_s: float = 10.0
    pause_s: float = 2.0


@dataclass(slots=True)
class Breaker:
    """Of one subgraph. `clock` is in seconds. Counts by halves of the window, so that old failures fade."""

    name: str
    rules: Rules
    clock: Callable[[], float]
    state: State = "closed"
    opened: int = 0
    refused: int = 0
    _began: float = 0.0
    _now: list[int] = field(default_factory=lambda: [0, 0])  # succeeded, failed
    _before: list[int] = field(default_factory=lambda: [0, 0])
    _until: float = 0.0

    def allows(self) -> bool:
        """False: do not ask. True while half open is given to one request, which must report back."""
        if self.state == "closed":
            return True
        if self.state == "open" and self.clock() >= self._until:
            self.state = "half-open"
            return True
        self.refused += 1
        return False

    def succeeded(self) -> None:
        if self.state == "closed":
            self._fade(self.clock())
            self._now[0] += 1
        elif self.state == "half-open":
            self.state = "closed"
            self._now, self._before = [0, 0], [0, 0]
            logger.info("subgraph is back", extra={"subgraph": self.name})

    def failed(self) -> None:
        now = self.clock()
        if self.state == "half-open":
            self._open(now)
            return
        if self.state == "open":
            return  # one that was under way
        self._fade(now)
        self._now[1] += 1
        failures = self._now[1] + self._before[1]
        total = failures + self._now[0] + self._before[0]
        if total >= self.rules.least and failures * 100 >= total * self.rules.percent:
            self._open(now)

    def left(self) -> None:
        """The request ended without telling anything of the subgraph."""
        if self.state == "half-open":
            self.state = "open"  # the next request is the trial

    def _fade(self, now: float) -> None:
        half = self.rules.window_s / 2
        if now - self._began >= half:
            self._before = self._now if now - self._began < 2 * half else [0, 0]
            self._now = [0, 0]
            self._began = now

    def _open(self, now: float) -> None:
        self.state = "open"
        self.opened += 1
        self._until = now + self.rules.pause_s
        logger.warning("subgraph is left alone", extra={"subgraph": self.name, "seconds": self.rules.pause_s})
