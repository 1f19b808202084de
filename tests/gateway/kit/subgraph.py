"""A federated subgraph made of SDL and rows, on plain graphql-core."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql import Visitor as AstVisitor

from services.kit.cache import Cache

_DIRECTIVES = """
scalar _Any
scalar FieldSet
directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
directive @provides(fields: FieldSet!) on FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: String!) on FIELD_DEFINITION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM_VALUE | ARGUMENT_DEFINITION | ENUM
directive @interfaceObject on OBJECT
"""

# How many documents a subgraph knows to be valid, as services do: a gateway asks the same ones again and again.
_KNOWN = 500

Row = dict[str, Any]
Resolver = Callable[..., Any]


class _Entities(AstVisitor):
    """The types that have a key that resolves."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_object_type_definition(self, node: Any, *_: Any) -> None:
        self._look(node)

    def _look(self, node: Any) -> None:
        for directive in node.directives or ():
            if _is_key(directive) and node.name.value not in self.names:
                self.names.append(node.name.value)


def _is_key(directive: DirectiveNode) -> bool:
    return directive.name.value == "key" and "resolvable: false" not in print_ast(directive)


@dataclass(slots=True)
class Subgraph:
    """`rows` by type answer `_entities`; `resolvers` by "Type.field" take (parent, info, **args); roots too."""

    name: str
    sdl: str
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    schema: GraphQLSchema = field(init=False)
    requests: list[dict[str, Any]] = field(default_factory=list)
    known: Cache[str, DocumentNode] = field(default_factory=lambda: Cache(_KNOWN))

    def __post_init__(self) -> None:
        document = parse(self.sdl)
        finder = _Entities()
        visit(document, finder)
        text = _DIRECTIVES + self.sdl
        if "type Query" not in self.sdl:
            text += "\ntype Query\n"
        if finder.names:
            text += f"\nunion _Entity = {' | '.join(finder.names)}\n"
            text += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n"
        self.schema = build_schema(text, assume_valid=True, assume_valid_sdl=True)

    def execute(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(payload)
        document = self.known.get(payload["query"])
        if document is None:
            document = parse(payload["query"], no_location=True)  # kept, and two thirds of it would be places
            if errors := validate(self.schema, document):
                return {"errors": [{"message": error.message} for error in errors]}
            self.known.put(payload["query"], document)
        result = execute_sync(
            self.schema,
            document,
            variable_values=payload.get("variables") or {},
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        return result.formatted  # type: ignore[return-value]  # a typed dict

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        if info.field_name == "_entities":
            return [self._entity(representation) for representation in args["representations"]]
        if info.parent_type.name == "Subscription" and source is not None:
            return source[info.field_name]  # an event
        resolver = self.resolvers.get(f"{info.parent_type.name}.{info.field_name}")
        if resolver is not None:
            return resolver(source, info, **args)
        if source is None:
            return self.rows.get(info.field_name)
        if info.field_name not in source and (row := self._row(info.parent_type.name, source)):
            return row.get(info.field_name)  # a stub of an entity: the subgraph knows more than its key
        return source.get(info.field_name)

    def _row(self, type_name: str, source: Row) -> Row | None:
        return next((row for row in self.rows.get(type_name, ()) if row.get("id") == source.get("id")), None)

    def _entity(self, representation: Row) -> Row | None:
        type_name = representation["__typename"]
        for row in self.rows.get(type_name, ()):
            if all(row[key] == value for key, value in representation.items() if key in row and key != "__typename"):
                return {"__typename": type_name, **representation, **row}
        return None
