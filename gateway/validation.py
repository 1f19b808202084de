"""Validation against the public schema, within a number of steps: a document of a few kB can ask for millions.

The steps are those that graphql-core counts itself: fields that are held against one another, and fragments that are looked
into once more for each that spreads them. What is written twice in one selection, letter by letter, is looked at once.
"""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    specified_rules,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule
from graphql.validation.validate import ValidationAbortedError

_MAX_ERRORS = 20


class TooManySteps(Exception):
    """The document takes more work than a valid document of its size needs."""


def check(schema: GraphQLSchema, document: DocumentNode, steps: int) -> list[GraphQLError]:
    """What is wrong with the document; at most some errors. Raises TooManySteps, or RecursionError."""

    class Merging(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = steps
            context._remaining_fragment_work = steps

    rules = [Merging if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules]
    errors = validate(schema, document, rules, max_errors=_MAX_ERRORS, allow_empty_selection_sets=False)
    if errors and isinstance(errors[-1], ValidationAbortedError) and len(errors) <= _MAX_ERRORS:
        raise TooManySteps
    return errors


def without_repetitions(document: DocumentNode, text: str) -> DocumentNode:
    """The document with what stands twice in one selection, letter by letter, written once: it means the same.

    Changes the document, which is to have its locations in the text, and nobody else.
    """
    for node in document.definitions:
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            _write_once(node.selection_set, text)
    return document


def _write_once(selection: SelectionSetNode, text: str) -> None:
    known: dict[str, SelectionNode] = {}
    for node in selection.selections:
        assert node.loc is not None
        known.setdefault(text[node.loc.start : node.loc.end], node)
    if len(known) < len(selection.selections):
        object.__setattr__(selection, "selections", tuple(known.values()))
    for node in selection.selections:
        if isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set:
            _write_once(node.selection_set, text)
