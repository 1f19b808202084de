"""A cause of an alert, as data and a generator: what is done up to `yield` causes it, what comes after is what docs/alerts.md says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from tests.slow.alerts.world import World

Act = Callable[[World], AsyncIterator[None]]


@dataclass(frozen=True, slots=True)
class Called:
    """An alert, and the labels by which it names what it is about."""

    alert: str
    labels: frozenset[tuple[str, str]] = frozenset()

    def is_in(self, firing: dict[str, str]) -> bool:
        return firing["alertname"] == self.alert and self.labels <= firing.items()

    def __str__(self) -> str:
        return self.alert + "".join(f" {value}" for _, value in sorted(self.labels))


@dataclass(frozen=True, slots=True)
class Cause:
    """`brings`: what it rightly sets off beside its own alerts."""

    calls: tuple[Called, ...]
    how: str
    ends: str
    act: Act
    wave: int
    brings: tuple[Called, ...] = field(default=())


CAUSES: list[Cause] = []


def called(alert: str, **labels: str) -> Called:
    return Called(alert, frozenset(labels.items()))


def causes(*calls: Called, wave: int, how: str, ends: str, brings: tuple[Called, ...] = ()) -> Callable[[Act], Act]:
    """Enters a cause. Those of one wave are done at once."""

    def enter(act: Act) -> Act:
        CAUSES.append(Cause(calls, how, ends, act, wave, brings))
        return act

    return enter
