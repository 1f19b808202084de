"""The plans of a schema's operations, kept within a number of bytes; and which operations have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from services.kit.cache import Cache
from services.kit.execution.completing import completer
from services.kit.execution.field import Field, Write
from services.kit.execution.resolving import part_of
from services.kit.execution.writing import compiled

if TYPE_CHECKING:
    from services.kit.execution.execution import PlannedExecution

_NAME = "services.kit.execution"
# Making code takes 0.1–0.2 ms a field: what nobody asks for in earnest is interpreted.
_MOST_FIELDS = 400
_PLAN_BYTES = 2_000
_FIELD_BYTES = 2_500
_TEXT_BYTES = 4


class Unplanned(StrEnum):
    """Why an operation is executed by graphql-core alone."""

    SUBSCRIPTION = "subscription"
    INCREMENTAL = "incremental"
    FRAGMENT_VARIABLES = "fragment_variables"
    MIDDLEWARE = "middleware"
    ABORT_SIGNAL = "abort_signal"
    ERROR_PROPAGATION = "error_propagation"
    TOO_DEEP = "too_deep"
    SHARED_NODES = "shared_nodes"


@dataclass(slots=True)
class Selection:
    """The fields of one object type at one place, collected by graphql-core. `details` are held, for the plan knows them by identity."""

    grouped: GroupedFieldSet
    details: FieldDetailsList | None
    write: Write


class Plan:
    """Of one operation, for one answer to all its conditions. Objects are planned when the first of them is met."""

    def __init__(self, shape: _Shape) -> None:
        self.shape = shape
        self.root: Selection | None = None
        self.selections: dict[tuple[GraphQLObjectType, int], Selection] = {}
        self.fields = 0
        self.bytes = _PLAN_BYTES

    def select(
        self, ex: PlannedExecution, type_: GraphQLObjectType, grouped: GroupedFieldSet, details: FieldDetailsList | None
    ) -> Selection:
        fields = list(_fields(ex.schema, type_, grouped))
        self.fields += len(fields)
        self.bytes += len(fields) * _FIELD_BYTES
        if self.fields > _MOST_FIELDS or type_.name.startswith("__") or not fields:
            ex.plans.interpreted += 1

            def interpreted(ex: PlannedExecution, source: Any, path: Any) -> Any:
                return ex.execute_fields(type_, source, path, grouped, None)

            return Selection(grouped, details, interpreted)
        write, length = compiled([part_of(field, ex) for field in fields])
        self.bytes += length * _TEXT_BYTES
        return Selection(grouped, details, write)


def _fields(schema: GraphQLSchema, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Iterator[Field]:
    for key, details in grouped.items():
        nodes = [each.node for each in details]
        name = nodes[0].name.value
        definition = schema.get_field(type_, name)
        if definition is not None:
            field = Field(key, name, type_, definition, details, nodes, _later)
            field.complete = completer(field, schema)
            yield field


def _later(*_: object) -> Any:
    raise AssertionError("a field is completed before it is whole")


@dataclass(slots=True)
class _Shape:
    """What is looked at once in an operation: the variables that decide which of its fields there are, and why it has no plan."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: tuple[str, ...] = ()
    unplanned: Unplanned | None = None


class Plans:
    """Of one schema. `counts`: executions by way, `planned` or the reason why not. `interpreted`: selections that no code was made for."""

    def __init__(self, size: int = 16 * 1024 * 1024) -> None:
        self.counts: Counter[str] = Counter()
        self.interpreted = 0
        self._shapes: Cache[int, _Shape] = Cache(2_000)
        self._plans: Cache[tuple[Any, ...], Plan] = Cache.of_bytes(size)

    @classmethod
    def of(cls, schema: GraphQLSchema) -> Plans:
        found = schema.extensions.get(_NAME)
        if not isinstance(found, Plans):
            found = schema.extensions[_NAME] = cls()
        return found

    @property
    def kept_bytes(self) -> int:
        return self._plans.counts.size

    def plan(self, ex: PlannedExecution) -> Plan | None:
        shape = self._shape(ex)
        why = shape.unplanned or _unplanned(ex, shape)
        self.counts[why or "planned"] += 1
        if why is not None:
            return None
        values = ex.variable_values.coerced
        key = (id(shape.operation), *(values.get(name) for name in shape.conditions))
        found = self._plans.get(key)
        if found is None or found.shape.operation is not shape.operation:
            found = Plan(shape)
            self.keep(found, ex)
        return found

    def keep(self, plan: Plan, ex: PlannedExecution) -> None:
        """Again when it has grown."""
        values = ex.variable_values.coerced
        self._plans.put(
            (id(plan.shape.operation), *(values.get(name) for name in plan.shape.conditions)), plan, plan.bytes
        )

    def _shape(self, ex: PlannedExecution) -> _Shape:
        key = id(ex.operation)
        found = self._shapes.get(key)
        if found is None or found.operation is not ex.operation:
            found = _shape_of(ex.operation, ex.fragment_definitions)
            self._shapes.put(key, found)
        return found


def _unplanned(ex: PlannedExecution, shape: _Shape) -> Unplanned | None:
    """Of what is not the operation's own, but of this execution."""
    middleware = ex.middleware_manager
    if middleware is not None and middleware.middlewares:
        return Unplanned.MIDDLEWARE
    if ex.abort_signal is not None:
        return Unplanned.ABORT_SIGNAL
    fragments = ex.fragment_definitions
    if len(fragments) != len(shape.fragments) or any(
        shape.fragments.get(name) is not fragments[name] for name in fragments
    ):
        return Unplanned.SHARED_NODES
    return None


def _shape_of(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> _Shape:
    shape = _Shape(operation, fragments)
    if operation.operation is OperationType.SUBSCRIPTION:
        shape.unplanned = Unplanned.SUBSCRIPTION
    elif operation.directives:
        shape.unplanned = Unplanned.ERROR_PROPAGATION
    elif any(each.variable_definitions for each in fragments.values()):
        shape.unplanned = Unplanned.FRAGMENT_VARIABLES
    else:
        conditions: set[str] = set()
        try:
            for each in (operation, *fragments.values()):
                for name, variable in _directives(each.selection_set):
                    if name in ("defer", "stream"):
                        shape.unplanned = Unplanned.INCREMENTAL
                    elif variable is not None:
                        conditions.add(variable)
        except RecursionError:
            shape.unplanned = Unplanned.TOO_DEEP
        shape.conditions = tuple(sorted(conditions))
    return shape


def _directives(selected: SelectionSetNode) -> Iterator[tuple[str, str | None]]:
    """Name and variable of each directive that decides over a selection."""
    for selection in selected.selections:
        for directive in selection.directives or ():
            decides = directive.name.value in ("skip", "include")
            named = [
                each.value for each in directive.arguments or () if decides and isinstance(each.value, VariableNode)
            ]
            yield directive.name.value, named[0].name.value if named else None
        below = getattr(selection, "selection_set", None)
        if below is not None:
            yield from _directives(below)
