"""Random valid operations over a schema, the same for the same seed."""

import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)


@dataclass(slots=True)
class Writer:
    schema: GraphQLSchema
    random: random.Random
    depth: int = 3
    declared: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        query = self.schema.query_type
        assert query is not None
        body = self._selection(query, self.depth)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.declared.items())
        head = f"query ({declared}) " if declared else "query "
        return "\n".join([head + body, *self.fragments]), self.values

    def _selection(self, type_: Any, depth: int) -> str:
        parts: list[str] = []
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            names = [name for name in type_.fields if depth > 1 or not self._composite(type_, name)]
            for name in self.random.sample(names, min(len(names), self.random.randint(1, 4))):
                parts.append(self._field(type_, name, depth))
                if self.random.random() < 0.15:
                    parts.append(self._field(type_, name, depth))
        if isinstance(type_, (GraphQLInterfaceType, GraphQLUnionType)) or self.random.random() < 0.1:
            parts += self._typed(type_, depth)
        if not parts or self.random.random() < 0.15:
            parts.append(self._alias("__typename") + "__typename" if self.random.random() < 0.3 else "__typename")
        self.random.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def _composite(self, type_: Any, name: str) -> bool:
        return is_composite_type(get_named_type(type_.fields[name].type))

    def _typed(self, type_: Any, depth: int) -> list[str]:
        names = [type_.name]
        if not isinstance(type_, GraphQLObjectType):
            possible = list(self.schema.get_possible_types(type_))
            names += [one.name for one in possible]
            names += [each.name for one in possible for each in one.interfaces]
        parts: list[str] = []
        for name in sorted(set(self.random.sample(names, min(len(names), self.random.randint(1, 2))))):
            condition = self.schema.type_map[name]
            inner = self._selection(condition, depth)
            if self.random.random() < 0.3:
                called = f"F{len(self.fragments)}"
                self.fragments.append(f"fragment {called} on {name} {inner}")
                parts.append(f"...{called}{self._directive()}")
            else:
                parts.append(f"... on {name}{self._directive()} {inner}")
        return parts

    def _field(self, type_: Any, name: str, depth: int) -> str:
        declared = type_.fields[name]
        alias = self._alias(name) if declared.args or self.random.random() < 0.4 else ""
        arguments = [f"{key}: {text}" for key, each in declared.args.items() if (text := self._argument(key, each))]
        shown = f"({', '.join(arguments)})" if arguments else ""
        named = get_named_type(declared.type)
        below = " " + self._selection(named, depth - 1) if is_composite_type(named) else ""
        return f"{alias}{name}{shown}{self._directive()}{below}"

    def _alias(self, name: str) -> str:
        self.aliases += 1
        return f"a{self.aliases}: "

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        if not isinstance(argument.type, GraphQLNonNull) and self.random.random() < 0.3:
            return ""
        value = self._plain(argument.type)
        if self.random.random() < 0.5:
            return value
        called = f"v{len(self.declared)}"
        self.declared[called] = str(argument.type)
        self.values[called] = {"true": True, "false": False}.get(
            value, int(value) if value.isdigit() else value.strip('"')
        )
        return f"${called}"

    def _plain(self, type_: GraphQLInputType) -> str:
        named = get_named_type(type_)
        if isinstance(named, GraphQLEnumType):
            return str(self.random.choice(list(named.values)))
        if named.name == "Boolean":
            return self.random.choice(("true", "false"))
        return str(self.random.randint(0, 3)) if named.name == "Int" else f'"id-{self.random.randint(0, 3)}"'

    def _directive(self) -> str:
        if self.random.random() > 0.15:
            return ""
        called = f"c{len(self.declared)}"
        self.declared[called] = "Boolean!"
        self.values[called] = self.random.random() < 0.5
        return f" @{self.random.choice(('skip', 'include'))}(if: ${called})"


def operations(schema: GraphQLSchema, seed: int, count: int) -> list[tuple[str, dict[str, Any]]]:
    """As many as are wanted that are valid: selections that cannot be merged are thrown away."""
    found: list[tuple[str, dict[str, Any]]] = []
    index = 0
    while len(found) < count:
        index += 1
        text, values = Writer(schema, random.Random(seed * 100_000 + index)).operation()
        if not validate(schema, parse(text)):
            found.append((text, values))
    return found
