"""What each subgraph of a supergraph can answer, as plain data."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from graphql import GraphQLSchema, ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from gateway.supergraph.annotations import Annotations

Kind = Literal["object", "interface", "union", "enum", "scalar", "input"]


class SupergraphError(Exception):
    """The document is not a supergraph that this gateway can serve."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One service. `id` is the value of join__Graph, `name` is what people call it."""

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Key:
    fields: str
    resolvable: bool


@dataclass(slots=True)
class TypeJoin:
    """How one subgraph knows a type."""

    keys: list[Key] = field(default_factory=list)
    extension: bool = False
    interface_object: bool = False


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """How one subgraph knows a field. `resolvable` is false where it only names the field (external, overridden)."""

    type: TypeNode
    resolvable: bool = True
    requires: str | None = None
    provides: str | None = None


@dataclass(slots=True)
class Field:
    name: str
    type: TypeNode
    joins: dict[str, FieldJoin]
    named: str = ""

    def __post_init__(self) -> None:
        self.named = named_type(self.type)


@dataclass(slots=True)
class Type:
    name: str
    kind: Kind
    joins: dict[str, TypeJoin] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    # subgraph -> what it implements there (object, interface), or its members there (union)
    implements: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    @property
    def is_abstract(self) -> bool:
        return self.kind in ("interface", "union")

    @property
    def is_composite(self) -> bool:
        return self.kind in ("object", "interface", "union")


@dataclass(slots=True)
class Supergraph:
    """The model. `api` is the schema that clients see: nothing inaccessible, nothing of the join machinery."""

    subgraphs: dict[str, Subgraph]
    types: dict[str, Type]
    api: GraphQLSchema
    roots: dict[str, str]
    annotations: Annotations = field(default_factory=Annotations)
    _possible: dict[tuple[str | None, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def possible(self, subgraph: str | None, name: str) -> tuple[str, ...]:
        """The object types that a value can have in the subgraph, or in any (None), in the order of the schema."""
        known = self._possible.get((subgraph, name))
        if known is None:
            known = self._possible[subgraph, name] = tuple(self._find_possible(subgraph, name))
        return known

    def _find_possible(self, subgraph: str | None, name: str) -> Iterator[str]:
        type_ = self.types[name]
        graphs = self.subgraphs if subgraph is None else (subgraph,)
        if type_.kind == "object":
            yield name
        elif type_.kind == "union":
            members: set[str] = set().union(*(type_.members.get(graph, set()) for graph in graphs))
            yield from (other for other in self.types if other in members)
        elif type_.kind == "interface":
            for other in self.types.values():
                if other.kind == "object" and any(name in other.implements.get(graph, ()) for graph in graphs):
                    yield other.name


def named_type(node: TypeNode) -> str:
    while isinstance(node, (ListTypeNode, NonNullTypeNode)):
        node = node.type
    assert isinstance(node, NamedTypeNode)
    return node.name.value
