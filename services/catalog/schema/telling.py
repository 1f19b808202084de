"""Refusals that are kept: of a file's rows, of goods that were copied."""

from __future__ import annotations

from typing import Final

from services.catalog.schema.problems import REFUSALS
from services.catalog.store.bulk import Told
from services.graph import Refusal
from services.kit.graphql.refusals import Answers

_ANSWERS: Final = Answers(REFUSALS)


def telling(error: Exception) -> list[Told] | None:
    """As the graph tells it; None of what is no refusal."""
    problems = _ANSWERS.problems(error)
    if problems is None:
        return None
    return [
        Told(
            code=each.code,
            message=each.message,
            field=each.field,
            minimum=each.minimum,
            limit=each.limit,
            unit=each.unit,
            status=each.status,
        )
        for each in problems
        if isinstance(each, Refusal)
    ]
