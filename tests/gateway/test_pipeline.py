"""What is refused before anything is asked of a subgraph, and what is remembered."""

from typing import Any

import pytest

from gateway.errors import RequestError
from gateway.settings import Limits
from services.kit.codes import ErrorCode
from tests.gateway.shop import shop


async def refused(query: str, variables: dict[str, Any] | None = None, operation: str | None = None) -> RequestError:
    federation = shop(limits=Limits(tokens=300, depth=8, aliases=10, root_fields=5, directives=10, selections=80))
    with pytest.raises(RequestError) as caught:
        await federation.ask(query, variables, operation)
    assert federation.client.sent == []
    return caught.value


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ products {", ErrorCode.GRAPHQL_PARSE_FAILED),
        ("", ErrorCode.GRAPHQL_PARSE_FAILED),
        ("{ products { } }", ErrorCode.GRAPHQL_PARSE_FAILED),
        ("{ products { price } }", ErrorCode.GRAPHQL_VALIDATION_FAILED),
        ("{ products { ...F } } fragment F on Product { related { ...F } }", ErrorCode.GRAPHQL_VALIDATION_FAILED),
        ("query A { __typename } query B { __typename }", ErrorCode.OPERATION_RESOLUTION_FAILURE),
        ("fragment F on Product { id }", ErrorCode.GRAPHQL_VALIDATION_FAILED),
        ("{ " + "related { " * 9 + "id" + " }" * 9 + " }", ErrorCode.OPERATION_TOO_EXPENSIVE),
        ("{ products { " + " ".join(f"a{n}: id" for n in range(11)) + " } }", ErrorCode.OPERATION_TOO_EXPENSIVE),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(6)) + " }", ErrorCode.OPERATION_TOO_EXPENSIVE),
        (
            "{ products { " + " ".join(f"... {{ id{' ' * n} }}" for n in range(41)) + " } }",
            ErrorCode.OPERATION_TOO_EXPENSIVE,
        ),
        ("{ products { " + "id " * 300 + "} }", ErrorCode.OPERATION_TOO_EXPENSIVE),
        ("{ products { id " + "@skip(if: true) " * 11 + "} }", ErrorCode.OPERATION_TOO_EXPENSIVE),
        (
            "query Q " + "@a " * 11 + "{ products { ...F } } fragment F on Product { id }",
            ErrorCode.OPERATION_TOO_EXPENSIVE,
        ),
        ("{" * 5_000, ErrorCode.GRAPHQL_PARSE_FAILED),
        ("{ product(id: " + "[" * 290, ErrorCode.GRAPHQL_PARSE_FAILED),
    ],
)
async def test_a_document_that_cannot_be_run_is_refused_with_its_code(query: str, code: ErrorCode) -> None:
    assert (await refused(query)).code is code


@pytest.mark.parametrize("variables", [{}, {"id": None}, {"id": {"a": 1}}, {"id": [1]}, {"id": True}])
async def test_a_variable_of_the_wrong_type_is_bad_input(variables: dict[str, Any]) -> None:
    error = await refused("query ($id: ID!) { product(id: $id) { id } }", variables)
    assert error.code is ErrorCode.BAD_USER_INPUT


async def test_an_unknown_operation_name_is_refused() -> None:
    error = await refused("query A { __typename }", operation="B")
    assert error.code is ErrorCode.OPERATION_RESOLUTION_FAILURE


async def test_fragments_that_multiply_each_other_are_counted_and_not_unfolded() -> None:
    doubling = " ".join(f"fragment F{n} on Product {{ a{n}: id ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(20))
    error = await refused("{ products { ...F0 } } " + doubling + " fragment F20 on Product { id }")
    assert error.code is ErrorCode.OPERATION_TOO_EXPENSIVE
