"""How many bytes an operation may still receive from all subgraphs together.

Whoever runs an operation sets it for its task; the requests that it makes, in tasks of their own, take from the same.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass


class Spent(Exception):
    """The operation has received as much as it may."""


@dataclass(slots=True)
class _Budget:
    left: int


_BUDGET: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextlib.contextmanager
def of(size: int) -> Iterator[None]:
    before = _BUDGET.set(_Budget(size))
    try:
        yield
    finally:
        _BUDGET.reset(before)


def take(size: int) -> None:
    """Raises Spent."""
    budget = _BUDGET.get()
    if budget is not None:
        budget.left -= size
        if budget.left < 0:
            raise Spent
