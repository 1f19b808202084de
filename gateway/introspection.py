"""Questions about the schema: weighed before they are answered, answered beside the loop, and kept by their text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_introspection_query,
    parse,
)

from gateway import beside, exact
from gateway.errors import RequestError
from services.kit.cache import Cache
from services.kit.codes import ErrorCode

_STANDARD = parse(
    get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True)
)

# Text, operation name and variables -> answers by response key.
Answers = Cache[tuple[str, str | None, bytes], dict[str, Any]]


@dataclass(slots=True)
class Introspection:
    """Of one schema. `most`: how often a document may ask for what the standard query asks for."""

    schema: GraphQLSchema
    most: int
    _lengths: "_Lengths" = field(init=False)
    _standard: int = field(init=False)

    def __post_init__(self) -> None:
        self._lengths = _Lengths.of(self.schema)
        self._standard = self.weight(_STANDARD)

    def afford(self, document: DocumentNode) -> None:
        """Raises RequestError for a document that asks for too much of the schema."""
        if self.weight(document) > self.most * self._standard:
            raise RequestError.of(
                ErrorCode.OPERATION_TOO_EXPENSIVE,
                f"The operation asks for more than {self.most} times the schema; see /schema.graphql.",
            )

    def weight(self, document: DocumentNode) -> int:
        """The fields that the answer may have, by the lengths of this schema's own lists."""
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        return round(_Weighing(self._lengths.by_field, fragments).of(operation.selection_set))

    async def answer(
        self, key: tuple[str, str | None], document: DocumentNode, variables: Mapping[str, Any], cache: Answers
    ) -> dict[str, Any]:
        """By response key; `document` has nothing but introspection, and `key` is of the text that it was made of.

        `cache` keeps what nobody changes.
        """
        whole = (*key, exact.dumps(variables))
        known = cache.get(whole)
        if known is None:
            result = await beside.done(execute_sync, self.schema, document, variable_values=dict(variables))
            known = result.data or {}
            cache.put(whole, known, _TIMES * len(orjson.dumps(known)) + len(key[0]))
        return known


# What a parsed answer takes of memory, as many times its text.
_TIMES = 5


@dataclass(slots=True)
class _Lengths:
    """How many there are on average where the schema lists something."""

    by_field: Mapping[str, float]

    @classmethod
    def of(cls, schema: GraphQLSchema) -> "_Lengths":
        types = list(schema.type_map.values())
        fields = [one for type_ in types for one in getattr(type_, "fields", {}).values()]
        arguments = [one for each in fields for one in getattr(each, "args", {}).values()]
        values = sum(len(type_.values) for type_ in types if isinstance(type_, GraphQLEnumType))
        inputs = sum(isinstance(type_, GraphQLInputObjectType) for type_ in types)
        assert all(isinstance(one, GraphQLArgument) for one in arguments)
        count = max(len(types), 1)
        return cls(
            {
                "types": count,
                "directives": len(schema.directives),
                "fields": max(len(fields) / count, 1),
                "args": max(len(arguments) / max(len(fields), 1), 1),
                "inputFields": max(inputs / count, 1),
                "enumValues": max(values / count, 1),
                # Most are null, or empty: nine levels of them are not nine times the work.
                "ofType": 0.5,
                "possibleTypes": 0.5,
                "interfaces": 0.5,
            }
        )


@dataclass(slots=True)
class _Weighing:
    lengths: Mapping[str, float]
    fragments: Mapping[str, FragmentDefinitionNode]
    _known: dict[str, float] = field(default_factory=dict)

    def of(self, selection: SelectionSetNode) -> float:
        total = 0.0
        for node in selection.selections:
            if isinstance(node, FieldNode):
                below = self.of(node.selection_set) if node.selection_set else 0.0
                total += 1 + self.lengths.get(node.name.value, 1) * below
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                total += self.of(node.selection_set)
        return total

    def _fragment(self, name: str) -> float:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self.of(self.fragments[name].selection_set)
        return known
