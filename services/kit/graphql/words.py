"""What follows from a schema's shape and is not written at each field: an interface's words at what implements it, a page's arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    is_union_type,
)

_BY_NAME = {
    "(first:)": "At most so many; 20 unless said, at most 100.",
    "(after:)": "The cursor of the edge after which to go on.",
    "(idempotencyKey:)": "16 to 64 printable ASCII characters, made before the first try and used again for each repeat.",
    "edges": "The page, in the order that the field states.",
    "pageInfo": "Where the page begins and ends, and whether there is more.",
    "cursor": "For `after`: the list goes on behind this edge.",
    "node": "The thing itself.",
}


class UnknownCoordinate(Exception):
    """Words for a part of the schema that is not there: it was renamed, or the words are misspelt."""


def describe(schema: GraphQLSchema, words: Mapping[str, str]) -> None:
    """Describes what has no description: by the service's words, its interface, its name. Raises UnknownCoordinate."""
    unknown = set(words)
    for coordinate, part in _parts(schema):
        unknown.discard(coordinate)
        if not part.description:
            part.description = words.get(coordinate) or _inherited(schema, coordinate, words) or _by_name(coordinate)
    if unknown:
        raise UnknownCoordinate(", ".join(sorted(unknown)))


def _inherited(schema: GraphQLSchema, coordinate: str, words: Mapping[str, str]) -> str | None:
    type_name, _, field = coordinate.partition(".")
    for interface in getattr(schema.type_map[type_name], "interfaces", ()):
        name = f"{interface.name}.{field}"
        if found := words.get(name):
            return found
        if field in interface.fields and interface.fields[field].description:
            return str(interface.fields[field].description)
    return None


def _by_name(coordinate: str) -> str | None:
    type_name, _, field = coordinate.partition(".")
    if not field:
        if type_name.endswith("Payload"):
            return "What came of it: what is there afterwards, or why nothing was done."
        if type_name.endswith("Edge"):
            return "One place in a list."
        return None
    if type_name.endswith("Payload"):
        return "As it is afterwards; null when there are problems."
    if "(" in field:
        return _BY_NAME.get(field[field.index("(") :])
    return _BY_NAME.get(field) if type_name.endswith(("Connection", "Edge")) else None


def _parts(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    type_: Any
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or name.startswith("_"):
            continue
        if is_enum_type(type_):
            yield name, type_
            for value, definition in type_.values.items():
                yield f"{name}.{value}", definition
        elif is_union_type(type_):
            yield name, type_
        elif is_input_object_type(type_):
            yield name, type_
            for field, definition in type_.fields.items():
                yield f"{name}.{field}", definition
        elif is_object_type(type_) or is_interface_type(type_):
            yield name, type_
            for field, definition in type_.fields.items():
                yield f"{name}.{field}", definition
                for argument, given in definition.args.items():
                    yield f"{name}.{field}({argument}:)", given
