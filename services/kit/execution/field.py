"""A field of a selection, as a plan knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLOutputType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

if TYPE_CHECKING:
    from services.kit.execution.execution import PlannedExecution

Complete = Callable[["PlannedExecution", Path, Any], Any]
"""What a resolved value is in the answer, or an awaitable of that. Raises what went wrong; the caller says where."""

Read = Callable[["PlannedExecution", Any, "Path | None"], Any]
"""A field's value of a source, or an awaitable of it. The path is the source's."""

Write = Callable[["PlannedExecution", Any, "Path | None"], Any]
"""All fields of a source: a dict, or an awaitable of one."""


@dataclass(slots=True, eq=False)
class Field:
    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList
    nodes: list[FieldNode]
    complete: Complete

    @property
    def type(self) -> GraphQLOutputType:
        return self.definition.type
