"""What subgraphs are told of who asks."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.operation import asked_with, choose
from services.kit.http.address import HEADER

_TOLD = {"authorization": "Bearer a"}


@pytest.mark.parametrize("query", ["{ a }", "subscription { a }"])
def test_who_only_asks_is_told_without_where_he_is_so_that_equal_questions_are_one(query: str) -> None:
    assert asked_with(choose(parse(query), None), _TOLD, "198.51.100.7") == _TOLD


def test_who_changes_something_is_told_with_where_he_is() -> None:
    change = choose(parse("mutation { a }"), None)
    assert asked_with(change, _TOLD, "198.51.100.7") == {**_TOLD, HEADER: "198.51.100.7"}
    assert asked_with(change, _TOLD, "") == _TOLD
    assert _TOLD == {"authorization": "Bearer a"}
