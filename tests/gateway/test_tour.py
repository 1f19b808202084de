"""The first look: a tab takes nothing that no tab before it answers. That each is valid is in tests/contracts/test_documents.py."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse

from gateway.explorer import tour


@pytest.mark.parametrize("tab", tour(), ids=lambda tab: tab["title"])
def test_a_tab_has_the_variables_that_it_declares(tab: dict[str, Any]) -> None:
    (operation,) = _operations(tab["query"])
    declared = {definition.variable.name.value for definition in operation.variable_definitions or ()}
    assert json.loads(tab["variables"]).keys() == declared


def test_the_tour_goes_from_goods_to_the_door() -> None:
    assert [tab["title"] for tab in tour()] == ["goods near me", "fill the cart", "quote", "place", "follow"]


def test_each_tab_takes_what_the_tabs_before_it_ask_for() -> None:
    assert list(_unanswered(tour())) == []


@pytest.mark.parametrize(
    "variables",
    ['{"id": "=Place.placeOrder.order.nothing"}', '{"id": "=Nobody.a"}', '{"id": "=Follow.orderChanged.id"}'],
)
def test_a_tab_that_takes_what_nobody_answers_is_seen(variables: str) -> None:
    tabs = tour()
    tabs[-1] = {**tabs[-1], "variables": variables}
    assert len(list(_unanswered(tabs))) == 1


def test_a_new_key_goes_with_each_mutation_that_wants_one() -> None:
    for tab in tour():
        if "$idempotencyKey" in tab["query"]:
            assert json.loads(tab["variables"])["idempotencyKey"] == "=key()"


def test_nobody_edits_a_variable() -> None:
    """Ids are taken from answers, so that the tour outlives another seed."""
    for tab in tour():
        assert not re.search(r"\b[a-z]{3}_[0-9a-z]{20,}|the (id|token) of", tab["variables"]), tab["title"]


def _unanswered(tabs: list[dict[str, Any]]) -> Iterator[str]:
    answered: set[str] = set()
    for tab in tabs:
        for formula in _formulas(json.loads(tab["variables"])):
            for term in formula.split(" + "):
                # Numbers and * are places in lists, which a document does not name.
                path = ".".join(step for step in term.split(".") if not step.isdigit() and step != "*")
                if path != "key()" and path not in answered:
                    yield f"{tab['title']}: {term}"
        answered |= set(_paths(tab["query"]))


def _formulas(variables: Any) -> Iterator[str]:
    if isinstance(variables, str) and variables.startswith("="):
        yield variables[1:]
    elif isinstance(variables, dict | list):
        for each in variables.values() if isinstance(variables, dict) else variables:
            yield from _formulas(each)


def _paths(document: str) -> Iterator[str]:
    """`Operation.field.field` of all that is asked for."""
    parsed = parse(document)
    fragments = {node.name.value: node for node in parsed.definitions if not isinstance(node, OperationDefinitionNode)}  # type: ignore[attr-defined]  # a fragment

    def below(selected: SelectionSetNode | None, before: str) -> Iterator[str]:
        for node in selected.selections if selected else ():
            match node:
                case FieldNode():
                    path = f"{before}.{(node.alias or node.name).value}"
                    yield path
                    yield from below(node.selection_set, path)
                case FragmentSpreadNode():
                    yield from below(fragments[node.name.value].selection_set, before)  # type: ignore[attr-defined]
                case InlineFragmentNode():
                    yield from below(node.selection_set, before)

    (operation,) = _operations(document)
    assert operation.name is not None
    yield from below(operation.selection_set, operation.name.value)


def _operations(document: str) -> list[OperationDefinitionNode]:
    return [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
