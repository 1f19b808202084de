"""How large an operation may be, and the cache of documents that were parsed, validated and measured before."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from services.kit.cache import Cache
from services.kit.graphql.errors import TooExpensive
from services.kit.size import Sizes

# The node of a syntax tree with its texts, by token of the document; as in the gateway, where a test measures it.
_TOKEN_BYTES = 130


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document, counted as `services.kit.size` says, without introspection (`__…`)."""

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
    """Documents by their text, kept within a number of bytes; the least recently used go first. One per schema.

    Trees have no locations, two thirds of what they would take: who asks is the gateway, whose clients have other documents.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, size: int = 16 * 1024 * 1024) -> None:
        self._schema = schema
        self._limits = limits
        self._known: Cache[str, CheckedDocument] = Cache.of_bytes(size)

    @property
    def kept_bytes(self) -> int:
        return self._known.counts.size

    def get(self, text: str) -> CheckedDocument:
        """Raises GraphQLSyntaxError; what validation found is in `errors`."""
        found = self._known.get(text)
        if found is not None:
            return found
        document = parse(text, no_location=True, max_tokens=self._limits.tokens)
        errors = validate(self._schema, document, max_errors=20) or measure(document, self._limits)
        operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        found = CheckedDocument(document, operations, tuple(errors))
        said = sum(len(error.message) for error in errors)
        self._known.put(text, found, 2 * len(text) + document.token_count * _TOKEN_BYTES + said)
        return found


def measure(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """An error for each limit that the document passes."""
    sizes = Sizes.of_document(document, introspection=False)
    depth = aliases = fields = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            one = sizes.of(definition.selection_set)
            depth, aliases, fields = max(depth, one.depth), aliases + one.aliases, fields + one.fields
    return [
        _too_large(f"The operation has {name} {found}, the limit is {limit}")
        for name, found, limit in (
            ("a depth of", depth, limits.depth),
            ("a number of aliases of", aliases, limits.aliases),
            ("a number of fields of", fields, limits.fields),
        )
        if found > limit
    ]


def _too_large(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=TooExpensive(message))
