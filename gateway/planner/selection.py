"""Selections as the planner sees them: no named fragments, no @skip or @include, variables known by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
    print_ast,
)

from gateway.supergraph.model import Supergraph


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """`args` is canonical text, "" or "(a: 1, b: $x)": two fields are the same field when name and args are equal."""

    name: str
    args: str = ""
    variables: frozenset[str] = frozenset()
    children: "SelectionSet | None" = None
    response_key: str = ""
    # Makes equal fields different: root fields of a mutation, and objects that the client asks for under several names.
    tag: str = ""
    # The code for a caller who may not see it: it is in the answer, as null, and in no fetch.
    denied: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self.args + self.tag

    def with_children(self, children: "SelectionSet") -> "Field":
        return Field(self.name, self.args, self.variables, children, self.response_key, self.tag, self.denied)


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """A type condition."""

    type: str
    children: "SelectionSet"


Item = Field | Fragment


@dataclass(frozen=True, slots=True, eq=False)
class SelectionSet:
    """Compared by identity, so that what was worked out for one can be remembered."""

    items: tuple[Item, ...]


@dataclass(slots=True)
class Selections:
    """Makes and remembers selection sets for one operation, and merges fields that are the same.

    What is remembered is found by the sets and items themselves, which are so kept: an id could be another's by then.
    """

    supergraph: Supergraph
    _merged: dict[tuple[SelectionSet, ...], SelectionSet] = field(default_factory=dict)
    _interned: dict[tuple[Item, ...], SelectionSet] = field(default_factory=dict)
    _parsed: dict[tuple[str, str], SelectionSet] = field(default_factory=dict)
    _collected: dict[tuple[SelectionSet, str], dict[tuple[str, str], Field]] = field(default_factory=dict)

    def merge(self, sets: list[SelectionSet]) -> SelectionSet:
        if len(sets) == 1:
            return sets[0]
        key = tuple(sets)
        merged = self._merged.get(key)
        if merged is None:
            merged = self._merged[key] = SelectionSet(tuple(item for one in sets for item in one.items))
        return merged

    def interned(self, items: Iterable[Item]) -> SelectionSet:
        """The same items give the same set."""
        key = tuple(items)
        made = self._interned.get(key)
        if made is None:
            made = self._interned[key] = SelectionSet(key)
        return made

    def parse(self, type_name: str, text: str) -> SelectionSet:
        """A field set of @key, @requires or @provides."""
        key = (type_name, text)
        parsed = self._parsed.get(key)
        if parsed is None:
            document = parse(text if text.lstrip().startswith("{") else f"{{{text}}}", no_location=True)
            node = document.definitions[0]
            parsed = self._parsed[key] = from_ast(node.selection_set, {}, {})  # type: ignore[attr-defined]  # a query
        return parsed

    def applies(self, condition: str, type_name: str) -> bool:
        """Does the condition hold for every value of the type, by what the schema says of the type itself?"""
        if condition == type_name:
            return True
        type_ = self.supergraph.types[type_name]
        if any(condition in implemented for implemented in type_.implements.values()):
            return True
        return type_.kind == "object" and type_name in self.supergraph.possible(None, condition)

    def collect(self, selection: SelectionSet, type_name: str) -> dict[tuple[str, str], Field]:
        """The fields that surely apply to a value of this type, the same ones merged, in order."""
        key = (selection, type_name)
        known = self._collected.get(key)
        if known is None:
            groups: dict[tuple[str, str], list[Field]] = {}
            for found in self._flatten(selection, type_name):
                groups.setdefault(found.identity, []).append(found)
            known = self._collected[key] = {identity: self._one(group) for identity, group in groups.items()}
        return known

    def specific(self, selection: SelectionSet, type_name: str) -> list[Fragment]:
        """The fragments that apply to some values of this abstract type only."""
        found: list[Fragment] = []
        for item in selection.items:
            if isinstance(item, Fragment):
                if self.applies(item.type, type_name):
                    found.extend(self.specific(item.children, type_name))
                else:
                    found.append(item)
        return found

    def _flatten(self, selection: SelectionSet, type_name: str) -> Iterator[Field]:
        for item in selection.items:
            if isinstance(item, Field):
                yield item
            elif self.applies(item.type, type_name):
                yield from self._flatten(item.children, type_name)

    def _one(self, group: list[Field]) -> Field:
        if len(group) == 1:
            return group[0]
        children = [one.children for one in group if one.children is not None]
        return group[0].with_children(self.merge(children)) if children else group[0]


@dataclass(frozen=True, slots=True)
class Selected:
    """What one operation selects, worked out once for all that is made of it.

    `shown`: what the answer is written from, with what is denied; `fetched`: without it. `selections` remembers for both.
    """

    operation: OperationDefinitionNode
    selections: Selections
    shown: SelectionSet
    fetched: SelectionSet


def from_ast(
    node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], conditions: Mapping[str, bool]
) -> SelectionSet:
    """`conditions` are the values of the variables that @skip and @include read."""
    return SelectionSet(tuple(_items(node, fragments, conditions)))


def permitted(selection: SelectionSet) -> SelectionSet:
    """Without what is denied."""
    items: list[Item] = []
    for item in selection.items:
        if isinstance(item, Fragment):
            items.append(Fragment(item.type, permitted(item.children)))
        elif not item.denied:
            items.append(item.with_children(permitted(item.children)) if item.children is not None else item)
    return SelectionSet(tuple(items))


def _items(
    node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], conditions: Mapping[str, bool]
) -> Iterator[Item]:
    for selection in node.selections:
        if selection.directives and not _included(selection, conditions):
            continue
        if isinstance(selection, FieldNode):
            args, variables = _arguments(selection)
            children = from_ast(selection.selection_set, fragments, conditions) if selection.selection_set else None
            response_key = selection.alias.value if selection.alias else selection.name.value
            # Under another name an object is asked for again: a failure below the one must not take the other along.
            tag = f" as {response_key}" if children is not None and response_key != selection.name.value else ""
            yield Field(selection.name.value, args, variables, children, response_key, tag)
            continue
        if isinstance(selection, FragmentSpreadNode):
            definition = fragments[selection.name.value]
            condition, inner = definition.type_condition.name.value, definition.selection_set
        else:
            assert isinstance(selection, InlineFragmentNode)
            condition = selection.type_condition.name.value if selection.type_condition else ""
            inner = selection.selection_set
        if condition:
            yield Fragment(condition, from_ast(inner, fragments, conditions))
        else:
            yield from _items(inner, fragments, conditions)


def _included(selection: Any, conditions: Mapping[str, bool]) -> bool:
    for directive in selection.directives:
        if directive.name.value in ("skip", "include"):
            value = directive.arguments[0].value
            on = conditions[value.name.value] if isinstance(value, VariableNode) else value.value
            if on is (directive.name.value == "skip"):
                return False
    return True


def _arguments(node: FieldNode) -> tuple[str, frozenset[str]]:
    if not node.arguments:
        return "", frozenset()
    arguments = sorted(node.arguments, key=lambda argument: argument.name.value)
    text = ", ".join(f"{argument.name.value}: {print_ast(argument.value)}" for argument in arguments)
    variables: set[str] = set()
    for argument in arguments:
        _variables(argument.value, variables)
    return f"({text})", frozenset(variables)


def _variables(value: ValueNode, into: set[str]) -> None:
    if isinstance(value, VariableNode):
        into.add(value.name.value)
    elif isinstance(value, ListValueNode):
        for item in value.values:
            _variables(item, into)
    elif isinstance(value, ObjectValueNode):
        for child in value.fields:
            _variables(child.value, into)
