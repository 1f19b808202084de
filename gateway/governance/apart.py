"""Whether one service that is away costs its part of an answer only."""

from collections.abc import Iterator

from graphql import GraphQLNonNull, GraphQLSchema, ListTypeNode, NonNullTypeNode, TypeNode

from gateway.supergraph.model import Field, Supergraph, Type


def costly(supergraph: Supergraph) -> list[str]:
    """The fields whose absence would take along what other services answer, a sentence each.

    A root field of Query and Mutation is nullable; so is a field that another service answers than the one that owns its type, and a field
    that leads from one service to a type of another.
    """
    return [*_roots(supergraph.api), *_joined(supergraph)]


def _roots(schema: GraphQLSchema) -> Iterator[str]:
    for root in filter(None, (schema.query_type, schema.mutation_type)):
        for name, field in root.fields.items():
            if isinstance(field.type, GraphQLNonNull):
                yield f"{root.name}.{name} may not be null: with its service away there would be no data at all."


def _joined(supergraph: Supergraph) -> Iterator[str]:
    shown = supergraph.api.type_map
    for type_ in supergraph.types.values():
        if type_.kind != "object" or type_.name in supergraph.roots.values() or type_.name not in shown:
            continue
        owner = _owner(type_)
        for field in type_.fields.values():
            at = f"{type_.name}.{field.name}"
            if isinstance(field.type, NonNullTypeNode) and owner and owner not in _answering(type_, field):
                yield f"{at} may not be null, and another service answers it than {supergraph.subgraphs[owner].name}."
            elif other := _leads_away(supergraph, type_, field):
                yield f"{at} may not be null, and leads to {field.named}, which is {other}'s."


def _leads_away(supergraph: Supergraph, type_: Type, field: Field) -> str:
    """The service that owns what this field leads to, where another one answers it and no null would be allowed."""
    named = supergraph.types.get(field.named)
    if named is None or named.kind != "object" or not isinstance(_innermost(field.type), NonNullTypeNode):
        return ""
    owner = _owner(named)
    if not owner or owner in _answering(type_, field):
        return ""
    return supergraph.subgraphs[owner].name


def _owner(type_: Type) -> str:
    """The service that answers most of the type's fields; "" for one that all who know it answer alike."""
    if len(type_.joins) < 2:
        return next(iter(type_.joins), "")
    counts = {graph: sum(graph in _answering(type_, field) for field in type_.fields.values()) for graph in type_.joins}
    most = max(counts, key=lambda graph: counts[graph])
    return most if min(counts.values()) < counts[most] else ""


def _answering(type_: Type, field: Field) -> set[str]:
    if not field.joins:
        return set(type_.joins)
    return {graph for graph, join in field.joins.items() if join.resolvable}


def _innermost(node: TypeNode) -> TypeNode:
    """The type of the objects themselves, with the lists around it taken off."""
    inner = node.type if isinstance(node, NonNullTypeNode) else node
    return _innermost(inner.type) if isinstance(inner, ListTypeNode) else node
