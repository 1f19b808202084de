"""What the supergraph says of its types and fields beyond where they are: who may see them, and what they cost."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    value_from_ast_untyped,
)

if TYPE_CHECKING:
    from gateway.supergraph.load import Names
    from gateway.supergraph.model import Type

Coordinate = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a caller must be or have. `scopes`: all of any one set; none at all: it is enough to be known.

    `policy`: names of policies. Nothing here can judge them, so nobody fulfils such a requirement.
    """

    scopes: frozenset[frozenset[str]] = frozenset()
    policy: bool = False


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list may get: by its arguments, or as assumed. `sized`: the fields below that are the lists meant."""

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized: tuple[str, ...] = ()


@dataclass(slots=True)
class Annotations:
    required_of_types: dict[str, frozenset[Requirement]] = field(default_factory=dict)
    required_of_fields: dict[Coordinate, frozenset[Requirement]] = field(default_factory=dict)
    type_weights: dict[str, int] = field(default_factory=dict)
    # Of fields, and of the fields of inputs.
    field_weights: dict[Coordinate, int] = field(default_factory=dict)
    argument_weights: dict[tuple[str, str, str], int] = field(default_factory=dict)
    list_sizes: dict[Coordinate, ListSize] = field(default_factory=dict)

    @property
    def guarded(self) -> bool:
        """Does anything here depend on who asks?"""
        return bool(self.required_of_types or self.required_of_fields)


def annotations(document: DocumentNode, names: "Names", types: "dict[str, Type]") -> Annotations:
    found = Annotations()
    reader = _Reader(names)
    for node in document.definitions:
        if isinstance(node, (ScalarTypeDefinitionNode, EnumTypeDefinitionNode)):
            reader.type(node, found)
        elif isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode)):
            reader.type(node, found)
            for child in node.fields or ():
                reader.field(node.name.value, child, found)
    if found.guarded:
        _follow_requires(types, found)
    return found


class _Reader:
    def __init__(self, names: "Names") -> None:
        self._authenticated = names.directive("authenticated", "authenticated")
        self._scopes = names.directive("requiresScopes", "requiresScopes")
        self._policy = names.directive("policy", "policy")
        self._cost = names.directive("cost", "cost")
        self._list_size = names.directive("cost", "listSize")
        # Some composers carry directives of the subgraphs in this one.
        self._carried = names.directive("join", "directive")

    def type(self, node: Any, into: Annotations) -> None:
        applied = list(self._applied(node.directives))
        if required := frozenset(self._requirements(applied)):
            into.required_of_types[node.name.value] = required
        if (weight := self._weight(applied)) is not None:
            into.type_weights[node.name.value] = weight

    def field(self, parent: str, node: Any, into: Annotations) -> None:
        applied = list(self._applied(node.directives))
        coordinate = (parent, node.name.value)
        if required := frozenset(self._requirements(applied)):
            into.required_of_fields[coordinate] = required
        if (weight := self._weight(applied)) is not None:
            into.field_weights[coordinate] = weight
        for name, arguments in applied:
            if name == "listSize":
                into.list_sizes[coordinate] = ListSize(
                    arguments.get("assumedSize"),
                    tuple(arguments.get("slicingArguments") or ()),
                    tuple(arguments.get("sizedFields") or ()),
                )
        for argument in getattr(node, "arguments", None) or ():
            if (weight := self._weight(list(self._applied(argument.directives)))) is not None:
                into.argument_weights[(*coordinate, argument.name.value)] = weight

    def _applied(self, directives: Iterable[ConstDirectiveNode] | None) -> Iterator[tuple[str, dict[str, Any]]]:
        known = {
            self._authenticated: "authenticated",
            self._scopes: "requiresScopes",
            self._policy: "policy",
            self._cost: "cost",
            self._list_size: "listSize",
        }
        for directive in directives or ():
            name = directive.name.value
            if name in known or name == self._carried:
                arguments = {each.name.value: value_from_ast_untyped(each.value) for each in directive.arguments or ()}
                if name == self._carried:
                    yield str(arguments.get("name")), arguments.get("args") or {}
                else:
                    yield known[name], arguments

    def _requirements(self, applied: list[tuple[str, dict[str, Any]]]) -> Iterator[Requirement]:
        for name, arguments in applied:
            if name == "authenticated":
                yield Requirement()
            elif name == "requiresScopes":
                yield Requirement(frozenset(frozenset(each) for each in arguments.get("scopes") or ()))
            elif name == "policy":
                yield Requirement(policy=True)

    def _weight(self, applied: list[tuple[str, dict[str, Any]]]) -> int | None:
        for name, arguments in applied:
            if name == "cost":
                return int(float(arguments.get("weight", 0)))
        return None


def _follow_requires(types: "dict[str, Type]", found: Annotations) -> None:
    """A field that is made from others may be seen by those who may see the others."""
    for type_ in types.values():
        for one in type_.fields.values():
            more: set[Requirement] = set()
            for join in one.joins.values():
                if join.requires:
                    more |= _required_by(join.requires, type_.name, types, found)
            if more:
                coordinate = (type_.name, one.name)
                found.required_of_fields[coordinate] = found.required_of_fields.get(coordinate, frozenset()) | more


_TOKEN = re.compile(r"\.\.\.\s*on\s+(\w+)|\([^)]*\)|(\w+)|([{}])")


def _required_by(field_set: str, type_name: str, types: "dict[str, Type]", found: Annotations) -> set[Requirement]:
    """Walks a field set: names, braces and type conditions; arguments say nothing of who may see."""
    required: set[Requirement] = set()
    parents, last = [type_name], type_name
    for condition, name, brace in _TOKEN.findall(field_set):
        if condition:
            last = condition
        elif name and name != "__typename":
            declared = types[parents[-1]].fields.get(name) if parents[-1] in types else None
            last = declared.named if declared else ""
            required |= found.required_of_fields.get((parents[-1], name), frozenset())
            required |= found.required_of_types.get(last, frozenset())
        elif brace == "{":
            parents.append(last)
        elif brace == "}" and len(parents) > 1:
            parents.pop()
    return required
