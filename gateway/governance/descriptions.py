"""Whether everything that a front end sees of the schema says what it is."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    is_specified_scalar_type,
)

_ROOTS = ("Query", "Mutation", "Subscription")


def undescribed(schema: GraphQLSchema) -> list[str]:
    """The coordinates of types, fields, arguments and enum values without a description, sorted. An argument `id` says what it is."""
    return sorted(
        name for name, described in _everything(schema) if not name.endswith("(id:)") and not (described or "").strip()
    )


def _everything(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        if name not in _ROOTS:
            yield name, type_.description
        for part, node in parts(type_):
            yield f"{name}.{part}", node.description


def parts(type_: Any) -> Iterator[tuple[str, Any]]:
    """Fields, arguments (as `field(argument:)`) and enum values of a type."""
    if is_enum_type(type_):
        yield from type_.values.items()
    elif is_input_object_type(type_):
        yield from type_.fields.items()
    elif is_object_type(type_) or is_interface_type(type_):
        for name, field in type_.fields.items():
            yield name, field
            for argument, node in field.args.items():
                yield f"{name}({argument}:)", node
