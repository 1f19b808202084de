"""The objects that a step completes are found, and represented or told to have failed, however a subgraph has nested its answer."""

from typing import Any

import pytest

from gateway.executor.entities import objects_at
from gateway.executor.failure import Failure
from gateway.executor.representing import gathering
from gateway.planner.plan import Representation, Shape, Step, Tree, Wanted

ONE, TWO, THREE = {"id": "1"}, {"id": "2"}, {"id": "3"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (ONE, [ONE]),
        ([ONE, TWO], [ONE, TWO]),
        ([[ONE], [TWO, None, [THREE]], "odd", 4], [ONE, TWO, THREE]),
        ([], []),
        (None, []),
        ("odd", []),
    ],
)
def test_lists_are_walked_through_in_order_and_what_is_no_object_is_passed_over(
    value: Any, found: list[dict[str, Any]]
) -> None:
    assert objects_at({"here": value}, ("here",)) == found


def test_lists_that_are_nested_as_deep_as_json_may_be_are_no_trouble() -> None:
    deep: Any = [ONE]
    for _ in range(1_020):
        deep = [deep]
    assert objects_at({"here": [TWO, deep, THREE]}, ("here",)) == [TWO, ONE, THREE]


def test_a_required_list_that_is_nested_deeper_than_can_be_read_fails_its_object_and_no_other() -> None:
    deep: Any = []
    for _ in range(1_020):
        deep = [deep]
    parts = Wanted("parts", "parts", Shape([Wanted("id", "id")]))
    known_by = Representation("Thing", Shape([Wanted("id", "id", required=True), parts]))
    step = Step(1, "things", "entities", ("here",), set(), Tree(), {"Thing": known_by}, {"Thing": ["size"]})
    odd: dict[str, Any] = {"__typename": "Thing", "id": "1", "parts": deep}
    usual = {"__typename": "Thing", "id": "2", "parts": [{"id": "a"}]}
    batch = gathering(step)([odd, usual])
    assert batch.representations == [usual]
    assert batch.objects == [[usual]]
    assert type(odd["size"]) is Failure
    assert odd["size"].code == "INTERNAL_SERVER_ERROR"
