"""How large an operation is, counted before anything costly is done with it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.errors import Code, RequestError
from gateway.settings import Limits


def check(document: DocumentNode, limits: Limits) -> None:
    """Raises RequestError naming the limit. Fragments in cycles are counted once: validation refuses them."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    count = _Count(fragments)
    for node in document.definitions:
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            size = count.of(node.selection_set)
            _refuse("aliases", size.aliases, limits.aliases)
            _refuse("depth", size.depth, limits.depth)
            _refuse("directives", size.directives + len(node.directives or ()), limits.directives)
            if isinstance(node, OperationDefinitionNode):
                _refuse("root fields", size.fields, limits.root_fields)
    _refuse("repetitions of one field", count.repeated, limits.repeated_fields)


def _refuse(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise RequestError.of(Code.OPERATION_TOO_EXPENSIVE, f"The operation has {found} {what}; the limit is {limit}.")


# JSON is read deeper than it can be written (254): what custom scalars hold is bounded well below that.
_VALUE_DEPTH = 100


def too_deep(value: Any, left: int = _VALUE_DEPTH) -> bool:
    """Whether a JSON value nests deeper than may be passed on."""
    if type(value) is dict:
        return left == 0 or any(too_deep(one, left - 1) for one in value.values())
    if type(value) is list:
        return left == 0 or any(too_deep(one, left - 1) for one in value)
    return False


@dataclass(slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0
    directives: int = 0


_CEILING = 1_000_000


@dataclass(slots=True)
class _Count:
    fragments: dict[str, FragmentDefinitionNode]
    repeated: int = 0
    _known: dict[str, _Size] = field(default_factory=dict)

    def of(self, selection: SelectionSetNode) -> _Size:
        """`fields` counts the selection itself, the others everything below."""
        size = _Size()
        keys: Counter[str] = Counter()
        for node in selection.selections:
            size.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                keys[node.alias.value if node.alias else node.name.value] += 1
                below = self.of(node.selection_set) if node.selection_set else _Size()
                size.depth = max(size.depth, below.depth + 1)
                size.aliases += below.aliases + (1 if node.alias else 0)
                size.directives += below.directives
                size.fields += 1
                continue
            if isinstance(node, FragmentSpreadNode):
                keys["..." + node.name.value] += 1
                below = self._fragment(node.name.value)
            else:
                assert isinstance(node, InlineFragmentNode)
                below = self.of(node.selection_set)
            size.depth = max(size.depth, below.depth)
            size.aliases += below.aliases
            size.directives += below.directives
            size.fields += below.fields
        size.aliases = min(size.aliases, _CEILING)
        size.fields = min(size.fields, _CEILING)
        size.directives = min(size.directives, _CEILING)
        self.repeated = max(self.repeated, max(keys.values(), default=0))
        return size

    def _fragment(self, name: str) -> _Size:
        known = self._known.get(name)
        if known is None:
            self._known[name] = _Size()  # met again while it is counted: a cycle
            definition = self.fragments.get(name)
            known = self._known[name] = self.of(definition.selection_set) if definition else _Size()
        return known
