"""How a rule's refusal, which is an exception, becomes the problem that a mutation answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

E = TypeVar("E", bound=Exception)
P = TypeVar("P")


class Refusal(Generic[E, P]):
    """A `strawberry.ExceptionHandler`: `Refusal(domain.CartIsFull, CartTooLarge, lambda full: CartTooLarge(limit=full.limit))`.

    The mutation's union must name the problem, else the caller gets a masked error. `answer` may decline with None.
    """

    def __init__(self, refused: type[E], problem: type[P], answer: Callable[[E], P | None]) -> None:
        self.exception_type = refused
        self.error_type = problem
        self._answer = answer

    def handle(self, exception: E, **_: Any) -> P | None:
        return self._answer(exception)
