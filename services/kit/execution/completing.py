"""What a resolved value is in the answer: objects, and lists of objects, of the classes that the schema names are written by the plan."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from services.kit.execution.classes import is_cast, types_by_class
from services.kit.execution.field import Complete, Field, Write

if TYPE_CHECKING:
    from services.kit.execution.execution import PlannedExecution

_SAME: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


def completer(field: Field, schema: GraphQLSchema) -> Complete:
    """By the field's type; falls back to graphql-core for each value that is not of the usual class."""
    type_: Any = field.type
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_

    def plainly(ex: PlannedExecution, path: Path, value: Any) -> Any:
        return ex.complete_value(type_, field.details, ex.info_of(field, path), path, value, None)

    if isinstance(inner, GraphQLList):
        return _list(Items(field, inner.of_type, schema), plainly)
    if is_leaf_type(inner):
        return _same(_SAME[inner], plainly) if inner in _SAME else plainly
    return Objects(field, inner, schema, plainly).complete


class Written:
    """How objects of one type are written at one place: looked up in the plan when the first one is met."""

    __slots__ = ("_details", "_type", "_write")

    def __init__(self, type_: GraphQLObjectType, details: FieldDetailsList) -> None:
        self._type, self._details = type_, details
        self._write: Write | None = None

    def by(self, ex: PlannedExecution) -> Write:
        if self._write is None:
            self._write = ex.selection_of(self._type, self._details).write
        return self._write


class Objects:
    """Values of a composite type, by their class."""

    def __init__(self, field: Field, type_: Any, schema: GraphQLSchema, otherwise: Complete) -> None:
        found = types_by_class(schema, type_)
        self.by_class = {known: Written(each, field.details) for known, each in found.items()}
        # Of a type that is asked for no interface nobody asks what else a value may be cast to.
        self._cast = not isinstance(type_, GraphQLObjectType) or bool(type_.interfaces)
        self._otherwise = otherwise

    def complete(self, ex: PlannedExecution, path: Path, value: Any) -> Any:
        written = self.by_class.get(type(value))
        if written is None or (self._cast and is_cast(value)):
            return self._otherwise(ex, path, value)
        return written.by(ex)(ex, value, path)


def _list(items: Items, plainly: Complete) -> Complete:
    def complete(ex: PlannedExecution, path: Path, value: Any) -> Any:
        if type(value) is not list and type(value) is not tuple:
            return plainly(ex, path, value)
        if items.same and set(map(type, value)) <= items.same:
            return list(value)
        return ex.complete_items(items, path, value) if items.objects else plainly(ex, path, value)

    return complete


def _same(known: type, plainly: Complete) -> Complete:
    def complete(ex: PlannedExecution, path: Path, value: Any) -> Any:
        return value if type(value) is known else plainly(ex, path, value)

    return complete


class Items:
    """The items of a list field. `same`: classes of leaves that stay as they are. `objects` is None where no plan writes them."""

    def __init__(self, field: Field, type_: GraphQLOutputType, schema: GraphQLSchema) -> None:
        self._field, self._type = field, type_
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        leaf = is_leaf_type(inner)
        self.same = {_SAME[inner], *(() if inner is not type_ else (type(None),))} if leaf and inner in _SAME else None
        self.objects = None if leaf or isinstance(inner, GraphQLList) else Objects(field, inner, schema, self._plainly)

    def complete(
        self,
        ex: PlannedExecution,
        path: Path,
        values: Sequence[Any],
        first: int,
        completed: list[Any],
        waits: list[int],
    ) -> None:
        """Puts what comes of the values, from number `first` on, behind `completed`, and the numbers of awaitables into `waits`."""
        objects, details, type_ = self.objects, self._field.details, self._type
        assert objects is not None
        one, known = objects.complete, objects.by_class
        for at, value in enumerate(values, first):
            here = Path(path, at, None)
            try:
                if type(value) not in known and ex.is_awaitable(value):
                    answer = self._awaited(ex, here, value)
                else:
                    answer = one(ex, here, value)
                    if type(answer) is dict or not ex.is_awaitable(answer):
                        completed.append(answer)
                        continue
                    answer = ex.caught(answer, type_, details, here)
            except Exception as error:  # noqa: BLE001  that of the item, or of its list
                ex.handle_field_error(error, type_, details, here)
                completed.append(None)
            else:
                completed.append(answer)
                waits.append(at)

    async def _awaited(self, ex: PlannedExecution, here: Path, value: Awaitable[Any]) -> Any:
        objects = self.objects
        assert objects is not None
        try:
            answer = objects.complete(ex, here, await value)
            return await answer if ex.is_awaitable(answer) else answer
        except Exception as error:  # noqa: BLE001  that of the item, or of its list
            ex.handle_field_error(error, self._type, self._field.details, here)
            return None

    def _plainly(self, ex: PlannedExecution, here: Path, value: Any) -> Any:
        info = ex.info_of(self._field, here)
        return ex.complete_value(self._type, self._field.details, info, here, value, None)
