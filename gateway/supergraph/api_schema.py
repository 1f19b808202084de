"""The schema that clients see: the supergraph without its machinery and without what is inaccessible."""

from typing import TYPE_CHECKING, Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
)

if TYPE_CHECKING:
    from gateway.supergraph.load import Names

# Directives of a schema that mean something to its clients.
_PUBLIC = {"deprecated", "specifiedBy", "oneOf"}


def api_schema(document: DocumentNode, names: "Names") -> GraphQLSchema:
    inaccessible = names.directive("inaccessible", "inaccessible")

    def hidden(node: Any) -> bool:
        return any(directive.name.value == inaccessible for directive in node.directives or ())

    hidden_types = {
        node.name.value
        for node in document.definitions
        if hasattr(node, "name") and not isinstance(node, DirectiveDefinitionNode) and node.name and hidden(node)
    }

    def public(directives: Any) -> tuple[Any, ...]:
        return tuple(directive for directive in directives or () if directive.name.value in _PUBLIC)

    def kept(nodes: Any) -> tuple[Any, ...]:
        return tuple(_with(node, directives=public(node.directives)) for node in nodes or () if not hidden(node))

    def fields(nodes: Any) -> tuple[Any, ...]:
        return tuple(_with(node, arguments=kept(node.arguments)) for node in kept(nodes))

    def visible(nodes: Any) -> tuple[Any, ...]:
        return tuple(node for node in nodes or () if node.name.value not in hidden_types)

    definitions: list[DefinitionNode] = []
    node: Any
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            definitions.append(_with(node, directives=()))
            continue
        name = node.name.value if getattr(node, "name", None) else ""
        if names.is_internal(name) or name in hidden_types:
            continue
        if isinstance(node, DirectiveDefinitionNode):
            definitions.append(_with(node, arguments=kept(node.arguments)))
        elif isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
            definitions.append(
                _with(
                    node,
                    directives=public(node.directives),
                    interfaces=visible(node.interfaces),
                    fields=fields(node.fields),
                )
            )
        elif isinstance(node, InputObjectTypeDefinitionNode):
            definitions.append(_with(node, directives=public(node.directives), fields=kept(node.fields)))
        elif isinstance(node, EnumTypeDefinitionNode):
            definitions.append(_with(node, directives=public(node.directives), values=kept(node.values)))
        elif isinstance(node, UnionTypeDefinitionNode):
            definitions.append(_with(node, directives=public(node.directives), types=visible(node.types)))
        else:
            definitions.append(_with(node, directives=public(getattr(node, "directives", None))))
    return build_ast_schema(DocumentNode(definitions=tuple(definitions)), assume_valid=True, assume_valid_sdl=True)


def _with(node: Any, **changes: Any) -> Any:
    values = {key: getattr(node, key) for key in node.keys if key != "loc"}
    values.update(changes)
    return type(node)(**values)
