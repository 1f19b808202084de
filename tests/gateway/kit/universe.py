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
    get_argument_values,
    is_object_type,
    parse,
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
    """`frail`: what @requires reads may be null or fail where it is nullable, fields that must not be null sometimes are, and some
    entities are known to nobody: whoever is asked for one answers null. `spoiled`: a subgraph's lists of entities may be too short
    or too long.
    """

    supergraph: Supergraph
    frail: bool = False
    spoiled: bool = False
    # Whether fields that nothing reads fail now and then.
    failing: bool = True
    # Another number, other data.
    salt: int = 0
    # Type and field of what keys and @requires read: never null, never failing.
    certain: set[tuple[str, str]] = field(default_factory=set)
    key_fields: set[tuple[str, str]] = field(default_factory=set)
    # Types of which an entity may be absent: every reference to one holds its only key, and nothing @requires reads it.
    losable: set[str] = field(default_factory=set)
    # How many null entities and spoiled lists were answered.
    drawn: int = 0
    # The root fields of mutations as they were run, with their arguments.
    changes: list[tuple[str, str]] = field(default_factory=list)
    selections: Selections = field(init=False)

    def __post_init__(self) -> None:
        selections = self.selections = Selections(self.supergraph)
        self.losable = {name for name in self.supergraph.types if self._one_key(name)}
        for type_ in self.supergraph.types.values():
            for join in type_.joins.values():
                for key in join.keys:
                    self._note(selections.parse(type_.name, key.fields), type_, key=True)
            for each in type_.fields.values():
                for how in each.joins.values():
                    if how.requires:
                        self._note(selections.parse(type_.name, how.requires), type_, key=False)

    def _one_key(self, name: str) -> bool:
        """Of the types that are no interface and of none that is fetched by key or stands for its types."""
        type_ = self.supergraph.types[name]
        above = {interface for interfaces in type_.implements.values() for interface in interfaces}
        keyed = [join for one in above for join in self.supergraph.types[one].joins.values() if join.keys]
        keys = {key.fields for join in type_.joins.values() for key in join.keys}
        return type_.kind == "object" and len(keys) == 1 and not keyed

    def absent(self, type_name: str, identity: str) -> bool:
        return self.frail and type_name in self.losable and number(self.salt, "absent", type_name, identity) % 7 == 0

    def _note(self, selection: SelectionSet, type_: Type, *, key: bool) -> None:
        for item in selection.items:
            if isinstance(item, Fragment):
                self._note(item.children, self.supergraph.types[item.type], key=key)
                continue
            assert isinstance(item, Field)
            declared = type_.fields.get(item.name)
            if not key and declared and isinstance(declared.type, NonNullTypeNode):
                self.losable.discard(type_.name)  # its own subgraph would have no object to answer with
            if not key and declared and item.children:
                self.losable -= {declared.named, *self.supergraph.possible(None, declared.named)}
            # What must not be null takes its parents along when it fails, in the answer of the subgraph that is asked for it.
            if not key and self.frail and declared and not isinstance(declared.type, NonNullTypeNode):
                if item.children:
                    self._note(item.children, self.supergraph.types[declared.named], key=key)
                continue
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
        if info.parent_type.name == self.supergraph.roots.get("mutation") and not info.field_name.startswith("_"):
            self.changes.append((info.field_name, json.dumps(args, sort_keys=True)))
        return self.value(source, info.parent_type.name, info.field_name, args)

    def value(self, source: Row | None, type_name: str, name: str, args: Row) -> Any:
        """Raises GraphQLError where the field fails, as it does when what it requires fails."""
        if name.startswith("_"):
            return None
        declared = self.supergraph.types[type_name].fields[name]
        identity = source["__identity"] if source else "root"
        certain = (type_name, name) in self.certain
        if (type_name, name) not in self.key_fields and self.absent(type_name, identity):
            return None
        if (type_name, name) in self.key_fields and declared.named in ("ID", "String", "Int"):
            return self._key(name, declared.type, identity)
        for requires in {how.requires for how in declared.joins.values() if how.resolvable and how.requires}:
            self.required(source, type_name, requires)
        seed = number(self.salt, identity, name, {key: value for key, value in args.items() if value is not None})
        if self.failing and not certain and seed % 17 == 0:
            raise GraphQLError(f"{name} failed")
        if (type_name, name) in self.key_fields:
            return {"__typename": declared.named, "__identity": identity}
        owner = next((graph for graph, join in declared.joins.items() if join.resolvable), None)
        return self._value(declared.type, name, seed, owner, certain=certain)

    def required(self, source: Row | None, type_name: str, field_set: str) -> Row:
        """What a field set is for this object. Raises GraphQLError when a part of it fails."""
        return self._selected(source, type_name, self.selections.parse(type_name, field_set))

    def _selected(self, source: Row | None, type_name: str, selection: SelectionSet) -> Row:
        found: Row = {}
        for one in self.selections.collect(selection, type_name).values():
            if one.name == "__typename":
                continue
            value = self.value(source, type_name, one.name, self._arguments(type_name, one))
            found[one.name] = self._inside(value, one.children) if one.children else value
        return found

    def _inside(self, value: Any, selection: SelectionSet) -> Any:
        if isinstance(value, list):
            return [self._inside(item, selection) for item in value]
        return self._selected(value, value["__typename"], selection) if value is not None else None

    def _arguments(self, type_name: str, one: Field) -> Row:
        declared: Any = self.supergraph.api.type_map[type_name]
        node: Any = parse(f"{{ {one.name}{one.args} }}").definitions[0]
        return get_argument_values(declared.fields[one.name], node.selection_set.selections[0])

    def _key(self, name: str, type_: TypeNode, identity: str) -> Any:
        return int(identity) if named_type(type_) == "Int" else f"{name}-{identity}"

    def _value(self, node: TypeNode, name: str, seed: int, owner: str | None, *, certain: bool) -> Any:
        if isinstance(node, NonNullTypeNode):
            if self.frail and not certain and seed % 29 == 0:
                return None
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
            return self._spoiled([self._entity(representation) for representation in args["representations"]])
        type_ = self.universe.supergraph.types[info.parent_type.name]
        how = type_.fields[info.field_name].joins.get(self.name.upper())
        if how is not None and how.requires and source is not None:
            needed = self.universe.required(source, type_.name, how.requires)
            assert _without_typename(source, needed) == needed, f"{info.field_name} needs {needed}, not {source}"
        return self.universe.resolve(source, info, **args)

    def _spoiled(self, entities: list[Row | None]) -> list[Row | None]:
        how = number(self.universe.salt, self.name, len(entities)) % 3
        if not self.universe.spoiled or not entities or not how:
            return entities
        self.universe.drawn += 1
        return entities[1:] if how == 1 else [*entities[:1], *entities]

    def _entity(self, representation: Row) -> Row | None:
        identity = _identity(representation)
        if self.universe.absent(representation["__typename"], identity):
            self.universe.drawn += 1
            return None
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


def _without_typename(value: Any, like: Any) -> Any:
    """The part of a representation that has the form of another value."""
    if isinstance(value, list) and isinstance(like, list):
        return [_without_typename(*pair) for pair in zip(value, like, strict=True)]
    if isinstance(value, dict) and isinstance(like, dict):
        return {name: _without_typename(value[name], inner) for name, inner in like.items()}
    return value
