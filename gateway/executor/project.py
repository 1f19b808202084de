"""Writes the answer: what the client asked for, in its order and names, each value checked against the schema."""

import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
    is_leaf_type,
)

from gateway.executor.failure import Failure
from gateway.executor.nesting import too_deep
from gateway.executor.writing import (
    LEAST,
    MOST,
    NO_PATH,
    Complete,
    FieldWriter,
    Nulled,
    Path,
    Report,
    Write,
    WriteAll,
    compiled,
    compiled_list,
    denied,
    null,
    refuse,
)
from gateway.planner.plan import Location
from gateway.planner.selection import Field, Selections, SelectionSet
from gateway.supergraph.model import Supergraph


class Projection:
    """Compiled once per plan; writers of abstract types are made when a type is first seen."""

    def __init__(self, supergraph: Supergraph, selection: SelectionSet, root: Location, root_type: str) -> None:
        self.selection = selection
        self._supergraph = supergraph
        self._api = supergraph.api
        self._selections = Selections(supergraph)
        type_ = self._api.type_map[root_type]
        assert isinstance(type_, GraphQLObjectType)
        writers = self._object_writers(type_, [selection], root)
        self._root = compiled(writers)
        self._must = frozenset(writer.key for writer in writers if not writer.nullable)

    def write(self, data: dict[str, Any], report: Report) -> dict[str, Any] | None:
        try:
            written = self._root(data, NO_PATH, report)
        except Nulled:
            written = None
        report.settle()
        if written is None or not self._must.isdisjoint(report.lost):
            return None
        return {**written, **dict.fromkeys(report.lost)} if report.lost else written

    def _object_writers(
        self, type_: Any, selections: list[SelectionSet], location: Location | None
    ) -> list[FieldWriter]:
        groups: dict[str, list[Field]] = {}
        for selection in selections:
            self._collect(selection, type_.name, groups)
        writers = [self._field(type_, key, group, location) for key, group in groups.items()]
        for writer in writers:
            writer.aside = partial(_renamed, writers)
        return writers

    def _collect(self, selection: SelectionSet, type_name: str, into: dict[str, list[Field]]) -> None:
        for item in selection.items:
            if isinstance(item, Field):
                into.setdefault(item.response_key, []).append(item)
            elif self._selections.applies(item.type, type_name):
                self._collect(item.children, type_name, into)

    def typed(self, selection: SelectionSet, interface: str) -> bool:
        return any(
            not self._selections.applies(item.type, interface) or self.typed(item.children, interface)
            for item in selection.items
            if not isinstance(item, Field)
        )

    def _field(self, parent: Any, key: str, group: list[Field], location: Location | None) -> FieldWriter:
        group = [each for each in group if not each.denied] or group[:1]
        one = group[0]
        if one.name == "__typename":
            constant = parent.name if isinstance(parent, GraphQLObjectType) else None
            return FieldWriter(key, "__typename", None, _nameless, False, "__typename", constant)
        if one.name.startswith("__"):
            return FieldWriter(key, introspection_key(key), None, _any, one.name == "__type", one.name)
        declared: GraphQLOutputType = parent.fields[one.name].type
        coordinate = f"{parent.name}.{one.name}"
        known = None if one.denied else location
        entry = known.find(parent.name, one.identity) if known is not None else None
        nullable = not isinstance(declared, GraphQLNonNull)
        inner = declared if nullable else declared.of_type  # type: ignore[union-attr]  # NonNull has it
        children = [each.children for each in group if each.children is not None]
        shapes = _Shapes(self, children, entry.location if entry else None)
        return FieldWriter(
            key,
            entry.key if entry else "",
            _right(inner),
            self._complete(inner, shapes, coordinate),
            nullable,
            coordinate,
            members=frozenset(inner.values) if isinstance(inner, GraphQLEnumType) else None,
            reachable=entry is not None,
            below=shapes.rename,
            why=denied(coordinate, one.denied) if one.denied else None,
        )

    def _complete(self, type_: Any, shapes: "_Shapes", coordinate: str) -> Complete:
        if isinstance(type_, GraphQLList):
            item = type_.of_type
            nullable = not isinstance(item, GraphQLNonNull)
            inner = item if nullable else item.of_type
            if isinstance(inner, GraphQLObjectType):
                return _objects(inner, nullable, coordinate, shapes)
            return _list(self._complete(inner, shapes, coordinate), nullable, coordinate, shapes)
        named: GraphQLNamedType = type_
        if is_leaf_type(named):
            return _leaf(named, coordinate)
        if is_abstract_type(named):
            return self._abstract(named, shapes, coordinate)

        def complete(value: Any, path: Path, report: Report) -> Any:
            if type(value) is not dict:
                return refuse(value, coordinate, "an object", path, report)
            return shapes.write(named)(value, path, report)

        return complete

    def _abstract(self, named: Any, shapes: "_Shapes", coordinate: str) -> Complete:
        possible = {one.name: one for one in self._api.get_possible_types(named)}
        objects = {
            name
            for name, type_ in self._supergraph.types.items()
            if any(join.interface_object for join in type_.joins.values())
        }

        def complete(value: Any, path: Path, report: Report) -> Any:
            if type(value) is not dict:
                return refuse(value, coordinate, "an object", path, report)
            name = value.get("__typename")
            if type(name) is not str:
                return refuse(name, coordinate, "the name of a type", path, report)
            real: Any = possible.get(name)
            if real is None and name in objects:
                real = self._api.type_map.get(name)
                if real is not None and shapes.typed(name):
                    # What fragments ask of this object nobody can say: a part of it would look like the whole.
                    return _nameless(value, path, report)
            if real is None:
                return refuse(name, coordinate, "a type that belongs here", path, report)
            return shapes.write(real)(value, path, report)

        return complete


class _Shapes:
    """The writers below one field, per real type."""

    __slots__ = ("_by_type", "_children", "_compiled", "_location", "_projection")

    def __init__(self, projection: Projection, children: list[SelectionSet], location: Location | None) -> None:
        self._projection = projection
        self._children = children
        self._location = location
        self._by_type: dict[str, list[FieldWriter]] = {}
        self._compiled: dict[str, Write] = {}

    def write(self, type_: Any) -> Write:
        known = self._compiled.get(type_.name)
        if known is None:
            known = self._compiled[type_.name] = compiled(self.writers(type_))
        return known

    def typed(self, interface: str) -> bool:
        """Whether what is asked of an object hangs on its real type."""
        return any(self._projection.typed(one, interface) for one in self._children)

    def writers(self, type_: Any) -> list[FieldWriter]:
        known = self._by_type.get(type_.name)
        if known is None:
            known = self._by_type[type_.name] = self._projection._object_writers(type_, self._children, self._location)
        return known

    def rename(self, below: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """A path in a subgraph's answer, in the client's names. Keys that it has no name for stay."""
        if not below:
            return ()
        head, rest = below[0], below[1:]
        if isinstance(head, int):
            return (head, *self.rename(rest))
        api = self._projection._api
        # The real type is not known, for the object is null: a name that holds for all types that have the field.
        named: list[dict[tuple[str | int, ...], None]] = []
        for name in self._types():
            names = {
                (writer.key, *writer.below(rest)): None
                for writer in self.writers(api.type_map[name])
                if writer.data_key == head and writer.below is not None
            }
            if names:
                named.append(names)
        if not named:
            return below
        return next((one for one in named[0] if all(one in names for names in named)), ())

    def _types(self) -> list[str]:
        names: dict[str, None] = dict.fromkeys(self._by_type)
        if self._location is not None:
            for entries in self._location.entries.values():
                for entry in entries:
                    names.update(dict.fromkeys(sorted(entry.parents)))
        api = self._projection._api
        return [name for name in names if isinstance(api.type_map.get(name), GraphQLObjectType)]


def _renamed(writers: list[FieldWriter], below: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """A path from one object on, in the client's names; None when it begins with a field that the client has no name for."""
    for writer in writers:
        if writer.data_key == below[0] and writer.below is not None:
            return (writer.key, *writer.below(below[1:]))
    return None


def introspection_key(response_key: str) -> str:
    """Where the merged data holds an introspection field of the root: no field has such a name."""
    return f"__introspection:{response_key}"


def _objects(type_: Any, nullable: bool, coordinate: str, shapes: _Shapes) -> Complete:
    """A list of objects of one type."""

    def item(one: Any, path: Path, report: Report) -> Any:
        if one is None:
            if not nullable:
                report.add(null(coordinate), path)
        elif type(one) is Failure:
            report.add(one, path, shapes.rename(one.below))
        else:
            refuse(one, coordinate, "an object", path, report)
        if not nullable:
            raise Nulled

    write: WriteAll | None = None

    def complete(value: Any, path: Path, report: Report) -> Any:
        nonlocal write
        if type(value) is not list:
            return refuse(value, coordinate, "a list", path, report)
        if write is None:
            write = compiled_list(shapes.writers(type_), item, nullable=nullable)
        return write(value, path, report)

    return complete


def _list(item: Complete, nullable: bool, coordinate: str, shapes: _Shapes) -> Complete:
    def complete(value: Any, path: Path, report: Report) -> Any:
        if type(value) is not list:
            return refuse(value, coordinate, "a list", path, report)
        answer: list[Any] = []
        for index, one in enumerate(value):
            here = (path, index)
            if one is None:
                if not nullable:
                    report.add(null(coordinate), here)
                    raise Nulled
                answer.append(None)
            elif type(one) is Failure:
                report.add(one, here, shapes.rename(one.below))
                if not nullable:
                    raise Nulled
                answer.append(None)
            else:
                try:
                    answer.append(item(one, here, report))
                except Nulled:
                    if not nullable:
                        raise
                    answer.append(None)
        return answer

    return complete


def _nameless(value: Any, path: Path, report: Report) -> Any:
    """Of an interface's object, from a subgraph that knows the interface alone: no other told of what type it is."""
    why = next((one for one in value.values() if type(one) is Failure), None) if type(value) is dict else None
    report.add(why or Failure("The type of the object could not be had.", "INTERNAL_SERVER_ERROR", ""), path)
    raise Nulled


def _any(value: Any, path: Path, report: Report) -> Any:
    return value


def _right(type_: Any) -> str | None:
    """What a leaf's value plainly is. What is read as a float is never infinite, so it is one that Float may be."""
    if isinstance(type_, GraphQLEnumType):
        return "type($) is str and $ in members"
    known = _RIGHT.get(getattr(type_, "name", ""))
    return _SCALAR if known is None and isinstance(type_, GraphQLScalarType) else known


def _leaf(type_: Any, coordinate: str) -> Complete:
    if isinstance(type_, GraphQLEnumType):
        values = frozenset(type_.values)

        def enum(value: Any, path: Path, report: Report) -> Any:
            return (
                value
                if isinstance(value, str) and value in values
                else refuse(value, coordinate, type_.name, path, report)
            )

        return enum
    check = _CHECKS.get(type_.name)
    if check is None:

        def custom(value: Any, path: Path, report: Report) -> Any:
            if type(value) in (dict, list) and too_deep(value):
                return refuse(value, coordinate, "a value that can be passed on", path, report)
            return value

        return custom

    def leaf(value: Any, path: Path, report: Report) -> Any:
        completed = check(value)
        return refuse(value, coordinate, type_.name, path, report) if completed is None else completed

    return leaf


def _int(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and LEAST <= value <= MOST else None


def _float(value: Any) -> int | float | None:
    if type(value) is int:
        return value if -sys.float_info.max <= value <= sys.float_info.max else None
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _id(value: Any) -> str | None:
    return value if type(value) is str else str(value) if type(value) is int else None


_RIGHT = {
    "String": "type($) is str",
    "ID": "type($) is str",
    "Boolean": "type($) is bool",
    "Float": f"type($) is float or type($) is int and {-sys.float_info.max} <= $ <= {sys.float_info.max}",
    "Int": f"type($) is int and {LEAST} <= $ <= {MOST}",
}
# Of another scalar only what is nested is looked into.
_SCALAR = "type($) is str or type($) is int or type($) is bool or type($) is float"

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "Int": _int,
    "Float": _float,
    "ID": _id,
    "String": lambda value: value if type(value) is str else None,
    "Boolean": lambda value: value if type(value) is bool else None,
}
