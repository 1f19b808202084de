"""The gateway's answer is the answer of one plain execution over the merged schema with the same data."""

import os
from typing import Any

import pytest

from tests.gateway.differential.compare import compare, ours
from tests.gateway.differential.truth import Answer, Truth
from tests.gateway.differential.worlds import FRAIL, KINDS, NAMES, SPOILED, World

COUNT = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "30"))
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))


@pytest.mark.parametrize("kind", KINDS, ids=["sound", *KINDS[1:]])
@pytest.mark.parametrize("name", NAMES)
async def test_random_operations_are_answered_as_by_a_plain_execution(name: str, kind: str) -> None:
    """DIFFERENTIAL_OPERATIONS and DIFFERENTIAL_SEED make it longer or other."""
    world = World.of(name, kind=kind)
    checked = 0
    async for compared in compare(world, SEED, COUNT, {"ours": ours(world)}):
        assert not compared.differences, str(compared.differences["ours"])
        checked += 1
    assert checked == COUNT


QUERY = "{ orders { code at { lat } } }"


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda answer: Answer({"orders": []}, answer.errors), "data"),
        (
            lambda answer: Answer(
                {"orders": [dict(reversed(one.items())) for one in answer.data["orders"]]}, answer.errors
            ),
            "order of the data",
        ),
        (lambda answer: Answer(answer.data, answer.errors, [("count", "{}")]), "mutations run"),
        (lambda answer: Answer(answer.data, []), "which nulls are errors"),
        (lambda answer: Answer(answer.data, [*answer.errors, ("?",)]), "which nulls are errors"),
        (lambda answer: Answer(answer.data, [*answer.errors, answer.errors[0]]), "an error told twice"),
        (lambda answer: Answer(answer.data, [(*answer.errors[0], "lat")]), "path of an error"),
    ],
)
def test_an_answer_that_is_not_the_truth_is_found_out(spoil: object, what: str) -> None:
    world = World.of("shop")
    truth = Truth(world.universe)
    right = Answer(None, [])
    while not (len(right.errors) == 1 and right.data and right.errors[0][-1] == "at"):
        world.universe.salt += 1
        right = truth.answer(QUERY, {})
    assert truth.difference(QUERY, {}, right, right) == ""
    assert truth.difference(QUERY, {}, right, spoil(right)) == what  # type: ignore[operator]  # a function


@pytest.mark.parametrize("kind", [FRAIL, SPOILED])
async def test_null_entities_and_lists_of_a_wrong_length_are_drawn(kind: str) -> None:
    world = World.of("shop", kind=kind)
    async for _ in compare(world, SEED, 400, {"ours": ours(world)}):
        pass
    assert world.universe.drawn > 10


@pytest.mark.parametrize(
    ("truth", "answer", "errors", "what"),
    [
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": None}, {"b": None}]}, [("a", 0, "b")], ""),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": None}, {"b": None}]}, [], "which nulls are errors"),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}, {"b": None}]}, [("a", 1, "b")], "data"),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]}, [("a", 1)], "data"),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, [("a",)], "data"),
        ({"a": None}, {"a": {"b": 1}}, [("a",)], "data"),
    ],
)
def test_in_a_spoiled_world_parts_may_be_missing_and_none_may_be_other(
    truth: Any, answer: Any, errors: list[Any], what: str
) -> None:
    world = World.of("shop", kind=SPOILED)
    assert Truth(world.universe).difference("", {}, Answer(truth, []), Answer(answer, errors)) == what
