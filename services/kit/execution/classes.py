"""Of which object type a value is, as its class alone tells it: where the schema has rules of its own for that, they are asked."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import get_strawberry_type_cast


def types_by_class(schema: GraphQLSchema, type_: Any) -> dict[type, GraphQLObjectType]:
    """For an object type, an interface or a union; a class that is not there says nothing."""
    if isinstance(type_, GraphQLObjectType):
        definition = _definition(type_)
        return dict.fromkeys(_classes(definition), type_) if definition else {}
    if isinstance(type_, GraphQLInterfaceType):
        interface = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(interface, StrawberryObjectDefinition) or interface.resolve_type is not None:
            return {}
        return _members(schema.get_possible_types(type_), interface.origin)
    if isinstance(type_, GraphQLUnionType) and GraphQLCoreConverter.DEFINITION_BACKREF in type_.extensions:
        return _members(type_.types, object)
    return {}


def is_cast(value: Any) -> bool:
    """`strawberry.cast` has said of which type it is."""
    return get_strawberry_type_cast(value) is not None


def _members(possible: Any, below: type) -> dict[type, GraphQLObjectType]:
    definitions = [_definition(each) for each in possible]
    if any(each is None or each.concrete_of is not None or each.is_graphql_generic for each in definitions):
        return {}
    found: dict[type, GraphQLObjectType] = {}
    for type_, definition in zip(possible, definitions, strict=True):
        if definition is None or definition.name != type_.name:
            continue
        for known in _classes(definition):
            if issubclass(known, below) and known.__dict__.get("__strawberry_definition__") is definition:
                found[known] = type_
    return found


def _classes(definition: StrawberryObjectDefinition) -> list[type]:
    classes = [definition.origin, *([definition.concrete_of.origin] if definition.concrete_of else [])]
    if any(issubclass(each, BaseException) or hasattr(each, "__await__") for each in classes):
        return []
    return classes


def _definition(type_: GraphQLObjectType) -> StrawberryObjectDefinition | None:
    """None where values have to be asked."""
    found = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return found if isinstance(found, StrawberryObjectDefinition) and found.is_type_of is None else None
