"""Random valid operations over a schema, the same for the same seed."""

import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    ast_from_value,
    get_named_type,
    is_composite_type,
    parse,
    print_ast,
    validate,
)

_MUTATIONS = 0.2


@dataclass(slots=True)
class Writer:
    schema: GraphQLSchema
    random: random.Random
    depth: int = 3
    declared: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    # Name -> type and text.
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    aliases: int = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        root, kind = self.schema.query_type, "query"
        if self.schema.mutation_type is not None and self._chance(_MUTATIONS):
            root, kind = self.schema.mutation_type, "mutation"
        body = self._selection(root, self.depth)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.declared.items())
        head = f"{kind} ({declared}) " if declared else f"{kind} "
        return "\n".join([head + body, *(text for _, text in self.fragments.values())]), self.values

    def _chance(self, part: float) -> bool:
        return self.random.random() < part

    # -- selections -------------------------------------------------------------------------------------------------

    def _selection(self, type_: Any, depth: int) -> str:
        parts: list[str] = []
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            names = [name for name in type_.fields if depth > 1 or not self._composite(type_, name)]
            for name in self.random.sample(names, min(len(names), self.random.randint(1, 4))):
                parts.append(self._field(type_, name, depth))
                if self._chance(0.15):
                    parts.append(self._field(type_, name, depth))
        if isinstance(type_, (GraphQLInterfaceType, GraphQLUnionType)) or self._chance(0.1):
            parts += self._typed(type_, depth)
        if not parts or self._chance(0.15):
            parts.append(self._alias("__typename") + "__typename" if self._chance(0.3) else "__typename")
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
            known = [called for called, (type_name, _) in self.fragments.items() if type_name == name]
            if known and self._chance(0.3):
                parts.append(f"...{self.random.choice(known)}{self._directive()}")
                continue
            inner = self._selection(self.schema.type_map[name], depth)
            if self._chance(0.3):
                called = f"F{len(self.fragments)}"
                self.fragments[called] = name, f"fragment {called} on {name} {inner}"
                parts.append(f"...{called}{self._directive()}")
            else:
                condition = "" if name == type_.name and self._chance(0.3) else f"on {name}"
                parts.append(f"... {condition}{self._directive()} {inner}")
        return parts

    def _field(self, type_: Any, name: str, depth: int) -> str:
        declared = type_.fields[name]
        alias = self._alias(name) if declared.args or self._chance(0.4) else ""
        if self._chance(0.01):
            alias = f"{self.random.choice(list(type_.fields))}: "  # the name of another field
        arguments = [f"{key}: {text}" for key, each in declared.args.items() if (text := self._argument(each))]
        shown = f"({', '.join(arguments)})" if arguments else ""
        named = get_named_type(declared.type)
        below = " " + self._selection(named, depth - 1) if is_composite_type(named) else ""
        return f"{alias}{name}{shown}{self._directive()}{below}"

    def _alias(self, name: str) -> str:
        self.aliases += 1
        return f"a{self.aliases}: "

    # -- values -----------------------------------------------------------------------------------------------------

    def _argument(self, argument: GraphQLArgument | GraphQLInputField) -> str:
        """As the text of an argument or input field; "" leaves it out."""
        must = isinstance(argument.type, GraphQLNonNull) and not argument.default_value
        return "" if not must and self._chance(0.3) else self._text(argument.type)

    def _text(self, type_: GraphQLInputType) -> str:
        if self._chance(0.4):
            return self._variable(type_)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if inner is type_ and self._chance(0.1):
            return "null"
        if isinstance(inner, GraphQLList):
            return f"[{', '.join(self._text(inner.of_type) for _ in range(self.random.randint(0, 2)))}]"
        if isinstance(inner, GraphQLInputObjectType):
            texts = [f"{name}: {text}" for name, each in inner.fields.items() if (text := self._argument(each))]
            return "{" + ", ".join(texts) + "}"
        return self._literal(self._value(GraphQLNonNull(inner)), inner)

    def _literal(self, value: Any, type_: GraphQLInputType) -> str:
        node = ast_from_value(value, type_)
        assert node is not None
        return print_ast(node)

    def _variable(self, type_: GraphQLInputType) -> str:
        same = [name for name, declared in self.declared.items() if declared == str(type_)]
        if same and self._chance(0.3):
            return f"${self.random.choice(same)}"
        called = f"v{len(self.declared)}"
        self.declared[called] = str(type_)
        nullable = not isinstance(type_, GraphQLNonNull)
        if nullable and self._chance(0.2):
            self.declared[called] += f" = {self._literal(self._value(type_), type_)}"
        if not (nullable and self._chance(0.3)):
            self.values[called] = self._value(type_)
        return f"${called}"

    def _value(self, type_: GraphQLInputType) -> Any:
        """As JSON."""
        if not isinstance(type_, GraphQLNonNull):
            return None if self._chance(0.1) else self._value(GraphQLNonNull(type_))
        inner: Any = type_.of_type
        if isinstance(inner, GraphQLList):
            return [self._value(inner.of_type) for _ in range(self.random.randint(0, 2))]
        if isinstance(inner, GraphQLInputObjectType):
            return {
                name: self._value(each.type)
                for name, each in inner.fields.items()
                if isinstance(each.type, GraphQLNonNull) or self._chance(0.7)
            }
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        match inner.name:
            case "Boolean":
                return self._chance(0.5)
            case "Int":
                return self.random.randint(0, 3)
            case "Float":
                return self.random.randint(0, 8) / 4
            case _:
                return f"id-{self.random.randint(0, 3)}"

    def _directive(self) -> str:
        if not self._chance(0.15):
            return ""
        known = [name for name, declared in self.declared.items() if declared == "Boolean!"]
        if self._chance(0.1):
            value = self.random.choice(("true", "false"))
        elif known and self._chance(0.3):
            value = f"${self.random.choice(known)}"
        else:
            called = f"c{len(self.declared)}"
            self.declared[called] = "Boolean!"
            if self._chance(0.2):
                self.declared[called] = f"Boolean = {self.random.choice(('true', 'false'))}"
            if not (self.declared[called] != "Boolean!" and self._chance(0.5)):
                self.values[called] = self._chance(0.5)
            value = f"${called}"
        text = f" @{self.random.choice(('skip', 'include'))}(if: {value})"
        return text + (" @include(if: true)" if self._chance(0.05) and "@skip" in text else "")


def operations(schema: GraphQLSchema, seed: int, count: int) -> list[tuple[str, dict[str, Any]]]:
    """As many as are wanted that are valid: selections that cannot be merged are thrown away."""
    found: list[tuple[str, dict[str, Any]]] = []
    index = 0
    while len(found) < count:
        index += 1
        chance = random.Random(seed * 1_000_000 + index)
        text, values = Writer(schema, chance, chance.choice((2, 3, 3, 4))).operation()
        if not validate(schema, parse(text), max_errors=1):
            found.append((text, values))
    return found
