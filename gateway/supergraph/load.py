"""Reads supergraph SDL (join spec v0.3 and later, whatever @link calls its parts) into the model."""

import re
from collections.abc import Iterable
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    parse_type,
    value_from_ast_untyped,
)

from gateway.supergraph.annotations import annotations
from gateway.supergraph.api_schema import api_schema
from gateway.supergraph.model import Field, FieldJoin, Key, Kind, Subgraph, Supergraph, SupergraphError, Type, TypeJoin

_KINDS: dict[type[DefinitionNode], Kind] = {
    ObjectTypeDefinitionNode: "object",
    InterfaceTypeDefinitionNode: "interface",
    UnionTypeDefinitionNode: "union",
    EnumTypeDefinitionNode: "enum",
    ScalarTypeDefinitionNode: "scalar",
    InputObjectTypeDefinitionNode: "input",
}
_SPEC = re.compile(r"/([^/]+)/v(\d+)\.(\d+)/?$")


def load(sdl: str) -> Supergraph:
    """Raises SupergraphError when the text is not a supergraph."""
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError as error:
        raise SupergraphError(f"not GraphQL: {error.message}") from error
    names = Names.of(document)
    definitions = {
        node.name.value: node
        for node in document.definitions
        if type(node) in _KINDS and hasattr(node, "name") and not names.is_internal(node.name.value)
    }
    subgraphs = dict(_subgraphs(document, names))
    if not subgraphs:
        raise SupergraphError("no join__Graph: this is a plain schema, not a composed supergraph")
    types = {name: _type(node, names, subgraphs) for name, node in definitions.items()}
    _resolve_external_keys(types)
    roots = _roots(document, types)
    return Supergraph(subgraphs, types, api_schema(document, names), roots, annotations(document, names, types))


class Names:
    """What this document calls the directives of the specifications that it links."""

    def __init__(self, links: dict[str, tuple[str, dict[str, str]]]) -> None:
        self._links = links
        self.namespaces = {namespace for namespace, _ in links.values()} | {"link", "core"}
        self.imported = {name for _, imports in links.values() for name in imports.values()}

    @classmethod
    def of(cls, document: DocumentNode) -> "Names":
        links: dict[str, tuple[str, dict[str, str]]] = {}
        for node in document.definitions:
            if not isinstance(node, SchemaDefinitionNode):
                continue
            for directive in node.directives or ():
                arguments = _arguments(directive)
                url = str(arguments.get("url") or arguments.get("feature") or "")
                found = _SPEC.search(url)
                if found is None:
                    continue
                name = found.group(1)
                imports: dict[str, str] = {}
                for item in arguments.get("import") or ():
                    original, called = (
                        (item, item) if isinstance(item, str) else (item["name"], item.get("as", item["name"]))
                    )
                    imports[original.lstrip("@")] = called.lstrip("@")
                links[name] = (str(arguments.get("as") or name), imports)
        return cls(links)

    def directive(self, spec: str, name: str) -> str:
        """The name of `@name` of the specification, e.g. ("join", "field") -> "join__field"."""
        namespace, imports = self._links.get(spec, (spec, {}))
        if name in imports:
            return imports[name]
        return namespace if name == spec else f"{namespace}__{name}"

    def is_internal(self, name: str) -> bool:
        return (
            name.split("__", 1)[0] in self.namespaces and ("__" in name or name in self.namespaces)
        ) or name in self.imported


def _arguments(directive: ConstDirectiveNode) -> dict[str, Any]:
    return {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()}


def _applied(directives: Iterable[ConstDirectiveNode] | None, name: str) -> list[dict[str, Any]]:
    return [_arguments(directive) for directive in directives or () if directive.name.value == name]


def _subgraphs(document: DocumentNode, names: Names) -> Iterable[tuple[str, Subgraph]]:
    wanted = names.directive("join", "Graph")
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == wanted:
            for value in node.values or ():
                for arguments in _applied(value.directives, names.directive("join", "graph")):
                    id_ = value.name.value
                    yield id_, Subgraph(id_, str(arguments.get("name", id_)), str(arguments.get("url") or ""))


def _roots(document: DocumentNode, types: dict[str, Type]) -> dict[str, str]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode) and node.operation_types:
            return {operation.operation.value: operation.type.name.value for operation in node.operation_types}
    return {name.lower(): name for name in ("Query", "Mutation", "Subscription") if name in types}


def _type(node: Any, names: Names, subgraphs: dict[str, Subgraph]) -> Type:
    found = Type(node.name.value, _KINDS[type(node)])
    for arguments in _applied(node.directives, names.directive("join", "type")):
        join = found.joins.setdefault(arguments["graph"], TypeJoin())
        if key := arguments.get("key"):
            join.keys.append(Key(key, arguments.get("resolvable", True) is not False))
        join.extension |= bool(arguments.get("extension"))
        join.interface_object |= bool(arguments.get("isInterfaceObject"))
    for arguments in _applied(node.directives, names.directive("join", "implements")):
        found.implements.setdefault(arguments["graph"], set()).add(arguments["interface"])
    for arguments in _applied(node.directives, names.directive("join", "unionMember")):
        found.members.setdefault(arguments["graph"], set()).add(arguments["member"])
    if isinstance(node, UnionTypeDefinitionNode) and not found.members:
        found.members = {graph: {member.name.value for member in node.types or ()} for graph in found.joins}
    if found.is_composite and found.kind != "union":
        for child in node.fields or ():
            found.fields[child.name.value] = _field(child, found, names, subgraphs)
    return found


def _field(node: FieldDefinitionNode, parent: Type, names: Names, subgraphs: dict[str, Subgraph]) -> Field:
    directive = names.directive("join", "field")
    applied = _applied(node.directives, directive)
    if not any(item.name.value == directive for item in node.directives or ()):
        return Field(node.name.value, node.type, {graph: FieldJoin(node.type) for graph in parent.joins})
    ids_by_name = {subgraph.name: id_ for id_, subgraph in subgraphs.items()}
    overridden = {
        ids_by_name.get(arguments["override"])
        for arguments in applied
        if arguments.get("override") and not arguments.get("overrideLabel")
    }
    joins: dict[str, FieldJoin] = {}
    for arguments in applied:
        graph = arguments.get("graph")
        if graph is None:
            continue  # resolved through an interface object of another subgraph
        type_: TypeNode = parse_type(arguments["type"], no_location=True) if arguments.get("type") else node.type
        # A progressive override (with a label) is off until labels can be set: the field stays where it was.
        unavailable = arguments.get("external") or arguments.get("usedOverridden") or arguments.get("overrideLabel")
        joins[graph] = FieldJoin(
            type_,
            not unavailable and graph not in overridden,
            arguments.get("requires"),
            arguments.get("provides"),
        )
    return Field(node.name.value, node.type, joins)


def _resolve_external_keys(types: dict[str, Type]) -> None:
    """Federation 1: an extension answers the fields of its own keys, although it calls them external."""
    for type_ in types.values():
        for graph, join in type_.joins.items():
            if not join.extension:
                continue
            for key in join.keys:
                for name in _outer_names(key.fields):
                    field = type_.fields.get(name)
                    if field and graph in field.joins and not field.joins[graph].resolvable:
                        field.joins[graph] = FieldJoin(field.joins[graph].type, True)


def _outer_names(field_set: str) -> list[str]:
    while (inner := re.sub(r"\{[^{}]*\}", " ", field_set)) != field_set:
        field_set = inner
    return re.findall(r"\w+", field_set)
