"""What web asks costs less than the gateway allows: tests on a gateway that is played cannot see a page that is refused for its cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    is_input_type,
    parse,
    type_from_ast,
)

from gateway.pipeline import Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from services.contracts.roles import Role
from services.kit.http.identity import Identity
from services.web.graph import DOCUMENTS
from tests.gateway.kit.gateway import InProcess

MOST = 0.8 * Limits().cost
"""Room for a field more, before somebody sees a page that is refused."""
MOST_OF_GUESTS = 0.8 * Limits().anonymous_cost
GUESTS = (
    "home",
    "search",
    "suggest",
    "product",
    "merchant",
    "same_goods",
    "tracked",
    "open_guest_cart",
    "guest_cart",
    "request_code",
    "sign_in",
)
EVERYBODY = Identity("usr_1", frozenset(Role))
SUPERGRAPH = load((Path(__file__).parents[2] / "gateway" / "supergraph.graphql").read_text("utf-8"))
_SCALARS: dict[str, Any] = {"Boolean": True, "Int": 1, "Float": 1.0, "Rupiah": 1}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline(SUPERGRAPH, InProcess({}), Limits())


def sample(kind: GraphQLInputType) -> Any:
    """All that may be asked for is: what is included on a condition counts."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        wanted = {name: each for name, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull)}
        named = wanted or dict(list(kind.fields.items())[:1])  # of a oneOf, one
        return {name: sample(each.type) for name, each in named.items()}
    return _SCALARS.get(kind.name, "x")


def cost(pipeline: Pipeline, document: str, who: Identity | None = EVERYBODY) -> int:
    [operation] = (each for each in parse(document).definitions if isinstance(each, OperationDefinitionNode))
    variables: dict[str, Any] = {}
    for each in operation.variable_definitions or ():
        kind = type_from_ast(SUPERGRAPH.api, each.type)
        assert is_input_type(kind)
        variables[each.variable.name.value] = sample(kind)
    request = Request(document, None, variables)
    return (pipeline.explain(request, who) if who else pipeline.explain(request))[1]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_costs_less_than_is_allowed(name: str, pipeline: Pipeline) -> None:
    assert cost(pipeline, DOCUMENTS[name]) <= MOST


@pytest.mark.parametrize("name", GUESTS)
def test_what_guests_look_at_costs_less_than_guests_are_allowed(name: str, pipeline: Pipeline) -> None:
    assert cost(pipeline, DOCUMENTS[name], None) <= MOST_OF_GUESTS


def test_a_page_that_asks_for_too_much_is_seen(pipeline: Pipeline) -> None:
    wide = DOCUMENTS["searches"].replace("first: 25", "first: 50")
    assert wide != DOCUMENTS["searches"]
    assert cost(pipeline, wide) > Limits().cost
