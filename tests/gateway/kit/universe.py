"""One world behind all subgraphs: every field has one value, worked out from who is asked, its name and its arguments.

The same world answers a plain execution over the merged schema, so that the gateway's answer can be held against it.
"""

import json
import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    ListTypeNode,
    NonNullTypeNode,
    TypeNode,
    is_object_type,
)

from gateway.planner.selection import Field, Fragment, Selections, SelectionSet
from gateway.supergraph.model import Supergraph, Type, named_type
from tests.gateway.kit.subgraph import Row, Subgraph

ENTITIES = 4


def number(*parts: Any) -> int:
    text = json.dumps(parts, sort_keys=True, default=str)
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big")


@dataclass(slots=True)
class Universe:
    supergraph: Supergraph
    # Type and field of what keys and @requires read: never null, never failing.
    certain: set[tuple[str, str]] = field(default_factory=set)
    key_fields: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        selections = Selections(self.supergraph)
        for type_ in self.supergraph.types.values():
            for join in type_.joins.values():
                for key in join.keys:
                    self._note(selections.parse(type_.name, key.fields), type_, key=True)
            for each in type_.fields.values():
                for how in each.joins.values():
                    if how.requires:
                        self._note(selections.parse(type_.name, how.requires), type_, key=False)

    def _note(self, selection: SelectionSet, type_: Type, *, key: bool) -> None:
        for item in selection.items:
            if isinstance(item, Fragment):
                self._note(item.children, self.supergraph.types[item.type], key=key)
                continue
            assert isinstance(item, Field)
            for name in (type_.name, *self.supergraph.possible(None, type_.name)):
                self.certain.add((name, item.name))
                if key:
                    self.key_fields.add((name, item.name))
            if item.children and item.name in type_.fields:
                self._note(item.children, self.supergraph.types[type_.fields[item.name].named], key=key)

    def is_entity(self, name: str) -> bool:
        return any(join.keys for join in self.supergraph.types[name].joins.values())

    def resolve(self, source: Row | None, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        """A field resolver for graphql-core."""
        type_name, name = info.parent_type.name, info.field_name
        if name.startswith("_"):
            return None
        declared = self.supergraph.types[type_name].fields[name]
        identity = source["__identity"] if source else "root"
        certain = (type_name, name) in self.certain
        if (type_name, name) in self.key_fields and declared.named in ("ID", "String", "Int"):
            return self._key(name, declared.type, identity)
        seed = number(identity, name, {key: value for key, value in args.items() if value is not None})
        if not certain and seed % 17 == 0:
            raise GraphQLError(f"{name} failed")
        if (type_name, name) in self.key_fields:
            return {"__typename": declared.named, "__identity": identity}
        owner = next((graph for graph, join in declared.joins.items() if join.resolvable), None)
        return self._value(declared.type, name, seed, owner, certain=certain)

    def _key(self, name: str, type_: TypeNode, identity: str) -> Any:
        return int(identity) if named_type(type_) == "Int" else f"{name}-{identity}"

    def _value(self, node: TypeNode, name: str, seed: int, owner: str | None, *, certain: bool) -> Any:
        if isinstance(node, NonNullTypeNode):
            return self._inner(node.type, name, seed, owner, certain=certain)
        if not certain and seed % 7 == 0:
            return None
        return self._inner(node, name, seed, owner, certain=certain)

    def _inner(self, node: TypeNode, name: str, seed: int, owner: str | None, *, certain: bool) -> Any:
        if isinstance(node, ListTypeNode):
            return [self._value(node.type, name, number(seed, at), owner, certain=certain) for at in range(seed % 4)]
        type_ = self.supergraph.types.get(named_type(node))
        if type_ is not None and type_.is_composite:
            return self.object(type_.name, str(seed % ENTITIES if self._shares(type_.name) else seed), owner)
        if type_ is not None and type_.kind == "enum":
            values = list(self.supergraph.api.type_map[type_.name].values)  # type: ignore[attr-defined]  # an enum
            return values[seed % len(values)]
        match named_type(node):
            case "Int":
                return seed % 1_000
            case "Float":
                return seed % 100 / 4
            case "Boolean":
                return seed % 2 == 0
            case _:
                return f"{name} {seed % 100}"

    def _shares(self, name: str) -> bool:
        return any(self.is_entity(one) for one in self.supergraph.possible(None, name))

    def object(self, type_name: str, identity: str, owner: str | None) -> Row:
        """The object of an identity; of an abstract type, the same real type whoever asks."""
        possible = self.supergraph.possible(owner, type_name) or self.supergraph.possible(None, type_name)
        return {"__typename": possible[int(identity) % len(possible)], "__identity": identity}


@dataclass(slots=True)
class UniverseSubgraph(Subgraph):
    """A subgraph that knows its part of the universe, and checks that representations carry what they must."""

    universe: Universe = field(kw_only=True)

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        if info.field_name == "_entities":
            return [self._entity(representation) for representation in args["representations"]]
        type_ = self.universe.supergraph.types[info.parent_type.name]
        how = type_.fields[info.field_name].joins.get(self.name.upper())
        if how is not None and how.requires:
            for name in re.findall(r"\w+", re.sub(r"\{.*?\}|\(.*?\)", " ", how.requires, flags=re.DOTALL)):
                assert name in (source or {}), f"{info.field_name} needs {name}"
        return self.universe.resolve(source, info, **args)

    def _entity(self, representation: Row) -> Row | None:
        identity = _identity(representation)
        made = self.universe.object(representation["__typename"], identity, self.name.upper())
        if is_object_type(self.schema.type_map[representation["__typename"]]):
            made["__typename"] = representation["__typename"]  # an interface object does not know its real type
        return {**representation, **made}


def _identity(value: Any) -> str:
    """Every key of an entity tells its number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "__typename" and (found := _identity(inner)):
                return found
        return ""
    match = re.search(r"(\d+)$", str(value))
    return match.group(1) if match else ""
