"""How a rule's refusal, which is an exception, becomes a problem in the payload of the field that was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import strawberry
from graphql import OperationType
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

E = TypeVar("E", bound=Exception)


class Answer(Generic[E]):
    """`Answer(domain.CartIsFull, lambda full: Refusal(code=…, limit=full.limit))`: a problem, a list of them, or None to decline."""

    def __init__(self, refused: type[E], told: Callable[[E], object | None]) -> None:
        self.refused = refused
        self.told = told


class Answers:
    """All that a schema's commands refuse with; of several for one exception the first that does not decline."""

    def __init__(self, answers: Iterable[Answer[Any]]) -> None:
        self._answers = tuple(answers)

    def problems(self, error: Exception) -> list[object] | None:
        """Those of one exception, or of all that an `ExceptionGroup` holds, in its order; None when not all of it is a refusal."""
        if isinstance(error, ExceptionGroup):
            found = [self.problems(each) for each in error.exceptions]
            return None if None in found else [problem for each in found if each for problem in each]
        for answer in self._answers:
            if isinstance(error, answer.refused) and (told := answer.told(error)) is not None:
                return told if isinstance(told, list) else [told]
        return None


class _Refusable(FieldExtension):
    """Answers the field's own payload with the problems. The schema has to have `answers`."""

    def apply(self, field: StrawberryField) -> None:
        kind: Any = field.type
        self._payload: Any = kind.of_type if isinstance(kind, StrawberryOptional) else kind

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        if info.operation.operation is OperationType.MUTATION:
            info.context.forget()  # what a mutation before this one has loaded may be another now
        try:
            return await next_(source, info, **kwargs)
        except Exception as error:
            answers: Answers = info.schema.answers  # type: ignore[attr-defined]  # ours has them
            problems = answers.problems(error)
            if problems is None:
                raise
            if not kwargs:
                for each in problems:
                    each.field = None  # type: ignore[attr-defined]  # nothing was given, so nothing given is at fault
            return self._payload(problems=problems)


def refusable(*, description: str, requires: Sequence[str] = ()) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """A mutation, or another field, that answers a payload: a type whose fields may all be left out, and with `problems`. `requires` are
    fields of an entity that another service has."""
    return lambda resolver: strawberry.federation.field(
        resolver=resolver, description=description, extensions=[_Refusable()], requires=requires
    )
