"""The graph of moves: from a type in one subgraph, how each of its fields can be reached. Made once per supergraph."""

from dataclasses import dataclass, field

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from gateway.supergraph.model import FieldJoin, Supergraph, named_type


@dataclass(frozen=True, slots=True)
class Target:
    """A subgraph where a field can be asked for, entering as `as_type`: the type itself, or an interface object."""

    subgraph: str
    as_type: str
    join: FieldJoin


@dataclass(slots=True)
class Graph:
    supergraph: Supergraph
    _targets: dict[tuple[str, str], tuple[Target, ...]] = field(default_factory=dict)
    _shapes: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    partial_unions: bool = False

    def __post_init__(self) -> None:
        for type_ in self.supergraph.types.values():
            if type_.kind == "union" and len({frozenset(members) for members in type_.members.values()}) > 1:
                self.partial_unions = True

    def targets(self, type_name: str, field_name: str) -> tuple[Target, ...]:
        """Where the field is resolved, in the order of the subgraphs."""
        key = (type_name, field_name)
        known = self._targets.get(key)
        if known is None:
            known = self._targets[key] = tuple(self._find_targets(type_name, field_name))
        return known

    def _find_targets(self, type_name: str, field_name: str) -> list[Target]:
        type_ = self.supergraph.types[type_name]
        found: list[Target] = []
        own = type_.fields.get(field_name)
        if own is not None and type_.kind == "object":
            found += [Target(graph, type_name, join) for graph, join in own.joins.items() if join.resolvable]
        interfaces = set().union(*type_.implements.values()) if type_.kind == "object" else {type_name}
        for name in sorted(interfaces):
            interface = self.supergraph.types[name]
            declared = interface.fields.get(field_name)
            for graph, how in interface.joins.items():
                if how.interface_object and declared and graph in declared.joins and declared.joins[graph].resolvable:
                    found.append(Target(graph, name, declared.joins[graph]))
        return found

    def join(self, type_name: str, field_name: str, subgraph: str) -> FieldJoin | None:
        """How the subgraph knows the field of this very type, resolvable or not."""
        declared = self.supergraph.types[type_name].fields.get(field_name)
        return declared.joins.get(subgraph) if declared else None

    def keys(self, type_name: str, subgraph: str) -> list[str]:
        """The keys by which the subgraph can be asked for the type."""
        join = self.supergraph.types[type_name].joins.get(subgraph)
        return [key.fields for key in join.keys if key.resolvable] if join else []

    def is_interface_object(self, type_name: str, subgraph: str | None) -> bool:
        join = self.supergraph.types[type_name].joins.get(subgraph) if subgraph else None
        return bool(join and join.interface_object)

    def shapes(self, type_name: str, field_name: str) -> dict[str, str]:
        """Per subgraph, what a response key of this field may be merged with: equal texts only."""
        key = (type_name, field_name)
        known = self._shapes.get(key)
        if known is None:
            declared = self.supergraph.types[type_name].fields.get(field_name)
            known = {graph: self._shape(join.type) for graph, join in declared.joins.items()} if declared else {}
            if declared and not known:
                known = {"*": self._shape(declared.type)}
            self._shapes[key] = known
        return known

    def _shape(self, node: TypeNode) -> str:
        if isinstance(node, NonNullTypeNode):
            return self._shape(node.type) + "!"
        if isinstance(node, ListTypeNode):
            return "[" + self._shape(node.type) + "]"
        name = named_type(node)
        type_ = self.supergraph.types.get(name)
        return "{}" if type_ and type_.is_composite else name
