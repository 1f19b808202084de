"""Enums of the rules as enums of the graph, each value described where the enum is shown."""

from __future__ import annotations

from enum import EnumMeta, StrEnum
from typing import Any

import strawberry


def described(kind: type[StrEnum], description: str, **values: str) -> None:
    """Makes `kind` an enum of the graph. Every value is described, by its name; raises ValueError for one that is missing or unknown."""
    if differing := set(values) ^ set(kind.__members__):
        raise ValueError(f"{kind.__name__}: {', '.join(sorted(differing))}")
    made: EnumMeta = strawberry.enum(kind, description=description)
    definition: Any = made.__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry keeps it on the class
    for value in definition.values:
        value.description = values[value.name]
