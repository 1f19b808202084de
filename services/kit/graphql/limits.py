"""How large an operation may be, and the cache of documents that were parsed, validated and measured before."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

from services.kit.graphql.errors import TooExpensive

_MAX_CACHED_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document, with fragments counted wherever they are spread. Introspection (`__…`) is not counted."""

    tokens: int = 8_000
    depth: int = 20
    aliases: int = 300
    fields: int = 4_000


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    document: DocumentNode
    operations: int
    errors: tuple[GraphQLError, ...]


class Documents:
    """Documents by their text; the least recently used go first. One per schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, size: int = 500) -> None:
        self._schema = schema
        self._limits = limits
        self._size = size
        self._known: OrderedDict[str, CheckedDocument] = OrderedDict()

    def get(self, text: str) -> CheckedDocument:
        """Raises GraphQLSyntaxError; what validation found is in `errors`."""
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
            return found
        document = parse(text, max_tokens=self._limits.tokens)
        # Measured only when valid: then no fragment spreads itself.
        errors = validate(self._schema, document, max_errors=20) or measure(document, self._limits)
        operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        found = CheckedDocument(document, operations, tuple(errors))
        if len(text) <= _MAX_CACHED_LENGTH:
            self._known[text] = found
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return found


@dataclass(slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0


def measure(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """An error for each limit that the document passes. The document must be valid."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    known: dict[str, _Size] = {}  # each fragment is measured once, however often it is spread
    size = _Size()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            one = _measure(definition.selection_set, fragments, known)
            size = _Size(max(size.depth, one.depth), size.aliases + one.aliases, size.fields + one.fields)
    return [
        _too_large(f"The operation has {name} {found}, the limit is {limit}")
        for name, found, limit in (
            ("a depth of", size.depth, limits.depth),
            ("a number of aliases of", size.aliases, limits.aliases),
            ("a number of fields of", size.fields, limits.fields),
        )
        if found > limit
    ]


def _too_large(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=TooExpensive(message))


def _measure(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], known: dict[str, _Size]
) -> _Size:
    size = _Size()
    for node in selections.selections:
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                continue
            inner = _measure(node.selection_set, fragments, known) if node.selection_set else _Size()
            size.depth = max(size.depth, inner.depth + 1)
            size.aliases += inner.aliases + (node.alias is not None)
            size.fields += inner.fields + 1
            continue
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in known:
                known[name] = _measure(fragments[name].selection_set, fragments, known)
            inner = known[name]
        else:
            inner = _measure(node.selection_set, fragments, known)  # type: ignore[attr-defined]  # an inline fragment
        size.depth = max(size.depth, inner.depth)
        size.aliases += inner.aliases
        size.fields += inner.fields
    return size
